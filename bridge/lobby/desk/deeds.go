package desk

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Deeds tell what Bellhop did, from its own records.
type Deeds interface {
	// Of are the deeds in a chat, the oldest first.
	Of(ctx context.Context, rid string) ([]Deed, error)
	// Undo has Bellhop take a deed back for a person. It says why not, when it can't be.
	Undo(ctx context.Context, rid, key, by string) (whyNot string, err error)
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
	Because  string // of an outcome that is not done, or of the waiting
	Stays    string // why it can't be taken back; "" when it can be
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
	case d.Outcome == "" && d.Because != "":
		return word("deed.waitsfor", d.Because)
	case d.Outcome == "":
		return word("deed.waits")
	case d.Outcome == "undone":
		return word("deed.undone", d.Because)
	}
	return word("deed.ended", d.Outcome, d.Because)
}

// undo says how the deed can be taken back: what the button says, or why there is
// none.
func (d *Deed) undo() (button, whyNot string) {
	switch {
	case d.Outcome == "undone":
		return "", word("undo.done")
	case !d.Done():
		return "", word("undo.notdone")
	case d.Stays != "":
		return "", word("undo.stays", d.Stays)
	case words["undo."+d.Kind] != "":
		return word("undo." + d.Kind), ""
	}
	return word("undo.any"), ""
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
	if button, whyNot := deed.undo(); button == "" {
		return &refusal{text: whyNot}
	}
	whyNot, err := d.deeds.Undo(r.Context(), room.ID, deed.Key, "@"+s.user.Username)
	switch {
	case err != nil:
		return err
	case whyNot != "":
		return &refusal{text: word("undo.stays", whyNot)}
	}
	if t := d.tabs.of(r.Header.Get("X-Tab"), s); t != nil {
		t.deedDone(room.ID)
	}
	d.say(w, r, http.StatusOK, word("undo.said", deed.Title()))
	return nil
}
