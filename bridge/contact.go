package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// contactRounds is how often a contact is written when others write it too.
const contactRounds = 3

// person is what the workspace knows of who is behind the chat: a contact, or
// before 7.0 a visitor.
type person struct {
	contact        string // its id; "" means that it is a visitor
	name           string
	emails, phones []string
	fields         map[string]any
	at             time.Time // when it was last changed
}

// readPerson reads it. A server that knows contacts may not have made one of
// this visitor yet.
func (a *attempt) readPerson(ctx context.Context) (person, error) {
	if id := a.room.ContactID; id != "" {
		c, err := a.rest.Contact(ctx, id)
		if err == nil {
			return person{c.ID, c.Name, addresses(c.Emails), numbers(c.Phones), c.Fields, c.UpdatedAt.Time}, nil
		}
		if !errors.Is(err, rest.ErrNotFound) && !errors.Is(err, rest.ErrNoCall) {
			return person{}, err
		}
	}
	v, err := a.rest.Visitor(ctx, a.room.Visitor.ID)
	return person{"", v.Name, addresses(v.Emails), numbers(v.Phones), v.Fields, v.UpdatedAt.Time}, err
}

func addresses(list []rest.Email) []string {
	var all []string
	for _, e := range list {
		all = append(all, e.Address)
	}
	return all
}

func numbers(list []rest.Phone) []string {
	var all []string
	for _, p := range list {
		all = append(all, p.Number)
	}
	return all
}

// edited is the person as it is to be: nothing is lost that was not named.
func (p person) edited(e sdk.ContactEdit) person {
	n := p
	if name := cleanLine(e.Name); name != "" {
		n.name = name
	}
	n.emails, n.phones = added(p.emails, e.Emails), added(p.phones, e.Phones)
	n.fields = map[string]any{}
	for key, v := range p.fields {
		n.fields[key] = v
	}
	for key, v := range e.Fields {
		if v = strings.TrimSpace(cleanText(v)); v == "" {
			delete(n.fields, key)
		} else {
			n.fields[key] = v
		}
	}
	return n
}

// added is the list with what is new behind it, whatever its case.
func added(list, more []string) []string {
	all := slices.Clone(list)
	for _, m := range more {
		m = cleanLine(m)
		if m != "" && !slices.ContainsFunc(all, func(have string) bool { return strings.EqualFold(have, m) }) {
			all = append(all, m)
		}
	}
	return all
}

// changes are the names of what differs.
func (p person) changes(to person) []string {
	var all []string
	if p.name != to.name {
		all = append(all, "name")
	}
	if len(p.emails) != len(to.emails) {
		all = append(all, "emails")
	}
	if len(p.phones) != len(to.phones) {
		all = append(all, "phones")
	}
	for _, key := range union(sortedNames(p.fields), sortedNames(to.fields)) {
		if fieldText(p.fields, key) != fieldText(to.fields, key) {
			all = append(all, key)
		}
	}
	return all
}

func sortedNames(m map[string]any) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// wasCorrected reports whether the person is as an earlier attempt was to make it.
func (a *attempt) wasCorrected(ctx context.Context) (sdk.Outcome, bool, error) {
	if a.e.Attempt == 0 || a.e.Contact == nil {
		return sdk.Outcome{}, false, nil
	}
	p, err := a.readPerson(ctx)
	return done("the contact is so"), err == nil && len(p.changes(p.edited(*a.e.Contact))) == 0, err
}

// editContact changes what the workspace knows of the person.
func (a *attempt) editContact(ctx context.Context) sdk.Outcome {
	if a.e.Contact == nil {
		return refused("there is nothing to change")
	}
	defer a.directory.contacts.forget(string(a.e.Chat))
	var changed []string
	for range contactRounds {
		p, err := a.readPerson(ctx)
		if err != nil {
			return failed(err)
		}
		to := p.edited(*a.e.Contact)
		left := p.changes(to)
		switch {
		case len(left) == 0 && changed == nil:
			return unchanged("the contact was so already")
		case len(left) == 0:
			o := done("changed " + strings.Join(changed, ", "))
			o.Event = ContactID(a.e.Chat, p.at)
			return o
		case p.contact == "":
			return a.editVisitor(ctx, p, to)
		}
		changed = union(changed, left)
		if o := a.updateContact(ctx, p, to); o.State != sdk.Done {
			return o
		}
	}
	return refused("the workspace did not keep " + strings.Join(changed, ", ") + ": see in Omnichannel, Custom Fields, that guests have such fields, or others change the contact all the time")
}

// updateContact writes what differs. Whether it was kept, the next look tells.
func (a *attempt) updateContact(ctx context.Context, p, to person) sdk.Outcome {
	u := rest.ContactUpdate{ID: p.contact}
	if p.name != to.name {
		u.Name = to.name
	}
	if len(p.emails) != len(to.emails) {
		u.Emails = to.emails
	}
	if len(p.phones) != len(to.phones) {
		u.Phones = to.phones
	}
	if len(p.changes(person{p.contact, p.name, p.emails, p.phones, to.fields, p.at})) > 0 {
		u.Fields = to.fields
	}
	err := a.rest.UpdateContact(ctx, u)
	if err == nil {
		return done("")
	}
	now, blind := a.readPerson(ctx)
	switch {
	case blind != nil && rest.Temporary(blind):
		return Later(fmt.Sprintf("%v; and whether it is changed: %v", err, blind))
	case blind == nil && len(now.changes(now.edited(*a.e.Contact))) == 0:
		return done("")
	}
	return failed(err)
}

// editVisitor writes a visitor, together with the chat: there is no other way
// that leaves alone what is not named. A visitor has one address and one number.
func (a *attempt) editVisitor(ctx context.Context, p, to person) sdk.Outcome {
	guest := rest.GuestInfo{Fields: map[string]string{}}
	for _, one := range []struct {
		what       string
		have, want []string
		into       *string
	}{{"address", p.emails, to.emails, &guest.Email}, {"number", p.phones, to.phones, &guest.Phone}} {
		switch {
		case len(one.have) == len(one.want):
		case len(one.want) > 1:
			return refused(fmt.Sprintf("this version of the server keeps one %s of a guest, and has %s: another would take its place", one.what, one.want[0]))
		default:
			*one.into = one.want[0]
		}
	}
	if p.name != to.name {
		guest.Name = to.name
	}
	for _, key := range sortedNames(to.fields) {
		if fieldText(p.fields, key) != fieldText(to.fields, key) {
			guest.Fields[key] = fieldText(to.fields, key)
		}
	}
	for _, key := range without(sortedNames(p.fields), sortedNames(to.fields)) {
		guest.Fields[key] = ""
	}
	defer a.listen(ctx)()
	if err := a.read(ctx); err != nil {
		return failed(err)
	}
	var now person
	o := a.save(ctx, &tagging{
		first: a.room.Tags,
		info:  rest.RoomInfo{Guest: guest},
		also: func(ctx context.Context) (ok bool, err error) {
			now, err = a.readPerson(ctx)
			return err == nil && len(now.changes(now.edited(*a.e.Contact))) == 0, err
		},
		did:  "changed " + strings.Join(p.changes(to), ", "),
		same: "the contact was so already",
		kept: "the workspace did not keep " + strings.Join(p.changes(to), ", ") + ": see in Omnichannel, Custom Fields, that guests have such fields",
	})
	if o.State == sdk.Done && !o.Unchanged {
		o.Event = ContactID(a.e.Chat, now.at)
	}
	return o
}
