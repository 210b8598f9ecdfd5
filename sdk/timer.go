package sdk

import (
	"fmt"
	"time"
)

// MaxTimer is the longest time that a timer may be set for.
const MaxTimer = 90 * 24 * time.Hour

// Timer is a change of a chat's timers.
type Timer struct {
	Name   string    `json:"name"`
	Due    time.Time `json:"due"` // counted from the event's time; zero when cancelled
	Cancel bool      `json:"cancel,omitempty"`
	Chat   ChatID    `json:"chat,omitempty"` // whose it is; "" means that of the event
}

// SetTimer calls the handler of OnTimer(name) for this chat after d. Setting
// it again moves it. It survives restarts, and ends with the chat.
func (c *Chat) SetTimer(name string, d time.Duration) {
	r := c.mustRun("SetTimer")
	switch {
	case r.runner.timer(name) == nil:
		r.fail(fmt.Errorf("timer %q has no handler: add p.OnTimer(%q, ...) to Register", name, name))
	case d <= 0 || d > MaxTimer:
		r.fail(fmt.Errorf("timer %q is set for %s: use more than 0 and at most %s", name, d, MaxTimer))
	default:
		c.setTimer(Timer{Name: name, Due: r.call.Now.Add(d)})
	}
}

// CancelTimer stops the timer. It is no fault when there is none.
func (c *Chat) CancelTimer(name string) {
	c.mustRun("CancelTimer")
	c.setTimer(Timer{Name: name, Cancel: true})
}

// setTimer changes a timer of the chat, which may be another than the event's.
func (c *Chat) setTimer(t Timer) {
	switch r := c.run; {
	case c.ID == "" && r.alone():
		r.fail(fmt.Errorf("timer %q needs a chat, and a %s event belongs to none", t.Name, r.call.Event.Kind))
	case c.ID != r.call.Event.Chat:
		t.Chat = c.ID
		fallthrough
	default:
		r.result.Timers = append(r.result.Timers, t)
	}
}

// DueTimer is the name of the timer that the handler is called for; "" in
// other handlers.
func (c *Chat) DueTimer() string { return c.mustRun("DueTimer").call.Event.Timer }
