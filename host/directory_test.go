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
			"[{ID:u-alice Username:alice Name: Status: Available:true Open:2 Waiting:1} {ID:u-carol Username:carol Name: Status: Available:false Open:1 Waiting:0}] <nil>",
			"there is no such department",
		})
	})
}
