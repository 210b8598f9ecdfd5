package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// rehearsal is a conversation file being played to one plugin, through the
// real host with a store of its own, in a scene instead of a workspace.
type rehearsal struct {
	instance string
	spec     host.Instance
	scene    *scene
	host     *host.Host
	db       *store.DB
	names    map[sdk.ChatID]string // what the file calls its chats
	order    []sdk.ChatID
	now      sdk.ChatID // in which the last line was
	calls    int        // of webhooks so far
	forgives bool       // what the plugin does wrong ends nothing
}

// rehearsed is what a plugin made of a file.
type rehearsed struct {
	effects []string        // what it asked for, one line an effect, as `-- effects --` has it
	trace   []string        // that, and all else that it did
	rules   map[string]bool // that were tried, and whether they ever held
}

// rehearse plays the file. The error says what the plugin did wrong.
func rehearse(ctx context.Context, s source, file *convo.File, start host.Start) (rehearsed, error) {
	r, end, err := newRehearsal(s, file, start)
	if err != nil {
		return rehearsed{}, err
	}
	defer end()
	return r.run(ctx, file)
}

// newRehearsal makes all that a file needs to be played. End takes it away.
func newRehearsal(s source, file *convo.File, start host.Start) (r *rehearsal, end func(), err error) {
	db, end, err := passingStore()
	if err != nil {
		return nil, nil, err
	}
	r = &rehearsal{instance: s.ID, scene: newScene(), db: db, names: map[sdk.ChatID]string{}}
	o, err := r.options(s, file)
	if err == nil {
		err = r.past(file)
	}
	if err == nil {
		o.Start = start
		r.host, err = host.New(o)
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	return r, end, nil
}

// passingStore is a store of its own, which is gone after end.
func passingStore() (db *store.DB, end func(), err error) {
	dir, err := os.MkdirTemp("", "bellhop-rehearsal")
	if err != nil {
		return nil, nil, err
	}
	if db, err = store.Open(filepath.Join(dir, storeName)); err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return db, func() { db.Close(); os.RemoveAll(dir) }, nil
}

func (r *rehearsal) options(s source, file *convo.File) (host.Options, error) {
	settings, err := config.ParseSettings(file.Settings.Text, file.Settings.Line)
	if err != nil {
		return host.Options{}, err
	}
	schedules, err := fixedHours(file.Hours)
	if err != nil {
		return host.Options{}, err
	}
	said, err := newAnswers(file.Answers)
	if err != nil {
		return host.Options{}, err
	}
	services := sceneServices
	services.Web = said.web
	r.spec = instance(s, config.Instance{Plugin: s.ID, Mode: string(host.On), Settings: settings, Grants: s.Needs})
	return host.Options{
		Workspace: r.scene, Directory: directory{said, r.scene}, Store: r.db, Clock: r.scene, Hours: schedules, Read: said.reads(), Attempts: 1, Site: "https://chat.example.org",
		Instances: map[string]host.Instance{s.ID: r.spec}, Services: services,
	}, nil
}

// sceneServices take all that is sent: what becomes of it is not what a
// plugin's conversations are about.
var sceneServices = host.Services{
	Transcribe: func(transcript.Conversation) (host.Document, error) { return host.Document{Text: "what was said"}, nil },
	Mail:       taker{},
	Calls:      sceneCalls,

	CallPatience: time.Nanosecond, // what becomes of a call are lines of the conversation
}

var sceneCalls, _ = call.New(call.Options{Provider: call.Template, Link: "https://call.example/{room}", RoomSecret: make([]byte, 16)})

// taker takes every mail.
type taker struct{}

// Send does nothing.
func (taker) Send(context.Context, mail.Message) error { return nil }

// run plays all chats of the file while the host runs.
func (r *rehearsal) run(ctx context.Context, file *convo.File) (done rehearsed, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	g.Go(func() error { return r.host.Run(ctx) })
	g.Go(func() error {
		defer stop()
		for n, c := range file.Chats {
			if err := r.play(ctx, r.meet(n, c), c); err != nil {
				return err
			}
		}
		done, err = r.done(len(file.Chats) > 1)
		return err
	})
	return done, g.Wait()
}

// meet notes the chat, the n-th of the file, and gives its id.
func (r *rehearsal) meet(n int, c convo.Chat) sdk.ChatID {
	id := sdk.ChatID(fmt.Sprintf("chat%d", n+1))
	if _, known := r.names[id]; !known {
		r.order = append(r.order, id)
	}
	r.names[id] = c.Name
	return id
}

func (r *rehearsal) play(ctx context.Context, id sdk.ChatID, c convo.Chat) error {
	for _, s := range c.Steps {
		if err := r.do(ctx, id, s); err != nil {
			return fmt.Errorf("line %d: %w", s.Line, err)
		}
	}
	return nil
}

// do does what one line says, and waits until all has come to rest.
func (r *rehearsal) do(ctx context.Context, id sdk.ChatID, s convo.Step) error {
	if s.Kind == convo.Wait {
		return r.wait(ctx, s.Wait)
	}
	if err := r.step(ctx, id, s); err != nil {
		return err
	}
	return r.settle(ctx)
}

// wait moves the time, stopping at each moment for which something waits.
func (r *rehearsal) wait(ctx context.Context, d time.Duration) error {
	end := r.scene.Now().Add(d)
	for {
		fired := r.scene.next(end)
		if err := r.settle(ctx); err != nil {
			return err
		}
		if !fired && !r.scene.Now().Before(end) {
			return nil
		}
	}
}

// settle waits until nothing happens any more, and fails when the plugin did.
func (r *rehearsal) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("nothing comes to rest: the plugin keeps asking"))
	defer cancel()
	for range 100 { // each round may bring about events
		if err := r.scene.taken(ctx); err != nil {
			return context.Cause(ctx)
		}
		if err := r.host.Quiet(ctx); err != nil {
			return context.Cause(ctx)
		}
		if _, more := r.scene.head(); !more {
			return r.fault()
		}
	}
	return errors.New("nothing comes to rest: the plugin answers its own effects")
}

