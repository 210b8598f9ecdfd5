package ddp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAnswersFindWhoAsked, in whatever order they come.
func TestAnswersFindWhoAsked(t *testing.T) {
	const calls = 50
	c := run(t, serve(t, func(p *peer) {
		var answers []string
		for range calls {
			var f struct {
				ID     string
				Params []string
			}
			if p.ws.ReadJSON(&f) != nil {
				return
			}
			answers = append(answers, fmt.Sprintf(`{"msg":"result","id":%q,"result":%q}`, f.ID, f.Params[0]))
		}
		slices.Sort(answers)
		for _, a := range answers {
			p.say(a)
		}
		p.rest()
	}))
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			want := fmt.Sprint("question ", i)
			if got, err := c.Call(t.Context(), "echo", want); err != nil || string(got) != `"`+want+`"` {
				t.Errorf("the answer to %q is %s, %v", want, got, err)
			}
		})
	}
	all.Wait()
}

// TestCallsAreWrittenAsEJSON and without parameters have none.
func TestCallsAreWrittenAsEJSON(t *testing.T) {
	c := run(t, serve(t, func(p *peer) {
		p.play(`
			> {"msg":"method","id":"m1","method":"touch","params":[{"at":{"$date":1795329023702}},"x"]}
			< {"msg":"result","id":"m1"}
			> {"msg":"method","id":"m2","method":"none","params":[]}
			< {"msg":"result","id":"m2","result":null}
		`)
		p.rest()
	}))
	if got, err := c.Call(t.Context(), "touch", map[string]any{"at": time.UnixMilli(1795329023702)}, "x"); got != nil || err != nil {
		t.Errorf("an answer without a value is %s, %v", got, err)
	}
	if _, err := c.Call(t.Context(), "none"); err != nil {
		t.Error(err)
	}
}

// TestRefusalsAreRead in all shapes in which servers write them.
func TestRefusalsAreRead(t *testing.T) {
	for answer, want := range map[string]Error{
		`{"isClientSafe":true,"error":"error-not-allowed","reason":"Not allowed","details":{"method":"x"},"message":"Not allowed [error-not-allowed]","errorType":"Meteor.Error"}`: {Code: "error-not-allowed", Reason: "Not allowed", Message: "Not allowed [error-not-allowed]"},
		`{"error":500,"reason":"Internal server error"}`:                  {Code: "500", Reason: "Internal server error"},
		`{"error":"too-many-requests","details":{"timeToReset":1234.5}}`:  {Code: "too-many-requests", TimeToReset: 1234500 * time.Microsecond},
		`{"error":"too-many-requests","details":{"timeToReset":-5}}`:      {Code: "too-many-requests"},
		`{"error":"too-many-requests","details":{"timeToReset":"soon"}}`:  {Code: "too-many-requests"},
		`{"error":"too-many-requests","details":"none","reason":["odd"]}`: {Code: "too-many-requests", Reason: `["odd"]`},
		`{"error":"too-many-requests","details":{"timeToReset":1e300}}`:   {Code: "too-many-requests", TimeToReset: 1e9 * time.Millisecond},
		`"just a text"`: {Reason: "just a text"},
		`17`:            {Reason: "17"},
		`{}`:            {},
	} {
		c := run(t, serve(t, func(p *peer) {
			p.play(`> {"msg":"method","id":"m1","method":"x","params":[]}`)
			p.say(`{"msg":"result","id":"m1","error":` + answer + `}`)
			p.rest()
		}))
		_, err := c.Call(t.Context(), "x")
		var got *Error
		if !errors.As(err, &got) {
			t.Errorf("%s is %v", answer, err)
			continue
		}
		if want.Details = got.Details; fmt.Sprint(*got) != fmt.Sprint(want) || got.Error() == "" {
			t.Errorf("%s is %+v, want %+v", answer, *got, want)
		}
	}
}

