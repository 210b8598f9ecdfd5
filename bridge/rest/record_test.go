package rest

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// TestRequestsAreRecordedWithoutSecrets: each call of a session by password, a
// method, a file and a guest's key, one line each.
func TestRequestsAreRecordedWithoutSecrets(t *testing.T) {
	h := openHall(t, "3.11")
	var out bytes.Buffer
	c, err := New(Options{URL: h.URL(), User: h.with.Bot.User, Password: h.with.Bot.Password, Record: &out})
	h.must(err)
	s, err := c.Login(ctx)
	h.must(err)
	h.must(c.Close(ctx, h.chat, `bye {"token":"abc"}`))
	h.must(c.Method(ctx, "login", nil, map[string]any{"resume": s.Token}))
	_, err = c.Upload(ctx, h.direct(), Sending{Name: "a.txt", Type: "text/plain", Data: []byte("four")})
	h.must(err)
	c.Download(ctx, File{ID: "nothing", Name: s.Token}, GuestKey{Room: h.chat, Token: "guest's"}, 10)
	c.Get(ctx, "me", url.Values{"a": {"1", "2"}, "rc_token": {"x"}}, nil)
	for _, secret := range []string{h.with.Bot.Password, s.Token, "guest's"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the recording holds %q", secret)
		}
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
		lines = append(lines, strings.ReplaceAll(strings.TrimSpace(line), h.chat, "ROOM"))
	}
	for _, want := range []string{
		`{"method":"GET","path":"/api/info","query":{},"body":null}`,
		`{"method":"POST","path":"/api/v1/login","query":{},"body":{"password":"masked","user":"bot"}}`,
		`{"method":"POST","path":"/api/v1/method.call/livechat:closeRoom","query":{},"body":{"message":"{\"id\":\"1\",\"method\":\"livechat:closeRoom\",\"msg\":\"method\",\"params\":[\"ROOM\",\"bye {\\\"token\\\":\\\"abc\\\"}\",{\"clientAction\":true}]}"}}`,
		`{"method":"POST","path":"/api/v1/method.call/login","query":{},"body":{"message":"{\"id\":\"1\",\"method\":\"login\",\"msg\":\"method\",\"params\":[{\"resume\":\"masked\"}]}"}}`,
		`"body":{"file":{"name":"a.txt","size":4,"type":"text/plain"}}}`,
		`{"method":"GET","path":"/api/v1/me","query":{"a":["1","2"],"rc_token":"masked"},"body":null}`,
	} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("no line has %s:\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

func (h *hall) direct() string {
	room, err := h.DirectRoom(ctx, "alice")
	h.must(err)
	return room
}

// TestTokenIsNeverRecorded, though it stands where no key names it.
func TestTokenIsNeverRecorded(t *testing.T) {
	w, err := lobby.New(lobby.Options{NoLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(w.Handler())
	t.Cleanup(func() { srv.Close(); w.Close() })
	var out bytes.Buffer
	c, err := New(Options{URL: srv.URL, UserID: "u", Token: "a+secret/token", Record: &out})
	if err != nil {
		t.Fatal(err)
	}
	c.Post(ctx, "chat.sendMessage", map[string]any{"message": map[string]any{"rid": "r", "msg": []any{"my a+secret/token is that"}}}, nil)
	c.Get(ctx, "x/"+url.QueryEscape("a+secret/token"), nil, nil)
	if text := out.String(); strings.Contains(text, "secret") || strings.Count(text, "masked") != 2 {
		t.Errorf("recorded: %s", text)
	}
}
