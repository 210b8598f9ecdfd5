package host

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxName  = 128  // bytes of a timer's name or a tag
	maxList  = 64   // tags, targets, addresses of one effect; timers of one result
	maxLines = 1000 // rules tried, skips
)

// sound checks a reply. The sdk keeps to all of this by itself, but what a
// worker says is hostile input.
func (i *instance) sound(it *item, r sdk.Reply) error {
	switch {
	case len(r.Effects) > sdk.MaxEffects:
		return fmt.Errorf("%d effects: at most %d", len(r.Effects), sdk.MaxEffects)
	case len(r.Timers) > maxList:
		return fmt.Errorf("%d timers: at most %d", len(r.Timers), maxList)
	case len(r.Log) > sdk.MaxLog || len(r.Skips) > maxLines || len(r.Matches) > maxLines:
		return errors.New("too many lines of log, skips or rules")
	}
	for _, e := range r.Effects {
		err := soundEffect(e)
		if err == nil {
			err = it.soundAbout(e.Chat, kinds[e.Kind].free)
		}
		if err != nil {
			return fmt.Errorf("%.20s: %w", e.Kind, err)
		}
	}
	now := it.entry.Accepted
	if it.entry.Event.Kind == sdk.EventTimer {
		now = it.entry.Event.At
	}
	for _, t := range r.Timers {
		err := soundTimer(t, now)
		if err == nil {
			err = it.soundAbout(t.Chat, false)
		}
		if err != nil {
			return fmt.Errorf("timer %.40q: %w", t.Name, err)
		}
	}
	return i.soundWrites(it, r.Writes)
}

func soundEffect(e sdk.Effect) error {
	k, known := kinds[e.Kind]
	if !known {
		return errors.New("no such kind of effect")
	}
	if len(e.Text) > sdk.MaxText || len(e.Public) > sdk.MaxText || len(e.Value) > sdk.MaxValue || len(e.Reason) > sdk.MaxReason {
		return errors.New("text is too long")
	}
	names := append([]string{e.Rule, e.To, string(e.Message), e.Target.Agent, e.Target.Department}, e.Tags...)
	for _, to := range e.Fallback {
		names = append(names, to.Agent, to.Department)
	}
	names = append(names, mailed(e)...)
	count := len(e.Tags) + len(e.Fallback) + len(mailed(e))
	if c := e.Contact; c != nil {
		count += len(c.Emails) + len(c.Phones) + len(c.Fields)
		names = append(append(append(append(names, c.Name), c.Emails...), c.Phones...), sdk.Keys(c.Fields)...)
		for _, value := range c.Fields {
			if len(value) > sdk.MaxValue || !utf8.ValidString(value) {
				return errors.New("value of a field is too long or not UTF-8")
			}
		}
	}
	if count > maxList {
		return fmt.Errorf("%d tags, targets, addresses or fields: at most %d", count, maxList)
	}
	for _, name := range append(names, e.Field) {
		if err := soundName(name, 2*maxName); err != nil {
			return err
		}
	}
	for _, tag := range e.Tags {
		if strings.TrimSpace(tag) == "" {
			return errors.New("empty tag")
		}
	}
	for _, text := range []string{e.Text, e.Public, e.Value, e.Reason} {
		if !utf8.ValidString(text) {
			return errors.New("text is not UTF-8")
		}
	}
	return k.sound(e)
}

func soundName(name string, max int) error {
	if len(name) > max || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("name %.20q is too long, not UTF-8 or holds control characters", name)
	}
	return nil
}

func soundTimer(t sdk.Timer, now time.Time) error {
	if t.Name == "" {
		return errors.New("timer without a name")
	}
	if err := soundName(t.Name, maxName); err != nil {
		return err
	}
	if in := t.Due.Sub(now); !t.Cancel && (in <= 0 || in > sdk.MaxTimer) {
		return fmt.Errorf("timer %q is due in %s: use more than 0 and at most %s", t.Name, in, sdk.MaxTimer)
	}
	return nil
}

// soundWrites checks the sizes of what a handler remembers, and that nothing
// grows without end.
func (i *instance) soundWrites(it *item, writes []sdk.Write) error {
	counts := map[sdk.Scope]map[string]string{}
	for _, w := range writes {
		if w.Scope != sdk.ScopeInstance && (w.Scope != sdk.ScopeChat || it.chat == "") {
			return fmt.Errorf("state of %.20q, and a %s event has none", w.Scope, it.entry.Event.Kind)
		}
		if w.Key == "" || len(w.Key) > sdk.MaxStateKey || len(w.Value) > sdk.MaxStateValue {
			return fmt.Errorf("state %.20q: its name or value has a wrong size", w.Key)
		}
		state := counts[w.Scope]
		if state == nil {
			chat := it.chat
			if w.Scope == sdk.ScopeInstance {
				chat = ""
			}
			var err error
			if state, err = i.host.store.State(i.name, chat); err != nil {
				return err
			}
			counts[w.Scope] = state
		}
		store.Apply(state, w)
		if len(state) > sdk.MaxStateKeys {
			return fmt.Errorf("state has more than %d names", sdk.MaxStateKeys)
		}
	}
	return nil
}

// clip is at most max bytes of a text, cut between characters.
func clip(text string, max int) string {
	if len(text) > max {
		text = text[:max]
	}
	return strings.ToValidUTF8(text, "")
}