// TestCallEndsWithItsContext, and what is answered later is nobody's.
func TestCallEndsWithItsContext(t *testing.T) {
	heard, late := make(chan struct{}), make(chan struct{})
	c := run(t, serve(t, func(p *peer) {
		p.play(`> {"msg":"method","id":"m1","method":"slow","params":[]}`)
		close(heard)
		<-late
		p.play(`
			< {"msg":"result","id":"m1","result":"too late"}
			> {"msg":"method","id":"m2","method":"next","params":[]}
			< {"msg":"result","id":"m2","result":"mine"}
		`)
		p.rest()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-heard; cancel() }()
	if _, err := c.Call(ctx, "slow"); !errors.Is(err, context.Canceled) {
		t.Errorf("the call ended with %v", err)
	}
	close(late)
	if got, err := c.Call(t.Context(), "next"); string(got) != `"mine"` || err != nil {
		t.Errorf("the next answer is %s, %v", got, err)
	}
	if _, err := c.Call(ctx, "never sent"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call whose context is over ended with %v", err)
	}
}

// TestLostAnswerIsNoRefusal: the server may have acted.
func TestLostAnswerIsNoRefusal(t *testing.T) {
	c := run(t, serve(t, func(p *peer) { p.play(`> {"msg":"method","id":"m1","method":"x","params":[]}`) }))
	_, err := c.Call(t.Context(), "x")
	var lost *LostError
	var closed *ClosedError
	if !errors.As(err, &lost) || !errors.As(err, &closed) {
		t.Errorf("the call ended with %v", err)
	}
	c.ended()
	if _, err := c.Call(t.Context(), "x"); !errors.Is(err, ErrClosed) || errors.As(err, &lost) && lost.Cause == nil {
		t.Errorf("a call after the end ended with %v", err)
	}
	if _, err := c.Subscribe(t.Context(), "x"); !errors.Is(err, ErrClosed) {
		t.Errorf("a subscription after the end ended with %v", err)
	}
}

// TestComplaintReachesWhoSentIt: the server shows the frame that it cannot
// read, or does not.
func TestComplaintReachesWhoSentIt(t *testing.T) {
	c := run(t, serve(t, func(p *peer) {
		p.play(`
			> {"msg":"method","id":"m1","method":"","params":[]}
			< {"msg":"error","reason":"Parse error"}
			< {"msg":"error","reason":"Malformed method invocation","offendingMessage":"odd"}
			< {"msg":"error","reason":"Malformed method invocation","offendingMessage":{"msg":"method","id":"m1"}}
		`)
		p.rest()
	}))
	if _, err := c.Call(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "Malformed method invocation") {
		t.Errorf("the call ended with %v", err)
	}
}

const subscribing = `> {"msg":"sub","id":"s1","name":"stream-x","params":["public",{"args":[],"useCollection":false}]}
`

func subscribe(c *running) (Sub, error) {
	return c.Subscribe(c.t.Context(), "stream-x", "public", map[string]any{"useCollection": false, "args": []any{}})
}

// TestSubscribedWhenReady: events come from then on.
func TestSubscribedWhenReady(t *testing.T) {
	events := make(mailbox, 1)
	o := serve(t, func(p *peer) {
		p.play(subscribing + `
			< {"msg":"ready","subs":["s0","s1"]}
			< {"msg":"changed","collection":"stream-x","id":"id","fields":{"eventName":"public","args":[{"n":1}]}}
			> {"msg":"unsub","id":"s1"}
			< {"msg":"nosub","id":"s1"}
			< {"msg":"changed","collection":"stream-x","id":"id","fields":{"eventName":"public","args":[{"n":2}]}}
		`)
		p.rest()
	})
	o.OnEvent = events.put
	c := run(t, o)
	s, err := subscribe(c)
	if err != nil || s.Name != "stream-x" {
		t.Fatalf("the subscription is %+v, %v", s, err)
	}
	if got := events.next(t); got != `stream-x public [{"n":1}]` {
		t.Errorf("the event is %s", got)
	}
	for range 2 { // the second time there is nothing to end
		if err := c.Unsubscribe(s); err != nil {
			t.Error(err)
		}
	}
	if got := events.next(t); got != `stream-x public [{"n":2}]` {
		t.Errorf("what comes after an end that we asked for is %s: the connection must live on", got)
	}
}

// TestRefusedSubscriptionIsNotBelieved, though old clients take it for ready.
func TestRefusedSubscriptionIsNotBelieved(t *testing.T) {
	c := run(t, serve(t, func(p *peer) {
		p.play(subscribing + `
			< {"msg":"nosub","id":"s1"}
			> {"msg":"sub","id":"s2","name":"stream-y","params":[]}
			< {"msg":"nosub","id":"s2","error":{"error":404,"reason":"Subscription 'stream-y' not found"}}
			> {"msg":"sub","id":"s3","name":"stream-z","params":[]}
			< {"msg":"nosub","id":"s3","error":{"error":"too-many-requests","details":{"timeToReset":2000}}}
		`)
		p.rest()
	}))
	_, err := subscribe(c)
	var silent *RefusedError
	if !errors.As(err, &silent) || silent.Name != "stream-x" || !strings.Contains(err.Error(), "does the account have the role") {
		t.Errorf("refused without a reason it ended with %v", err)
	}
	_, err = c.Subscribe(t.Context(), "stream-y")
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != "404" || !strings.Contains(err.Error(), "stream-y") {
		t.Errorf("refused with a reason it ended with %v", err)
	}
	_, err = c.Subscribe(t.Context(), "stream-z")
	if !errors.As(err, &refused) || refused.TimeToReset != 2*time.Second {
		t.Errorf("refused for its pace it ended with %v", err)
	}
}

// TestSubscriptionThatTheServerEndsEndsAll, because silence would look like
// peace.
func TestSubscriptionThatTheServerEndsEndsAll(t *testing.T) {
	c := run(t, serve(t, func(p *peer) {
		p.play(subscribing + `
			< {"msg":"ready","subs":["s1"]}
			< {"msg":"nosub","id":"s7"}
			< {"msg":"nosub","id":"s1"}
		`)
		p.rest()
	}))
	if _, err := subscribe(c); err != nil {
		t.Fatal(err)
	}
	if err := endsAs[*RefusedError](c); err.Name != "stream-x" {
		t.Errorf("it ended with %v", err)
	}
}

// TestGivenUpSubscriptionIsEnded: it may become ready yet.
func TestGivenUpSubscriptionIsEnded(t *testing.T) {
	heard := make(chan struct{})
	c := run(t, serve(t, func(p *peer) {
		p.play(subscribing)
		close(heard)
		p.play(`
			> {"msg":"unsub","id":"s1"}
			< {"msg":"ready","subs":["s1"]}
			< {"msg":"nosub","id":"s1"}
			> {"msg":"method","id":"m2","method":"x","params":[]}
			< {"msg":"result","id":"m2"}
		`)
		p.rest()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-heard; cancel() }()
	_, err := c.Subscribe(ctx, "stream-x", "public", map[string]any{"useCollection": false, "args": []any{}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := c.Call(t.Context(), "x"); err != nil {
		t.Errorf("the connection has ended: %v", err)
	}
}
