package lobby

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// A workspace tells one address of what happens in its chats. Lead captures are
// not sent: the lobby captures none. Nothing waits for an answer here; 3.11 itself
// does.

// What of the webhooks can be set, with the setting's value in a new workspace.
var hookSettings = map[string]any{
	setHookURL: "", setHookToken: "", setHookTimeout: 5000.0,
	"Livechat_webhook_on_start": false, "Livechat_webhook_on_close": false, "Livechat_webhook_on_chat_taken": false, "Livechat_webhook_on_chat_queued": false,
	"Livechat_webhook_on_forward": false, "Livechat_webhook_on_offline_msg": false, setHookGuests: false, setHookAgents: false,
}

const (
	setHookURL     = "Livechat_webhookUrl"
	setHookToken   = "Livechat_secret_token"
	setHookTimeout = "Livechat_http_timeout" // ms
	setHookGuests  = "Livechat_webhook_on_visitor_message"
	setHookAgents  = "Livechat_webhook_on_agent_message"
)

// hookOfFact is what is sent of a fact, where the switch is on.
var hookOfFact = map[string]struct{ kind, on string }{
	"opened":    {"LivechatSessionStart", "Livechat_webhook_on_start"},
	"queued":    {"LivechatSessionQueued", "Livechat_webhook_on_chat_queued"},
	"taken":     {"LivechatSessionTaken", "Livechat_webhook_on_chat_taken"},
	"forwarded": {"LivechatSessionForwarded", "Livechat_webhook_on_forward"},
	"closed":    {"LivechatSession", "Livechat_webhook_on_close"},
}

// hook is a request to come.
type hook struct {
	url, token string
	kind, room string
	timeout    time.Duration
	body       []byte
}

// hookSaid is sent of a message, also when it was edited.
func (t *tx) hookSaid(r *room, m *message) {
	on := setHookAgents
	if m.Token != "" {
		on = setHookGuests
	}
	if r.T == "l" && t.on(on) && (m.Type == "" || m.Type == "livechat-close") {
		t.hook("Message", r, []*message{m}, nil)
	}
}

// hookEdited is sent when somebody saves a closed chat.
func (t *tx) hookEdited(r *room) {
	if !r.Open {
		t.hook("LivechatEdit", r, r.log, nil)
	}
}

// hookFacts is sent of what the request states.
func (t *tx) hookFacts() {
	for _, f := range t.facts {
		h, sent := hookOfFact[f.Fact]
		r := t.rooms[f.RID]
		if !sent || !t.on(h.on) || r == nil || f.ToQueue {
			continue
		}
		more := doc{}
		more.opt("departmentId", r.Department)
		if r.ServedBy != nil && f.Fact != "opened" && f.Fact != "queued" {
			more["servedBy"] = doc{"_id": r.ServedBy.ID, "username": r.ServedBy.Username, "ts": r.ServedBy.TS}
		}
		if f.Fact == "closed" {
			more["closedAt"], more["closer"] = r.ClosedAt, r.Closer
			if r.ClosedBy != nil {
				more["closedBy"] = r.ClosedBy.short().doc()
			}
		}
		if f.Fact == "forwarded" && f.Agent != "" {
			more["oldServedBy"] = t.hookAgent(f.FromAgent)
		} else if f.Fact == "forwarded" {
			more["oldDepartmentId"] = f.FromDepartmentID
		}
		t.hook(h.kind, r, r.log, more)
	}
}

// hookAgent names the agent that a chat had; nil when it had none.
func (w *world) hookAgent(username string) any {
	u := w.userByName[username]
	if u == nil {
		return nil
	}
	return doc{"_id": u.ID, "username": u.Username}
}

// hook has a request made when all is stored.
func (t *tx) hook(kind string, r *room, said []*message, more doc) {
	if url, _ := t.settings[setHookURL].(string); url == "" {
		return
	}
	d := doc{"_id": r.ID, "label": r.FName, "createdAt": r.TS, "lastMessageAt": r.LM, "type": kind, "visitor": t.hookVisitor(r), "messages": t.hookMessages(r, said)}
	d.opt("topic", r.Topic)
	if r.Tags != nil {
		d["tags"] = r.Tags
	}
	if r.Data != nil {
		d["customFields"] = map[string]any(r.Data)
	}
	if r.ServedBy != nil {
		if u := t.users[r.ServedBy.ID]; u != nil {
			d["agent"] = doc{"_id": u.ID, "username": u.Username, "name": u.Name, "email": u.emails()}
		}
	}
	for k, v := range more {
		d[k] = v
	}
	t.queueHook(kind, r.ID, d)
}

func (t *tx) queueHook(kind, room string, d doc) {
	url, _ := t.settings[setHookURL].(string)
	if url == "" {
		return
	}
	token, _ := t.settings[setHookToken].(string)
	t.hooks = append(t.hooks, hook{url, token, kind, room, time.Duration(t.number(setHookTimeout)) * time.Millisecond, encode(d, plain)})
}

func (w *world) hookVisitor(r *room) doc {
	d := doc{"_id": r.V.ID, "token": r.V.Token, "username": r.V.Username, "name": r.FName, "email": nil, "phone": nil}
	v := w.visitors[r.V.ID]
	if v == nil {
		return d
	}
	d.opt("department", v.Department)
	if len(v.Emails) > 0 {
		d["email"] = []any{doc{"address": v.Emails[0]}}
	}
	if len(v.Phones) > 0 {
		d["phone"] = []any{doc{"phoneNumber": v.Phones[0]}}
	}
	if v.Data != nil {
		d["customFields"] = map[string]any(v.Data)
	}
	return d
}

