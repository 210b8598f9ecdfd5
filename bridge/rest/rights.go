package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
)

// Permission is a right, and the roles that have it.
type Permission struct {
	ID    string   `json:"_id"`
	Roles []string `json:"roles"`
}

// Has reports whether one of the roles has the permission.
func (p Permission) Has(roles []string) bool {
	return slices.ContainsFunc(p.Roles, func(r string) bool { return slices.Contains(roles, r) })
}

// Permissions lists all permissions that the server knows. Any user may.
func (c *Client) Permissions(ctx context.Context) ([]Permission, error) {
	var got struct {
		Update []Permission `json:"update"`
	}
	k := call{verb: http.MethodGet, path: "permissions.listAll"}
	if err := c.json(ctx, k, &got); err != nil {
		return nil, err
	}
	if len(got.Update) == 0 {
		return nil, &Error{Call: k.name(), Kind: ErrUnclear, Text: "no permissions in it"}
	}
	return got.Update, nil
}

// Setting is a setting of the workspace. Its value is as JSON has it.
type Setting struct {
	ID    string `json:"_id"`
	Value any    `json:"value"`
}

// Settings lists the settings that anybody may read, also who is not logged in.
func (c *Client) Settings(ctx context.Context) ([]Setting, error) {
	return listing[Setting]{path: "settings.public", field: "settings", open: true, key: func(s Setting) string { return s.ID }}.read(ctx, c)
}

// Tag is one of the workspace's list of tags, which agents choose from.
type Tag struct {
	ID   string `json:"_id"`
	Name string `json:"name"`
}

// Tags lists the tags that the account may see: all of them with the permission
// manage-livechat-tags, and without it those of no department. Only servers with
// the paid omnichannel features have a list.
func (c *Client) Tags(ctx context.Context) ([]Tag, error) {
	return listing[Tag]{
		path: "livechat/tags", field: "tags", query: url.Values{"text": {""}, "viewAll": {"true"}},
		key: func(t Tag) string { return t.ID },
	}.read(ctx, c)
}

// Enterprise reports whether the server has the paid omnichannel features, by a
// call that only they answer.
func (c *Client) Enterprise(ctx context.Context) (bool, error) {
	err := c.json(ctx, call{verb: http.MethodGet, path: "livechat/tags", query: url.Values{"text": {""}}}, &struct{}{}) // strict servers want text
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, ErrNoCall), errors.Is(err, ErrRefused), errors.Is(err, ErrForbidden), errors.Is(err, ErrNotFound):
		return false, nil
	}
	return false, err
}
