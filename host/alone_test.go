package host

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// hook calls a webhook of the world's plugin.
func (w *world) hook(instance, path, body string) {
	w.t.Helper()
	w.quiet()
	w.hookNow(instance, path, body)
}

func TestWebhookIsInTheJournalBeforeItsCallerIsAnswered(t *testing.T) {
	var heard notes
	shop := func(p *sdk.Plugin) error {
		p.OnWebhook("orders", func(r sdk.WebhookRequest) error {
			heard.add("%s at %s, state %q", r.Body, p.Now().Format(time.TimeOnly), p.State().Get("last"))
			p.State().Set("last", r.Body)
			return nil
		})
		return nil
	}
	play(t, map[string]plugin{"shop": shop}, func(w *world) {
		w.hook("shop", "orders", "one")
		saved := w.saved()
		defer saved.Close()
		if e, err := saved.Entry(saved.End()); err != nil || e.Event.Webhook == nil || e.Event.Webhook.Body != "one" || e.Event.Instance != "shop" {
			t.Errorf("journal ends with %+v, %v", e, err)
		}
		w.hook("shop", "orders", "two")
		w.quiet()
		w.restart()
		w.hook("shop", "orders", "three")
		w.quiet()
		at := time.Now().Format(time.TimeOnly)
		w.same("heard", heard.list(), []string{"one at " + at + `, state ""`, "two at " + at + `, state "one"`, "three at " + at + `, state "two"`})
		for name, want := range map[string]error{"shop/refunds": ErrNoWebhook, "nobody/orders": ErrNoWebhook} {
			instance, path, _ := strings.Cut(name, "/")
			if _, err := w.host.Hook(w.t.Context(), instance, "", sdk.WebhookRequest{Path: path}); !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestCallerIsToldWhatBecameOfItsCall(t *testing.T) {
	shop := func(p *sdk.Plugin) error {
		p.OnWebhook("orders", func(r sdk.WebhookRequest) error {
			switch r.Body {
			case "skip":
				return sdk.Skip("not mine")
			case "fail":
				return errors.New("it is bad")
			case "remember":
				p.State().Set("a", "b")
			}
			return nil
		})
		return nil
	}
	play(t, map[string]plugin{"shop": shop}, func(w *world) {
		w.quiet()
		call := func(body, key string, wait time.Duration) Verdict {
			ctx, cancel := context.WithTimeout(w.t.Context(), wait)
			defer cancel()
			return must(w.host.Hook(ctx, "shop", key, sdk.WebhookRequest{Path: "orders", Body: body}))
		}
		for _, c := range []struct {
			body string
			wait time.Duration
			want Verdict
		}{
			{"nothing", time.Second, Verdict{Outcome: Handled}},
			{"remember", time.Second, Verdict{Outcome: Handled}},
			{"skip", time.Second, Verdict{Skipped, "not mine"}},
			{"fail", time.Second, Verdict{Outcome: Accepted}},
			{"fail", time.Minute, Verdict{Outcome: Failed}},
		} {
			if got := call(c.body, "", c.wait); got != c.want {
				t.Errorf("%s: %+v, want %+v", c.body, got, c.want)
			}
		}
		if a, b := call("once", "k", time.Second), call("once", "k", time.Hour); a.Outcome != Handled || b.Outcome != Accepted {
			t.Errorf("first %+v, again %+v", a, b)
		}
		w.ok(w.host.Pause("shop", "quiet"))
		if v := call("later", "", time.Second); v.Outcome != Accepted {
			t.Errorf("while it pauses: %+v", v)
		}
	})
}

func TestWebhookWithTheSameKeyIsOneCall(t *testing.T) {
	var heard notes
	shop := func(p *sdk.Plugin) error {
		p.OnWebhook("orders", func(r sdk.WebhookRequest) error { heard.add("%s", r.Body); return nil })
		return nil
	}
	play(t, map[string]plugin{"shop": shop}, func(w *world) {
		w.quiet()
		for _, key := range []string{"a", "a", "b", "", ""} {
			if _, err := w.host.Hook(w.t.Context(), "shop", key, sdk.WebhookRequest{Path: "orders", Body: key}); err != nil {
				t.Fatal(err)
			}
		}
		w.quiet()
		w.same("heard", heard.list(), []string{"a", "b", "", ""})
	})
}

func TestFailingEventOfNoChatHoldsOnlyItsOwnLine(t *testing.T) {
	var heard notes
	shop := func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error { heard.add("%s", m.Text); return nil })
		p.OnWebhook("good", func(r sdk.WebhookRequest) error { heard.add("%s", r.Body); return nil })
		p.OnWebhook("bad", func(r sdk.WebhookRequest) error {
			if p.State().Add(r.Body, 1) > 0 {
				heard.add("tried %s", r.Body)
			}
			return errors.New("it is bad")
		})
		return nil
	}
	play(t, map[string]plugin{"shop": shop}, func(w *world) {
		w.quiet()
		w.hookNow("shop", "bad", "first")
		w.hookNow("shop", "bad", "second")
		w.hookNow("shop", "good", "third")
		w.ws.say("r1", "hello")
		w.quiet()
		want := []string{"tried first", "third", "hello", "tried first", "tried first", "tried first", "tried first"}
		for range 5 {
			want = append(want, "tried second")
		}
		w.same("heard", heard.list(), want)
		if dead, err := w.host.Letters(); err != nil || len(dead) != 2 || !strings.Contains(dead[0].Error, "it is bad") {
			t.Errorf("dead letters: %+v, %v", dead, err)
		}
	})
}

// hookNow is hook while other things are under way.
func (w *world) hookNow(instance, path, body string) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	cancel() // nobody waits for what comes of it
	_, err := w.host.Hook(ctx, instance, "", sdk.WebhookRequest{Path: path, Method: "POST", Body: body})
	w.ok(err)
}

// open is a chat that begins.
func (w *workspace) open(chat sdk.ChatID) {
	w.send(sdk.Event{ID: bridge.OpenedID(chat), Kind: sdk.EventOpened, Chat: chat})
}

// readChat is the chat as it is now.
func (w *workspace) readChat(_ context.Context, q Inquiry) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, there := w.chats[q.Chat]
	if !there {
		return nil, errors.New("no such chat")
	}
	return c, nil
}

