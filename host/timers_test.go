package host

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Timers: each fires once, whatever happens to host and clock.

// jumpy is a clock that a test sets.
type jumpy struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *jumpy) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *jumpy) After(d time.Duration) <-chan time.Time { return time.After(d) }

func (c *jumpy) jump(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += by
}

func TestTimerFiresOnceOverRestarts(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"wait": waiter(&seen, 10*time.Minute+30*time.Second, nil)}, func(w *world) {
		w.ws.say("c", "hello")
		w.quiet()
		for range 30 {
			w.restart()
			w.quiet()
			time.Sleep(time.Minute)
		}
		w.quiet()
		if n := len(seen.list()); n != 1 {
			t.Errorf("it fired %d times", n)
		}
	})
}

func TestTimerThatCameDueWhileTheHostWasAwayWaitsForTheCatchUp(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"wait": waiter(&seen, time.Minute, nil)}, func(w *world) {
		w.ws.say("open", "hello")
		w.ws.say("closed", "hello")
		w.quiet()
		w.end()
		w.ws.leave("closed")
		time.Sleep(time.Hour)
		w.ws.silence(true)
		w.start()
		time.Sleep(time.Hour)
		w.same("fired before the host knows what happened", seen.list(), nil)
		w.ws.silence(false)
		w.quiet()
		w.same("fired", seen.list(), []string{"open 1m0s"})
	})
}

// TestTimerThatComesDueInAnOutageWaitsForTheCatchUp: the host is there, and the
// workspace is not, so nobody knows what people do.
func TestTimerThatComesDueInAnOutageWaitsForTheCatchUp(t *testing.T) {
	var seen notes
	closer := func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			if m.Text == "hello" {
				c.SetTimer("silent", 2*time.Minute)
			}
			return nil
		})
		p.OnTimer("silent", func(c *sdk.Chat) error {
			seen.add("%s silent, answered: %v", c.ID, c.Answered())
			return nil
		})
		return nil
	}
	play(t, map[string]plugin{"closer": closer}, func(w *world) {
		w.ws.say("open", "hello")
		w.ws.say("closed", "hello")
		w.quiet()
		w.ws.part()
		w.ws.leave("closed")
		w.ws.change("open", func(c *sdk.Chat) { c.AnsweredAt = time.Now() })
		w.ws.write("open", sdk.Message{From: sdk.Human, Text: "I am here"})
		time.Sleep(3 * time.Hour)
		w.same("fired before the host knows what happened", seen.list(), nil)
		w.ws.silence(false)
		w.quiet()
		w.same("fired", seen.list(), []string{"open silent, answered: true"})
	})
}

// TestTimersWaitForTheCatchUpOfTheirOwnChat: where the server limits calls, the
// last chat is caught up with hours after the first.
func TestTimersWaitForTheCatchUpOfTheirOwnChat(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"wait": waiter(&seen, time.Minute, nil)}, func(w *world) {
		for _, chat := range []sdk.ChatID{"as it was", "read late", "closed", "never read"} {
			w.ws.say(chat, "hello")
		}
		w.quiet()
		w.ws.part()
		time.Sleep(time.Hour)
		w.same("fired before the chats are listed", seen.list(), nil)
		w.ws.aside(bridge.Event{Behind: map[sdk.ChatID]bool{"read late": true, "closed": true, "never read": true}})
		time.Sleep(time.Hour)
		w.same("fired when the chats are listed", seen.list(), []string{"as it was 1m0s"})
		w.ws.aside(bridge.Event{Current: "read late"})
		w.ws.leave("closed")
		w.ws.aside(w.ws.newest())
		w.ws.aside(bridge.Event{Current: "closed"})
		time.Sleep(time.Hour)
		w.same("fired when two more are read", seen.list(), []string{"as it was 1m0s", "read late 1m0s"})
		w.ws.part()
		time.Sleep(time.Hour)
		w.ws.silence(false)
		w.quiet()
		w.same("fired in the end", seen.list(), []string{"as it was 1m0s", "read late 1m0s", "never read 1m0s"})
	})
}

