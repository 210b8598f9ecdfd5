package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Forward moves a livechat to a department, to an agent by id, or to an agent
// within a department. The comment reaches the guest's browser. A failure does
// not say that nothing happened: to a department in which nobody is online the
// server takes the chat from its agent, and fails afterwards.
func (c *Client) Forward(ctx context.Context, room, department, agent, comment string) error {
	body := map[string]string{"roomId": room}
	for key, value := range map[string]string{"departmentId": department, "userId": agent, "comment": comment} {
		if value != "" {
			body[key] = value
		}
	}
	return c.Post(ctx, "livechat/room.forward", body, nil)
}

// Close ends a livechat. The guest sees the comment.
func (c *Client) Close(ctx context.Context, room, comment string) error {
	return try(ctx, c, waysToClose, ending{room, comment})
}

type ending struct{ room, comment string }

func (c *Client) closeByUser(ctx context.Context, e ending) error {
	return c.Post(ctx, "livechat/room.closeByUser", map[string]string{"rid": e.room, "comment": e.comment}, nil)
}

func (c *Client) closeRoom(ctx context.Context, e ending) error {
	return c.Method(ctx, "livechat:closeRoom", nil, e.room, e.comment, map[string]any{"clientAction": true})
}

// RoomInfo is what is written of a chat, open or closed, and of its guest. All its
// tags are replaced, whatever else is meant: a server that gets none takes them
// all away. What else is empty stays as it is.
type RoomInfo struct {
	Room, Visitor string   // ids
	Tags          []string // all of them
	Fields        map[string]string
	Guest         GuestInfo
}

// GuestInfo is what is written of a guest. A server keeps one address and one
// number this way: what is given replaces all there were.
type GuestInfo struct {
	Name, Email, Phone string
	Fields             map[string]string
}

// SaveInfo writes what is known of a chat. The last writer wins.
func (c *Client) SaveInfo(ctx context.Context, i RoomInfo) error {
	s := saving{guest: map[string]any{"_id": i.Visitor}, room: map[string]any{"_id": i.Room, "tags": append([]string{}, i.Tags...)}}
	if len(i.Fields) > 0 {
		s.room["livechatData"] = i.Fields
	}
	if len(i.Guest.Fields) > 0 {
		s.guest["livechatData"] = i.Guest.Fields
	}
	for key, value := range map[string]string{"name": i.Guest.Name, "email": i.Guest.Email, "phone": i.Guest.Phone} {
		if value != "" {
			s.guest[key] = value
		}
	}
	return try(ctx, c, waysToSave, s)
}

// saving is the two documents that such a call has.
type saving struct{ guest, room map[string]any }

func (c *Client) roomSaveInfo(ctx context.Context, s saving) error {
	return c.Post(ctx, "livechat/room.saveInfo", map[string]any{"guestData": s.guest, "roomData": s.room}, nil)
}

func (c *Client) saveInfo(ctx context.Context, s saving) error {
	return c.Method(ctx, "livechat:saveInfo", nil, s.guest, s.room)
}

// DirectRoom is the id of the room of direct messages with a user, made if
// there is none.
func (c *Client) DirectRoom(ctx context.Context, username string) (string, error) {
	var got struct {
		Room struct {
			ID  string `json:"_id"`
			RID string `json:"rid"`
		} `json:"room"`
	}
	k := call{verb: http.MethodPost, path: "im.create"}
	if err := c.send(ctx, k, map[string]string{"username": username}, &got); err != nil {
		return "", err
	}
	if got.Room.ID == "" {
		got.Room.ID = got.Room.RID
	}
	if got.Room.ID == "" {
		return "", &Error{Call: k.name(), Kind: ErrUnclear, Text: "no room in it"}
	}
	return got.Room.ID, nil
}

// Method calls a DDP method by REST and decodes its result; params are as they
// would be on the wire. Many methods went away with 7.0 and 8.0.
func (c *Client) Method(ctx context.Context, name string, into any, params ...any) error {
	if params == nil {
		params = []any{}
	}
	message, err := json.Marshal(map[string]any{"msg": "method", "id": "1", "method": name, "params": params})
	if err != nil {
		return err
	}
	var got struct {
		Message string `json:"message"` // EJSON in a text
	}
	k := call{verb: http.MethodPost, path: "method.call/" + url.PathEscape(name)}
	err = c.send(ctx, k, map[string]string{"message": string(message)}, &got)
	var e *Error
	if errors.As(err, &e) && isResult(e.Text) { // newer servers fail the call when the method fails
		got.Message, err = e.Text, nil
	}
	if err != nil {
		return err
	}
	return c.result(k, got.Message, into)
}

// isResult reports whether a text is a method's end.
func isResult(text string) bool {
	var r struct {
		Msg string `json:"msg"`
	}
	return json.Unmarshal([]byte(text), &r) == nil && r.Msg == "result"
}

// result reads a method's end: a failure of the method is a success of the
// call that carried it.
func (c *Client) result(k call, message string, into any) error {
	var r struct {
		Msg    string          `json:"msg"`
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := c.decode(k, []byte(message), &r); err != nil {
		return err
	}
	if len(r.Error) > 0 && string(r.Error) != "null" {
		err := methodError(k, r.Error)
		c.noteForbidden(err)
		return err
	}
	if r.Msg != "result" {
		return &Error{Call: k.name(), Kind: ErrUnclear, Text: "no result in it"}
	}
	if into == nil || len(r.Result) == 0 {
		return nil
	}
	return c.decode(k, r.Result, into)
}

// methodError reads the error of a method: a code that is a text or a number,
// and a reason.
func methodError(k call, data json.RawMessage) error {
	var f failure
	json.Unmarshal(data, &f) // what does not fit stays empty
	e := &Error{Call: k.name(), Code: text(f.Error), Text: f.text(), Kind: kinds[f.code()]}
	switch {
	case e.Kind == ErrForbidden:
		e.Hint = permit(k)
	case e.Kind == ErrRateLimited:
		e.Reset = time.Now().Add(time.Duration(min(max(f.Details.TimeToReset, 0), 1e7)) * time.Millisecond)
	case e.Kind != nil:
	case e.Code == "500":
		e.Kind = ErrServer
	case e.Code == "404":
		e.Kind, e.Hint = ErrNoCall, "this version of the server has no such method"
	default:
		e.Kind = ErrRefused
	}
	return e
}