// reader answers reads of chats as the workspace has them.
func (w *world) reader() map[string]Read {
	return map[string]Read{"chat": w.ws.readChat}
}

// asksFor makes a worker ask for effects that no sdk would, once it has read
// the chat that is named, unless that is "".
func asksFor(chat sdk.ChatID, effects ...sdk.Effect) twist {
	return func(d worker.Deliver, done *worker.Done) error {
		if d.Call.Event.Kind != sdk.EventWebhook {
			return nil
		}
		if chat != "" && len(d.Call.Answers) == 0 {
			args, err := json.Marshal(map[string]any{"chat": chat})
			done.Reply = sdk.Reply{Read: &sdk.Read{Kind: "chat", Args: args}}
			return err
		}
		done.Reply = sdk.Reply{Effects: effects, Timers: []sdk.Timer{{Name: "later", Due: d.Call.Now.Add(time.Hour), Chat: effects[0].Chat}}}
		return nil
	}
}

// idle is a plugin with a webhook and a timer that does nothing.
func idle(p *sdk.Plugin) error {
	p.OnWebhook("go", func(sdk.WebhookRequest) error { return nil })
	p.OnTimer("later", func(c *sdk.Chat) error { c.Reply("now"); return nil })
	return nil
}

func TestEffectOnAChatThatWasReadIsCarriedOutThere(t *testing.T) {
	prepared(t, map[string]plugin{"shop": idle}, func(w *world) {
		w.ws.open("r1")
		w.opts.Read = w.reader()
		w.set("shop", func(i *Instance) { i.Grants.Reads = []string{"chat"} })
		w.twists["shop"] = asksFor("r1", sdk.Effect{Kind: sdk.EffectReply, Chat: "r1", Text: "your order"}, sdk.Effect{Kind: sdk.EffectTag, Chat: "r1", Tags: []string{"order"}})
		w.start()
		w.hook("shop", "go", "")
		w.quiet()
		time.Sleep(time.Hour)
		w.did("r1 reply now", "r1 reply your order", "r1 tag order")
		tries := w.ws.tried()
		if a := tries[0].Assume; !a.Open || a.AgentID != "a1" {
			t.Errorf("the reply assumes %+v, not what the chat was when it was read", a)
		}
		if why := w.why("r1"); len(why) < 1 || len(why[0].Effects) != 2 || why[0].Entry.Event.Kind != sdk.EventWebhook {
			t.Errorf("why of the chat: %+v", why)
		}
		if err := w.store.Check(); err != nil {
			t.Error(err)
		}
	})
}

