package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/web"
	"github.com/bellhop-chat/bellhop/sdk"
)

// far is another system. It answers what it is told to, one after the other, the
// last again and again: a status with a body, or an error.
type far struct {
	mu      sync.Mutex
	answers []string
	asked   []web.Request
	at      []time.Time // of each
}

func (f *far) Do(_ context.Context, r web.Request) (sdk.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := r.Check(); err != nil {
		return sdk.Response{}, &web.Error{Err: err}
	}
	f.asked, f.at = append(f.asked, r), append(f.at, time.Now())
	says := f.answers[min(len(f.asked), len(f.answers))-1]
	status, body, _ := strings.Cut(says, " ")
	switch status {
	case "cut":
		return sdk.Response{}, &web.Error{Err: errors.New("the line is cut"), Temporary: true, Unknown: true}
	case "away":
		return sdk.Response{}, &web.Error{Err: errors.New("nobody is there"), Temporary: true}
	}
	got := sdk.Response{Body: []byte(body)}
	if rest, ok := strings.CutPrefix(body, "in "); ok {
		d, err := time.ParseDuration(rest)
		if err != nil {
			return got, err
		}
		got.RetryAfter = sdk.Duration(d)
	}
	_, err := fmt.Sscan(status, &got.Status)
	return got, err
}

func (f *far) requests() []web.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

// requester makes a ticket of each message that begins with "?", and replies.
func requester(seen *notes) plugin {
	return func(p *sdk.Plugin) error {
		p.OnResult(func(c *sdk.Chat, r sdk.Result) error {
			if got := r.Outcome.Response; got != nil {
				seen.add("%s %d %s", r.Outcome.State, got.Status, got.Text())
			}
			return nil
		})
		return onAsk(func(p *sdk.Plugin, c *sdk.Chat, m sdk.Message) error {
			p.Request(sdk.Request{URL: "https://crm.example/tickets?key=secret", Body: `{"text": "` + m.Text[1:] + `"}`})
			c.Reply("noted")
			return nil
		})(p)
	}
}

// withFar plays with a system that answers so.
func withFar(t *testing.T, answers []string, fn func(w *world, f *far, seen *notes)) {
	var seen notes
	f := &far{answers: answers}
	prepared(t, map[string]plugin{"crm": requester(&seen)}, func(w *world) {
		w.set("crm", func(i *Instance) { i.Grants.Hosts = []string{"crm.example"} })
		w.opts.Services.Web = f.Do
		w.start()
		fn(w, f, &seen)
	})
}

// requested checks how the request ended, and that the reply went out.
func requested(w *world, want string) {
	w.t.Helper()
	w.did("a reply noted")
	w.quiet()
	if !slices.ContainsFunc(w.outcomes(), func(o string) bool { return strings.HasPrefix(o, "crm a request: "+want) }) {
		w.t.Errorf("outcomes %q, want the request %s", w.outcomes(), want)
	}
}

func TestRequestIsMadeOnceAndItsAnswerTold(t *testing.T) {
	withFar(t, []string{`201 {"id": 7}`}, func(w *world, f *far, seen *notes) {
		w.ws.say("a", "?broken")
		requested(w, "done")
		all := f.requests()
		if len(all) != 1 || all[0].Method != "POST" || all[0].URL != "https://crm.example/tickets?key=secret" || string(all[0].Body) != `{"text": "broken"}` || len(all[0].Key) < 20 {
			t.Errorf("asked %+v", all)
		}
		w.quiet()
		w.same("told", seen.list(), []string{`done 201 {"id": 7}`})
	})
}

// TestRequestIsRepeatedWithItsKeyAndHoldsNothingUp: the answer may be lost after
// the other side acted.
func TestRequestIsRepeatedWithItsKeyAndHoldsNothingUp(t *testing.T) {
	withFar(t, []string{"cut", "503 busy", "409 at it", "429", "200 ok"}, func(w *world, f *far, seen *notes) {
		w.ws.say("a", "?one")
		w.did("a reply noted")
		time.Sleep(time.Hour)
		w.quiet()
		w.same("told", seen.list(), []string{"done 200 ok"})
		all := f.requests()
		keys := map[string]bool{}
		for _, r := range all {
			keys[r.Key] = true
		}
		if len(all) != 5 || len(keys) != 1 {
			t.Errorf("%d requests with the keys %v", len(all), keys)
		}
		w.ws.say("a", "?two")
		w.quiet()
		if last := f.requests(); last[len(last)-1].Key == all[0].Key {
			t.Error("another request has the same key")
		}
	})
}

