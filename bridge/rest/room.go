package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Room is a room's document: a livechat's whole one from Room and Rooms, a
// part of it on streams.
type Room struct {
	ID           string         `json:"_id"`
	Type         string         `json:"t"`     // "l" is a livechat, "d" direct messages
	FName        string         `json:"fname"` // what people see; the guest's name
	Topic        string         `json:"topic"`
	Open         bool           `json:"open"`   // absent when closed
	OnHold       bool           `json:"onHold"` // from 3.13
	Visitor      Guest          `json:"v"`
	ServedBy     *Serving       `json:"servedBy"` // nil while it waits for an agent
	DepartmentID string         `json:"departmentId"`
	Department   *Department    `json:"department"` // only its id and name, and only from Rooms
	Tags         []string       `json:"tags"`
	Fields       map[string]any `json:"livechatData"` // room custom fields
	PriorityID   string         `json:"priorityId"`
	ContactID    string         `json:"contactId"` // from 7.0
	Source       Source         `json:"source"`    // from 4.0
	TS           Time           `json:"ts"`        // opened
	LM           Time           `json:"lm"`        // last message
	QueuedAt     Time           `json:"queuedAt"`  // from 7.0
	UpdatedAt    Time           `json:"_updatedAt"`
	LastMessage  *Message       `json:"lastMessage"`
	Msgs         int            `json:"msgs"`
	Waiting      bool           `json:"waitingResponse"` // the guest wrote last
	ResponseBy   *Response      `json:"responseBy"`
	Metrics      Metrics        `json:"metrics"`
	ClosedAt     Time           `json:"closedAt"`
	Closer       string         `json:"closer"` // "user" or "visitor"
	ClosedBy     *Ref           `json:"closedBy"`
	Usernames    []string       `json:"usernames"` // of direct messages
	Name         string         `json:"name"`      // of channels and private rooms
	Transcript   *Transcribing  `json:"transcriptRequest"`
	PDF          string         `json:"pdfTranscriptFileId"` // of its transcript, once that is made
}

// Ref names a user, or a visitor: both have ids of the same form.
type Ref struct {
	ID       string `json:"_id"`
	Username string `json:"username"`
	Name     string `json:"name"`
}

// Serving is the agent of a chat.
type Serving struct {
	Ref
	TS Time `json:"ts"` // since when
}

// Guest is the visitor as a room shows it.
type Guest struct {
	Ref
	Token  string `json:"token"`  // what the guest's browser is known by: never shown to anybody
	Status string `json:"status"` // online, away, offline, busy
}

// Source is the channel that a chat came by.
type Source struct {
	Type  string `json:"type"` // widget, email, sms, app, api, other
	Alias string `json:"alias"`
}

// Response is who answered last.
type Response struct {
	Ref
	LastMessageTS Time `json:"lastMessageTs"`
}

// Metrics are the server's own figures. Durations are in seconds.
type Metrics struct {
	Visitor struct {
		LQ Time `json:"lq"` // the guest's first message of an unanswered burst
	} `json:"v"`
	ServedBy struct {
		LR Time `json:"lr"` // the agent's last answer
	} `json:"servedBy"`
	Response struct {
		TT    float64 `json:"tt"` // of all answers
		FT    float64 `json:"ft"`
		FD    Time    `json:"fd"` // when the first answer came
		Total int     `json:"total"`
		Avg   float64 `json:"avg"`
	} `json:"response"`
	Reaction struct {
		TT float64 `json:"tt"`
		FT float64 `json:"ft"`
	} `json:"reaction"`
	ChatDuration        float64 `json:"chatDuration"`
	ServiceTimeDuration float64 `json:"serviceTimeDuration"`
	VisitorInactivity   float64 `json:"visitorInactivity"`
}

// Room reads a room whole. ErrNotFound says that there is none, ErrForbidden
// that the account does not see it.
func (c *Client) Room(ctx context.Context, id string) (Room, error) {
	var got struct {
		Room Room `json:"room"`
	}
	k := call{verb: "GET", path: "rooms.info", query: url.Values{"roomId": {id}}}
	a, err := c.do(ctx, k)
	if err == nil {
		err = c.decode(k, a.body, &got)
	}
	if err == nil && got.Room.ID == "" {
		err = &Error{Call: k.name(), Kind: ErrUnclear, Text: "no room in it"}
	}
	if err == nil {
		err = telling(k, a.body)
	}
	if err != nil {
		return Room{}, err
	}
	return got.Room, nil
}

// telling makes sure of the fields whose absence tells something: one of another
// type must not be taken for absent, and a chat not for closed because of it.
func telling(k call, data []byte) error {
	var got struct {
		Room struct {
			Open         *bool   `json:"open"`
			OnHold       *bool   `json:"onHold"`
			DepartmentID *string `json:"departmentId"`
			ServedBy     *struct {
				ID string `json:"_id"`
			} `json:"servedBy"`
		} `json:"room"`
	}
	var odd *json.UnmarshalTypeError
	if err := json.Unmarshal(data, &got); errors.As(err, &odd) {
		return &Error{Call: k.name(), Kind: ErrUnclear, Text: fmt.Sprintf("%s in it is a %s", odd.Field, odd.Value)}
	}
	return nil
}

