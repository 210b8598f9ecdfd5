package rest

import (
	"context"
	"net/http"
	"net/url"
)

// taking is a place in the queue that is to be somebody's.
type taking struct {
	inquiry, agent string // ids
	own            bool   // the agent is our own account
}

// Take gives a chat that waits to an agent, by the id of its place in the
// queue. A success does not say that the agent serves it: the server may have
// given it to another a moment before, or let it wait.
func (c *Client) Take(ctx context.Context, inquiry, agent string) error {
	s, err := c.current(ctx)
	if err != nil {
		return err
	}
	return try(ctx, c, waysToTake, taking{inquiry, agent, agent == s.UserID})
}

func (c *Client) inquiriesTake(ctx context.Context, t taking) error {
	body := map[string]string{"inquiryId": t.inquiry}
	if !t.own {
		body["userId"] = t.agent
	}
	return c.Post(ctx, "livechat/inquiries.take", body, nil)
}

// takeInquiry takes for our own account only.
func (c *Client) takeInquiry(ctx context.Context, t taking) error {
	if !t.own {
		return &Error{Call: "livechat:takeInquiry", Kind: ErrNoCall, Text: "it takes chats for the account itself only"}
	}
	return c.Method(ctx, "livechat:takeInquiry", nil, t.inquiry)
}

// ReturnToQueue takes a chat from its agent and lets it wait in its department.
func (c *Client) ReturnToQueue(ctx context.Context, room string) error {
	return try(ctx, c, waysToReturn, room)
}

func (c *Client) inquiriesReturn(ctx context.Context, room string) error {
	return c.Post(ctx, "livechat/inquiries.returnAsInquiry", map[string]string{"roomId": room}, nil)
}

func (c *Client) returnAsInquiry(ctx context.Context, room string) error {
	return c.Method(ctx, "livechat:returnAsInquiry", nil, room)
}

// Hold puts a chat on hold. Only paid editions have the call; of others, and of
// versions before 3.13, Unpaid reports the error.
func (c *Client) Hold(ctx context.Context, room string) error {
	return c.Post(ctx, "livechat/room.onHold", map[string]string{"roomId": room}, nil)
}

// Resume lets a chat go on that is on hold.
func (c *Client) Resume(ctx context.Context, room string) error {
	return try(ctx, c, waysToResume, room)
}

func (c *Client) roomResume(ctx context.Context, room string) error {
	return c.Post(ctx, "livechat/room.resumeOnHold", map[string]string{"roomId": room}, nil)
}

func (c *Client) resumeOnHold(ctx context.Context, room string) error {
	return c.Method(ctx, "livechat:resumeOnHold", nil, room, map[string]any{"clientAction": true})
}

// Unpaid reports whether a call failed because the server's edition, or its
// version, has no such thing.
func Unpaid(err error) bool { return IsNoCall(err) || CodeOf(err) == "error-action-not-allowed" }

// Priority is one of those that a paid edition knows.
type Priority struct {
	ID   string `json:"_id"`
	Name string `json:"name"` // as the workspace has named it; "" where it has not
	I18n string `json:"i18n"` // such as "High"
}

// Title is what people call it.
func (p Priority) Title() string {
	if p.Name != "" {
		return p.Name
	}
	return p.I18n
}

// Priorities lists them all.
func (c *Client) Priorities(ctx context.Context) ([]Priority, error) {
	return listing[Priority]{path: "livechat/priorities", field: "priorities", key: func(p Priority) string { return p.ID }}.read(ctx, c)
}

// SetPriority gives a chat the priority of that id; "" takes its away.
func (c *Client) SetPriority(ctx context.Context, room, id string) error {
	path := "livechat/room/" + url.PathEscape(room) + "/priority"
	if id == "" {
		return c.json(ctx, call{verb: http.MethodDelete, path: path}, nil)
	}
	return c.Post(ctx, path, map[string]string{"priorityId": id}, nil)
}