// TestTimerThatIsSetAnewByWhatWasMissedDoesNotFireAsWell: after an outage the
// instance hears at once that the guest wrote, which sets the timer anew, and that
// the former one came due.
func TestTimerThatIsSetAnewByWhatWasMissedDoesNotFireAsWell(t *testing.T) {
	for text, want := range map[string][]string{"still here": {"c 3h2m0s"}, "never mind": nil} {
		t.Run(text, func(t *testing.T) {
			var seen notes
			var slow chan struct{}
			wait := func(p *sdk.Plugin) error {
				p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
					if slow != nil {
						<-slow
					}
					if m.Text == "never mind" {
						c.CancelTimer("later")
						return nil
					}
					c.SetTimer("later", 2*time.Minute)
					return nil
				})
				p.OnTimer("later", func(c *sdk.Chat) error {
					seen.add("%s %s", c.ID, c.Now().Sub(c.OpenedAt))
					return nil
				})
				return nil
			}
			play(t, map[string]plugin{"wait": wait}, func(w *world) {
				w.ws.say("c", "hello")
				w.quiet()
				slow = make(chan struct{})
				w.ws.part()
				w.ws.say("c", text)
				time.Sleep(3 * time.Hour)
				w.ws.silence(false)
				w.ws.drained()
				synctest.Wait() // the timer fires while the handler of the message is at work
				close(slow)
				w.quiet()
				time.Sleep(time.Hour)
				w.quiet()
				w.same("fired", seen.list(), want)
			})
		})
	}
}

func TestTimerThatIsSetAgainFiresAtTheLaterTimeOnly(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"wait": waiter(&seen, 10*time.Minute, nil)}, func(w *world) {
		w.ws.say("c", "hello")
		w.quiet()
		time.Sleep(9 * time.Minute)
		w.ws.say("c", "still here")
		w.quiet()
		w.restart()
		time.Sleep(time.Hour)
		w.quiet()
		w.same("fired", seen.list(), []string{"c 19m0s"})
	})
}

func TestTimerOfAFailedHandlerIsNotSet(t *testing.T) {
	play(t, map[string]plugin{"busy": busy}, func(w *world) {
		w.ws.say("c", "fail")
		w.quiet()
		if due := must(w.store.Timers()); len(due) != 0 {
			t.Errorf("timers: %+v", due)
		}
	})
}

func TestClockThatIsSetForwardFiresTimersSoonAndOnce(t *testing.T) {
	var seen notes
	clock := &jumpy{}
	prepared(t, map[string]plugin{"wait": waiter(&seen, time.Hour, nil)}, func(w *world) {
		w.opts.Clock = clock
		w.start()
		w.ws.say("c", "hello")
		w.quiet()
		clock.jump(2 * time.Hour)
		time.Sleep(lookAgain + time.Second)
		w.same("fired", seen.list(), []string{"c 1h0m0s"})
		clock.jump(-2 * time.Hour)
		time.Sleep(3 * time.Hour)
		w.restart()
		time.Sleep(3 * time.Hour)
		w.quiet()
		w.same("fired", seen.list(), []string{"c 1h0m0s"})
	})
}

func TestClockThatIsSetBackLosesNoTimer(t *testing.T) {
	var seen notes
	clock := &jumpy{}
	prepared(t, map[string]plugin{"wait": waiter(&seen, 10*time.Minute, nil)}, func(w *world) {
		w.opts.Clock = clock
		w.start()
		w.ws.say("c", "hello")
		w.quiet()
		clock.jump(-30 * time.Minute)
		time.Sleep(39 * time.Minute)
		w.same("fired before it is due", seen.list(), nil)
		w.restart()
		time.Sleep(2 * time.Minute)
		w.quiet()
		w.same("fired", seen.list(), []string{"c 10m0s"})
	})
}

func TestClockThatIsSetBackHoldsNoFailedEvent(t *testing.T) {
	var seen notes
	clock := &jumpy{}
	prepared(t, map[string]plugin{"fails": failing(&seen, 1)}, func(w *world) {
		w.opts.Clock = clock
		w.start()
		w.ws.say("a", "fail")
		w.ws.drained()
		for len(seen.list()) == 0 {
			time.Sleep(time.Millisecond)
		}
		clock.jump(-24 * time.Hour)
		w.ws.write("b", sdk.Message{From: sdk.Guest, Text: "next", At: time.Now()})
		began := time.Now()
		w.quiet()
		if took := time.Since(began); took > time.Minute {
			t.Errorf("the failed event was held for %s", took)
		}
		w.same("seen", seen.list(), []string{"a: fail", "b: next", "a: fail"})
	})
}
