package desk

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// earlier leads to the messages above those that a page shows.
type earlier struct {
	RID    string
	ID     string // of the oldest message that is shown
	Before int64  // when it was written: milliseconds since 1970
}

// above is what leads to older messages; nil when these are all.
func above(rid string, list []*message, want int) *earlier {
	if len(list) < want || want == most {
		return nil
	}
	return &earlier{RID: rid, ID: list[0].ID, Before: list[0].TS.UnixMilli()}
}

// between are the deeds from the first of the messages on, where there are older ones,
// and before an end, which may be none.
func between(deeds []Deed, first *message, end time.Time) []Deed {
	return slices.DeleteFunc(slices.Clone(deeds), func(d Deed) bool {
		return first != nil && d.At.Before(first.TS.Time) || !end.IsZero() && !d.At.Before(end)
	})
}

// olderPart is a piece of a conversation that is put above the others.
type olderPart struct {
	Earlier *earlier
	Items   []item
}

// older gives the messages above one that the page shows.
func (d *Desk) older(w http.ResponseWriter, r *http.Request, s *session) error {
	rid, id := r.PathValue("rid"), r.FormValue("at")
	ms, err := strconv.ParseInt(r.FormValue("before"), 10, 64)
	if err != nil {
		return &refusal{text: word("log.badplace")}
	}
	p, err := d.olderOf(r.Context(), r, s, rid, earlier{ID: id, Before: ms})
	if err != nil {
		return err
	}
	if t := d.tabs.of(r.Header.Get("X-Tab"), s); t != nil {
		t.mu.Lock()
		if t.open != nil && t.open.rid == rid {
			t.open.placed(p.Items)
		}
		t.mu.Unlock()
	}
	html(w, "older", p)
	return nil
}

// olderOf reads up to and with the message that is known, since others may have been
// written in the same millisecond, and leaves it out.
func (d *Desk) olderOf(ctx context.Context, r *http.Request, s *session, rid string, from earlier) (*olderPart, error) {
	room, err := d.seenRoom(ctx, s.who, rid)
	if err != nil {
		return nil, err
	}
	end := time.UnixMilli(from.Before)
	list, err := d.api.historyBefore(ctx, s.who, rid, end.Add(time.Millisecond), latest)
	if err != nil {
		return nil, err
	}
	p := &olderPart{Earlier: above(rid, list, latest)}
	if i := slices.IndexFunc(list, func(m *message) bool { return m.ID == from.ID }); i >= 0 {
		list = list[:i]
	}
	var first *message
	if p.Earlier != nil && len(list) > 0 {
		first = list[0]
	}
	p.Items = d.viewer(s, r).lines(room, list, between(d.deedsOf(ctx, rid), first, end))
	for i := range p.Items {
		p.Items[i].Old = true
	}
	return p, nil
}

// placed notes that items stand in the page.
func (o *opened) placed(items []item) {
	for i := range items {
		o.shown[items[i].ID] = items[i].state()
	}
}
