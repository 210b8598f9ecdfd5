package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// player plays conversations in a workspace: what the guest does as a guest,
// what agents do as agents. Rooms and messages get ids made of the
// conversation's name and the line, so that a step that is played again after
// a lost answer is played once.
type player struct {
	client      *client
	departments map[string]string // ids by name
	// settle waits until what automation makes of the step is done. It is
	// called after each step of the chat; id is the message that the step
	// sent, "" when it sent none.
	settle func(ctx context.Context, room sdk.ChatID, step int, id sdk.MessageID) error
	// pace is how long to wait before each step, as a person would; 0 plays
	// at full speed.
	pace time.Duration
	// leaveOpen leaves a chat open that does not end by itself. Otherwise its
	// agent closes it.
	leaveOpen bool
}

// play plays one chat to its end. The name must be unique among the chats that are played.
func (p *player) play(ctx context.Context, name string, chat convo.Chat) (sdk.ChatID, error) {
	room := sdk.ChatID(idOf("room", name))
	steps := chat.Steps
	if n := len(steps); !p.leaveOpen && (n == 0 || steps[n-1].Kind != convo.Close && steps[n-1].Kind != convo.Leave) {
		steps = append(steps[:n:n], convo.Step{Kind: convo.Close})
	}
	for n, s := range steps {
		do := doStep[s.Kind]
		if do == nil {
			continue
		}
		if err := pause(ctx, p.pace); err != nil {
			return room, err
		}
		t := turn{player: p, room: room, token: idOf("token", name), id: sdk.MessageID(idOf("message", fmt.Sprintf("%s/%d", name, n))), step: s}
		if err := do(ctx, t); err != nil {
			return room, fmt.Errorf("play %s, step %d (%s): %w", name, n+1, shortened(s), err)
		}
		if p.settle != nil {
			if err := p.settle(ctx, room, n, t.sent()); err != nil {
				return room, fmt.Errorf("play %s, step %d (%s): wait for what follows: %w", name, n+1, shortened(s), err)
			}
		}
	}
	return room, nil
}

// shortened is the beginning of the step's line.
func shortened(s convo.Step) string {
	const most = 100
	line := []rune(s.String())
	if len(line) <= most {
		return string(line)
	}
	return string(line[:most]) + "..."
}

// longest is how long a message may be, in characters. Workspaces take 5000
// when nobody changes that; conversations from elsewhere hold what they hold.
const longest = 4 << 20

// allowLongTexts has the workspace take any message of a conversation.
func (p *player) allowLongTexts(ctx context.Context) error {
	err := p.client.as(ctx, "admin", http.MethodPost, "settings/Message_MaxAllowedSize", map[string]any{"value": longest}, nil)
	if err != nil {
		return fmt.Errorf("let the workspace take long messages: %w", err)
	}
	return nil
}

// turn is one step being played.
type turn struct {
	*player
	room  sdk.ChatID
	token string // the guest's
	id    sdk.MessageID
	step  convo.Step
}

var doStep = map[convo.Kind]func(context.Context, turn) error{
	convo.Visitor:    func(ctx context.Context, t turn) error { return t.arrive(ctx) },
	convo.Say:        func(ctx context.Context, t turn) error { return t.say(ctx) },
	convo.Quote:      func(ctx context.Context, t turn) error { return t.say(ctx) },
	convo.Take:       func(ctx context.Context, t turn) error { _, err := t.server(ctx, t.step.Who); return err },
	convo.Forward:    func(ctx context.Context, t turn) error { return t.forward(ctx) },
	convo.Queue:      func(ctx context.Context, t turn) error { return t.giveBack(ctx) },
	convo.Hold:       func(ctx context.Context, t turn) error { return t.hold(ctx, "livechat/room.onHold") },
	convo.Resume:     func(ctx context.Context, t turn) error { return t.hold(ctx, "livechat/room.resumeOnHold") },
	convo.Page:       func(ctx context.Context, t turn) error { return t.browse(ctx) },
	convo.Transcript: func(ctx context.Context, t turn) error { return t.transcript(ctx) },
	convo.Close:      func(ctx context.Context, t turn) error { return t.close(ctx) },
	convo.Leave:      func(ctx context.Context, t turn) error { return t.leave(ctx) },
}

// sent is the message that the step sends.
func (t turn) sent() sdk.MessageID {
	if t.step.Kind == convo.Say || t.step.Kind == convo.Quote {
		return t.id
	}
	return ""
}

// arrive registers the guest and opens the room.
func (t turn) arrive(ctx context.Context) error {
	v := t.step.Visitor()
	visitor := map[string]any{"token": t.token, "name": v.Name}
	if len(v.Emails) > 0 {
		visitor["email"] = v.Emails[0]
	}
	if len(v.Phones) > 0 {
		visitor["phone"] = v.Phones[0]
	}
	if d := t.step.Department(); d != "" {
		id := t.departments[d]
		if id == "" {
			return fmt.Errorf("the workspace has no department %q", d)
		}
		visitor["department"] = id
	}
	if err := t.client.as(ctx, "", http.MethodPost, "livechat/visitor", map[string]any{"visitor": visitor}, nil); err != nil {
		return err
	}
	q := url.Values{"token": {t.token}, "rid": {string(t.room)}}
	return t.client.as(ctx, "", http.MethodGet, "livechat/room?"+q.Encode(), nil, nil)
}

