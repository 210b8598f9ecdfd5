package host

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// decide makes of a worker's reply what is committed. The error says why the
// reply is malformed. An effect that is not allowed gets its outcome here, and
// the rest goes on.
func (i *instance) decide(it *item, r sdk.Reply) (store.Result, error) {
	if err := i.sound(it, r); err != nil {
		return store.Result{}, err
	}
	result := store.Result{Writes: r.Writes, Timers: slices.DeleteFunc(r.Timers, it.endsWithChat)}
	moved, refused := map[sdk.ChatID]bool{}, map[sdk.ChatID]bool{}
	for n, asked := range r.Effects {
		c, err := it.about(asked.Chat)
		if err != nil {
			return store.Result{}, err
		}
		e := i.effect(it.entry, n, asked, c, moved[c.ID])
		outcome, undoes := i.undoing(&e)
		if outcome == nil {
			outcome = i.judge(e, c, moved[e.Chat], refused[e.Chat])
		}
		moved[e.Chat] = moved[e.Chat] || kinds[e.Kind].moves && outcome == nil
		refused[e.Chat] = refused[e.Chat] || outcome != nil && outcome.State != sdk.Done && shuts(e)
		result.Effects = append(result.Effects, store.Carried{Effect: e, Outcome: outcome, Undoes: undoes, Begun: outcome == nil && (kinds[e.Kind].sure || n == 0 && i.host.outbox.free(e))})
	}
	result.Effects = i.ask(it, result.Effects)
	if explains(r) {
		result.Decision = i.decision(it, r)
	}
	for _, c := range result.Effects {
		result.Decision.Effects = append(result.Decision.Effects, c.Effect.Key)
		if c.Outcome != nil && i.handles[sdk.EventResult] {
			result.Answer = append(result.Answer, i.host.answer(c.Effect, *c.Outcome))
		}
	}
	for _, line := range r.Log {
		i.log.Debug(line, "event", it.entry.Event.ID, "chat", it.chat)
	}
	return result, nil
}

// explains reports whether there is anything to keep of the reply for `why`.
func explains(r sdk.Reply) bool {
	return len(r.Effects)+len(r.Skips)+len(r.Matches)+len(r.Log)+len(r.Timers)+len(r.Writes) > 0
}

func (i *instance) decision(it *item, r sdk.Reply) *store.Decision {
	return &store.Decision{
		Seq: it.Seq, Event: it.entry.Event.ID, Instance: i.name, Version: i.spec.Version, Mode: string(i.spec.mode()),
		Chat: it.chat, At: i.host.clock.Now(), Skips: r.Skips, Matches: r.Matches, Log: r.Log,
	}
}

// effect is what the plugin asked for with all that the host knows better.
// The chat is that of the event, or one that the handler has read. After a
// move in the same decision, department and agent are no longer its own.
func (i *instance) effect(e *store.Entry, n int, asked sdk.Effect, c *sdk.Chat, moved bool) bridge.Effect {
	at := e.Event.At
	// What came due or was ordered while we were away answers what is now, and
	// what has not happened yet is told by a clock that is ahead.
	if at.IsZero() || at.After(e.Accepted) || e.Event.Kind == sdk.EventTimer || e.Event.Chat == "" {
		at = e.Accepted
	}
	agent := c.Agent
	if asked.Kind == sdk.EffectAnswer {
		agent = sdk.Person{}
		if e.Event.Command != nil {
			agent = e.Event.Command.By
		}
	}
	return bridge.Effect{
		Effect:   asked,
		Key:      sdk.EffectKey(fmt.Sprintf("%s/%s/%d", i.name, e.Event.ID, n)),
		Instance: i.name,
		Event:    e.Event.ID,
		EventAt:  e.Event.At,
		Chat:     c.ID,
		Assume:   assume(asked.Kind, c, moved),
		Until:    at.Add(keep(asked)),
		Depth:    e.Event.Depth,
		Agent:    agent,
		Attempt:  i.host.attemptsBefore(e),
	}
}

// keep is how long the effect may wait until it is carried out.
func keep(e sdk.Effect) time.Duration {
	if e.NotAfter > 0 {
		return e.NotAfter
	}
	return kinds[e.Kind].keep
}

// asked is when the effect was asked for, the same on every attempt.
func asked(e bridge.Effect) time.Time { return e.Until.Add(-keep(e.Effect)) }

// assume is what must still be true when the effect is carried out; see the
// table in the package comment.
func assume(k sdk.EffectKind, c *sdk.Chat, moved bool) bridge.Assumption {
	if kinds[k].assume == nil {
		return bridge.Assumption{}
	}
	a := kinds[k].assume(c)
	if moved {
		return bridge.Assumption{Open: a.Open}
	}
	return a
}

// judge says how an effect ends that is not to be carried out; nil means that
// it is.
func (i *instance) judge(e bridge.Effect, c *sdk.Chat, moved, refused bool) *sdk.Outcome {
	now := i.host.clock.Now()
	refuse := func(why string) *sdk.Outcome { return &sdk.Outcome{State: sdk.Refused, Reason: why, At: now} }
	switch {
	case !i.spec.mode().acts():
		return refuse("mode is " + string(i.spec.mode()) + ": only recorded")
	case refused && inChatLane(e):
		return &sdk.Outcome{State: sdk.Skipped, Reason: skippedWhy, At: now}
	}
	if why := i.spec.Grants.refuse(e.Effect); why != "" {
		return refuse("not granted: " + why)
	}
	if why := i.judgeConsent(e); why != "" {
		return refuse(why)
	}
	if e.Undoes != "" {
		return nil
	}
	if why := i.tooOften(e, now); why != "" {
		return refuse(why)
	}
	if judge := kinds[e.Kind].judge; judge != nil {
		if o := judge(i, e, c, moved); o != nil {
			o.At = now
			return o
		}
	}
	i.asksFor(e, now)
	return nil
}

