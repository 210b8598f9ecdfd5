package bridge

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// chat is what a room's document says of a chat. What only messages tell is
// not in it: see figures.
func (b *Bridge) chat(r rest.Room) sdk.Chat {
	c := sdk.Chat{
		ID: sdk.ChatID(r.ID), Visitor: b.visitor(r, nil), ContactID: cleanLine(r.ContactID), Topic: cleanText(r.Topic), Tags: tags(r.Tags), Fields: fields(r.Fields),
		Channel: r.Source.Type, OpenedAt: r.TS.Time,
	}
	b.place(&c, r)
	c.Figures = measured(r)
	return c
}

// place sets where the chat stands: its status, department and agent, and how
// it ended.
func (b *Bridge) place(c *sdk.Chat, r rest.Room) {
	c.Status = status(r)
	b.names.hear(r.Department)
	c.DepartmentID, c.Department = r.DepartmentID, b.names.department(r.DepartmentID)
	c.Agent, c.TakenAt = sdk.Person{}, time.Time{}
	if r.ServedBy != nil {
		c.Agent, c.TakenAt = b.person(r.ServedBy.Ref), r.ServedBy.TS.Time
	}
	switch {
	case c.Status != sdk.Queued:
		c.QueuedAt = time.Time{}
	case c.QueuedAt.IsZero():
		c.QueuedAt = r.QueuedAt.Time // of a room that was there before us, from 7.0 on
	}
	if c.Status != sdk.Held {
		c.HeldAt = time.Time{}
	}
	if r.Open {
		return
	}
	c.ClosedAt = r.ClosedAt.Time
	c.Closing.ByVisitor = r.Closer == "visitor"
	if r.ClosedBy != nil && !c.Closing.ByVisitor {
		c.Closing.By = b.person(*r.ClosedBy)
	}
	if m := r.LastMessage; m != nil && m.Type == typeClosed && c.Closing.Comment == "" {
		c.Closing.Comment = cleanText(m.Text)
	}
}

func status(r rest.Room) sdk.Status {
	switch {
	case !r.Open:
		return sdk.Closed
	case r.OnHold:
		return sdk.Held
	case r.ServedBy != nil:
		return sdk.Taken
	}
	return sdk.Queued
}

// visitor is the guest, by the guest's own document where there is one, and
// otherwise by what the room shows.
func (b *Bridge) visitor(r rest.Room, v *rest.Visitor) sdk.Visitor {
	guest := sdk.Visitor{ID: r.Visitor.ID, Username: r.Visitor.Username, Name: cleanLine(r.Visitor.Name)}
	if v != nil {
		guest.Name, guest.Language, guest.Fields = cleanLine(v.Name), cleanLine(v.Language), fields(v.Fields)
		for _, e := range v.Emails {
			guest.Emails = append(guest.Emails, cleanLine(e.Address))
		}
		for _, p := range v.Phones {
			guest.Phones = append(guest.Phones, cleanLine(p.Number))
		}
	}
	if guest.Name == "" {
		guest.Name = cleanLine(r.FName)
	}
	return guest
}

func tags(list []string) []string {
	var clean []string
	for _, t := range list {
		if t = cleanLine(t); t != "" {
			clean = append(clean, t)
		}
	}
	return clean
}

// fields are custom fields as texts. Some are numbers or lists.
func fields(m map[string]any) map[string]string {
	if len(m) == 0 {
		return nil
	}
	texts := make(map[string]string, len(m))
	for name, v := range m {
		switch v := v.(type) {
		case nil:
		case string:
			texts[cleanLine(name)] = clip(cleanText(v), maxShort)
		default:
			if data, err := json.Marshal(v); err == nil {
				texts[cleanLine(name)] = clip(string(data), maxShort)
			}
		}
	}
	return texts
}

// hear moves a chat's figures on by one message.
func hear(c *sdk.Chat, m sdk.Message) {
	if m.From == sdk.System {
		return
	}
	for at := range c.Last {
		if c.Last[at].ID == m.ID {
			c.Last = slices.Clone(c.Last)
			c.Last[at] = shorten(m)
			return
		}
	}
	count(c, m)
	switch {
	case m.From == sdk.Guest && c.WaitingSince.IsZero() && !answered(c, m.At):
		c.WaitingSince = m.At
	case m.From == sdk.Human:
		c.WaitingSince = time.Time{}
		if c.AnsweredAt.IsZero() {
			c.AnsweredAt = m.At
		}
	}
	c.Last = lastWith(c.Last, shorten(m))
}

// lastWith are the last messages with one more, by time. What a slice is given
// beyond its end nobody sees who has the slice, so an array serves several
// pictures, one after another; whoever else gets a slice gets no more of its
// array than it shows (see show).
func lastWith(last []sdk.Message, m sdk.Message) []sdk.Message {
	last = last[max(0, len(last)-maxLast+1):]
	at := len(last)
	for at > 0 && last[at-1].At.After(m.At) {
		at--
	}
	if at == len(last) && at < cap(last) {
		return append(last, m)
	}
	all := make([]sdk.Message, 0, 2*len(last)+2)
	return append(append(append(all, last[:at]...), m), last[at:]...)
}

// answered reports whether a person has written after the time: messages may
// come out of order.
func answered(c *sdk.Chat, at time.Time) bool {
	for n := range c.Last {
		if c.Last[n].From == sdk.Human && c.Last[n].At.After(at) {
			return true
		}
	}
	return false
}

// estimate sets figures by the server's own, for a chat whose messages are not
// read yet. The server takes our messages for answers, so where we answered
// last, it cannot tell whether a person did.
func (b *Bridge) estimate(c *sdk.Chat, r rest.Room) {
	me := b.me.Load()
	ours := r.ResponseBy != nil && me != nil && r.ResponseBy.ID == me.UserID
	if r.Waiting && !r.Metrics.Visitor.LQ.IsZero() {
		c.WaitingSince = r.Metrics.Visitor.LQ.Time
	}
	if !ours {
		c.AnsweredAt = r.Metrics.Response.FD.Time
	}
}
