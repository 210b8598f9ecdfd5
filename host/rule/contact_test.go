package rule_test

import (
	"encoding/json"
	"testing"

	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestRuleGoesByTheContactThatIsRead: it parks its handler as a verb does, where
// it asks for the contact, and nowhere else.
func TestRuleGoesByTheContactThatIsRead(t *testing.T) {
	contact, err := json.Marshal(sdk.Contact{ID: "k1", Name: "Maya", Fields: map[string]string{"tier": "gold"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule  sdk.Rule
		reads bool
	}{
		{sdk.Rule{Contact: map[string]string{"tier": "gold"}}, true},
		{sdk.Rule{When: `has("tier", "gold")`}, true},
		{sdk.Rule{When: `contact.tier == "gold"`}, true},
		{sdk.Rule{When: `guest == "maya" or has("tier", "gold")`}, false},
		{sdk.Rule{When: `guest == "maya"`}, false},
	} {
		var match sdk.Match
		runner, err := sdk.NewRunner(func(p *sdk.Plugin) error {
			p.OnOpened(func(chat *sdk.Chat) error {
				match = chat.Match(c.rule, "")
				return nil
			})
			return nil
		}, nil, nil, rule.New().Match)
		if err != nil {
			t.Fatal(err)
		}
		call := sdk.Call{Event: sdk.Event{Kind: sdk.EventOpened, Chat: "a"}, Chat: sdk.Chat{ID: "a", ContactID: "k1", Visitor: sdk.Visitor{Name: "maya"}}}
		reply := runner.Handle(call)
		if reads := reply.Read != nil; reads != c.reads {
			t.Errorf("%+v reads: %t", c.rule, reads)
		}
		if reply.Read != nil {
			call.Answers = append(call.Answers, sdk.Answer{Read: *reply.Read, Value: contact})
			reply = runner.Handle(call)
		}
		if reply.Read != nil || reply.Error != "" || !match.Held {
			t.Errorf("%+v: %+v, %v", c.rule, reply, match)
		}
	}
}
