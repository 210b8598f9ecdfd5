package host

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Files of a conversation that are read for a transcript.
const (
	maxPicture  = 5 << 20  // bytes of one that is shown
	maxPictures = 20 << 20 // bytes of all
	maxHashed   = 16 << 20 // bytes of one of which the hash is told
	maxFiles    = 64 << 20 // bytes of all
)

// budget is what may still be read, in bytes.
type budget struct{ pictures, files int64 }

// chronicle is all that the workspace knows of a conversation.
type chronicle struct {
	calls    []sdk.Event // steps of calls that we have offered
	chat     sdk.Chat
	messages []sdk.Message
	happened []bridge.Happening
	partly   string // why it is not known what happened; "" means that it is
}

// untoldTries is how many attempts wait for a workspace that does not tell what
// happened in a chat: then a transcript without it is better than none.
const untoldTries = 4

func (h *Host) chronicle(ctx context.Context, e bridge.Effect) (r chronicle, err error) {
	if r.chat, r.messages, err = h.workspace.Conversation(ctx, e.Chat); err != nil {
		return r, err
	}
	if r.calls, err = h.callsOf(e.Chat); err != nil {
		return r, err
	}
	if r.happened, err = h.workspace.Happenings(ctx, e.Chat); err == nil || e.Attempt < untoldTries {
		return r, err
	}
	r.partly = "The workspace does not tell what happened between the messages."
	h.log.Warn("transcript without what happened", "chat", e.Chat, "effect", e.Key, "err", err)
	return r, nil
}

// conversation is the chronicle as a transcript tells it: what the guest could
// read and no more, so without tags.
func (h *Host) conversation(ctx context.Context, r chronicle) transcript.Conversation {
	c := &r.chat
	t := transcript.Conversation{
		ChatID:     string(c.ID),
		Visitor:    transcript.Visitor{Name: c.Visitor.Name, Username: c.Visitor.Username, Email: first(c.Visitor.Emails), Phone: first(c.Visitor.Phones)},
		Department: c.Department,
		Opened:     c.OpenedAt,
		Closed:     c.ClosedAt,
		ClosedBy:   personName(c.Closing.By),
		Comment:    c.Closing.Comment,
		Zone:       zoneOf(c.Visitor),
		Language:   c.Visitor.Language,
	}
	if c.Closing.ByVisitor {
		t.ClosedBy = visitorName(c)
	}
	if r.partly != "" {
		t.Entries = append(t.Entries, transcript.Entry{Kind: transcript.KindNote, At: c.OpenedAt, Text: r.partly})
	}
	left := budget{maxPictures, maxFiles}
	for _, m := range r.messages {
		if e := h.message(ctx, c, m, &left); e.Text != "" || len(e.Files) > 0 || len(e.Quotes) > 0 {
			t.Entries = append(t.Entries, e)
		}
	}
	for _, x := range r.happened {
		t.Entries = append(t.Entries, happened(c, x))
	}
	for _, e := range r.calls {
		t.Entries = append(t.Entries, called(c, e))
	}
	slices.SortStableFunc(t.Entries, func(a, b transcript.Entry) int { return a.At.Compare(b.At) })
	t.Agents = agents(t.Entries)
	return t
}

// zoneFields are the visitor's custom fields that may name a time zone: the
// workspace has none of its own for guests.
var zoneFields = []string{"timezone", "time_zone", "timeZone", "zone", "tz"}

// zoneOf is the guest's time zone; nil when it is not known.
func zoneOf(v sdk.Visitor) *time.Location {
	for _, key := range zoneFields {
		if name := v.Fields[key]; name != "" && name != "Local" {
			if z, err := time.LoadLocation(name); err == nil {
				return z
			}
		}
	}
	return nil
}

// agents are who took the chat or wrote in it, in order.
func agents(entries []transcript.Entry) []string {
	var all []string
	for _, e := range entries {
		took := e.Kind == transcript.KindTaken || e.Kind == transcript.KindMessage && e.Side == transcript.Agent
		if took && e.Who != "" && !slices.Contains(all, e.Who) {
			all = append(all, e.Who)
		}
	}
	return all
}

