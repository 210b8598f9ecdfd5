package rest

import (
	"context"
	"encoding/json"
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

// Visit is a page that a guest opened. Anything may stand there: browsers tell it,
// and the server keeps it as it comes.
type Visit struct {
	ID         string `json:"_id"`
	TS         Time   `json:"ts"`
	Navigation struct {
		Page json.RawMessage `json:"page"`
	} `json:"navigation"`
}

// Title is the page's; "" when it has none.
func (v Visit) Title() string {
	var page struct{ Title string }
	json.Unmarshal(v.Navigation.Page, &page) // what is no title is none
	return page.Title
}

// Address is the page's; "" when it has none.
func (v Visit) Address() string {
	var page struct{ Location struct{ Href string } }
	json.Unmarshal(v.Navigation.Page, &page)
	return page.Location.Href
}

// PagesVisited are the pages that the guest of a chat opened, the newest first.
func (c *Client) PagesVisited(ctx context.Context, room string, limit int) ([]Visit, error) {
	return listing[Visit]{
		path: "livechat/visitors.pagesVisited/" + url.PathEscape(room), field: "pages", limit: limit,
		query: url.Values{"sort": {`{"ts":-1}`}}, key: func(v Visit) string { return v.ID },
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
