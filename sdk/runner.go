package sdk

import (
	"errors"
	"fmt"
	"math/rand"
	"reflect"
	"sort"
	"strings"
	"time"
)

// Runner is the host's side of a plugin: it calls the handlers and collects
// what they ask for. Plugins never see it: the interpreter does not offer it.
// A Runner serves one call at a time.
type Runner struct {
	plugin *Plugin
	engine func(c *Chat, r Rule, text string, hours map[string]Hours) Match
}

// Call is one event for one instance, with all that its handlers may look at.
type Call struct {
	Event   Event             `json:"event"`
	Chat    Chat              `json:"chat"`
	Now     time.Time         `json:"now"`               // when the event was accepted; a timer's due time
	Seed    int64             `json:"seed"`              // of c.Rand
	State   map[string]string `json:"state,omitempty"`   // the chat's state for this instance
	Hours   map[string]Hours  `json:"hours,omitempty"`   // the schedules of config.yaml at Now
	Answers []Answer          `json:"answers,omitempty"` // to the reads of earlier runs for this event
	Site    string            `json:"site,omitempty"`    // the workspace's address, without a slash at its end
}

// Reply is what the handlers made of a call. When Read is set the run is
// parked: nothing else of it counts, and the call is to be made again with the
// answer. When Error is set nothing else of it counts either.
type Reply struct {
	Effects []Effect `json:"effects,omitempty"`
	Writes  []Write  `json:"writes,omitempty"`
	Timers  []Timer  `json:"timers,omitempty"`
	Skips   []string `json:"skips,omitempty"`   // why handlers did nothing
	Matches []Match  `json:"matches,omitempty"` // rules that were tried
	Log     []string `json:"log,omitempty"`
	Read    *Read    `json:"read,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// Limits of one run.
const (
	MaxEffects = 32
	MaxLog     = 100       // lines
	MaxText    = 64 * 1024 // bytes of a text that an effect carries
	MaxReason  = 2 * 1024  // bytes
	MaxUpload  = 1 << 20   // bytes of a file
	MaxMail    = 256 << 10 // bytes of a mail's text and HTML
	MaxValue   = 4 * 1024  // bytes of a custom field's value
)

// NewRunner calls register with the settings (JSON; nil means none) and the
// instance's state. Engine tries rules; see package host/rule.
func NewRunner(register func(*Plugin) error, settings []byte, state map[string]string, engine func(*Chat, Rule, string, map[string]Hours) Match) (*Runner, error) {
	p := &Plugin{
		settings: settings,
		handlers: map[EventKind][]handler{},
		timers:   map[string]func(*Chat) error{},
		commands: map[string]command{}, schedules: map[string]func() error{},
		webhooks: map[string]func(WebhookRequest) error{}, migrations: map[string]func() error{},
		state: &State{scope: ScopeInstance},
	}
	r := &Runner{plugin: p, engine: engine}
	r.Reset(state)
	if err := register(p); err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	p.sealed = true
	if len(p.faults) > 0 {
		return nil, fmt.Errorf("register: %w", p.faults[0])
	}
	if len(r.Handles()) == 0 {
		return nil, errors.New("register: no handler: call p.OnMessage, or another of the verbs that begin with On")
	}
	return r, nil
}

// Reset replaces the instance's state by what was committed.
func (r *Runner) Reset(state map[string]string) {
	r.plugin.state.values = copyMap(state)
}

// Handles are the kinds of events that the plugin has handlers for, in order.
func (r *Runner) Handles() []EventKind {
	var kinds []EventKind
	for k := range r.plugin.handlers {
		kinds = append(kinds, k)
	}
	for kind, n := range map[EventKind]int{
		EventTimer: len(r.plugin.timers), EventCommand: len(r.plugin.commands),
		EventSchedule: len(r.plugin.schedules), EventWebhook: len(r.plugin.webhooks),
	} {
		if n > 0 {
			kinds = append(kinds, kind)
		}
	}
	sort.Slice(kinds, func(i, j int) bool { return kinds[i] < kinds[j] })
	return kinds
}

// Handle calls the plugin's handlers for one event. A panic of a handler is
// returned as Error. The instance's state keeps what a good run has written
// and nothing of a bad one.
func (r *Runner) Handle(call Call) Reply {
	p := r.plugin
	before := copyMap(p.state.values)
	run := &run{runner: r, call: call, chatState: &State{values: copyMap(call.State), scope: ScopeChat}}
	for _, s := range []*State{run.chatState, p.state} {
		s.writes, s.fail = &run.result.Writes, run.fail
	}
	p.run = run
	err := run.handle()
	p.run = nil
	p.state.writes, run.chatState.writes = nil, nil
	switch {
	case run.parked != nil:
		p.state.values = before
		return Reply{Read: run.parked}
	case err != nil:
		p.state.values = before
		return Reply{Error: err.Error(), Log: run.result.Log, Matches: run.result.Matches}
	}
	return run.result
}

// timer is the handler of the timer by that name; nil when there is none.
func (r *Runner) timer(name string) func(*Chat) error {
	return r.plugin.timers[Closest(name, names(r.plugin.timers))]
}

// Closest is the name in the list that is meant: the same, or else the longest
// that ends in "*" and begins so; "" when there is none.
func Closest(name string, list []string) string {
	best := ""
	for _, n := range list {
		switch {
		case n == name:
			return n
		case strings.HasSuffix(n, "*") && strings.HasPrefix(name, n[:len(n)-1]) && len(n) > len(best):
			best = n
		}
	}
	return best
}

// run is one call being handled.
type run struct {
	runner    *Runner
	call      Call
	chatState *State
	result    Reply
	rand      *rand.Rand
	parked    *Read
	fault     error // the first misuse of a verb
}

// park is what a read panics with when the host must answer first.
type park struct{}

func (r *run) handle() (err error) {
	defer func() {
		if v := recover(); v != nil && r.parked == nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	chat := r.call.Chat
	chat.run = r
	for _, h := range r.handlers() {
		asked := len(r.result.Effects)
		err := h(&chat, &r.call.Event)
		if r.fault != nil {
			return r.fault
		}
		reason, skipped := skipReason(err)
		switch {
		case skipped && len(r.result.Effects) > asked:
			return fmt.Errorf("handler returned Skip(%q) after it asked for %s: return nil, or ask for nothing", reason, r.result.Effects[asked].Kind)
		case skipped:
			r.result.Skips = append(r.result.Skips, reason)
		case err != nil:
			return err
		}
	}
	return nil
}

func (r *run) handlers() []handler {
	e := r.call.Event
	named := map[EventKind]func() handler{
		EventTimer: r.timerHandler, EventCommand: r.commandHandler, EventSchedule: r.scheduleHandler,
		EventWebhook: r.webhookHandler, EventUpgraded: r.migrationHandler,
	}[e.Kind]
	if named == nil {
		return r.runner.plugin.handlers[e.Kind]
	}
	if h := named(); h != nil {
		return []handler{h}
	}
	return nil
}

// alone reports whether the event may belong to no chat.
func (r *run) alone() bool {
	switch r.call.Event.Kind {
	case EventResult, EventAgent, EventCommand, EventWebhook, EventSchedule, EventEnabled, EventDisabled, EventUpgraded:
		return true
	}
	return false
}

func (r *run) timerHandler() handler {
	if fn := r.runner.timer(r.call.Event.Timer); fn != nil {
		return plain(fn)
	}
	return nil
}

func (r *run) ask(e Effect, opts []Option) {
	for _, o := range opts {
		o.apply(&e)
	}
	switch {
	case r.call.Event.Kind == EventUpgraded:
		r.fail(fmt.Errorf("%s is asked for by Migrate: it may only change the state", e.Kind))
	case len(r.result.Effects) >= MaxEffects:
		r.fail(fmt.Errorf("%s would be effect number %d: at most %d an event", e.Kind, MaxEffects+1, MaxEffects))
	case e.File != nil && len(e.File.Bytes()) > MaxUpload:
		r.fail(fmt.Errorf("%s %q has %d bytes: at most %d", e.Kind, e.File.Name, len(e.File.Bytes()), MaxUpload))
	case e.Mail != nil && len(e.Mail.Text)+len(e.Mail.HTML) > MaxMail:
		r.fail(fmt.Errorf("%s has a text of %d bytes: at most %d", e.Kind, len(e.Mail.Text)+len(e.Mail.HTML), MaxMail))
	case len(e.Text) > MaxText || len(e.Public) > MaxText:
		r.fail(fmt.Errorf("%s has a text of %d bytes: at most %d", e.Kind, len(e.Text)+len(e.Public), MaxText))
	case len(e.Value) > MaxValue:
		r.fail(fmt.Errorf("%s has a value of %d bytes: at most %d", e.Kind, len(e.Value), MaxValue))
	case len(e.Reason) > MaxReason:
		e.Reason = strings.ToValidUTF8(e.Reason[:MaxReason], "")
		fallthrough
	default:
		r.result.Effects = append(r.result.Effects, e)
	}
}

func (r *run) log(line string) {
	if len(r.result.Log) < MaxLog {
		r.result.Log = append(r.result.Log, line)
	}
}

func (r *run) fail(err error) {
	if r.fault == nil {
		r.fault = err
	}
}

func (r *run) match(c *Chat, rule Rule, text string) Match {
	if r.runner.engine == nil {
		panic("sdk: no rule engine: run the plugin by bellhop")
	}
	m := r.runner.engine(c, rule, text, r.call.Hours)
	r.result.Matches = append(r.result.Matches, m)
	for _, p := range m.Parts {
		if p.Failed {
			r.log(fmt.Sprintf("rule %q: %s", m.Rule, p.Says)) // an admin must do something about it
		}
	}
	return m
}

// State is what the instance remembers about this chat. It survives restarts.
// A chat that was looked up by p.Chat has none: other handlers may be at work
// on it. Use p.State() for it.
func (c *Chat) State() *State {
	r := c.mustRun("State")
	if c.ID == r.call.Chat.ID {
		return r.chatState
	}
	r.fail(fmt.Errorf("chat %s was looked up, and has no State here: use p.State(), with its ID in the name", c.ID))
	return &State{values: map[string]string{}, scope: ScopeChat, writes: &[]Write{}, fail: r.fail}
}

// Now is when the event was accepted, or when the timer was due: the same on
// every retry.
func (c *Chat) Now() time.Time { return c.mustRun("Now").call.Now }

// Now is Chat.Now, for handlers that get no chat.
func (p *Plugin) Now() time.Time { return p.mustRun("Now").call.Now }

// Rand is a source of chance that gives the same numbers on every retry.
func (c *Chat) Rand() *rand.Rand { return c.mustRun("Rand").chance() }

// Rand is Chat.Rand, for handlers that get no chat.
func (p *Plugin) Rand() *rand.Rand { return p.mustRun("Rand").chance() }

func (r *run) chance() *rand.Rand {
	if r.rand == nil {
		r.rand = rand.New(rand.NewSource(r.call.Seed))
	}
	return r.rand
}

func (p *Plugin) mustRun(verb string) *run {
	if p.run == nil {
		panic("sdk: Plugin." + verb + " is called outside a handler")
	}
	return p.run
}

func (c *Chat) mustRun(verb string) *run {
	if c.run == nil {
		panic("sdk: Chat." + verb + " is called outside a handler")
	}
	return c.run
}

// names are the keys of a map of handlers, in order.
func names(m interface{}) []string {
	var all []string
	for _, k := range reflect.ValueOf(m).MapKeys() {
		all = append(all, k.String())
	}
	sort.Strings(all)
	return all
}

func copyMap(m map[string]string) map[string]string {
	n := make(map[string]string, len(m))
	for k, v := range m {
		n[k] = v
	}
	return n
}
