package host

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/sdk"
)

// caller offers a call when the guest says C, and notes each step.
func caller(n *notes) plugin {
	return func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			if !strings.Contains(m.Text, "C") {
				return sdk.Skip("no call")
			}
			c.StartCall("join {link}")
			return nil
		})
		p.OnCall(func(c *sdk.Chat, v sdk.Conference) error {
			n.add("%s %s", v.State, v.Duration())
			return nil
		})
		return nil
	}
}

func pageLinks(t *testing.T) *call.Links {
	t.Helper()
	l, err := call.New(call.Options{Provider: call.Jitsi, Link: "https://meet.example/{room}", AppID: "a", Secret: "shared", RoomSecret: make([]byte, 16), PublicURL: "https://calls.example/x"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// calling runs a host with the page, and with a call that was offered. The
// listener sees each step, also the first.
func calling(t *testing.T, test func(w *world, seen *notes, guest, agent string)) {
	t.Helper()
	var own, seen notes
	steps := func(p *sdk.Plugin) error {
		p.OnCall(func(c *sdk.Chat, v sdk.Conference) error {
			seen.add("%s %s", v.State, v.Duration())
			return nil
		})
		return nil
	}
	prepared(t, map[string]plugin{"calls": caller(&own), "steps": steps}, func(w *world) {
		w.opts.Services.Calls = pageLinks(t)
		w.start()
		w.ws.say("c", "C")
		w.quiet()
		e := w.ws.tried()[0]
		test(w, &seen, strings.TrimPrefix(e.Text, "join "), strings.TrimPrefix(e.AgentText, "Call with Maya: "))
	})
}

// open asks the page as a browser does.
func (w *world) open(method, link string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, link, nil)
	got := httptest.NewRecorder()
	w.host.Calls().Handler(w.host, slog.New(slog.DiscardHandler)).ServeHTTP(got, r)
	return got
}

// press presses the button; the answer is where that leads, or "".
func (w *world) press(link string) string { return w.open("POST", link).Header().Get("Location") }

// pass has time go by.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	time.Sleep(d)
	w.quiet()
}

func (w *world) steps(seen *notes, want ...string) {
	w.t.Helper()
	w.quiet()
	w.same("steps", seen.list(), want)
}

func TestCallGoesThroughItsSteps(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		w.steps(seen, "offered 0s")
		if to := w.press(guest); !strings.HasPrefix(to, "https://meet.example/bellhop-") || !strings.Contains(to, "jwt=") {
			t.Errorf("guest is led to %q", to)
		}
		w.steps(seen, "offered 0s", "joined 0s")
		w.press(agent)
		w.pass(10 * time.Minute)
		w.steps(seen, "offered 0s", "joined 0s", "joined 0s")
		w.pass(2 * time.Hour)
		w.steps(seen, "offered 0s", "joined 0s", "joined 0s", "unknown 0s")
		if got := w.open("GET", guest); got.Code != http.StatusGone {
			t.Errorf("after its links are over: %d", got.Code)
		}
		if left, err := w.store.Calls(); err != nil || len(left) > 0 {
			t.Errorf("left are %v, %v", left, err)
		}
	})
}

func TestGuestWhoDoesNotComeMissesTheCall(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		w.press(agent)
		w.pass(callPatience - time.Second)
		w.steps(seen, "offered 0s", "joined 0s")
		w.pass(time.Second)
		w.steps(seen, "offered 0s", "joined 0s", "missed 0s")
		w.press(guest) // late, but there
		w.steps(seen, "offered 0s", "joined 0s", "missed 0s", "joined 0s")
	})
}

// TestPreviewJoinsNobody: programs of chat clients open links, and ask twice.
func TestPreviewJoinsNobody(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		for _, method := range []string{"GET", "HEAD", "GET"} {
			got := w.open(method, guest)
			if body := got.Body.String(); got.Code != http.StatusOK || strings.Contains(body, "meet.example") || strings.Contains(body, "jwt") {
				t.Errorf("%s: %d %s", method, got.Code, body)
			}
			for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
				if got.Header().Get(name) != want {
					t.Errorf("%s is %q", name, got.Header().Get(name))
				}
			}
		}
		r := httptest.NewRequest("POST", guest, nil)
		r.Header.Set("Sec-Purpose", "prefetch;prerender")
		got := httptest.NewRecorder()
		w.host.Calls().Handler(w.host, slog.New(slog.DiscardHandler)).ServeHTTP(got, r)
		if got.Code != http.StatusGone {
			t.Errorf("browser that fetches ahead: %d", got.Code)
		}
		w.steps(seen, "offered 0s")
	})
}

func TestGuestWhoOpensTheLinkTwiceHasJoinedOnce(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		if first, again := w.press(guest), w.press(guest); first == "" || again == "" {
			t.Errorf("led to %q, then to %q", first, again)
		}
		w.steps(seen, "offered 0s", "joined 0s")
	})
}

func TestForgedLinksLeadNowhere(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		u, err := url.Parse(guest)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.LastIndexByte(u.Path, '/') + 1
		word := u.Path[at:]
		for n := range word {
			other := byte('A')
			if word[n] == other {
				other = 'B'
			}
			if to := w.press(guest[:len(guest)-len(word)] + word[:n] + string(other) + word[n+1:]); to != "" {
				t.Errorf("with another letter at %d it leads to %s", n, to)
			}
		}
		for _, bad := range []string{"", "x", word[:20], word + "A", word + "="} {
			if to := w.press(guest[:len(guest)-len(word)] + bad); to != "" {
				t.Errorf("%q leads to %s", bad, to)
			}
		}
		w.steps(seen, "offered 0s")
	})
}

