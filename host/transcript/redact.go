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
		&c.Title, &c.Workspace, &c.Department, &c.ClosedBy, &c.Comment,
		&c.Visitor.Name, &c.Visitor.Username, &c.Visitor.Email, &c.Visitor.Phone,
	} {
		hide(s)
	}
	if c.Visitor.Phone != "" {
		c.Visitor.Phone = text.MaskedPhone // one that is too short for its shape, too
	}
	c.Agents, c.Tags = hidden(c.Agents), hidden(c.Tags)
	c.Entries = slices.Clone(c.Entries)
	for i := range c.Entries {
		c.Entries[i].redact()
	}
	return c
}

func (e *Entry) redact() {
	for _, s := range []*string{&e.Who, &e.Text, &e.From, &e.To} {
		hide(s)
	}
	if e.Quote != nil {
		q := *e.Quote
		hide(&q.Who)
		hide(&q.Text)
		e.Quote = &q
	}
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

func hidden(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		hide(&list[i])
	}
	return list
}