func (i *instance) judgeTell(e bridge.Effect, _ *sdk.Chat, _ bool) *sdk.Outcome {
	if e.Agent.IsZero() {
		return &sdk.Outcome{State: sdk.Refused, Reason: "nobody serves the chat"}
	}
	return nil
}

// judgeAnswer: who gives a command may be answered, and nobody else is.
func (i *instance) judgeAnswer(e bridge.Effect, _ *sdk.Chat, _ bool) *sdk.Outcome {
	if e.Agent.IsZero() {
		return &sdk.Outcome{State: sdk.Refused, Reason: "only a command can be answered"}
	}
	return nil
}

func (i *instance) judgeForward(e bridge.Effect, c *sdk.Chat, moved bool) *sdk.Outcome {
	if !moved && isThere(c, e.Target) {
		return &sdk.Outcome{State: sdk.Done, Detail: "already there: moved nothing", Unchanged: true}
	}
	return i.limit(e)
}

// limit refuses a move that comes too soon after others.
func (i *instance) limit(e bridge.Effect) *sdk.Outcome {
	if bridge.IsCommand(e.Event) {
		return nil
	}
	why, runaway := i.host.limits.move(i.name, e, i.host.clock.Now())
	if runaway {
		i.runsAway(why)
	}
	if why != "" {
		return &sdk.Outcome{State: sdk.Refused, Reason: "limit: " + why}
	}
	return nil
}

func (i *instance) judgeTake(e bridge.Effect, c *sdk.Chat, moved bool) *sdk.Outcome {
	switch {
	case moved || c.Agent.IsZero():
		return nil
	case e.Target.Agent != "" && strings.EqualFold(c.Agent.Username, strings.TrimPrefix(e.Target.Agent, "@")):
		return &sdk.Outcome{State: sdk.Done, Detail: "@" + c.Agent.Username + " serves it already", Unchanged: true}
	}
	return &sdk.Outcome{State: sdk.Refused, Reason: "@" + c.Agent.Username + " serves the chat: forward it, or return it to the queue first"}
}

func (i *instance) judgeQueue(e bridge.Effect, c *sdk.Chat, moved bool) *sdk.Outcome {
	if !moved && c.Agent.IsZero() && c.Open() {
		return &sdk.Outcome{State: sdk.Done, Detail: "it waits already", Unchanged: true}
	}
	return i.limit(e)
}

func (i *instance) judgeHold(_ bridge.Effect, c *sdk.Chat, moved bool) *sdk.Outcome {
	if !moved && c.Agent.IsZero() {
		return &sdk.Outcome{State: sdk.Refused, Reason: "nobody serves the chat: only a served one can be put on hold"}
	}
	return nil
}

// isThere reports whether the chat already is where it shall go.
func isThere(c *sdk.Chat, to sdk.Target) bool {
	inDepartment := to.Department == "" || to.Department == c.Department || to.Department == c.DepartmentID
	return inDepartment && (to.Agent == "" || to.Agent == c.Agent.Username)
}

// refuse says what is missing in the grant; "" when nothing is. What takes an
// effect back needs the grant for that alone.
func (g Grants) refuse(e sdk.Effect) string {
	if e.Undoes != "" {
		e.Kind = sdk.EffectUndo
	}
	if !kinds[e.Kind].given && !slices.Contains(g.Effects, e.Kind) {
		return fmt.Sprintf("add %s to the effects that the instance may ask for", e.Kind)
	}
	if narrow := kinds[e.Kind].narrow; narrow != nil {
		return narrow(g, e)
	}
	return ""
}

// mayMail reports whether the address, or its @domain, is in the list.
func mayMail(list []string, address string) bool {
	at := strings.LastIndexByte(address, '@')
	return slices.ContainsFunc(list, func(l string) bool {
		return strings.EqualFold(l, address) || at >= 0 && strings.EqualFold(l, address[at:])
	})
}

// answer is the event that tells an instance how its effect ended.
func (h *Host) answer(e bridge.Effect, o sdk.Outcome) *store.Entry {
	return h.about(e, sdk.Event{
		ID: bridge.ResultID(e.Key), Kind: sdk.EventResult, At: o.At, Instance: e.Instance,
		Result: &sdk.Result{Key: e.Key, Effect: light(e.Effect), Outcome: o},
	})
}

// light is the effect without a file's bytes, which are in the store once.
func light(e sdk.Effect) sdk.Effect {
	if f := e.File; f != nil {
		e.File = &sdk.Upload{Name: f.Name, Type: f.Type, Caption: f.Caption}
	}
	return e
}

// about is an entry for an event that an effect has brought about.
func (h *Host) about(e bridge.Effect, event sdk.Event) *store.Entry {
	event.Chat, event.Cause, event.Depth = e.Chat, e.Key, e.Depth+1
	entry := &store.Entry{Accepted: event.At, Event: event}
	known, err := h.store.Chat(e.Chat)
	if err != nil {
		h.log.Error("read chat", "chat", e.Chat, "err", err)
	}
	entry.Picture = known.Chat
	entry.Picture.ID = e.Chat
	return entry
}