// TestCallSurvivesAKill: the store as it was at any moment knows the call, its
// steps and when it is missed.
func TestCallSurvivesAKill(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		w.press(agent)
		w.quiet()
		w.restart()
		w.quiet()
		if to := w.press(agent); to == "" {
			t.Error("after a restart the link leads nowhere")
		}
		w.pass(callPatience)
		w.steps(seen, "offered 0s", "joined 0s", "missed 0s")
		w.restart()
		w.pass(time.Hour)
		w.steps(seen, "offered 0s", "joined 0s", "missed 0s")
	})
}

// TestCallIsMissedWhileTheHostIsAway: who comes meanwhile finds no page.
func TestCallIsMissedWhileTheHostIsAway(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		w.quiet()
		w.end()
		time.Sleep(callPatience)
		w.start()
		w.pass(time.Second)
		w.steps(seen, "offered 0s", "missed 0s")
	})
}

// TestCallIsKnownBeforeItsLinksAre: a kill right after the messages loses no
// link, and the repeat offers the same call.
func TestCallIsKnownBeforeItsLinksAre(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Services.Calls = pageLinks(t)
		w.start()
		known := 0
		w.ws.answer = func(e bridge.Effect, o sdk.Outcome) sdk.Outcome {
			calls, err := w.store.Calls()
			if err == nil && len(calls) == 1 && strings.Contains(e.Text, "https://calls.example/x/c/") {
				known++
			}
			if e.Attempt == 0 {
				return bridge.Later("the answer is lost")
			}
			return o
		}
		w.ws.say("c", "C")
		w.quiet()
		tries := w.ws.tried()
		if known != 2 || len(tries) != 2 || tries[0].Text != tries[1].Text {
			t.Errorf("known at %d of %d attempts: %+v", known, len(tries), tries)
		}
		if calls, err := w.store.Calls(); err != nil || len(calls) != 1 || calls[0].Is.State != sdk.CallOffered {
			t.Errorf("calls are %+v, %v", calls, err)
		}
	})
}

// TestCallThatWasNotOfferedTakesNobodysPlace: the links of the one before still
// lead to it.
func TestCallThatWasNotOfferedTakesNobodysPlace(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		w.pass(callPatience)
		w.ws.apply = func(bridge.Effect) *sdk.Outcome {
			return &sdk.Outcome{State: sdk.Overtaken, Reason: "the chat has moved"}
		}
		w.ws.say("c", "C again")
		w.quiet()
		if w.press(guest) == "" {
			t.Error("the link leads nowhere")
		}
	})
}

func TestChatHasOneCallAtATime(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		w.ws.say("c", "C!")
		w.quiet()
		if got := w.outcomes(); len(got) != 2 || !strings.Contains(got[1], "refused the chat has a call since") {
			t.Errorf("outcomes: %q", got)
		}
		w.ws.say("d", "C")
		w.quiet()
		if got := w.outcomes(); len(got) != 3 || !strings.Contains(got[2], "done") {
			t.Errorf("another chat: %q", got)
		}
		w.pass(callPatience)
		w.ws.say("c", "C again")
		w.quiet()
		if to := w.press(guest); to != "" {
			t.Errorf("link of the call before leads to %s: two would be in two rooms; %q", to, w.outcomes())
		}
	})
}

// TestPageOfAHostThatBeginsAsksToTryAgain: a link is not over because the host
// does not know its calls yet.
func TestPageOfAHostThatBeginsAsksToTryAgain(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		begun := w.host
		early, err := New(w.host.opts)
		if err != nil {
			t.Fatal(err)
		}
		w.host = early
		if got := w.open("GET", guest); got.Code != http.StatusServiceUnavailable {
			t.Errorf("it answers %d", got.Code)
		}
		if got := w.open("POST", guest); got.Code != http.StatusBadGateway {
			t.Errorf("who presses is answered %d", got.Code)
		}
		w.host = begun
	})
}

func TestTranscriptTellsTheStepsOfACall(t *testing.T) {
	calling(t, func(w *world, seen *notes, guest, agent string) {
		w.press(guest)
		w.press(agent)
		w.quiet()
		room := w.rooms()[0]
		time.Sleep(90 * time.Second)
		if err := w.host.EndedCall(context.Background(), room); err != nil {
			t.Fatal(err)
		}
		w.steps(seen, "offered 0s", "joined 0s", "joined 0s", "ended 1m30s")
		steps, err := w.host.callsOf("c")
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range steps {
			c := called(&sdk.Chat{Visitor: sdk.Visitor{Name: "Maya"}}, e)
			if c.Kind != transcript.KindCall {
				t.Errorf("kind %s", c.Kind)
			}
			told = append(told, c.Call.State+" "+c.Who+" "+c.Call.Duration.String())
		}
		if want := []string{"offered alice 0s", "joined Maya 0s", "joined alice 0s", "ended  1m30s"}; !slices.Equal(told, want) {
			t.Errorf("transcript tells %q, want %q", told, want)
		}
		if err := w.host.EndedCall(context.Background(), room); !errors.Is(err, call.ErrOver) {
			t.Errorf("second word of the end: %v", err)
		}
	})
}

// rooms are those of the calls in the store.
func (w *world) rooms() (all []call.Room) {
	w.t.Helper()
	calls, err := w.store.Calls()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range calls {
		all = append(all, call.Room{Chat: string(c.Chat), Name: c.Is.ID})
	}
	return all
}
