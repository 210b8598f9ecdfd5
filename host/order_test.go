package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's point 3: order.

func TestInstanceSeesAChatsEventsInOrderAndOneAtATime(t *testing.T) {
	var seen notes
	counter := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		// What the former event remembered is there: it was done before.
		seen.add("%s %s after %s", c.ID, m.Text, c.State().Get("last"))
		c.State().Set("last", m.Text)
		return nil
	})
	play(t, map[string]plugin{"count": counter}, func(w *world) {
		want := map[string][]string{}
		for n := range 50 {
			for _, chat := range []string{"a", "b", "c"} {
				w.ws.say(sdk.ChatID(chat), fmt.Sprint(n))
				last := ""
				if n > 0 {
					last = fmt.Sprint(n - 1)
				}
				want[chat] = append(want[chat], fmt.Sprintf("%s %d after %s", chat, n, last))
			}
		}
		w.quiet()
		got := map[string][]string{}
		for _, line := range seen.list() {
			got[line[:1]] = append(got[line[:1]], line)
		}
		for chat, lines := range want {
			w.same(chat, got[chat], lines)
		}
	})
}

func TestDifferentChatsInterleave(t *testing.T) {
	var seen notes
	asker := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.State().Set("n", m.Text) // waits for the disk
		seen.add("%s", c.ID)
		return nil
	})
	play(t, map[string]plugin{"ask": asker}, func(w *world) {
		for round := range 50 { // in most of them b comes before the disk has the first of a
			w.ws.silence(true)
			for _, chat := range []string{"a", "a", "b", "b"} {
				w.ws.say(sdk.ChatID(chat), "x")
			}
			w.ws.silence(false)
			w.quiet()
			all := seen.list()
			if len(all) != 4*(round+1) {
				t.Fatalf("seen in round %d: %q", round, all)
			}
			if strings.Join(all[4*round:], "") != "aabb" {
				return
			}
		}
		t.Error("the second of a held up b each time")
	})
}

// failing fails on each message that says fail, as often as told.
func failing(seen *notes, times int) plugin {
	return onMessage(func(c *sdk.Chat, m sdk.Message) error {
		seen.add("%s: %s", c.ID, m.Text)
		if m.Text != "fail" || slices.Index(seen.list(), "give in") >= 0 {
			return nil
		}
		failed := 0
		for _, line := range seen.list() {
			if line == string(c.ID)+": fail" {
				failed++
			}
		}
		if failed <= times {
			return errors.New("cannot")
		}
		return nil
	})
}

func TestFailingEventHoldsOnlyItsOwnChat(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"fails": failing(&seen, 2)}, func(w *world) {
		w.ws.say("a", "fail")
		w.ws.say("a", "second")
		w.ws.say("b", "first")
		w.quiet()
		w.same("seen", seen.list(), []string{"a: fail", "b: first", "a: fail", "a: fail", "a: second"})
	})
}

func TestFailingEventHoldsNoOtherInstance(t *testing.T) {
	var seen, other notes
	play(t, map[string]plugin{"fails": failing(&seen, 2), "other": listener(&other)}, func(w *world) {
		began := time.Now()
		w.ws.say("a", "fail")
		w.ws.say("a", "second")
		w.ws.drained()
		for len(other.list()) < 2 {
			time.Sleep(time.Millisecond)
		}
		if took := time.Since(began); took >= firstRetry {
			t.Errorf("the other instance had to wait for %s", took)
		}
		w.quiet()
	})
}

// asking asks for labels on each message and notes what comes.
func asking(seen *notes) plugin {
	return func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			if m.Text == "plain" {
				seen.add("%s: plain", c.ID)
				return nil
			}
			labels, err := p.Classify(m.Text, []string{"refund", "invoice"}, 1)
			seen.add("%s: %s %v %v", c.ID, m.Text, labels, err)
			if err == nil && strings.HasPrefix(m.Text, "flaky") && len(seen.list()) < 3 {
				return errors.New("cannot")
			}
			return nil
		})
		return nil
	}
}

