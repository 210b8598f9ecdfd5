package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Plugin is what Register gets: the wiring verbs (On...), the plugin's
// settings, memory and log.
type Plugin struct {
	settings   []byte // JSON
	handlers   map[EventKind][]handler
	timers     map[string]func(*Chat) error
	commands   map[string]command
	schedules  map[string]func() error
	webhooks   map[string]func(WebhookRequest) error
	migrations map[string]func() error
	state      *State // per instance
	run        *run   // the present run; nil between runs
	sealed     bool   // Register has returned
	faults     []error
}

// handler gets the event with its chat, which is empty for an event that
// belongs to none.
type handler func(*Chat, *Event) error

// Settings fills the struct that v points to with the instance's settings.
// What the settings do not name keeps the value that it has, so set the
// defaults before. Unknown names and wrong types are errors.
//
// What a Target or a Rule in them names, and what stands under the name tag or
// tags, is held against the workspace's departments, agents and list of tags,
// again when either changes; what is not there, the admin is told.
func (p *Plugin) Settings(v interface{}) error {
	p.wiring("Settings")
	if len(bytes.TrimSpace(p.settings)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(p.settings))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read settings: %w", err)
	}
	return nil
}

// OnOpened is called when a guest has opened a chat.
func (p *Plugin) OnOpened(fn func(*Chat) error) { p.on(EventOpened, plain(fn)) }

// OnTaken is called when an agent begins to serve a chat.
func (p *Plugin) OnTaken(fn func(*Chat) error) { p.on(EventTaken, plain(fn)) }

// OnMessage is called on each message of a guest or an agent, not on those of
// Bellhop itself and not on the server's own lines.
func (p *Plugin) OnMessage(fn func(*Chat, Message) error) { p.on(EventMessage, ofMessage(fn)) }

// OnForwarded is called when a chat has moved, whoever moved it.
func (p *Plugin) OnForwarded(fn func(*Chat, Forwarding) error) {
	p.on(EventForwarded, func(c *Chat, e *Event) error {
		if e.Forwarding == nil {
			return errors.New("forwarded event without a forwarding")
		}
		return fn(c, *e.Forwarding)
	})
}

// OnClosed is called when a chat has ended. Chat.Closing says how.
func (p *Plugin) OnClosed(fn func(*Chat) error) { p.on(EventClosed, plain(fn)) }

// OnResult is called with the outcome of each effect that the plugin asked for,
// and once more, with Undone, when somebody has taken it back. When the effect
// belonged to no chat, such as a mail that a webhook asked for, the chat is empty:
// its ID is "".
func (p *Plugin) OnResult(fn func(*Chat, Result) error) {
	p.on(EventResult, func(c *Chat, e *Event) error {
		if e.Result == nil {
			return errors.New("result event without a result")
		}
		return fn(c, *e.Result)
	})
}

// OnTimer is called when a timer that was set by this name is due. A name may
// end in "*": then it stands for all names that begin with what is before it,
// and Chat.DueTimer tells which one is due.
func (p *Plugin) OnTimer(name string, fn func(*Chat) error) {
	p.wiring("OnTimer")
	if p.timers[name] != nil {
		p.fault("timer %q has two handlers: give one of them another name", name)
		return
	}
	p.timers[name] = fn
}

// State is what the instance remembers across chats. Use Chat.State for what
// belongs to one chat.
func (p *Plugin) State() *State { return p.state }

// Log writes a line into the instance's log, with the chat and the event.
func (p *Plugin) Log(format string, args ...interface{}) {
	if p.run == nil {
		p.fault("Log is called outside a handler")
		return
	}
	p.run.log(fmt.Sprintf(format, args...))
}

func plain(fn func(*Chat) error) handler {
	return func(c *Chat, _ *Event) error { return fn(c) }
}

func (p *Plugin) on(kind EventKind, h handler) {
	p.wiring("On...")
	p.handlers[kind] = append(p.handlers[kind], h)
}

// fault notes what Register did wrong.
func (p *Plugin) fault(format string, args ...interface{}) {
	p.faults = append(p.faults, fmt.Errorf(format, args...))
}

// wiring notes a wiring verb that is used too late.
func (p *Plugin) wiring(verb string) {
	if p.sealed {
		panic("sdk: " + verb + " is called outside Register: handlers are registered once, before the first event")
	}
}
