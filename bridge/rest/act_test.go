package rest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestOwnIDIsSentAndItsRepeatIsAnError(t *testing.T) {
	s := newServer(t).on("POST chat.sendMessage", recorded("send"), recorded("send-again"))
	c := s.client()
	if _, err := c.SendMessage(ctx, "Tsym488Hbth9kgQ6ijHQhbbJREfPpNXSE7", "dm1b75e5", "sent with own id"); err != nil {
		t.Error(err)
	}
	if _, err := c.SendMessage(ctx, "Tsym488Hbth9kgQ6ijHQhbbJREfPpNXSE7", "dm1b75e5", "sent with own id"); !errors.Is(err, ErrRefused) {
		t.Errorf("error is %v", err)
	}
	if want := `{"message":{"_id":"dm1b75e5","msg":"sent with own id","rid":"Tsym488Hbth9kgQ6ijHQhbbJREfPpNXSE7"}}`; s.bodies[0] != want {
		t.Errorf("body is %s", s.bodies[0])
	}
}

func TestForwardSendsOnlyWhatIsMeant(t *testing.T) {
	s := newServer(t).on("POST livechat/room.forward", text200(`{"success":true}`))
	c := s.client()
	c.Forward(ctx, "r", "d", "", "")
	c.Forward(ctx, "r", "", "u", "hello")
	if s.bodies[0] != `{"departmentId":"d","roomId":"r"}` || s.bodies[1] != `{"comment":"hello","roomId":"r","userId":"u"}` {
		t.Errorf("bodies are %v", s.bodies)
	}
}

// called is the method that a method.call's body carries.
func called(t *testing.T, body string) string {
	t.Helper()
	var outer struct{ Message string }
	var inner struct {
		Msg, Method string
		Params      json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &outer); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(outer.Message), &inner); err != nil {
		t.Fatal(err)
	}
	return inner.Msg + " " + inner.Method + string(inner.Params)
}

// TestOldServersAreServedByMethods: 3.11 answers unknown calls with a page.
func TestOldServersAreServedByMethods(t *testing.T) {
	done := text200(`{"message":"{\"msg\":\"result\",\"id\":\"1\",\"result\":true}","success":true}`)
	s := newServer(t).on("POST method.call/livechat:closeRoom", done).on("POST method.call/livechat:saveInfo", done)
	c := s.client()
	for range 2 {
		if err := c.Close(ctx, "r", "bye"); err != nil {
			t.Error(err)
		}
	}
	if err := c.SaveInfo(ctx, RoomInfo{Room: "r", Visitor: "v"}); err != nil {
		t.Error(err)
	}
	if n := len(s.seen("closeByUser")); n != 0 {
		t.Errorf("what its version has not was asked for %d times", n)
	}
	if got := called(t, s.bodies[len(s.bodies)-1]); got != `method livechat:saveInfo[{"_id":"v"},{"_id":"r","tags":[]}]` {
		t.Errorf("called %s", got)
	}
	if got := called(t, s.bodies[2]); got != `method livechat:closeRoom["r","bye",{"clientAction":true}]` {
		t.Errorf("called %s", got)
	}
}

func TestNewServersAreServedByREST(t *testing.T) {
	s := newServer(t).on("GET /api/info", text200(`{"version":"8.3","success":true}`)).
		on("POST livechat/room.closeByUser", text200(`{"success":true}`)).on("POST livechat/room.saveInfo", text200(`{"success":true}`))
	c := s.client()
	if err := c.Close(ctx, "r", "bye"); err != nil {
		t.Error(err)
	}
	if err := c.SaveInfo(ctx, RoomInfo{Room: "r", Visitor: "v", Tags: []string{"a"}}); err != nil {
		t.Error(err)
	}
	if len(s.seen("method.call")) != 0 {
		t.Error("methods are gone in 8.0")
	}
	if want := `{"guestData":{"_id":"v"},"roomData":{"_id":"r","tags":["a"]}}`; s.bodies[2] != want {
		t.Errorf("body is %s, want %s", s.bodies[2], want)
	}
}