// slowly answers reads after the time.
func slowly(d time.Duration, asked *notes) Read {
	return func(ctx context.Context, q Inquiry) (any, error) {
		asked.add("%s %s", q.Kind, q.Text)
		select {
		case <-time.After(d):
			return sdk.Choice{Labels: []string{"refund"}}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func TestSlowReadDelaysOnlyItsOwnChat(t *testing.T) {
	var seen, asked notes
	prepared(t, map[string]plugin{"ask": asking(&seen)}, func(w *world) {
		w.opts.Read = map[string]Read{"classify": slowly(20*time.Second, &asked)}
		w.start()
		began := time.Now()
		w.ws.say("a", "slow")
		w.ws.say("a", "plain")
		w.ws.say("b", "plain")
		for len(seen.list()) < 1 {
			time.Sleep(time.Millisecond)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("b waited for %s", took)
		}
		w.quiet()
		w.same("seen", seen.list(), []string{"b: plain", "a: slow [refund] <nil>", "a: plain"})
	})
}

func TestAnswerIsKeptWithTheEvent(t *testing.T) {
	var seen, asked notes
	prepared(t, map[string]plugin{"ask": asking(&seen)}, func(w *world) {
		w.opts.Read = map[string]Read{"classify": slowly(time.Second, &asked)}
		w.start()
		w.ws.say("a", "flaky")
		for len(seen.list()) < 1 {
			time.Sleep(time.Millisecond)
		}
		w.restart() // it has failed once, with its answer
		w.quiet()
		w.same("seen", seen.list(), []string{"a: flaky [refund] <nil>", "a: flaky [refund] <nil>", "a: flaky [refund] <nil>"})
		if n := len(asked.list()); n != 1 {
			t.Errorf("the read was made %d times", n)
		}
	})
}

func TestReadsOfOneInstanceLeaveOthersTheirSlots(t *testing.T) {
	var greedy, modest, asked notes
	prepared(t, map[string]plugin{"greedy": asking(&greedy), "modest": asking(&modest)}, func(w *world) {
		w.opts.Read = map[string]Read{"classify": slowly(20*time.Second, &asked)}
		w.set("modest", func(i *Instance) { i.Mode = Off })
		w.start()
		for n := range 3 * maxReads {
			w.ws.say(sdk.ChatID(fmt.Sprint("g", n)), "slow")
		}
		w.ws.drained()
		w.set("modest", func(i *Instance) { i.Mode = On })
		if err := w.host.Reload(w.t.Context(), w.opts.Instances); err != nil {
			w.t.Fatal(err)
		}
		began := time.Now()
		w.ws.say("m", "slow")
		for len(modest.list()) == 0 {
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took > 25*time.Second {
			t.Errorf("the modest one waited for %s", took)
		}
		w.quiet()
	})
}

func TestReadThatCannotBeAnsweredIsToldToThePlugin(t *testing.T) {
	var asked notes
	for want, how := range map[string]func(*world){
		"not granted: add classify": func(w *world) { w.set("ask", func(i *Instance) { i.Grants.Reads = nil }) },
		"nothing is configured":     func(w *world) { w.opts.Read = nil },
		"the model is away": func(w *world) {
			w.opts.Read["classify"] = func(context.Context, Inquiry) (any, error) {
				return nil, errors.New("the model is away")
			}
		},
		"classify was not answered within 10m0s": func(w *world) { w.opts.Read["classify"] = slowly(time.Hour, &asked) },
		"gave no JSON": func(w *world) {
			w.opts.Read["classify"] = func(context.Context, Inquiry) (any, error) { return json.RawMessage("{"), nil }
		},
		"at most 262144": func(w *world) {
			w.opts.Read["classify"] = func(context.Context, Inquiry) (any, error) {
				return json.RawMessage(`"` + strings.Repeat("x", maxAnswer) + `"`), nil
			}
		},
	} {
		t.Run(want, func(t *testing.T) {
			var seen notes
			prepared(t, map[string]plugin{"ask": asking(&seen)}, func(w *world) {
				w.opts.Read = map[string]Read{}
				how(w)
				w.start()
				w.ws.say("a", "what is it")
				w.quiet()
				if got := seen.list(); len(got) != 1 || !strings.Contains(got[0], want) {
					t.Errorf("the plugin is told %q", got)
				}
			})
		})
	}
}
