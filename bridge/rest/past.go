package rest

import (
	"context"
	"net/url"
)

// PastRoom is a chat that has ended, as the history of its guest shows it.
type PastRoom struct {
	ID           string      `json:"_id"`
	FName        string      `json:"fname"`
	Visitor      Guest       `json:"v"`
	ServedBy     *Serving    `json:"servedBy"`
	DepartmentID string      `json:"departmentId"` // "" where the server leaves it out
	Department   *Department `json:"department"`
	Tags         []string    `json:"tags"`
	Source       Source      `json:"source"`
	Msgs         int         `json:"msgs"`
	TS           Time        `json:"ts"`
	ClosedAt     Time        `json:"closedAt"`
	Closer       string      `json:"closer"` // "user" or "visitor"
	ClosedBy     *Ref        `json:"closedBy"`
	LastMessage  *Message    `json:"lastMessage"`    // of contacts
	Closing      *Message    `json:"closingMessage"` // of visitors
}

// ContactHistory are the contact's chats that have ended, the newest first.
// From 7.0 on.
func (c *Client) ContactHistory(ctx context.Context, contact string, limit int) ([]PastRoom, error) {
	return listing[PastRoom]{
		path: "omnichannel/contacts.history", field: "history", query: url.Values{"contactId": {contact}}, limit: limit,
		key: func(r PastRoom) string { return r.ID },
	}.read(ctx, c)
}

// VisitorHistory are the chats of a visitor that have ended, the newest first.
// Room is any chat of the visitor that the account sees.
func (c *Client) VisitorHistory(ctx context.Context, room, visitor string, limit int) ([]PastRoom, error) {
	return listing[PastRoom]{
		path:  "livechat/visitors.searchChats/room/" + url.PathEscape(room) + "/visitor/" + url.PathEscape(visitor),
		field: "history", limit: limit, query: url.Values{"closedChatsOnly": {"true"}, "sort": {`{"closedAt":-1}`}},
		key: func(r PastRoom) string { return r.ID },
	}.read(ctx, c)
}

// SearchContacts lists contacts by a part of name, address or number. From 7.0
// on.
func (c *Client) SearchContacts(ctx context.Context, text string, limit int) ([]Contact, error) {
	return listing[Contact]{
		path: "omnichannel/contacts.search", field: "contacts", query: url.Values{"searchText": {text}}, limit: limit,
		key: func(k Contact) string { return k.ID },
	}.read(ctx, c)
}

// SearchVisitors lists visitors by a part of name, address or number. From 3.6
// on.
func (c *Client) SearchVisitors(ctx context.Context, text string, limit int) ([]Visitor, error) {
	return listing[Visitor]{
		path: "livechat/visitors.search", field: "visitors", query: url.Values{"term": {text}}, limit: limit,
		key: func(v Visitor) string { return v.ID },
	}.read(ctx, c)
}