// fault is what the plugin did wrong.
func (r *rehearsal) fault() error {
	if r.forgives {
		return nil
	}
	for _, s := range r.host.Status() {
		if s.Unfit != nil {
			return errors.New(s.Unfit.Why)
		}
		if s.State != host.Running && s.State != host.Starting && s.State != host.Stopped {
			return fmt.Errorf("plugin is %s: %s", s.State, s.Why)
		}
	}
	dead, err := r.db.Letters()
	if err != nil || len(dead) == 0 {
		return err
	}
	return fmt.Errorf("handler of %s failed: %s", dead[0].Entry.Event.Kind, dead[0].Error)
}

// done are the lines of what the plugin did, in order.
func (r *rehearsal) done(several bool) (rehearsed, error) {
	all := rehearsed{rules: map[string]bool{}}
	told := map[uint64]bool{}
	for _, chat := range append(slices.Clone(r.order), "") {
		why, err := r.db.Why(chat)
		if err != nil {
			return all, err
		}
		for _, w := range resultsInOrder(why) {
			if told[w.Decision.Number] || w.Decision.Chat != chat {
				continue // it is told where what happened is
			}
			told[w.Decision.Number] = true
			r.tell(&all, w, several)
		}
	}
	return all, r.remembers(&all)
}

// resultsInOrder puts outcomes that follow one another in the order of what was
// asked for: what is done side by side ends in any order.
func resultsInOrder(all []store.Explained) []store.Explained {
	isResult := func(w store.Explained) bool { return w.Entry.Event.Kind == sdk.EventResult }
	for from := 0; from < len(all); from++ {
		to := from
		for to < len(all) && isResult(all[to]) {
			to++
		}
		slices.SortFunc(all[from:to], func(a, b store.Explained) int {
			return strings.Compare(string(a.Decision.Event), string(b.Decision.Event))
		})
		from = max(from, to-1)
	}
	return all
}

// tell adds a decision.
func (r *rehearsal) tell(all *rehearsed, w store.Explained, several bool) {
	all.trace = append(all.trace, trace(w)...)
	for _, m := range w.Decision.Matches {
		all.rules[m.Rule] = all.rules[m.Rule] || m.Held
	}
	for _, c := range w.Effects {
		name := ""
		if several {
			name = r.names[c.Effect.Chat]
		}
		line := convo.EffectIn(name, c.Effect.Effect) + ending(c.Outcome)
		all.effects = append(all.effects, line)
		all.trace = append(all.trace, line)
	}
}

