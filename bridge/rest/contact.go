package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Contact is a person behind one or more visitors, from 7.0 on.
type Contact struct {
	ID        string         `json:"_id"`
	Name      string         `json:"name"`
	Emails    []Email        `json:"emails"`
	Phones    []Phone        `json:"phones"`
	Fields    map[string]any `json:"customFields"`
	Unknown   bool           `json:"unknown"`
	Manager   Manager        `json:"contactManager"`
	Conflicts []Conflict     `json:"conflictingFields"`
	Channels  []Channel      `json:"channels"`
	CreatedAt Time           `json:"createdAt"`
	UpdatedAt Time           `json:"_updatedAt"`
	LastChat  LastChat       `json:"lastChat"`
}

// Manager is who looks after a contact: an id where one contact is read, and a
// user where several are.
type Manager struct{ Ref }

// UnmarshalJSON reads either; what is neither is nobody.
func (m *Manager) UnmarshalJSON(data []byte) error {
	*m = Manager{}
	if json.Unmarshal(data, &m.ID) != nil {
		_ = json.Unmarshal(data, &m.Ref)
	}
	return nil
}

// Conflict is something that visitors disagree about who became one contact.
type Conflict struct {
	Field string `json:"field"` // name, manager or customFields.KEY
}

// Channel is a way by which a contact has written.
type Channel struct {
	Name    string `json:"name"`
	Details Source `json:"details"`
}

// LastChat is the newest chat of a visitor or a contact.
type LastChat struct {
	ID string `json:"_id"`
	TS Time   `json:"ts"`
}

// Contact reads one by id, which a room tells. ErrNotFound says that there is
// none, or that the server knows no contacts.
func (c *Client) Contact(ctx context.Context, id string) (Contact, error) {
	var got struct {
		Contact Contact `json:"contact"`
	}
	k := call{verb: http.MethodGet, path: "omnichannel/contacts.get", query: url.Values{"contactId": {id}}}
	if err := c.json(ctx, k, &got); err != nil {
		return Contact{}, err
	}
	if got.Contact.ID == "" {
		return Contact{}, &Error{Call: k.name(), Kind: ErrNotFound, Text: "no contact in the answer"}
	}
	return got.Contact, nil
}

// ContactUpdate is what is to be written of a contact. What is nil or empty
// stays; of what is not, all there was is replaced.
type ContactUpdate struct {
	ID     string
	Name   string
	Emails []string
	Phones []string
	Fields map[string]any
}

// UpdateContact writes a contact. The last writer wins.
func (c *Client) UpdateContact(ctx context.Context, u ContactUpdate) error {
	body := map[string]any{"contactId": u.ID}
	if u.Name != "" {
		body["name"] = u.Name
	}
	for key, list := range map[string][]string{"emails": u.Emails, "phones": u.Phones} {
		if list != nil {
			body[key] = list
		}
	}
	if u.Fields != nil {
		body["customFields"] = u.Fields
	}
	return c.Post(ctx, "omnichannel/contacts.update", body, nil)
}

// CustomField is a field that the workspace has for chats or guests.
type CustomField struct {
	ID     string `json:"_id"` // the key of its values
	Label  string `json:"label"`
	Scope  string `json:"scope"` // room or visitor
	Regexp string `json:"regexp"`
}

// CustomFields lists them all.
func (c *Client) CustomFields(ctx context.Context) ([]CustomField, error) {
	return listing[CustomField]{path: "livechat/custom-fields", field: "customFields", key: func(f CustomField) string { return f.ID }}.read(ctx, c)
}