// RoomNamed is a channel or a private room by its name, as people see it
// without the #. ErrNotFound says that there is none that the account sees.
func (c *Client) RoomNamed(ctx context.Context, name string) (Room, error) {
	var got struct {
		Room Room `json:"room"`
	}
	k := call{verb: "GET", path: "rooms.info", query: url.Values{"roomName": {name}}}
	err := c.json(ctx, k, &got)
	var e *Error
	if errors.As(err, &e) && e.Kind == ErrForbidden || err == nil && got.Room.ID == "" {
		err = &Error{Call: k.name(), Kind: ErrNotFound, Text: "no room " + name}
	}
	return got.Room, err
}

// RoomFilter chooses among livechat rooms. The zero value means all.
type RoomFilter struct {
	State        RoomState
	ClosedSince  time.Time // zero means ever
	OpenedSince  time.Time
	DepartmentID string
	Limit        int // the newest so many; 0 means all
}

// RoomState says how far a livechat is.
type RoomState string

// The states that servers tell apart. Before 6.0 RoomsOpen includes those that
// wait, and RoomsQueued and RoomsHeld list every chat there ever was: see
// OpenRooms.
const (
	RoomsAny    RoomState = ""
	RoomsOpen   RoomState = "open"
	RoomsQueued RoomState = "queued"
	RoomsHeld   RoomState = "onhold"
	RoomsClosed RoomState = "closed"
)

func (f RoomFilter) query() url.Values {
	q := url.Values{"sort": {`{"ts":-1}`}}
	switch f.State {
	case RoomsOpen, RoomsQueued, RoomsHeld:
		q.Set(string(f.State), "true")
	case RoomsClosed:
		q.Set("open", "false")
	}
	if !f.ClosedSince.IsZero() {
		q.Set("closedAt", since(f.ClosedSince))
	}
	if !f.OpenedSince.IsZero() {
		q.Set("createdAt", since(f.OpenedSince))
	}
	if f.DepartmentID != "" {
		q.Set("departmentId", f.DepartmentID)
	}
	return q
}

func (f RoomFilter) listing() listing[Room] {
	return listing[Room]{
		path: "livechat/rooms", field: "rooms", query: f.query(), limit: f.Limit,
		key: func(r Room) string { return r.ID },
	}
}

func since(t time.Time) string {
	text, _ := json.Marshal(map[string]string{"start": iso(t)})
	return string(text)
}

// Rooms lists livechat rooms, the newest first, page after page. A room that
// changes places meanwhile may be told twice or not at all: each answer is a
// hint, and Room is the truth.
func (c *Client) Rooms(ctx context.Context, f RoomFilter) ([]Room, error) {
	return f.listing().read(ctx, c)
}

// OpenRooms are all chats that are not closed: served, queued and held, by
// whatever questions this server needs.
func (c *Client) OpenRooms(ctx context.Context) ([]Room, error) {
	all, err := c.Rooms(ctx, RoomFilter{State: RoomsOpen})
	if err != nil {
		return nil, err
	}
	for _, state := range []RoomState{RoomsQueued, RoomsHeld} {
		more, err := c.openOnly(ctx, state)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(r Room) bool {
		again := seen[r.ID]
		seen[r.ID] = true
		return again || !r.Open
	}), nil
}

// openOnly lists queued or held chats, and nothing when the server does not
// know the filter: then those are among the open ones.
func (c *Client) openOnly(ctx context.Context, state RoomState) ([]Room, error) {
	filter := "livechat/rooms " + string(state)
	if _, lacks := c.lacks.Load(filter); lacks {
		return nil, nil
	}
	l := RoomFilter{State: state}.listing()
	l.fits = func(r Room) bool { return r.Open && (r.ServedBy == nil || r.OnHold) }
	rooms, err := l.read(ctx, c)
	if errors.Is(err, errMisfit) {
		c.lacks.Store(filter, true)
		return nil, nil
	}
	return rooms, err
}

// Inquiry is a chat's place in the queue.
type Inquiry struct {
	ID         string `json:"_id"`
	RoomID     string `json:"rid"`
	Name       string `json:"name"`
	TS         Time   `json:"ts"`
	Status     string `json:"status"` // ready, queued, taken
	Department string `json:"department"`
	Visitor    Guest  `json:"v"`
}

// Inquiry is the chat's place in the queue; false when it has none, as when it
// is closed. It exists with status "taken" while an agent serves the chat.
func (c *Client) Inquiry(ctx context.Context, room string) (Inquiry, bool, error) {
	var got struct {
		Inquiry *Inquiry `json:"inquiry"`
	}
	if err := c.Get(ctx, "livechat/inquiries.getOne", url.Values{"roomId": {room}}, &got); err != nil || got.Inquiry == nil {
		return Inquiry{}, false, err
	}
	return *got.Inquiry, true, nil
}

// Transfer is one move of a chat.
type Transfer struct {
	By             Ref         `json:"transferredBy"`
	TS             Time        `json:"ts"`
	Scope          string      `json:"scope"` // department, agent, queue
	Comment        string      `json:"comment"`
	FromDepartment string      `json:"previousDepartment"` // id
	ToDepartment   *Department `json:"nextDepartment"`     // id and name
	ToAgent        *Ref        `json:"transferredTo"`
}

// Transfers is the history of a chat's moves, the oldest first.
func (c *Client) Transfers(ctx context.Context, room string) ([]Transfer, error) {
	list, err := listing[Transfer]{path: "livechat/transfer.history/" + url.PathEscape(room), field: "history"}.read(ctx, c)
	slices.SortStableFunc(list, func(a, b Transfer) int { return a.TS.Compare(b.TS.Time) })
	return list, err
}