// hookMessages are those that people wrote, and the last one of a chat.
func (w *world) hookMessages(r *room, said []*message) []any {
	out := []any{}
	for _, m := range said {
		if m.Hidden || m.Type != "" && m.Type != "livechat-close" {
			continue
		}
		d := doc{"_id": m.ID, "rid": m.RID, "username": m.U.Username, "u": m.U.doc(), "msg": m.Msg, "ts": m.TS, "_updatedAt": m.UpdatedAt}
		d.opt("editedAt", m.EditedAt).opt("closingMessage", m.Type == "livechat-close")
		if m.U.Username != r.V.Username {
			d["agentId"] = m.U.ID
		}
		if file, ok := m.Extra["file"]; ok {
			d["file"], d["attachments"] = file, m.Extra["attachments"]
		}
		out = append(out, d)
	}
	return out
}

// hookRetry is how often, and how long after a failure, a server tries again. 3.11
// never stops.
func (s *Server) hookRetry(h hook) (most int, pause time.Duration) {
	most, pause = 5, 4*h.timeout
	if !s.world.does(retriesHooks) {
		most, pause = 1<<30, 10*time.Second
	}
	if s.opt.HookPause > 0 {
		pause = s.opt.HookPause
	}
	return most, pause
}

// sendHooks sends what a request caused, one after another. The caller holds s.mu.
func (s *Server) sendHooks(hooks []hook) {
	if len(hooks) == 0 || s.closed {
		return
	}
	s.wait.Add(1)
	go func() {
		defer s.wait.Done()
		for _, h := range hooks {
			s.deliver(h)
		}
	}()
}

// deliver sends one until it is taken, is refused for good, or the workspace
// ends.
func (s *Server) deliver(h hook) {
	most, pause := s.hookRetry(h)
	for n := 1; n <= most; n++ {
		status, err := s.post(h)
		line := doc{"type": h.kind, "rid": h.room, "attempt": n, "status": status}
		if err != nil {
			line["error"] = err.Error()
		}
		s.log.line("webhook", line)
		if err == nil && !s.hookAgain(status) {
			return
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-s.ending.Done():
			t.Stop()
			return
		}
	}
}

// hookAgain reports whether a server tries again after that status.
func (s *Server) hookAgain(status int) bool {
	if s.world.does(retriesHooks) {
		return status >= 500 || status == http.StatusTooManyRequests
	}
	return status >= 400
}

func (s *Server) post(h hook) (int, error) {
	ctx, cancel := context.WithTimeout(s.ending, h.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(h.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if h.token != "" {
		req.Header.Set("X-RocketChat-Livechat-Token", h.token)
	}
	res, err := s.hooksOut.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, nil
}

var hookRoutes = []route{
	{verb: "GET", path: "livechat/integrations.settings", handle: (*rest).hookSettings},
	{verb: "POST", path: "omnichannel/integrations", handle: (*rest).saveHooks, when: savesHooksByREST},
}

func (c *rest) hookSettings() (doc, error) {
	if err := c.need("view-livechat-manager"); err != nil {
		return nil, err
	}
	out := []any{}
	for _, id := range sortedKeys(hookSettings) {
		out = append(out, doc{"_id": id, "value": c.settings[id], "type": map[bool]string{true: "boolean", false: "string"}[hookSettings[id] == false]})
	}
	return doc{"settings": out}, nil
}

// hookKeys are what omnichannel/integrations calls the settings.
var hookKeys = map[string]string{
	"LivechatWebhookUrl": setHookURL, "LivechatSecretToken": setHookToken, "LivechatHttpTimeout": setHookTimeout,
	"LivechatWebhookOnStart": "Livechat_webhook_on_start", "LivechatWebhookOnClose": "Livechat_webhook_on_close",
	"LivechatWebhookOnChatTaken": "Livechat_webhook_on_chat_taken", "LivechatWebhookOnChatQueued": "Livechat_webhook_on_chat_queued",
	"LivechatWebhookOnForward": "Livechat_webhook_on_forward", "LivechatWebhookOnOfflineMsg": "Livechat_webhook_on_offline_msg",
	"LivechatWebhookOnVisitorMessage": setHookGuests, "LivechatWebhookOnAgentMessage": setHookAgents,
}

func (c *rest) saveHooks() (doc, error) {
	if err := c.guard("view-livechat-manager"); err != nil {
		return nil, err
	}
	for key, v := range c.body {
		if id := hookKeys[key]; id != "" {
			c.setSetting(id, v)
		}
	}
	return nil, nil
}

// saveHooks is livechat:saveIntegration, which knows the settings by their ids.
func (c *call) saveHooks() (any, error) {
	if !c.user.may("view-livechat-manager") {
		return nil, meteor("error-not-allowed", "Not allowed", in("livechat:saveIntegration"))
	}
	a, err := asArgs(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	for id, v := range a {
		if _, known := hookSettings[id]; known && id != setHookTimeout {
			c.setSetting(id, v)
		}
	}
	return nil, nil
}
