package bridge

import (
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// editing is the event of a message's change, with the message as it is now.
func editing(said sdk.Message) sdk.Event {
	return sdk.Event{ID: EditedID(said.ID, said.Edited), Kind: sdk.EventEdited, At: said.Edited, Message: &said}
}

// deleting is the event of a message's end, with the message as it was, as far
// as the picture has it.
func deleting(c sdk.Chat, id string, at time.Time) sdk.Event {
	was := sdk.Message{ID: sdk.MessageID(id)}
	if n := lastPlace(c, id); n >= 0 {
		was = c.Last[n]
	}
	return sdk.Event{ID: DeletedID(was.ID), Kind: sdk.EventDeleted, At: at, Message: &was}
}

// lastPlace is the place of a message among the picture's last; -1 when it is none.
func lastPlace(c sdk.Chat, id string) int {
	return slices.IndexFunc(c.Last, func(m sdk.Message) bool { return string(m.ID) == id })
}

// isNewEdit reports whether the message was changed, and nobody was told: not
// by an event of its own, and not by the message's first event, which tells of
// it as it is.
func (f *followed) isNewEdit(said sdk.Message, knows func(sdk.EventID) bool) bool {
	if said.From == sdk.System || said.Edited.IsZero() || !said.Edited.After(f.mark) || knows(EditedID(said.ID, said.Edited)) {
		return false
	}
	n := lastPlace(f.known, string(said.ID))
	return n < 0 || f.known.Last[n].Edited.Before(said.Edited)
}

// isNewEnd reports whether a message that was told is no more, and nobody was
// told that.
func (f *followed) isNewEnd(id string, at time.Time, knows func(sdk.EventID) bool) bool {
	if !soundID(id) || knows(DeletedID(sdk.MessageID(id))) {
		return false
	}
	return lastPlace(f.known, id) >= 0 || at.After(f.mark) && knows(MessageEventID(sdk.MessageID(id)))
}

func (s *story) isNewEdit(said sdk.Message) bool { return s.chat.isNewEdit(said, s.knows) }

// removed takes what is left of a deleted message where the workspace shows
// that something was deleted.
func (s *story) removed(m rest.Message) { s.erased(m.ID, removedAt(m)) }

func removedAt(m rest.Message) time.Time {
	if m.EditedAt.IsZero() {
		return m.UpdatedAt.Time
	}
	return m.EditedAt.Time
}

func (s *story) erased(id string, at time.Time) {
	if at.IsZero() {
		at = s.look.at
	}
	s.gone = append(s.gone, id)
	if s.chat.isNewEnd(id, at, s.knows) {
		s.add(rest.Message{TS: rest.Time{Time: at}}, deleting(s.chat.known, id, at), nothing)
	}
}

// revise brings the picture up to date with a message that was changed, and
// tells of that.
func (w *watch) revise(f *followed, m rest.Message, said sdk.Message) error {
	if m.Hidden {
		return nil
	}
	e, before := Event{}, f.known.Last
	if m.Type == typeRemoved {
		if at := removedAt(m); f.isNewEnd(m.ID, at, w.knows(f)) {
			e.Event = deleting(f.known, m.ID, at)
		}
		f.known.Last = revised(before, nil, []string{m.ID})
	} else {
		if f.isNewEdit(said, w.knows(f)) {
			e.Event = editing(said)
		}
		f.known.Last = revised(before, []sdk.Message{said}, nil)
	}
	if e.ID == "" && same(before, f.known.Last) {
		return nil
	}
	return w.show(f, e)
}

// same reports whether the messages read the same.
func same(a, b []sdk.Message) bool {
	return slices.EqualFunc(a, b, func(x, y sdk.Message) bool {
		return x.ID == y.ID && x.Text == y.Text && x.Edited.Equal(y.Edited) && len(x.Files) == len(y.Files)
	})
}
