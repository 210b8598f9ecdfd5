package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// room reads a room that the caller may see.
func (a *api) room(ctx context.Context, w who, rid string) (*room, error) {
	var answer struct{ Room *room }
	if err := a.get(ctx, w, "rooms.info", url.Values{"roomId": {rid}}, &answer); err != nil {
		return nil, err
	}
	if answer.Room == nil {
		return nil, &refusal{code: "error-room-not-found"}
	}
	return answer.Room, nil
}

// history are a room's latest messages, the oldest first.
func (a *api) history(ctx context.Context, w who, rid string, count int) ([]*message, error) {
	return a.historyBefore(ctx, w, rid, time.Time{}, count)
}

// historyBefore are those before a time, which may be none.
func (a *api) historyBefore(ctx context.Context, w who, rid string, end time.Time, count int) ([]*message, error) {
	var raw json.RawMessage
	var before any
	if !end.IsZero() {
		before = map[string]any{"$date": end.UnixMilli()}
	}
	if err := a.method(ctx, w, "loadHistory", &raw, rid, before, count); err != nil {
		return nil, err
	}
	if string(raw) == "false" { // the method's word for "you may not"
		return nil, &refusal{code: "not-allowed"}
	}
	var answer struct{ Messages []*message }
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	for i, j := 0, len(answer.Messages)-1; i < j; i, j = i+1, j-1 {
		answer.Messages[i], answer.Messages[j] = answer.Messages[j], answer.Messages[i]
	}
	return answer.Messages, nil
}

// departments are all that the caller may know of.
func (a *api) departments(ctx context.Context, w who) ([]department, error) {
	var answer struct{ Departments []department }
	err := a.get(ctx, w, "livechat/department", url.Values{"count": {"0"}}, &answer)
	return answer.Departments, err
}

// forward moves a chat to a department or, with user, to an agent.
func (a *api) forward(ctx context.Context, w who, rid, departmentID, userID, comment string) error {
	body := map[string]any{"roomId": rid}
	for key, v := range map[string]string{"departmentId": departmentID, "userId": userID, "comment": comment} {
		if v != "" {
			body[key] = v
		}
	}
	return a.post(ctx, w, "livechat/room.forward", body, nil)
}

// send writes a message.
func (a *api) send(ctx context.Context, w who, rid, text string) error {
	return a.post(ctx, w, "chat.sendMessage", map[string]any{"message": map[string]any{"rid": rid, "msg": text}}, nil)
}

// inquiryOf is a chat's place in the queue; "" when it has none.
func (a *api) inquiryOf(ctx context.Context, w who, rid string) (string, error) {
	var answer struct{ Inquiry *inquiry }
	if err := a.get(ctx, w, "livechat/inquiries.getOne", url.Values{"roomId": {rid}}, &answer); err != nil {
		return "", err
	}
	if answer.Inquiry == nil {
		return "", nil
	}
	return answer.Inquiry.ID, nil
}

// setting is a public setting's value.
func (a *api) setting(ctx context.Context, w who, id string) (json.RawMessage, error) {
	var answer struct {
		Settings []struct {
			ID    string `json:"_id"`
			Value json.RawMessage
		}
	}
	if err := a.get(ctx, w, "settings.public", url.Values{"count": {"0"}}, &answer); err != nil {
		return nil, err
	}
	for _, s := range answer.Settings {
		if s.ID == id {
			return s.Value, nil
		}
	}
	return nil, nil
}

// tags are the catalogue's for a department, and whether the workspace has the paid
// features, of which the catalogue is one.
func (a *api) tags(ctx context.Context, w who, department string) (list []string, licensed bool, err error) {
	if !a.release(ctx).since(3, 13) {
		return nil, false, nil
	}
	q := url.Values{"text": {""}, "count": {"0"}}
	if department != "" {
		q.Set("department", department)
	}
	var answer struct{ Tags []struct{ Name string } }
	if err := a.get(ctx, w, "livechat/tags", q, &answer); err != nil {
		if known(err) == nil {
			return nil, false, nil
		}
		return nil, false, fmt.Errorf("read tags: %w", err)
	}
	for _, t := range answer.Tags {
		list = append(list, t.Name)
	}
	return list, true, nil
}

// agents are those who serve chats. Most agents may not list them, but may list who
// is in which department, and who is online.
func (a *api) agents(ctx context.Context, w who) ([]agent, error) {
	var answer struct{ Users []agent }
	err := a.get(ctx, w, "livechat/users/agent", url.Values{"count": {"0"}}, &answer)
	if err != nil && known(err) == nil {
		return a.members(ctx, w)
	}
	return answer.Users, err
}

// members are the agents of all departments, by name.
func (a *api) members(ctx context.Context, w who) ([]agent, error) {
	teams, err := a.departments(ctx, w)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range teams {
		var answer struct {
			Agents []struct {
				ID string `json:"agentId"`
			}
		}
		if err := a.get(ctx, w, "livechat/department/"+url.PathEscape(t.ID)+"/agents", url.Values{"count": {"0"}}, &answer); err != nil {
			return nil, err
		}
		for _, m := range answer.Agents {
			if !slices.Contains(ids, m.ID) {
				ids = append(ids, m.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var answer struct{ Users []agent }
	err = a.get(ctx, w, "users.presence", url.Values{"ids": {strings.Join(ids, ",")}}, &answer)
	slices.SortFunc(answer.Users, func(a, b agent) int { return strings.Compare(a.Title(), b.Title()) })
	return answer.Users, err
}

// contact is who a guest is.
func (a *api) contact(ctx context.Context, w who, id string) (*visitor, error) {
	var answer struct{ Contact *visitor }
	if err := a.get(ctx, w, "omnichannel/contact", url.Values{"contactId": {id}}, &answer); err != nil {
		return nil, err
	}
	if answer.Contact == nil {
		return nil, &refusal{text: word("contact.gone")}
	}
	return answer.Contact, nil
}
