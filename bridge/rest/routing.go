package rest

import (
	"context"
	"encoding/json"
)

// routing is how the workspace gives chats to agents.
type routing struct {
	Auto *bool `json:"autoAssignAgent"` // without an agent's doing
}

// AssignsChats reports whether chats are given to agents by the workspace, and
// not taken by them.
func (c *Client) AssignsChats(ctx context.Context) (bool, error) {
	var r routing
	if err := try(ctx, c, waysToRoute, &r); err != nil {
		return false, err
	}
	if r.Auto == nil {
		return false, &Error{Call: "routing", Kind: ErrUnclear, Text: "nothing about agents in it"}
	}
	return *r.Auto, nil
}

func (c *Client) configRouting(ctx context.Context, r *routing) error {
	var got struct {
		Config *routing `json:"config"`
	}
	err := c.Get(ctx, "livechat/config/routing", nil, &got)
	if err == nil && got.Config != nil {
		*r = *got.Config
	}
	return err
}

func (c *Client) routingConfig(ctx context.Context, r *routing) error {
	var got json.RawMessage // null where nothing is set
	if err := c.Method(ctx, "livechat:getRoutingConfig", &got); err != nil {
		return err
	}
	return json.Unmarshal(got, r)
}
