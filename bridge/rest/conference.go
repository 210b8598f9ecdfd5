package rest

import (
	"context"
	"net/url"
)

// Conference is a call by the workspace's own video conference (from 5.0 on).
type Conference struct {
	ID        string `json:"_id"`
	RoomID    string `json:"rid"`
	Title     string `json:"title"`
	CreatedBy Ref    `json:"createdBy"`
	CreatedAt Time   `json:"createdAt"`
	Provider  string `json:"providerName"`
	URL       string `json:"url"`    // nobody's in particular
	Status    int    `json:"status"` // 0 calling, 1 started, 2 expired, 3 ended, 4 declined
	EndedAt   Time   `json:"endedAt"`
	UpdatedAt Time   `json:"_updatedAt"`
}

// expired is the first of the statuses of calls that are over.
const expired = 2

// Ended is when the call was over; zero while it goes on.
func (v Conference) Ended() Time {
	if v.Status >= expired && v.EndedAt.IsZero() {
		return v.UpdatedAt
	}
	return v.EndedAt
}

// StartConference begins a call in a room, which everybody there gets a card
// of, and says its id. A repeat begins another.
func (c *Client) StartConference(ctx context.Context, room string) (id string, err error) {
	var got struct {
		Data struct {
			CallID string `json:"callId"`
		} `json:"data"`
	}
	err = c.Post(ctx, "video-conference.start", map[string]string{"roomId": room}, &got)
	return got.Data.CallID, err
}

// Conferences are those of a room, the newest first.
func (c *Client) Conferences(ctx context.Context, room string) ([]Conference, error) {
	return listing[Conference]{
		path: "video-conference.list", field: "data", query: url.Values{"roomId": {room}}, limit: 100,
		key: func(v Conference) string { return v.ID },
	}.read(ctx, c)
}
