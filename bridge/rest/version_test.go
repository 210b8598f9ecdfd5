package rest

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// noMethod is how a server says that a method is no more: newer ones fail the
// call that carried it.
func noMethod(code int) http.HandlerFunc {
	return status(code, `{"success":false,"message":"{\"error\":{\"error\":404,\"reason\":\"Method 'livechat:closeRoom' not found\"},\"id\":\"1\",\"msg\":\"result\"}"}`)
}

// TestServerThatBecomesAnotherIsServed: it was 3.11 when it was asked.
func TestServerThatBecomesAnotherIsServed(t *testing.T) {
	for _, code := range []int{200, 400, 500} {
		done := text200(`{"message":"{\"msg\":\"result\",\"id\":\"1\",\"result\":true}","success":true}`)
		s := newServer(t).on("POST method.call/livechat:closeRoom", done, noMethod(code)).on("POST livechat/room.closeByUser", text200(`{"success":true}`))
		c := s.client()
		for range 4 {
			if err := c.Close(ctx, "r", "bye"); err != nil {
				t.Error(err)
			}
		}
		var ways []string
		for _, call := range s.seen("close") {
			ways = append(ways, call[strings.LastIndexAny(call, "/:")+1:])
		}
		if got := strings.Join(ways, " "); got != "closeRoom closeRoom room.closeByUser room.closeByUser room.closeByUser" {
			t.Errorf("status %d: the calls were %s", code, got)
		}
	}
}

// TestWhatAnotherVersionLackedIsTriedAgain: a server that is upgraded, and set
// back to what it was, is asked in the first way of its version each time.
func TestWhatAnotherVersionLackedIsTriedAgain(t *testing.T) {
	old, lacks := text200(`{"message":"{\"msg\":\"result\",\"id\":\"1\",\"result\":true}","success":true}`), noMethod(400)
	info := func(v string) http.HandlerFunc { return text200(`{"version":"` + v + `","success":true}`) }
	s := newServer(t).on("GET /api/info", info("3.11.1"), info("8.3.0"), info("3.11.1")).
		on("POST method.call/livechat:closeRoom", lacks, old).on("POST livechat/room.closeByUser", text200(`{"success":true}`))
	c := s.client()
	for range 3 {
		if _, err := c.Info(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(ctx, "r", "bye"); err != nil {
			t.Fatal(err)
		}
	}
	var ways []string
	for _, call := range s.seen("close") {
		ways = append(ways, call[strings.LastIndexAny(call, "/:")+1:])
	}
	if got := strings.Join(ways, " "); got != "closeRoom room.closeByUser room.closeByUser closeRoom" {
		t.Errorf("the calls were %s", got)
	}
}

// TestOtherWayIsNotTriedAfterAFailure: what failed may have been done.
func TestOtherWayIsNotTriedAfterAFailure(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"server failed":     status(500, `{"success":false,"error":"Internal server error"}`),
		"refused":           status(400, `{"success":false,"error":"error-room-already-closed","errorType":"error-room-already-closed"}`),
		"forbidden":         status(403, `{"success":false,"error":"unauthorized"}`),
		"method failed":     status(400, `{"success":false,"message":"{\"msg\":\"result\",\"id\":\"1\",\"error\":{\"error\":\"room-closed\",\"reason\":\"Room closed\"}}"}`),
		"the answer is cut": func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
	} {
		for version, first := range map[string]string{"3.11.1": "POST method.call/livechat:closeRoom", "8.3": "POST livechat/room.closeByUser"} {
			s := newServer(t).on("GET /api/info", text200(`{"version":"`+version+`","success":true}`)).on(first, answer)
			if err := s.client().Close(ctx, "r", "bye"); err == nil || errors.Is(err, ErrNoCall) {
				t.Errorf("%s on %s: error is %v", name, version, err)
			}
			if n := len(s.seen("close")); n != 1 {
				t.Errorf("%s on %s: there were %d calls", name, version, n)
			}
		}
	}
}

func TestFailureOfAMethodIsReadWhereItFailsTheCall(t *testing.T) {
	s := newServer(t).on("POST method.call/x", noMethod(500), status(400, `{"success":false,"message":"{\"msg\":\"result\",\"id\":\"1\",\"error\":{\"error\":\"error-not-allowed\",\"reason\":\"Not allowed\"}}"}`))
	c := s.client()
	for _, want := range []error{ErrNoCall, ErrForbidden} {
		if err := c.Method(ctx, "x", nil); !errors.Is(err, want) {
			t.Errorf("error is %v, want %v", err, want)
		}
	}
}

// TestPaidFeaturesAreKnownByTheirAnswer: a strict server wants the call's
// parameters, or it says nothing of the features.
func TestPaidFeaturesAreKnownByTheirAnswer(t *testing.T) {
	for answer, want := range map[string]bool{
		`{"tags":[],"count":0,"offset":0,"total":0,"success":true}`:                                                                   true,
		`{"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}`: false,
	} {
		code := 200
		if !want {
			code = 400
		}
		s := newServer(t).on("GET livechat/tags", status(code, answer))
		paid, err := s.client().Enterprise(ctx)
		if err != nil || paid != want || len(s.seen("text=")) != 1 {
			t.Errorf("%s: %v, %v, calls %v", answer, paid, err, s.seen(""))
		}
	}
}
