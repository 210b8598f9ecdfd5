package desk

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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
	Version  string // of the plugin
	Mode     string
	Event    string   // that it answers, such as "guest: hello"
	Tried    []string // rules, with what they found
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

// Grounds are the reason without the rule's name, which stands beside it.
func (d *Deed) Grounds() string {
	return strings.TrimPrefix(d.Reason, fmt.Sprintf("rule %q: ", d.Rule))
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

// undo says how the deed can be taken back in the room as it is now: what the button
// says, or why there is none.
func (d *Deed) undo(r *room) (button, whyNot string) {
	u, ok := undoing[d.Kind]
	switch {
	case d.Outcome == "undone":
		return "", word("undo.done")
	case !d.Done():
		return "", word("undo.notdone")
	case !ok:
		return "", word("undo.cant")
	case u.do == nil:
		return "", word(u.text)
	case r == nil || !r.Open:
		return "", word("undo.over")
	case d.Kind == "forward" && d.From == "":
		return "", word("undo.nowhere")
	case !u.stands(r, d):
		return "", word("undo.changed")
	}
	return word(u.text), ""
}

// undoing is what takes a deed back, by its kind. It is done as the agent, over the
// workspace's API: who may not do it by hand may not do it here.
var undoing = map[string]undoer{
	"forward":    {"undo.forward", func(r *room, d *Deed) bool { return d.To != "" && r.team != d.From }, undoForward},
	"tag":        {"undo.tag", func(r *room, d *Deed) bool { return hasSome(r.Tags, d.Tags) }, undoTag},
	"untag":      {"undo.untag", func(r *room, d *Deed) bool { return !hasSome(r.Tags, d.Tags) }, undoTag},
	"reply":      {text: "undo.read"},
	"call":       {text: "undo.read"},
	"tell":       {text: "undo.read"},
	"answer":     {text: "undo.read"},
	"transcript": {text: "undo.mailed"},
	"close":      {text: "undo.closed"},
}

// undoer takes one kind of deed back.
type undoer struct {
	text   string                  // of the button, or why there is none
	stands func(*room, *Deed) bool // what was done is still so
	do     func(ctx context.Context, d *Desk, w who, r *room, deed *Deed) error
}

func hasSome(all, some []string) bool {
	return slices.ContainsFunc(some, func(t string) bool { return slices.Contains(all, t) })
}

func undoForward(ctx context.Context, d *Desk, w who, r *room, deed *Deed) error {
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

func undoTag(ctx context.Context, d *Desk, w who, r *room, deed *Deed) error {
	tags := slices.DeleteFunc(slices.Clone(r.Tags), func(t string) bool { return slices.Contains(deed.Tags, t) })
	if deed.Kind == "untag" {
		tags = append(tags, deed.Tags...)
	}
	return d.api.setTags(ctx, w, r, tags)
}

// deed finds one that was done in a room, as it is now.
func (d *Desk) deed(ctx context.Context, w who, rid, key string) (*room, *Deed, error) {
	room, err := d.seenRoom(ctx, w, rid)
	if err != nil {
		return nil, nil, err
	}
	for _, deed := range d.deedsOf(ctx, rid) {
		if deed.Key == key {
			return room, &deed, nil
		}
	}
	return nil, nil, &refusal{text: word("deed.gone")}
}

// seenRoom reads a room with the name of its department.
func (d *Desk) seenRoom(ctx context.Context, w who, rid string) (*room, error) {
	room, err := d.api.room(ctx, w, rid)
	if err != nil {
		return nil, err
	}
	teams, err := d.api.departments(ctx, w)
	for _, t := range teams {
		if t.ID == room.Department {
			room.team = t.Name
		}
	}
	return room, err
}

func (d *Desk) why(w http.ResponseWriter, r *http.Request, s *session) error {
	_, deed, err := d.deed(r.Context(), s.who, r.PathValue("rid"), r.FormValue("key"))
	if err != nil {
		return err
	}
	html(w, "why", deed)
	return nil
}

func (d *Desk) undo(w http.ResponseWriter, r *http.Request, s *session) error {
	room, deed, err := d.deed(r.Context(), s.who, r.PathValue("rid"), r.FormValue("key"))
	if err != nil {
		return err
	}
	if button, whyNot := deed.undo(room); button == "" {
		return &refusal{text: whyNot}
	}
	if err := undoing[deed.Kind].do(r.Context(), d, s.who, room, deed); err != nil {
		return err
	}
	if t := d.tabs.of(r.Header.Get("X-Tab"), s); t != nil {
		t.deedDone(room.ID)
	}
	d.say(w, r, http.StatusOK, word("undo.said", deed.Title()))
	return nil
}
