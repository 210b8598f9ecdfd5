package ddp

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// recordedFrames are one of each kind that a server sent.
func recordedFrames(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/frames.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// odd are frames that no server should send.
var odd = []string{
	``, ` `, `x`, `{`, `{"msg":`, `"changed"`, `[]`, `[{"msg":"ping"}]`, `null`, `true`, `17`, `{}`, "\x00", "\xff\xfe", `{"msg":"\ud800"}`,
	`{"msg":null}`, `{"msg":7}`, `{"msg":["changed"]}`, `{"msg":"unheard of"}`, `{"MSG":"unheard of"}`,
	`{"msg":"result"}`, `{"msg":"result","id":7}`, `{"msg":"result","id":"m99","result":1}`, `{"msg":"result","id":"m99","error":null}`, `{"msg":"result","id":null,"error":"x"}`,
	`{"msg":"ready"}`, `{"msg":"ready","subs":"s1"}`, `{"msg":"ready","subs":[1,null,{}]}`, `{"msg":"ready","subs":[["s1"]]}`,
	`{"msg":"nosub"}`, `{"msg":"nosub","id":"s99","error":7}`, `{"msg":"nosub","id":{}}`,
	`{"msg":"changed"}`, `{"msg":"changed","collection":"x","fields":null}`, `{"msg":"changed","collection":"x","fields":[]}`, `{"msg":"changed","collection":"x","fields":{}}`,
	`{"msg":"changed","collection":"x","fields":{"eventName":"","args":[1]}}`, `{"msg":"changed","collection":"x","fields":{"eventName":5,"args":[1]}}`,
	`{"msg":"changed","collection":"x","fields":{"eventName":"e","args":"none"}}`, `{"msg":"changed","collection":"users","id":"u1","fields":{"status":"online"}}`,
	`{"msg":"added"}`, `{"msg":"removed","collection":{}}`, `{"msg":"updated","methods":5}`, `{"msg":"pong","id":{}}`,
	`{"msg":"error"}`, `{"msg":"error","reason":{"a":1}}`, `{"msg":"error","offendingMessage":[1]}`, `{"msg":"error","offendingMessage":{"id":{}}}`,
	`{"msg":"connected"}`, `{"msg":"failed"}`,
	strings.Repeat("[", 20000), `{"msg":"result","id":"m99","result":` + strings.Repeat(`{"a":`, 9000) + `1` + strings.Repeat(`}`, 9000) + `}`,
}

// TestOddFramesAreSkipped, and what comes after them is heard.
func TestOddFramesAreSkipped(t *testing.T) {
	events := make(mailbox, len(odd))
	o := serve(t, func(p *peer) {
		for n, frame := range odd {
			p.say(frame)
			p.say(event(n))
			p.ws.WriteMessage(websocket.BinaryMessage, []byte(event(n)))
		}
		p.rest()
	})
	o.OnEvent = events.put
	run(t, o)
	for n, frame := range odd {
		if got := events.next(t); got != fmt.Sprintf("stream-x public [%d]", n) {
			t.Fatalf("after %.60s comes %s", frame, got)
		}
	}
}

// TestOneOddFieldCostsNoOther: an event is an event, whatever stands beside it.
func TestOneOddFieldCostsNoOther(t *testing.T) {
	events := make(mailbox, 2)
	o := serve(t, func(p *peer) {
		p.play(`
			< {"id":5,"session":[],"subs":{},"offendingMessage":7,"msg":"changed","collection":"stream-x","fields":{"eventName":"e","args":[1],"cleared":7}}
			< {"msg":"ready","id":7,"subs":["s0",null,"s1"],"reason":[]}
		`)
		p.rest()
	})
	o.OnEvent = events.put
	run(t, o)
	if got := events.next(t); got != "stream-x e [1]" {
		t.Errorf("the event is %s", got)
	}
}

// TestRecordedFramesAreUnderstood: of each kind that a real server sends, the
// events reach the handler whole.
func TestRecordedFramesAreUnderstood(t *testing.T) {
	frames := recordedFrames(t)
	events := make(mailbox, len(frames))
	o := serve(t, func(p *peer) {
		for _, f := range frames {
			p.say(f)
		}
		p.rest()
	})
	o.OnEvent = events.put
	run(t, o)
	for _, f := range frames {
		var want struct {
			Msg, Collection string
			Fields          struct {
				EventName string
				Args      json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(f), &want); err != nil {
			t.Fatal(err)
		}
		if want.Msg != "changed" {
			continue
		}
		if got := events.next(t); got != want.Collection+" "+want.Fields.EventName+" "+string(want.Fields.Args) {
			t.Errorf("%s became %s", f, got)
		}
	}
}

// big is a frame of a number of bytes.
func big(bytes int) string {
	before, after := `{"msg":"changed","collection":"stream-x","id":"id","fields":{"eventName":"e","args":["`, `"]}}`
	return before + strings.Repeat("x", bytes-len(before)-len(after)) + after
}

// TestFramesUpToTheLimitAreRead: by default 16 MiB, which is more than servers
// let anybody write.
func TestFramesUpToTheLimitAreRead(t *testing.T) {
	const limit = 16 << 20
	events := make(mailbox, 1)
	taken := make(chan struct{})
	o := serve(t, func(p *peer) {
		p.say(big(limit))
		<-taken
		p.say(big(limit + 1))
		p.rest()
	})
	o.OnEvent = events.put
	c := run(t, o)
	got := events.next(t)
	close(taken)
	if len(got) < limit-200 {
		t.Errorf("the event has %d bytes", len(got))
	}
	if err := c.ended(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("it ended with %v", err)
	}
}