// TestMissingRoomDoesNotMakeAServerOld: a 404 about a room says nothing of the
// call.
func TestMissingRoomDoesNotMakeAServerOld(t *testing.T) {
	s := newServer(t).
		on("POST livechat/room.closeByUser", status(404, `{"success":false,"error":"Not found"}`), text200(`{"success":true}`)).
		on("POST method.call/livechat:closeRoom", text200(`{"message":"{\"msg\":\"result\",\"id\":\"1\",\"error\":{\"error\":404,\"reason\":\"Method not found\"}}","success":true}`))
	c := s.client()
	if err := c.Close(ctx, "gone", ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	if err := c.Close(ctx, "r", ""); err != nil {
		t.Errorf("the next room: %v", err)
	}
}

func TestFailureOfAMethodIsAnError(t *testing.T) {
	for body, want := range map[string]error{
		`{"msg":"result","id":"1","error":{"error":"error-not-allowed","reason":"Not allowed","message":"Not allowed [error-not-allowed]","errorType":"Meteor.Error"}}`: ErrForbidden,
		`{"msg":"result","id":"1","error":{"error":500,"reason":"Internal server error","errorType":"Meteor.Error"}}`:                                                   ErrServer,
		`{"msg":"result","id":"1","error":{"error":404,"reason":"Method 'x' not found"}}`:                                                                               ErrNoCall,
		`{"msg":"result","id":"1","error":{"error":400,"reason":"Match failed"}}`:                                                                                       ErrRefused,
		`{"msg":"result","id":"1","error":{"error":"too-many-requests","details":{"timeToReset":5000}}}`:                                                                ErrRateLimited,
		`{"msg":"result","id":"1","error":{"error":"error-room-closed","reason":"Room closed"}}`:                                                                        ErrRefused,
		`not even JSON`: ErrUnclear,
		`{"msg":"odd"}`: ErrUnclear,
	} {
		text, _ := json.Marshal(body)
		s := newServer(t).on("POST method.call/x", text200(`{"message":`+string(text)+`,"success":true}`))
		if err := s.client().Method(ctx, "x", nil); !errors.Is(err, want) {
			t.Errorf("%s: error is %v, want %v", body, err, want)
		}
	}
}

func TestResultOfAMethodIsRead(t *testing.T) {
	s := newServer(t).on("POST method.call/loadHistory", text200(`{"message":"{\"msg\":\"result\",\"id\":\"1\",\"result\":{\"messages\":[{\"_id\":\"m\",\"ts\":{\"$date\":1795334695042}}]}}","success":true}`))
	var got struct{ Messages []Message }
	if err := s.client().Method(ctx, "loadHistory", &got, "r", nil, 5); err != nil || len(got.Messages) != 1 || got.Messages[0].TS.UnixMilli() != 1795334695042 {
		t.Errorf("messages are %+v, %v", got, err)
	}
	if got := called(t, s.bodies[0]); got != `method loadHistory["r",null,5]` {
		t.Errorf("called %s", got)
	}
}

// TestOddTextsAreSentAsJSON: what is not UTF-8 is replaced, and control
// characters are escaped.
func TestOddTextsAreSentAsJSON(t *testing.T) {
	s := newServer(t).on("POST chat.sendMessage", text200(`{"message":{"_id":"m"},"success":true}`))
	if _, err := s.client().SendMessage(ctx, "r", "m", "a\xffb\x00\x1b\u2028c"); err != nil {
		t.Error(err)
	}
	if !json.Valid([]byte(s.bodies[0])) || !strings.Contains(s.bodies[0], `a\ufffdb\u0000\u001b\u2028c`) {
		t.Errorf("body is %s", s.bodies[0])
	}
}
