package desk

import (
	"context"
	"strings"
	"time"
)

// Deeds tell what Bellhop did, from its own records.
type Deeds interface {
	// Of are the deeds in a chat, the oldest first.
	Of(ctx context.Context, rid string) ([]Deed, error)
	// Watch calls fn with the chat of each new deed; fn must not wait. The function
	// that is returned ends it.
	Watch(fn func(rid string)) (stop func())
}

// Deed is one automated action.
type Deed struct {
	Key      string // unlike all others
	At       time.Time
	Plugin   string
	Instance string
	Kind     string // forward, tag, reply, ...
	What     string // such as "forward Billing"
	From, To string // of a forward: departments by name
	Tags     []string
	Rule     string
	Reason   string
	Outcome  string // done, refused, ...; "" while it waits
	Because  string // of an outcome that is not done
}

// Done reports whether something was changed.
func (d *Deed) Done() bool { return d.Outcome == "done" }

// Title says what was done.
func (d *Deed) Title() string {
	switch d.Kind {
	case "forward":
		return word("deed.forward", d.To)
	case "tag", "untag":
		return word("deed."+d.Kind, strings.Join(d.Tags, ", "))
	}
	if text, known := words["deed."+d.Kind]; known {
		return text
	}
	return d.What
}

// Ending says how a deed ended that is not done; "" for one that is.
func (d *Deed) Ending() string {
	switch {
	case d.Done():
		return ""
	case d.Outcome == "":
		return word("deed.waits")
	}
	return word("deed.ended", d.Outcome, d.Because)
}

// undo says how the deed can be taken back: what the button says, or why there is
// none.
func (d *Deed) undo() (button, whyNot string) {
	if !d.Done() {
		return "", word("undo.notdone")
	}
	u, ok := undoing[d.Kind]
	switch {
	case !ok:
		return "", word("undo.cant")
	case u.do == nil:
		return "", word(u.text)
	case d.Kind == "forward" && d.From == "":
		return "", word("undo.nowhere")
	}
	return word(u.text), ""
}

// undoing is what takes a deed back, by its kind. It is done as the agent, over the
// workspace's API: who may not do it by hand may not do it here.
var undoing = map[string]struct {
	text string // of the button, or why there is none
	do   func(ctx context.Context, d *Desk, w who, r *room, deed Deed) error
}{
	"forward":    {"undo.forward", undoForward},
	"tag":        {"undo.tag", undoTag},
	"untag":      {"undo.untag", undoTag},
	"reply":      {"undo.read", nil},
	"call":       {"undo.read", nil},
	"tell":       {"undo.read", nil},
	"transcript": {"undo.mailed", nil},
	"close":      {"undo.closed", nil},
}

func undoForward(ctx context.Context, d *Desk, w who, r *room, deed Deed) error {
	teams, err := d.api.departments(ctx, w)
	if err != nil {
		return err
	}
	for _, t := range teams {
		if t.Name == deed.From || t.ID == deed.From {
			return d.api.forward(ctx, w, r.ID, t.ID, "", "")
		}
	}
	return &refusal{text: word("undo.nowhere")}
}

func undoTag(ctx context.Context, d *Desk, w who, r *room, deed Deed) error {
	tags := []string{}
	is := map[string]bool{}
	for _, t := range deed.Tags {
		is[t] = true
	}
	for _, t := range r.Tags {
		if !is[t] {
			tags = append(tags, t)
		}
	}
	if deed.Kind == "untag" {
		tags = append(tags, deed.Tags...)
	}
	return d.api.setTags(ctx, w, r, tags)
}