func (h *Host) message(ctx context.Context, c *sdk.Chat, m sdk.Message, left *budget) transcript.Entry {
	e := transcript.Entry{
		Kind: transcript.KindMessage, Side: sides[m.From], Who: personName(m.By), At: m.At,
		Text: text.Emoji(m.Text), Edited: !m.Edited.IsZero(), Quotes: quotes(m.Quotes),
	}
	if m.From == sdk.Guest {
		e.Who = visitorName(c)
	}
	for _, f := range m.Files {
		e.Files = append(e.Files, h.file(ctx, f, left))
	}
	return e
}

func quotes(list []sdk.Quote) []transcript.Quote {
	var all []transcript.Quote
	for _, q := range list {
		all = append(all, transcript.Quote{Who: q.By, Text: text.Emoji(q.Text), Quotes: quotes(q.Quotes)})
	}
	return all
}

// kindsOfHappenings are how a transcript calls what happens.
var kindsOfHappenings = map[sdk.EventKind]transcript.Kind{
	sdk.EventTaken: transcript.KindTaken, sdk.EventForwarded: transcript.KindForwarded, sdk.EventQueued: transcript.KindQueued,
	sdk.EventHeld: transcript.KindHeld, sdk.EventResumed: transcript.KindResumed, sdk.EventCall: transcript.KindCall, sdk.EventClosed: transcript.KindClosed,
}

func happened(c *sdk.Chat, x bridge.Happening) transcript.Entry {
	e := transcript.Entry{Kind: kindsOfHappenings[x.Kind], At: x.At, Who: personName(x.By), Text: x.Comment}
	if x.Kind == sdk.EventClosed && x.By.IsZero() && c.Closing.ByVisitor {
		e.Who = visitorName(c)
	}
	if f := x.Forwarding; f != nil {
		e.From, e.To = f.FromDepartment, f.ToDepartment
		if f.FromDepartment == f.ToDepartment { // it moved within
			e.From = ""
		}
		if to := personName(f.ToAgent); to != "" {
			e.To = to
		}
	}
	if x.Conference != nil {
		e.Call = &transcript.Call{State: "offered"}
		if !x.Conference.Ended.IsZero() {
			e.Call.State, e.Call.Duration = "ended", max(0, x.Conference.Ended.Sub(x.Conference.Started))
		}
	}
	return e
}

// callsOf are the steps of the calls that we have offered in a chat, as the
// journal has them.
func (h *Host) callsOf(chat sdk.ChatID) (steps []sdk.Event, err error) {
	all, err := h.store.History(chat)
	for _, e := range all {
		if v := e.Event.Conference; e.Event.Kind == sdk.EventCall && v != nil && v.State != "" {
			steps = append(steps, e.Event)
		}
	}
	return steps, err
}

// called is a step of a call. Its link is no part of it: the guest's message has
// that.
func called(c *sdk.Chat, e sdk.Event) transcript.Entry {
	v := e.Conference
	entry := transcript.Entry{Kind: transcript.KindCall, At: e.At, Call: &transcript.Call{State: string(v.State), Duration: v.Duration()}}
	switch {
	case v.State == sdk.CallOffered:
		entry.Who = personName(v.By)
	case v.State == sdk.CallJoined && e.ID == bridge.CallStepID(v.ID, "guest-joined"):
		entry.Who = visitorName(c)
	case v.State == sdk.CallJoined:
		entry.Who = personName(v.By)
	}
	return entry
}

var sides = map[sdk.Sender]transcript.Side{
	sdk.Guest: transcript.Guest, sdk.Human: transcript.Agent, sdk.Bot: transcript.Bot, sdk.System: transcript.System,
}

var pictureTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"}

// file is a file with its hash and, if it is a picture, that: as far as it is
// small enough and can be had. A transcript without them is better than none.
func (h *Host) file(ctx context.Context, f sdk.File, left *budget) transcript.File {
	t := transcript.File{Name: f.Name, Type: f.Type, Size: f.Size}
	if f.Size > maxHashed || f.Size > left.files {
		return t
	}
	data, err := h.workspace.Download(ctx, f)
	if err != nil {
		return t
	}
	size := int64(len(data))
	left.files -= size
	t.Size, t.SHA256 = size, fmt.Sprintf("%x", sha256.Sum256(data))
	if slices.Contains(pictureTypes, f.Type) && size <= maxPicture && size <= left.pictures {
		left.pictures -= size
		t.Image = data
	}
	return t
}

func personName(p sdk.Person) string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