// trace is a decision but for its effects, one line a fact.
func trace(w store.Explained) []string {
	d := w.Decision
	lines := []string{"on " + string(d.Event)}
	for _, m := range d.Matches {
		lines = append(lines, fmt.Sprintf("tried %v: %v", m, m.Held))
	}
	for _, s := range d.Skips {
		lines = append(lines, "skipped: "+s)
	}
	return append(lines, d.Log...)
}

// remembers adds what the instance remembers in the end.
func (r *rehearsal) remembers(all *rehearsed) error {
	for _, chat := range append([]sdk.ChatID{""}, r.order...) {
		state, err := r.db.State(r.instance, chat)
		if err != nil {
			return err
		}
		for _, key := range sdk.Keys(state) {
			all.trace = append(all.trace, fmt.Sprintf("remembers %s %q: %q", chat, key, state[key]))
		}
	}
	return nil
}

// ending tells what an effect came to when it was not done.
func ending(o *sdk.Outcome) string {
	if o == nil || o.State == sdk.Done {
		return ""
	}
	return fmt.Sprintf(" -> %s: %s", o.State, o.Reason)
}

// step does what one line of a conversation says.
func (s *scene) step(id sdk.ChatID, step convo.Step) error {
	switch step.Kind {
	case convo.Visitor:
		v := step.Visitor()
		v.ID = "visitor/" + string(id)
		s.open(id, v, step.Department())
	case convo.Say:
		return s.say(id, spoken(id, step))
	case convo.Quote:
		m := spoken(id, step)
		m.Quotes = s.quoted(id, m.From)
		return s.say(id, m)
	case convo.Attach:
		m := spoken(id, step)
		m.Text, m.Files = step.Fields["text"], []sdk.File{{ID: "file-" + step.Text, Name: step.Text, Type: step.Fields["type"], Size: step.Size()}}
		return s.say(id, m)
	case convo.Take:
		return s.take(id, agentPerson(step.Who))
	case convo.Forward:
		return s.forward(id, sdk.Person{}, step.Target, "", "")
	case convo.Close:
		return s.end(id, sdk.Closing{By: s.server(id), Comment: step.Text}, "")
	case convo.Leave:
		return s.end(id, sdk.Closing{ByVisitor: true}, "")
	}
	if do := further[step.Kind]; do != nil {
		return s.change(id, func(c *sdk.Chat) error { return do(s, c, step) })
	}
	return nil // agents and comments do nothing, and a server answers its own !transcript
}

// spoken is what the step's guest or agent says.
func spoken(id sdk.ChatID, step convo.Step) sdk.Message {
	m := sdk.Message{From: step.From, By: agentPerson(step.Who), Text: step.Text}
	if m.From == sdk.Guest {
		m.By = sdk.Person{ID: "visitor/" + string(id), Name: step.Who}
	}
	return m
}

// quoted is the last message that is not of this side.
func (s *scene) quoted(id sdk.ChatID, side sdk.Sender) []sdk.Quote {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range slices.Backward(s.said[id]) {
		if m.From != side {
			return []sdk.Quote{{By: m.By.Name, Text: m.Text, At: m.At, Quotes: m.Quotes}}
		}
	}
	return nil
}

// server is who serves the chat.
func (s *scene) server(id sdk.ChatID) sdk.Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[id]; c != nil {
		return c.Agent
	}
	return sdk.Person{}
}

// fixedHours reads `support: open` lines.
func fixedHours(t convo.Text) (map[string]func(time.Time) sdk.Hours, error) {
	schedules := map[string]func(time.Time) sdk.Hours{}
	for name, value := range pairs(t) {
		if value != "open" && value != "closed" {
			return nil, fmt.Errorf("line %d: hours %s: %q is neither open nor closed", t.Line, name, value)
		}
		h := sdk.Hours{Open: value == "open", Why: value}
		schedules[name] = func(time.Time) sdk.Hours { return h }
	}
	return schedules, nil
}

// pairs reads `name: value` lines.
func pairs(t convo.Text) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(t.Text) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			all[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return all
}