func TestWorkerThatNamesAChatThatItHasNotReadIsRefused(t *testing.T) {
	for name, twist := range map[string]twist{
		"none read":    asksFor("", sdk.Effect{Kind: sdk.EffectReply, Chat: "r1", Text: "x"}),
		"another read": asksFor("r2", sdk.Effect{Kind: sdk.EffectReply, Chat: "r1", Text: "x"}),
		"none named":   asksFor("r1", sdk.Effect{Kind: sdk.EffectReply, Text: "x"}),
	} {
		t.Run(name, func(t *testing.T) {
			prepared(t, map[string]plugin{"shop": idle}, func(w *world) {
				w.ws.open("r1")
				w.ws.open("r2")
				w.opts.Read = w.reader()
				w.set("shop", func(i *Instance) { i.Grants.Reads = []string{"chat"} })
				w.twists["shop"] = twist
				w.start()
				w.hook("shop", "go", "")
				w.did()
				dead, err := w.host.Letters()
				if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Error, "malformed result: reply: for ") {
					t.Errorf("dead letters: %+v, %v", dead, err)
				}
			})
		})
	}
}

func TestReadThatIsNotGrantedOpensNoChat(t *testing.T) {
	prepared(t, map[string]plugin{"shop": idle}, func(w *world) {
		w.ws.open("r1")
		w.opts.Read = w.reader()
		w.set("shop", func(i *Instance) { i.Grants.Reads = nil })
		w.twists["shop"] = asksFor("r1", sdk.Effect{Kind: sdk.EffectReply, Chat: "r1", Text: "x"})
		w.start()
		w.hook("shop", "go", "")
		w.did()
		if dead, _ := w.host.Letters(); len(dead) != 1 {
			t.Errorf("dead letters: %+v", dead)
		}
	})
}

// TestChangeOfAnAgentReachesAllWhoWantIt, and the workspace is told that somebody
// does: it looks at agents for nobody else.
func TestChangeOfAnAgentReachesAllWhoWantIt(t *testing.T) {
	hears := func(p *sdk.Plugin) error {
		p.OnAgent(func(a sdk.AgentChange) error {
			p.Direct("alice", a.Now.Username+" is gone")
			return nil
		})
		return nil
	}
	play(t, map[string]plugin{"one": hears, "two": hears, "other": forwarder}, func(w *world) {
		w.ws.shift("carol")
		w.quiet()
		var told []string
		for _, e := range w.ws.tried() {
			told = append(told, e.Instance+" "+e.Text)
		}
		slices.Sort(told)
		w.same("told", told, []string{"one carol is gone", "two carol is gone"})
		if p := w.ws.picture; !p.Watched(sdk.EventAgent) || !p.Watched(sdk.EventMessage) || p.Watched(sdk.EventTyping) {
			t.Error("the workspace is not told who wants what")
		}
	})
}

// TestHowAgentsAreOutlivesTheHost, as the events about them have left it.
func TestHowAgentsAreOutlivesTheHost(t *testing.T) {
	play(t, map[string]plugin{"one": forwarder}, func(w *world) {
		w.ws.aside(bridge.Event{Staff: &bridge.Staff{Agents: map[string]sdk.AgentInfo{"id-alice": {ID: "id-alice"}, "id-carol": {ID: "id-carol", Available: true}}}})
		w.quiet()
		w.ws.shift("carol")
		w.quiet()
		w.restart()
		w.quiet()
		if s := w.ws.picture.Staff; len(s.Agents) != 1 || s.Agents["id-alice"].ID == "" || s.Told.IsZero() {
			t.Errorf("the workspace begins with %+v", s)
		}
	})
}

func (w *workspace) shift(who string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := sdk.AgentInfo{ID: "id-" + who, Username: who}
	w.happen(sdk.Event{ID: bridge.AgentID(now.ID, time.Now()), Kind: sdk.EventAgent, Agent: &sdk.AgentChange{Now: now}})
}
