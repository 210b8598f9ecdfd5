package forwarding

import (
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

const chained = `{"rules": [{"name": "help", "words": ["help"], "to": {"department": "Billing"}, "fallback": [{"queue": true}]}]}`

// chat is one whose instance keeps what it wrote.
type chat struct {
	t     *testing.T
	r     *sdk.Runner
	call  sdk.Call
	asked sdk.Effect // the last
}

func served(t *testing.T, settings string) *chat {
	call := says("help", time.Minute)
	call.Chat.ID, call.Chat.Status, call.Chat.Agent = "r1", sdk.Taken, sdk.Person{ID: "a", Username: "alice"}
	return &chat{t: t, r: start(t, settings), call: call}
}

// sees hands the event over and keeps what the instance remembers of the chat.
func (c *chat) sees(e sdk.Event) []sdk.Effect {
	c.t.Helper()
	e.Chat = "r1"
	c.call.Event = e
	reply := handle(c.t, c.r, c.call)
	for _, w := range reply.Writes {
		if c.call.State[w.Key] = w.Value; w.Delete {
			delete(c.call.State, w.Key)
		}
	}
	if len(reply.Effects) > 0 {
		c.asked = reply.Effects[0]
	}
	return reply.Effects
}

func (c *chat) writes() []sdk.Effect {
	return c.sees(sdk.Event{Kind: sdk.EventMessage, Message: &sdk.Message{From: sdk.Guest, Text: "help"}})
}

func (c *chat) ends(o sdk.Outcome) []sdk.Effect {
	return c.sees(sdk.Event{Kind: sdk.EventResult, Result: &sdk.Result{Effect: c.asked, Outcome: o}})
}

func (c *chat) takenBy(name string) []sdk.Effect {
	c.call.Chat.Agent = sdk.Person{ID: name, Username: name}
	return c.sees(sdk.Event{Kind: sdk.EventTaken})
}

func TestRefusedForwardGoesOnToTheQueue(t *testing.T) {
	c := served(t, chained)
	if all := c.writes(); len(all) != 1 || all[0].Kind != sdk.EffectForward {
		t.Fatalf("a forward is asked for first, not %v", all)
	}
	all := c.ends(sdk.Outcome{State: sdk.Refused, Reason: "nobody is online in Billing"})
	if len(all) != 1 || all[0].Kind != sdk.EffectQueue || !strings.HasSuffix(all[0].Reason, "; nobody is online in Billing") {
		t.Fatalf("after the refusal %v is asked for", all)
	}
	if all := c.ends(sdk.Outcome{State: sdk.Refused, Reason: "the chat is on hold"}); len(all) > 0 || c.call.State["asked help"] != "" {
		t.Errorf("after the last refusal %v is asked for, and the chat remembers %v", all, c.call.State)
	}
}

func TestLimitDoesNotSendTheChatElsewhere(t *testing.T) {
	c := served(t, chained)
	c.writes()
	if all := c.ends(sdk.Outcome{State: sdk.Refused, Reason: "limit: Bellhop has moved this chat 1 times in 10 minutes, lastly 0s ago"}); len(all) > 0 {
		t.Errorf("a limit has sent the chat on: %v", all)
	}
}

func TestNoteIsWrittenOnce(t *testing.T) {
	c := served(t, chained)
	c.writes()
	c.ends(sdk.Outcome{State: sdk.Done})
	if all := c.takenBy("alice"); len(all) > 0 {
		t.Errorf("who had the chat is told: %v", all)
	}
	if all := c.takenBy("carol"); len(all) != 1 || all[0].Kind != sdk.EffectDirect || all[0].To != "carol" {
		t.Errorf("carol takes the chat: %v", all)
	}
	if all := c.takenBy("dave"); len(all) > 0 {
		t.Errorf("the note is written twice: %v", all)
	}

	c = served(t, chained)
	c.writes()
	c.ends(sdk.Outcome{State: sdk.Done})
	c.ends(sdk.Outcome{State: sdk.Undone})
	if all := c.takenBy("carol"); len(all) > 0 {
		t.Errorf("a forward that was taken back is told: %v", all)
	}
}

func TestWhereAllHaveHadTheChatIsNowhereToGo(t *testing.T) {
	c := served(t, `{"rules": [{"name": "back", "words": ["help"], "to": {"department": "Sales"}}]}`)
	c.call.Chat.Department = "Sales"
	c.sees(sdk.Event{Kind: sdk.EventTaken})
	c.call.Chat.Department = "Billing"
	c.call.Event = sdk.Event{Kind: sdk.EventMessage, Chat: "r1", Message: &sdk.Message{From: sdk.Guest, Text: "help"}}
	reply := handle(t, c.r, c.call)
	if len(reply.Effects) > 0 || len(reply.Skips) != 1 || !strings.HasSuffix(reply.Skips[0], "; nowhere to go: Sales had the chat before") {
		t.Errorf("asks for %v, skips %q", reply.Effects, reply.Skips)
	}
}
