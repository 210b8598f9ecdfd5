package bridge

import (
	"fmt"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) fieldOf(chat sdk.ChatID, key string) any {
	d.t.Helper()
	data, _ := d.roomOf(chat)["livechatData"].(map[string]any)
	return data[key]
}

// TestFieldLeavesTagsAlone: the server drops all tags when it is told none.
func TestFieldLeavesTagsAlone(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		d.roomField("order_no", "Order number")
		d.roomField("tier", "Tier")
		chat := d.served("Sales")
		d.alice.setTags(chat, "vip", "billing")
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectField, Field: "tier", Value: "gold"}), sdk.Done, "")
		e := d.effect(chat, sdk.Effect{Kind: sdk.EffectField, Field: "order NUMBER", Value: " O-3 "})
		o := d.must(e, sdk.Done, `order_no is "O-3", before ""`)
		if o.Former == nil || o.Former.Value != "" {
			d.t.Errorf("outcome is %+v", o)
		}
		if got := d.tagsOf(chat); got != "vip billing" || d.fieldOf(chat, "order_no") != "O-3" || d.fieldOf(chat, "tier") != "gold" {
			d.t.Errorf("tags are %q, fields %v", got, d.roomOf(chat)["livechatData"])
		}
		e.Field, e.Value = "order_no", "O-4"
		if o := d.must(e, sdk.Done, `before "O-3"`); o.Former == nil || o.Former.Value != "O-3" {
			d.t.Errorf("outcome is %+v", o)
		}
		e.Value = ""
		d.must(e, sdk.Done, "")
		if got := d.fieldOf(chat, "order_no"); got != nil {
			d.t.Errorf("the field that was emptied holds %v", got)
		}
	})
}

// TestTagOfAPersonSurvivesAField that is written at the same moment.
func TestTagOfAPersonSurvivesAField(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		d.roomField("tier", "Tier")
		chat := d.served("Sales")
		d.listening()
		d.wire.on("saveInfo", first(func() { d.alice.setTags(chat, "urgent") }))
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectField, Field: "tier", Value: "gold"}), sdk.Done, "")
		if got := d.tagsOf(chat); got != "urgent" || d.fieldOf(chat, "tier") != "gold" {
			d.t.Errorf("tags are %q, the field is %v", got, d.fieldOf(chat, "tier"))
		}
	})
}

func TestFieldThatCannotBeSetIsRefused(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		d.roomField("tier", "Tier")
		d.guestField("crm")
		d.as("bot").method("livechat:saveCustomField", nil, map[string]any{"field": "zip", "label": "Zip", "scope": "room", "visibility": "visible", "regexp": "^[0-9]+$"})
		chat := d.served("Sales")
		set := func(name, value string) Effect {
			return d.effect(chat, sdk.Effect{Kind: sdk.EffectField, Field: name, Value: value})
		}
		d.must(set("crm", "1"), sdk.Refused, "chats have no field crm (they have: tier, zip): add one in Omnichannel, Custom Fields, with the scope Room")
		d.must(set("zip", "abc"), sdk.Refused, "error-invalid-custom-field-value")
		d.must(set("zip", "123"), sdk.Done, "")
		e := set("zip", "456")
		e.Present = new(string)
		d.must(e, sdk.Overtaken, `somebody has set zip to "123" since`)
		*e.Present = "123"
		d.must(e, sdk.Done, "")
	})
}