func (t turn) say(ctx context.Context) error {
	if t.step.From == sdk.Guest {
		body := map[string]any{"token": t.token, "rid": t.room, "msg": t.step.Text, "_id": t.id}
		return t.unless(ctx, t.client.as(ctx, "", http.MethodPost, "livechat/message", body, nil))
	}
	who, err := t.server(ctx, t.step.Who)
	if err != nil {
		return err
	}
	body := map[string]any{"message": map[string]any{"_id": t.id, "rid": t.room, "msg": t.step.Text}}
	return t.unless(ctx, t.client.as(ctx, who, http.MethodPost, "chat.sendMessage", body, nil))
}

// unless forgives a refusal of a message that is there already: the first
// answer was lost.
func (t turn) unless(ctx context.Context, err error) error {
	var no *apiError
	if !errors.As(err, &no) {
		return err
	}
	if t.client.as(ctx, "admin", http.MethodGet, "chat.getMessage?msgId="+string(t.id), nil, nil) == nil {
		return nil
	}
	return err
}

type roomInfo struct {
	Room struct {
		Open     bool `json:"open"`
		ServedBy struct{ Username string }
	} `json:"room"`
}

func (t turn) info(ctx context.Context) (roomInfo, error) {
	var info roomInfo
	err := t.client.as(ctx, "admin", http.MethodGet, "rooms.info?roomId="+string(t.room), nil, &info)
	return info, err
}

// server is the agent who serves the chat. When nobody does, the one by that
// name takes it.
func (t turn) server(ctx context.Context, wanted string) (string, error) {
	for {
		info, err := t.info(ctx)
		if err != nil || info.Room.ServedBy.Username != "" {
			return info.Room.ServedBy.Username, err
		}
		if !info.Room.Open {
			return wanted, nil
		}
		var res struct {
			Inquiry struct {
				ID string `json:"_id"`
			} `json:"inquiry"`
		}
		if err := t.client.as(ctx, "admin", http.MethodGet, "livechat/inquiries.getOne?roomId="+string(t.room), nil, &res); err != nil {
			return "", err
		}
		if err := t.client.as(ctx, t.agent(wanted), http.MethodPost, "livechat/inquiries.take", map[string]any{"inquiryId": res.Inquiry.ID}, nil); err != nil {
			var no *apiError
			if info, again := t.info(ctx); again != nil || info.Room.ServedBy.Username == "" && errors.As(err, &no) {
				return "", err
			}
		}
	}
}

// agent is the account that plays an agent: his own, or alice's.
func (t turn) agent(name string) string {
	if _, ok := t.client.account[name]; ok {
		return name
	}
	return "alice"
}

func (t turn) forward(ctx context.Context) error {
	who, err := t.server(ctx, "")
	if err != nil {
		return err
	}
	body := map[string]any{"roomId": t.room}
	if d := t.step.Target.Department; d != "" {
		body["departmentId"] = t.departments[d]
	}
	if a := t.step.Target.Agent; a != "" {
		body["userId"] = t.client.account[a].ID
	}
	return t.client.as(ctx, who, http.MethodPost, "livechat/room.forward", body, nil)
}

// browse has the guest's browser tell which page it shows.
func (t turn) browse(ctx context.Context) error {
	info := map[string]any{"change": "url", "title": "", "location": map[string]any{"href": t.step.Text}}
	return t.client.as(ctx, "", http.MethodPost, "livechat/page.visited", map[string]any{"token": t.token, "rid": t.room, "pageInfo": info}, nil)
}

func (t turn) giveBack(ctx context.Context) error {
	who, err := t.server(ctx, "alice")
	if err != nil {
		return err
	}
	return t.call(ctx, who, "livechat/inquiries.returnAsInquiry", map[string]any{"roomId": t.room}, "livechat:returnAsInquiry", t.room)
}

// hold puts the chat on hold, or ends that. Only a workspace with the paid
// omnichannel features has such calls.
func (t turn) hold(ctx context.Context, path string) error {
	who, err := t.server(ctx, "alice")
	if err != nil {
		return err
	}
	return t.client.as(ctx, who, http.MethodPost, path, map[string]any{"roomId": t.room}, nil)
}

func (t turn) transcript(ctx context.Context) error {
	body := map[string]any{"token": t.token, "rid": t.room, "email": t.step.Text}
	return t.client.as(ctx, "", http.MethodPost, "livechat/transcript", body, nil)
}

func (t turn) close(ctx context.Context) error {
	who, err := t.server(ctx, "alice")
	if err != nil {
		return err
	}
	body := map[string]any{"rid": t.room, "comment": t.step.Text}
	err = t.call(ctx, who, "livechat/room.closeByUser", body, "livechat:closeRoom", t.room, t.step.Text, map[string]any{"clientAction": true})
	return t.unlessClosed(ctx, err)
}

// call is a method, which new workspaces do not have: to them it says the same by
// a path. (Of a path that there is not old ones answer 200, and a page.)
func (t turn) call(ctx context.Context, who, path string, body any, method string, params ...any) error {
	err := t.client.call(ctx, who, method, params...)
	if err != nil && strings.Contains(err.Error(), "Method '"+method+"' not found") {
		return t.client.as(ctx, who, http.MethodPost, path, body, nil)
	}
	return err
}

func (t turn) leave(ctx context.Context) error {
	body := map[string]any{"token": t.token, "rid": t.room}
	return t.unlessClosed(ctx, t.client.as(ctx, "", http.MethodPost, "livechat/room.close", body, nil))
}

func (t turn) unlessClosed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if info, again := t.info(ctx); again == nil && !info.Room.Open {
		return nil
	}
	return err
}

// idOf is an id like the workspace's own, the same for the same name.
func idOf(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + "/" + name))
	return strings.NewReplacer("-", "x", "_", "y").Replace(base64.RawURLEncoding.EncodeToString(sum[:]))[:17]
}
