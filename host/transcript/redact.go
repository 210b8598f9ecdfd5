package transcript

import (
	"slices"

	"github.com/bellhop-chat/bellhop/host/text"
)

// Redacted returns c with the personal data hidden that has a known shape, see
// [text.Mask]: cards, accounts, mail addresses and phone numbers, wherever they
// stand, in names of people and files too. It changes nothing that c points
// to. Pictures stay as they are: what can be read in them is not hidden.
func (c Conversation) Redacted() Conversation {
	for _, s := range []*string{
		&c.Title, &c.Workspace, &c.ChatID, &c.Department, &c.ClosedBy, &c.Comment,
		&c.Visitor.Name, &c.Visitor.Username, &c.Visitor.Email, &c.Visitor.Phone,
	} {
		hide(s)
	}
	if c.Visitor.Phone != "" {
		c.Visitor.Phone = text.MaskedPhone // one that is too short for its shape, too
	}
	c.Agents, c.Tags = hidden(c.Agents), hidden(c.Tags)
	c.Entries = slices.Clone(c.Entries)
	hideSpread(c.Entries)
	for i := range c.Entries {
		c.Entries[i].redact()
	}
	return c
}

// hideSpread hides cards that somebody sent in several messages, one after the
// other.
func hideSpread(entries []Entry) {
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[0].precedes(entries[n]) {
			n++
		}
		if n > 1 {
			texts := make([]string, n)
			for i, e := range entries[:n] {
				texts[i] = text.Clean(e.Text)
			}
			for i, s := range text.MaskCards(texts) {
				entries[i].Text = s
			}
		}
		entries = entries[n:]
	}
}

// precedes reports whether e and next are messages of the same person.
func (e Entry) precedes(next Entry) bool {
	return e.isSaid() && next.isSaid() && e.Side == next.Side && e.Who == next.Who
}

// isSaid reports whether e is a message.
func (e Entry) isSaid() bool { return (e.Kind == "" || e.Kind == KindMessage) && e.Side != System }

func (e *Entry) redact() {
	for _, s := range []*string{&e.Who, &e.Text, &e.From, &e.To} {
		hide(s)
	}
	e.Quotes = hiddenQuotes(e.Quotes)
	if e.Call != nil {
		call := *e.Call
		hide(&call.State)
		hide(&call.URL)
		e.Call = &call
	}
	e.Files = slices.Clone(e.Files)
	for i := range e.Files {
		hide(&e.Files[i].Name)
		hide(&e.Files[i].Type)
	}
}

// hide cleans first: what a control character parts would be whole again on the page.
func hide(s *string) { *s = text.Mask(text.Clean(*s)) }

func hiddenQuotes(list []Quote) []Quote {
	list = slices.Clone(list)
	for i := range list {
		hide(&list[i].Who)
		hide(&list[i].Text)
		list[i].Quotes = hiddenQuotes(list[i].Quotes)
	}
	return list
}

func hidden(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		hide(&list[i])
	}
	return list
}