func TestPriorityIsFoundByItsName(t *testing.T) {
	paidRelease(t, func(d *desk) {
		chat := d.served("Sales")
		d.alice.setTags(chat, "vip")
		give := func(name string) Effect {
			return d.effect(chat, sdk.Effect{Kind: sdk.EffectPriority, Value: name})
		}
		d.must(give("urgent"), sdk.Refused, "there is no priority urgent (there are Lowest, Low, Medium, High, Highest)")
		d.must(give("high"), sdk.Done, `"High", before ""`)
		if o := d.must(give("HIGH"), sdk.Done, "already"); !o.Unchanged {
			d.t.Errorf("outcome is %+v", o)
		}
		if o := d.must(give("Low"), sdk.Done, ""); o.Former == nil || o.Former.Value != "High" {
			d.t.Errorf("outcome is %+v", o)
		}
		e := give("Medium")
		e.Present = new(string)
		d.must(e, sdk.Overtaken, `somebody has made the priority "Low" since`)
		d.must(give(""), sdk.Done, "")
		if got := d.roomOf(chat)["priorityId"]; got != nil || d.tagsOf(chat) != "vip" {
			d.t.Errorf("priority is %v, tags are %q", got, d.tagsOf(chat))
		}
		d.count(3, "priority")
	})
}

// TestContactKeepsWhatIsNotNamed: before 7.0 there is one address, and another
// would take its place.
func TestContactKeepsWhatIsNotNamed(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		for _, key := range []string{"tier", "crm"} {
			d.guestField(key)
		}
		chat := d.served("Sales")
		d.alice.setTags(chat, "vip")
		edit := func(c sdk.ContactEdit) Effect {
			return d.effect(chat, sdk.Effect{Kind: sdk.EffectContact, Contact: &c})
		}
		d.must(edit(sdk.ContactEdit{Fields: map[string]string{"crm": "C-7"}}), sdk.Done, "changed crm")
		d.must(edit(sdk.ContactEdit{Name: "Maya Jones", Fields: map[string]string{"tier": "gold"}}), sdk.Done, "changed name, tier")
		if o := d.must(edit(sdk.ContactEdit{Name: "Maya Jones", Emails: []string{"MAYA@visitor.example"}}), sdk.Done, "already"); !o.Unchanged {
			d.t.Errorf("outcome is %+v", o)
		}
		second, want := edit(sdk.ContactEdit{Emails: []string{"m@work.example"}}), "Maya Jones [maya@visitor.example m@work.example] [+15550100] map[crm:C-7 tier:gold]"
		if d.opt.As == "3.11" {
			d.must(second, sdk.Refused, "keeps one address of a guest")
			want = "Maya Jones [maya@visitor.example] [+15550100] map[crm:C-7 tier:gold]"
		} else {
			d.must(second, sdk.Done, "changed emails")
		}
		if got := d.personOf(chat); got != want {
			d.t.Errorf("the person is\n%s, want\n%s", got, want)
		}
		d.must(edit(sdk.ContactEdit{Fields: map[string]string{"crm": ""}}), sdk.Done, "changed crm")
		d.must(edit(sdk.ContactEdit{Fields: map[string]string{"shoe": "42"}}), sdk.Refused, "")
		if d.tagsOf(chat) != "vip" {
			d.t.Errorf("tags are %q", d.tagsOf(chat))
		}
	})
}

func (d *desk) personOf(chat sdk.ChatID) string {
	d.t.Helper()
	a := &attempt{Bridge: d.bridge, e: Effect{Chat: chat}}
	if err := a.read(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	p, err := a.readPerson(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprintf("%s %v %v %v", p.name, p.emails, p.phones, p.fields)
}

func TestAvailabilityOfAnAgentIsSetOnce(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		set := func(who, value string) Effect {
			return Effect{Effect: sdk.Effect{Kind: sdk.EffectStatus, Target: sdk.Agent(who), Value: value}, Key: "k", EventAt: d.now(), Until: d.now().Add(1e9)}
		}
		d.must(set("nemo", sdk.Available), sdk.Refused, "there is no agent @nemo")
		if o := d.must(set("carol", sdk.NotAvailable), sdk.Done, "@carol is not-available"); o.Former == nil || o.Former.Value != sdk.Available {
			d.t.Errorf("outcome is %+v", o)
		}
		if o := d.must(set("carol", sdk.NotAvailable), sdk.Done, "already"); !o.Unchanged {
			d.t.Errorf("outcome is %+v", o)
		}
		d.count(1, "available")
	})
}
