package host

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// people is a workspace's directory.
type people struct{}

func (people) Departments(context.Context) ([]sdk.DepartmentInfo, error) {
	return []sdk.DepartmentInfo{{ID: "id-Billing", Name: "Billing"}, {ID: "id-Sales", Name: "Sales", Enabled: true}}, nil
}

func (people) Agents(_ context.Context, department string) ([]sdk.AgentInfo, error) {
	if department == "Moon" {
		return nil, errors.New("there is no such department")
	}
	return []sdk.AgentInfo{{ID: "u-alice", Username: "alice", Available: true}, {ID: "u-carol", Username: "carol"}}, nil
}

func (people) Contact(_ context.Context, chat sdk.ChatID) (sdk.Contact, error) {
	if chat == "gone" {
		return sdk.Contact{}, errors.New("read contact: the chat no longer exists")
	}
	return sdk.Contact{ID: "k1", Name: "Maya Jones", Fields: map[string]string{"tier": "gold"}}, nil
}

func (people) PastChats(context.Context, sdk.ChatID) ([]sdk.PastChat, error) {
	return append([]sdk.PastChat{{ID: "b"}, {ID: "x"}, {ID: "y", Department: "Support"}}, make([]sdk.PastChat, sdk.MaxPast)...), nil
}

func (people) Page(context.Context, sdk.ChatID) (sdk.Page, error) {
	return sdk.Page{Title: "Prices", URL: "https://shop.example.com/pricing"}, nil
}

func (people) Hours(_ context.Context, at time.Time) (sdk.Hours, error) {
	return sdk.Hours{Open: at.Hour() < 12, Why: at.Format("15:04")}, nil
}

func (people) SearchContacts(_ context.Context, text string) ([]sdk.Contact, error) {
	return []sdk.Contact{{Name: text}}, nil
}

// TestContactIsReadWhereTheWorkspaceKeepsOne: else what is in hand is all there
// is.
func TestContactIsReadWhereTheWorkspaceKeepsOne(t *testing.T) {
	var seen notes
	reads := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		k := c.Contact()
		seen.add("%s: %s %t %s", c.ID, k.Name, k.Has("tier", "gold"), k.Problem)
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.set("reads", func(i *Instance) { i.Grants.Reads = nil })
		w.opts.Directory = people{}
		w.start()
		for _, chat := range []sdk.ChatID{"kept", "none", "gone"} {
			w.ws.change(chat, func(c *sdk.Chat) {
				c.Visitor.Name = "maya"
				if chat != "none" {
					c.ContactID = "k1"
				}
			})
			w.ws.say(chat, "?")
			w.quiet()
		}
		w.same("seen", seen.list(), []string{"kept: Maya Jones true ", "none: maya false ", "gone: maya false read contact: the chat no longer exists"})
	})
}

func TestPastChatsHaveTheDepartmentThatIsKnown(t *testing.T) {
	var seen notes
	reads := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		past, err := c.PastChats()
		if err != nil {
			return err
		}
		seen.add("%d %s %s %s", len(past), past[0].Department, past[1].Department, past[2].Department)
		found, err := p.SearchContacts("  maya ")
		if err != nil {
			return err
		}
		seen.add("%s", found[0].Name)
		_, err = p.SearchContacts(" ")
		seen.add("%v", err)
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.opts.Directory = people{}
		w.start()
		w.ws.say("b", "hello")
		w.ws.leave("b")
		w.ws.say("a", "?")
		w.quiet()
		all := seen.list()
		w.same("seen", all[len(all)-3:], []string{"50 Sales  Support", "maya", "search contacts for 0 bytes: give 1 to 1024 of a name, an address or a number"})
	})
}

func TestDirectoryTellsHowMuchThereIsToDo(t *testing.T) {
	var seen notes
	reads := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		departments, err := p.Departments()
		seen.add("%+v %v", departments, err)
		agents, err := p.Agents("Sales")
		seen.add("%+v %v", agents, err)
		_, err = p.Agents("Moon")
		seen.add("%v", err)
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.opts.Directory = people{}
		w.start()
		for _, chat := range []sdk.ChatID{"served", "waits", "queued", "gone"} {
			w.ws.change(chat, func(c *sdk.Chat) {
				c.Department, c.DepartmentID, c.Agent = "Sales", "id-Sales", sdk.Person{ID: "u-alice", Username: "alice"}
				switch chat {
				case "waits":
					c.WaitingSince = time.Now()
				case "queued":
					c.Status, c.Agent = sdk.Queued, sdk.Person{}
				}
			})
			w.ws.say(chat, "hello")
		}
		w.ws.leave("gone")
		w.ws.change("elsewhere", func(c *sdk.Chat) { c.DepartmentID, c.Agent = "id-Billing", sdk.Person{ID: "u-carol"} })
		w.ws.say("elsewhere", "?")
		w.quiet()
		all := seen.list()
		w.same("seen", all[len(all)-3:], []string{
			"[{ID:id-Billing Name:Billing Enabled:false Open:1 Waiting:0} {ID:id-Sales Name:Sales Enabled:true Open:3 Waiting:1}] <nil>",
			"[{ID:u-alice Username:alice Name: Status: Available:true Departments:[] Open:2 Waiting:1} {ID:u-carol Username:carol Name: Status: Available:false Departments:[] Open:1 Waiting:0}] <nil>",
			"there is no such department",
		})
	})
}

func TestHoursAreTheConfigurationsOrTheWorkspaces(t *testing.T) {
	var seen notes
	reads := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		for _, name := range []string{"support", "", "nights"} {
			h, err := p.Hours(name)
			seen.add("%t %s %v", h.Open, h.Why, err)
		}
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.opts.Directory = people{}
		w.opts.Hours = map[string]func(time.Time) sdk.Hours{"support": func(time.Time) sdk.Hours { return sdk.Hours{Open: true, Why: "always"} }}
		w.start()
		w.ws.say("a", "?")
		w.quiet()
		all := seen.list()
		w.same("seen", all[len(all)-3:], []string{"true always <nil>", "true 00:00 <nil>", `false  there are no hours "nights": config.yaml has support`})
	})
}
