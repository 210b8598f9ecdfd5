package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"
)

// TestEveryRecordedFailureHasItsKind gives each kind of failure that the real
// server was seen to answer with, and asks for what a caller branches on and a
// person reads.
func TestEveryRecordedFailureHasItsKind(t *testing.T) {
	for _, c := range []struct {
		name string
		kind error
		code string
		says string
	}{
		{"room-deleted", ErrNotFound, "error-room-not-found", "not found"},
		{"room-not-mine", ErrForbidden, "Not Allowed", "roles bot, user and livechat-manager"},
		{"rooms-forbidden", ErrForbidden, "unauthorized", "roles bot, user and livechat-manager"},
		{"transfers-no-room", ErrNotFound, "invalid-room", "not found"},
		{"send-again", ErrRefused, "", "Cannot read property 'starred' of undefined"},
		{"send-too-long", ErrRefused, "error-message-size-exceeded", "Message size exceeds"},
		{"send-forbidden", ErrForbidden, "error-not-allowed", "livechat-manager"},
		{"im.create-nobody", ErrNotFound, "error-invalid-user", "Invalid user"},
		{"visitor-none", ErrNotFound, "visitor-not-found", "not found"},
		{"login-refused", ErrUnauthorized, "Unauthorized", "workspace.password"},
		{"me-refused", ErrUnauthorized, "", "personal access token"},
		{"wrong-verb", ErrNoCall, "", "API endpoint does not exist"},
		{"forward-offline", ErrRefused, "error-user-is-offline", "User is offline"},
		{"forward-same", ErrRefused, "error-forwarding-chat-same-department", "are the same"},
		{"forward-forbidden", ErrForbidden, "error-not-authorized", "Not authorized"},
		{"forward-match", ErrRefused, "", "Match error: Unknown key in field username"},
		{"department-match", ErrRefused, "", "Missing key 'enabled'"},
		{"tag-needed", ErrRefused, "error-validating-department-chat-closing-tags", "At least one closing tag"},
		{"upload-forbidden", ErrForbidden, "unauthorized", "livechat-manager"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t).on("POST x", recorded(c.name))
			err := s.client().Post(ctx, "x", nil, nil)
			if !errors.Is(err, c.kind) || CodeOf(err) != c.code {
				t.Errorf("error is %v with code %q, want %v with %q", err, CodeOf(err), c.kind, c.code)
			}
			if !strings.HasPrefix(err.Error(), "POST x: ") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %q does not say %q", err, c.says)
			}
		})
	}
}

// TestWhatAnswersIsNamed: something that is not the server answers, and the
// error says what to do.
func TestWhatAnswersIsNamed(t *testing.T) {
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example/", http.StatusMovedPermanently)
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   error
		says   string
	}{
		"a web page":           {page(200), ErrNotRocketChat, "check workspace.url"},
		"no such page":         {page(404), ErrNotRocketChat, "check workspace.url"},
		"another API":          {status(404, `{"error":"nothing here"}`), ErrNotRocketChat, "check workspace.url"},
		"JSON of another kind": {text200(`[1,2]`), ErrNotRocketChat, "check workspace.url"},
		"a redirect":           {redirect, ErrNotRocketChat, "it redirects to https://elsewhere.example/: set workspace.url"},
		"a proxy's error":      {page(502), ErrUnreachable, "look at the server"},
		"a proxy's refusal":    {page(403), ErrNotRocketChat, "let this machine through"},
		"a proxy's own login":  {page(401), ErrNotRocketChat, "let this machine through"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t).on("GET /api/info", c.answer)
			_, err := s.client().Login(ctx)
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error is %q, want %v that says %q", err, c.kind, c.says)
			}
			if len(s.seen("/me")) != 0 {
				t.Error("the token was shown to something that is not a Rocket.Chat")
			}
		})
	}
}

// TestPageInPlaceOfAnAnswerIsNoVerdict: it says nothing about the room, or
// about what the account may do.
func TestPageInPlaceOfAnAnswerIsNoVerdict(t *testing.T) {
	for code, want := range map[int]error{200: ErrNoCall, 404: ErrNoCall, 401: ErrUnreachable, 403: ErrUnreachable, 502: ErrUnreachable} {
		s := newServer(t).on("GET me", text200(`{"_id":"Tsym488Hbth9kgQ6i","username":"bot"}`)).on("GET rooms.info", page(code))
		c := s.client()
		if _, err := c.Login(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Room(ctx, "x"); !errors.Is(err, want) {
			t.Errorf("with status %d the error is %v, want %v", code, err, want)
		}
	}
}

// TestStrangerIsNamedByAnyCall: not everybody logs in first.
func TestStrangerIsNamedByAnyCall(t *testing.T) {
	s := newServer(t).on("GET rooms.info", page(200))
	if _, err := s.client().Room(ctx, "x"); !errors.Is(err, ErrNotRocketChat) || !strings.Contains(err.Error(), "text/html") {
		t.Errorf("error is %v", err)
	}
}

func TestUnreachableServerIsNamed(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s := newServer(t)
	_, err := s.clientWith(Options{URL: gone.URL, UserID: "x", Token: "secret-token"}).Login(ctx)
	if !errors.Is(err, ErrUnreachable) || !Temporary(err) || !strings.Contains(err.Error(), "check workspace.url, the network and the proxy") {
		t.Errorf("error is %v", err)
	}
}

func TestUnknownAuthorityIsNamed(t *testing.T) {
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	tls.Config.ErrorLog = nil
	defer tls.Close()
	s := newServer(t)
	_, err := s.clientWith(Options{URL: tls.URL, UserID: "x", Token: "secret-token"}).Info(ctx)
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "workspace.ca_file") {
		t.Errorf("error is %v", err)
	}
	if _, err = s.clientWith(Options{URL: tls.URL, UserID: "x", Token: "secret-token", HTTP: tls.Client()}).Info(ctx); errors.Is(err, ErrUnreachable) {
		t.Errorf("with the authority of Options.HTTP the error is still %v", err)
	}
}