func TestRequestWaitsAsLongAsItsAnswerAsks(t *testing.T) {
	withFar(t, []string{"429 in 20m", "503 in 1ms", "200 ok"}, func(w *world, f *far, seen *notes) {
		w.ws.say("a", "?one")
		w.quiet()
		w.same("told", seen.list(), []string{"done 200 ok"})
		if first, second := f.at[1].Sub(f.at[0]), f.at[2].Sub(f.at[1]); first < 20*time.Minute || second > time.Minute {
			t.Errorf("asked again after %s and %s", first, second)
		}
	})
}

func TestRequestKeepsItsKeyOverARestart(t *testing.T) {
	withFar(t, []string{"cut", "200"}, func(w *world, f *far, _ *notes) {
		w.ws.say("a", "?one")
		w.did("a reply noted")
		w.restart()
		time.Sleep(time.Hour)
		w.quiet()
		if all := f.requests(); len(all) != 2 || all[0].Key != all[1].Key {
			t.Errorf("asked %+v", all)
		}
	})
}

func TestRequestThatIsRefusedSaysWhatWasAnswered(t *testing.T) {
	for says, want := range map[string]string{
		"404 no\tsuch\nthing": "crm.example answered 404: no such thing",
		"409 there already":   "crm.example answered 409: there already",
		"302":                 "crm.example answered 302",
	} {
		t.Run(says, func(t *testing.T) {
			withFar(t, []string{says}, func(w *world, f *far, seen *notes) {
				w.ws.say("a", "?one")
				requested(w, "refused "+want)
				if n := len(f.requests()); n != 1 {
					t.Errorf("asked %d times", n)
				}
				if len(seen.list()) != 1 {
					t.Errorf("told %q", seen.list())
				}
			})
		})
	}
}

func TestRequestToAHostThatIsNotGrantedIsRefused(t *testing.T) {
	withFar(t, []string{"200"}, func(w *world, f *far, _ *notes) {
		w.set("crm", func(i *Instance) { i.Grants.Hosts = nil })
		w.restart()
		w.ws.say("a", "?one")
		requested(w, "refused not granted: add crm.example to the hosts that the instance may reach")
		if len(f.requests()) != 0 {
			t.Error("it was asked")
		}
	})
}

func TestRequestThatCameTooLateIsUnconfirmedIfItMayHaveBeenHeeded(t *testing.T) {
	for says, want := range map[string]string{
		"cut":  "unconfirmed an earlier attempt may have been heeded",
		"503":  "unconfirmed an earlier attempt may have been heeded",
		"away": "overtaken",
		"429":  "overtaken",
	} {
		t.Run(says, func(t *testing.T) {
			withFar(t, []string{says}, func(w *world, _ *far, _ *notes) {
				w.ws.say("a", "?one")
				w.did("a reply noted")
				time.Sleep(8 * 24 * time.Hour)
				w.quiet()
				for _, e := range w.why("a")[0].Effects {
					got := fmt.Sprint(e.Outcome.State, " ", e.Outcome.Reason)
					if e.Effect.Kind == sdk.EffectRequest && !strings.HasPrefix(got, want) {
						t.Errorf("it ended %s", got)
					}
				}
			})
		})
	}
}

func TestRequestsThatChangeNothingAreRefusedWithAdvice(t *testing.T) {
	for _, e := range []sdk.Effect{
		{Kind: sdk.EffectRequest},
		{Kind: sdk.EffectRequest, Request: &sdk.Request{Method: "POST"}},
		{Kind: sdk.EffectRequest, Request: &sdk.Request{Method: "GET", URL: "https://a.example/"}},
		{Kind: sdk.EffectRequest, Request: &sdk.Request{Method: "TRACE", URL: "https://a.example/"}},
		{Kind: sdk.EffectRequest, Request: &sdk.Request{URL: "https://a.example/", Body: strings.Repeat("x", sdk.MaxText+1)}},
	} {
		if err := soundEffect(e); err == nil {
			t.Errorf("%+v is taken", e.Request)
		}
	}
}
