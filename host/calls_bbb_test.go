package host

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/sdk"
)

// meetings is a BigBlueButton without a network, whose clock is the bubble's:
// that it checks checksums is shown in package call.
type meetings struct {
	mu    sync.Mutex // guards what follows
	there string     // attendees
	none  bool       // there is no meeting
	says  string     // instead of what it would; "" means nothing
	calls []string
}

// RoundTrip answers a call of the API.
func (m *meetings) RoundTrip(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	m.calls = append(m.calls, name)
	answer := "<returncode>SUCCESS</returncode><running>true</running><attendees>" + m.there + "</attendees>"
	if name == "create" {
		m.none = false
	}
	if m.none {
		answer = "<returncode>FAILED</returncode><messageKey>notFound</messageKey>"
	}
	if m.says != "" {
		answer = m.says
	}
	w := httptest.NewRecorder()
	fmt.Fprintf(w, "<response>%s</response>", answer)
	return w.Result(), nil
}

func (m *meetings) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *meetings) asked(name string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.calls {
		if c == name {
			n++
		}
	}
	return n
}

const (
	mayaThere  = "<attendee><userID>guest</userID><role>VIEWER</role></attendee>"
	aliceThere = "<attendee><userID>agent</userID><role>MODERATOR</role></attendee>"
)

// meeting runs a host with BigBlueButton and without a page.
func meeting(t *testing.T, test func(w *world, m *meetings, seen *notes)) {
	t.Helper()
	var seen notes
	m := &meetings{}
	prepared(t, map[string]plugin{"calls": caller(&notes{}), "steps": func(p *sdk.Plugin) error {
		p.OnCall(func(c *sdk.Chat, v sdk.Conference) error {
			seen.add("%s %s", v.State, v.Duration())
			return nil
		})
		return nil
	}}, func(w *world) {
		l, err := call.New(call.Options{Provider: call.BigBlueButton, Link: "https://bbb.example/bigbluebutton", Secret: "shared", RoomSecret: make([]byte, 16), HTTP: &http.Client{Transport: m}})
		if err != nil {
			t.Fatal(err)
		}
		w.opts.Services.Calls = l
		w.start()
		test(w, m, &seen)
	})
}

// TestBigBlueButtonTellsTheStepsOfACall: without a page of our own.
func TestBigBlueButtonTellsTheStepsOfACall(t *testing.T) {
	meeting(t, func(w *world, m *meetings, seen *notes) {
		w.ws.say("c", "C")
		w.steps(seen, "offered 0s")
		if e := w.ws.tried()[0]; !strings.Contains(e.Text, "role=VIEWER") || !strings.Contains(e.AgentText, "role=MODERATOR") {
			t.Errorf("guest gets %q, agent %q", e.Text, e.AgentText)
		}
		m.set(func() { m.there = mayaThere })
		w.pass(lookEvery)
		w.steps(seen, "offered 0s", "joined 0s")
		m.set(func() { m.there = mayaThere + aliceThere })
		w.pass(lookEvery)
		w.restart()
		w.pass(10 * time.Minute)
		w.steps(seen, "offered 0s", "joined 0s", "joined 0s")
		m.set(func() { m.none = true })
		w.pass(lookEvery)
		w.steps(seen, "offered 0s", "joined 0s", "joined 0s", "ended 10m30s")
	})
}

// TestEmptyRoomIsKeptForWhoComes: the service gives up rooms that stay empty.
func TestEmptyRoomIsKeptForWhoComes(t *testing.T) {
	meeting(t, func(w *world, m *meetings, seen *notes) {
		w.ws.say("c", "C")
		w.steps(seen, "offered 0s")
		m.set(func() { m.none = true })
		w.pass(lookEvery)
		if n := m.asked("create"); n != 2 {
			t.Errorf("created %d times", n)
		}
		w.pass(callPatience)
		w.steps(seen, "offered 0s", "missed 0s")
		w.pass(2 * time.Hour)
		if n := m.asked("end"); n != 1 {
			t.Errorf("ended %d times when the links were over", n)
		}
	})
}

// TestNobodyMissesACallOfWhichTheServiceTellsNothing: it is away at that time.
func TestNobodyMissesACallOfWhichTheServiceTellsNothing(t *testing.T) {
	meeting(t, func(w *world, m *meetings, seen *notes) {
		w.ws.say("c", "C")
		w.quiet()
		m.set(func() { m.says = "?" })
		w.pass(callPatience + time.Second)
		w.steps(seen, "offered 0s")
		m.set(func() { m.says = "" })
		w.pass(lookEvery)
		w.steps(seen, "offered 0s", "missed 0s")
	})
}

func TestServiceThatRefusesFailsTheCall(t *testing.T) {
	meeting(t, func(w *world, m *meetings, seen *notes) {
		m.says = "<returncode>FAILED</returncode><messageKey>checksumError</messageKey><message>Checksums do not match</message>"
		w.ws.say("c", "C")
		w.steps(seen, "failed 0s")
		if got := w.outcomes(); len(got) != 1 || !strings.Contains(got[0], "refused no room for the call: BigBlueButton refuses create") {
			t.Errorf("outcomes: %q", got)
		}
	})
}

// TestCallWaitsForAServiceThatIsAway, and is offered once it is back.
func TestCallWaitsForAServiceThatIsAway(t *testing.T) {
	meeting(t, func(w *world, m *meetings, seen *notes) {
		m.says = "?"
		w.ws.say("c", "C")
		time.Sleep(time.Minute)
		m.set(func() { m.says = "" })
		w.steps(seen, "offered 0s")
	})
}

func TestWhereNobodyTellsWhoJoinsNothingIsMissed(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"calls": caller(&notes{}), "steps": func(p *sdk.Plugin) error {
		p.OnCall(func(c *sdk.Chat, v sdk.Conference) error {
			seen.add("%s known=%v", v.State, v.JoinsKnown)
			return nil
		})
		return nil
	}}, func(w *world) {
		l, err := call.New(call.Options{Provider: call.Template, Link: "https://meet.google.com/lookup/{room}", RoomSecret: make([]byte, 16)})
		if err != nil {
			t.Fatal(err)
		}
		w.opts.Services.Calls = l
		w.start()
		w.ws.say("c", "C")
		w.pass(3 * time.Hour)
		w.steps(&seen, "offered known=false")
		if err := w.host.Open(call.Room{Chat: "c", Name: "x"}); err != call.ErrOver {
			t.Errorf("unknown room: %v", err)
		}
		if _, err := w.host.Join(context.Background(), call.Room{Chat: "c", Name: "x"}, call.Guest); err != call.ErrOver {
			t.Errorf("unknown room: %v", err)
		}
	})
}