func TestOptionsThatCannotWorkAreRefusedAtOnce(t *testing.T) {
	for says, o := range map[string]Options{
		"it must be like https://":     {URL: "chat.example.com", UserID: "u", Token: "t"},
		"set workspace.user_id":        {URL: "https://chat.example.com", Token: "t"},
		"nobody to log in as":          {URL: "https://chat.example.com", User: "bot"},
		"characters that no token has": {URL: "https://chat.example.com", UserID: "u", Token: "t\n"},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("New(%+v) says %v, want %q", o, err, says)
		}
	}
}

// TestMissingPermissionIsNamed: by the call that met it, with the place where
// an admin gives it.
func TestMissingPermissionIsNamed(t *testing.T) {
	forbidden := status(403, `{"success":false,"error":"unauthorized"}`)
	s := newServer(t).
		on("GET rooms.info", forbidden).on("GET livechat/transfer.history/hfMBPGqZEsNnZEZBu", forbidden).
		on("POST livechat/room.forward", forbidden).on("POST chat.sendMessage", forbidden).on("POST im.create", forbidden).
		on("POST rooms.upload/Tsym488Hbth9kgQ6ijHQhbbJREfPpNXSE7", forbidden).
		on("POST method.call/livechat:closeRoom", methodFailure("error-not-authorized")).
		on("POST method.call/livechat:saveInfo", methodFailure("error-not-allowed"))
	c := s.client()
	_, noRoom := c.Room(ctx, "x")
	_, noHistory := c.Transfers(ctx, "hfMBPGqZEsNnZEZBu")
	_, noMessage := c.SendMessage(ctx, "r", "m", "hi")
	_, noDirect := c.DirectRoom(ctx, "alice")
	_, noFile := c.Upload(ctx, "Tsym488Hbth9kgQ6ijHQhbbJREfPpNXSE7", Sending{Name: "a", Type: "text/plain"})
	for right, err := range map[string]error{
		"view-l-room and view-livechat-rooms":     noRoom,
		"view-livechat-rooms":                     noHistory,
		"view-l-room and transfer-livechat-guest": c.Forward(ctx, "r", "d", "", ""),
		"view-d-room (in direct messages)":        noMessage,
		"create-d":                                noDirect,
		"view-l-room and view-livechat-rooms and view-d-room (in direct messages)": noFile,
		"close-livechat-room and close-others-livechat-room":                       c.Close(ctx, "r", ""),
		"view-l-room and save-others-livechat-room-info":                           c.SaveInfo(ctx, RoomInfo{Room: "r", Visitor: "v"}),
	} {
		if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "Administration, Permissions") || !strings.HasSuffix(err.Error(), right+")") {
			t.Errorf("error is %v, want one that names %s", err, right)
		}
	}
}

func methodFailure(code string) http.HandlerFunc {
	return text200(`{"message":"{\"msg\":\"result\",\"id\":\"1\",\"error\":{\"error\":\"` + code + `\",\"reason\":\"No\"}}","success":true}`)
}

func TestEveryKindOfFailureSaysWhatToDo(t *testing.T) {
	for _, kind := range []error{
		ErrUnauthorized, ErrForbidden, ErrNotFound, ErrNoCall, ErrRefused, ErrRateLimited, ErrUnreachable, ErrServer, ErrTripped, ErrNotRocketChat, ErrTooLarge, ErrUnclear,
	} {
		if text := (&Error{Call: "GET x", Kind: kind}).Error(); !strings.HasSuffix(text, ")") {
			t.Errorf("error %q does not say what to do", text)
		}
	}
}

// TestHostileTextIsHarmless: what a server says ends up in logs and terminals.
func TestHostileTextIsHarmless(t *testing.T) {
	said, _ := json.Marshal("\x1b[2Jgone\x00\r\n\u009b31m " + strings.Repeat("long ", 1<<18))
	s := newServer(t).on("POST x", status(400, `{"success":false,"error":`+string(said)+`}`))
	err := s.client().Post(ctx, "x", nil, nil)
	if err == nil || len(err.Error()) > 600 || strings.ContainsFunc(err.Error(), unicode.IsControl) {
		t.Errorf("error is %.700q", err)
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	s := newServer(t).on("GET file-upload/f/a.txt", page(403)).on("GET /file-upload/f/a.txt", page(403))
	_, err := s.client().Download(ctx, File{ID: "f", Name: "a.txt"}, GuestKey{Room: "r", Token: "guest-secret"}, 10)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error is %v", err)
	}
	s.http.Close()
	_, err = s.client().Download(ctx, File{ID: "f", Name: "a.txt"}, GuestKey{Room: "r", Token: "guest-secret"}, 10)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error is %v", err)
	}
}
