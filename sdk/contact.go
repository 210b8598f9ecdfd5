package sdk

import (
	"strings"
	"time"
)

// Contact is a person who has written before or may write again.
type Contact struct {
	ID        string            `json:"id,omitempty"` // "" before Rocket.Chat 7, where each visitor is on its own
	Name      string            `json:"name,omitempty"`
	Emails    []string          `json:"emails,omitempty"`
	Phones    []string          `json:"phones,omitempty"`
	Fields    map[string]string `json:"fields,omitempty"`    // custom fields
	Manager   Person            `json:"manager"`             // who looks after the contact; zero means nobody, or unknown
	Channels  []string          `json:"channels,omitempty"`  // by which the contact has written, such as "widget" and "email"; nil means unknown
	Unknown   bool              `json:"unknown,omitempty"`   // the workspace has not been told yet who it is
	Conflicts []string          `json:"conflicts,omitempty"` // what several that became one disagree about: "name", "manager" or a custom field
	Since     time.Time         `json:"since"`               // zero means unknown
	LastChat  time.Time         `json:"lastChat"`            // when the last one was opened; zero means never, or unknown

	// Problem is why the workspace's contact could not be read; then what stands
	// here is what the chat tells of its visitor. "" when it could.
	Problem string `json:"problem,omitempty"`
}

// Contact is the person behind the visitor. From Rocket.Chat 7 on, where one
// contact may be several visitors, it is read when it is first asked for; before,
// and where that fails, the visitor's own data stand here. A read that fails is no
// reason to fail the handler: see Contact.Problem.
func (c *Chat) Contact() Contact {
	v := c.Visitor
	own := Contact{Name: v.Name, Emails: v.Emails, Phones: v.Phones, Fields: v.Fields}
	if c.ContactID == "" || c.run == nil {
		return own
	}
	var found Contact
	if err := c.read("Contact", ReadContact, Question{}, &found); err != nil {
		own.Problem = err.Error()
		return own
	}
	return found
}

// Has reports whether the contact's field holds the value, whatever the case.
// The names "name", "email" and "phone" mean the contact's own data.
func (k Contact) Has(field, value string) bool {
	switch strings.ToLower(field) {
	case "name":
		return strings.EqualFold(k.Name, value)
	case "email":
		return anyFold(k.Emails, value)
	case "phone":
		return anyFold(k.Phones, value)
	}
	for name, v := range k.Fields {
		if strings.EqualFold(name, field) && strings.EqualFold(v, value) {
			return true
		}
	}
	return false
}

func anyFold(list []string, value string) bool {
	for _, v := range list {
		if strings.EqualFold(v, value) {
			return true
		}
	}
	return false
}

// PastChat is a chat that has ended.
type PastChat struct {
	ID         ChatID    `json:"id"`
	Visitor    string    `json:"visitor,omitempty"`    // as the guest was called then
	Channel    string    `json:"channel,omitempty"`    // "widget", "email", ...; "" means unknown (before 4.0)
	Department string    `json:"department,omitempty"` // "" means none, or unknown to Bellhop
	Agent      Person    `json:"agent"`                // who served it last; zero means nobody
	Tags       []string  `json:"tags,omitempty"`
	OpenedAt   time.Time `json:"openedAt"`
	ClosedAt   time.Time `json:"closedAt"`
	Closing    Closing   `json:"closing"`            // with the closing message
	Messages   int       `json:"messages,omitempty"` // how many it has
}

// MaxPast is how many chats PastChats gives at most.
const MaxPast = 50

// PastChats are the earlier chats of the person behind the chat, the newest
// first, over all departments and, from Rocket.Chat 7 on, all channels: before, a
// guest is known by the browser. Use p.Chat to look into one.
func (c *Chat) PastChats() ([]PastChat, error) {
	var found []PastChat
	err := c.read("PastChats", ReadPast, Question{}, &found)
	return found, err
}

// SearchContacts finds contacts, before Rocket.Chat 7 visitors, by a part of
// their name, mail address or phone number; at most 50, by name.
func (p *Plugin) SearchContacts(text string) ([]Contact, error) {
	var found []Contact
	err := p.read("SearchContacts", ReadContacts, Question{Text: text}, &found)
	return found, err
}
