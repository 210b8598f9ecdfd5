package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Limits of a reply, beside those of package sdk.
const (
	maxShort   = 1024 // bytes of a name, an address, a tag
	maxLine    = 4096 // bytes of a line for people
	maxList    = 64   // tags, addresses, fallbacks of one effect
	maxWrites  = 4096
	maxTimers  = 256
	maxMatches = 4096
	maxArgs    = 512 << 10 // bytes of what a read asks
)

// tidy cuts what is only for people, and replaces bytes that are no text,
// because neither is worth failing a handler for.
func tidy(r *sdk.Reply) {
	for i := range r.Effects {
		e := &r.Effects[i]
		for _, s := range []*string{&e.Text, &e.Public, &e.Target.Department, &e.Target.Agent, &e.Rule, &e.Field, &e.Value} {
			*s = strings.ToValidUTF8(*s, "\uFFFD")
		}
		e.Reason = line(e.Reason, sdk.MaxReason)
		for k := range e.Tags {
			e.Tags[k] = strings.ToValidUTF8(e.Tags[k], "\uFFFD")
		}
		tidyContact(e.Contact)
		if r := e.Request; r != nil {
			for _, s := range []*string{&r.Method, &r.URL, &r.Type, &r.Body} {
				*s = strings.ToValidUTF8(*s, "\uFFFD")
			}
		}
	}
	for i := range r.Writes {
		r.Writes[i].Key = strings.ToValidUTF8(r.Writes[i].Key, "\uFFFD")
		r.Writes[i].Value = strings.ToValidUTF8(r.Writes[i].Value, "\uFFFD")
	}
	for i := range r.Timers {
		r.Timers[i].Name = strings.ToValidUTF8(r.Timers[i].Name, "\uFFFD")
	}
	for _, list := range [][]string{r.Skips, r.Log} {
		for i := range list {
			list[i] = line(list[i], maxLine)
		}
	}
	for i := range r.Matches {
		m := &r.Matches[i]
		m.Rule = line(m.Rule, maxShort)
		for k := range m.Parts {
			m.Parts[k].Says = line(m.Parts[k].Says, maxLine)
		}
	}
	r.Error = line(r.Error, maxLine)
}

func tidyContact(c *sdk.ContactEdit) {
	if c == nil {
		return
	}
	c.Name = strings.ToValidUTF8(c.Name, "\uFFFD")
	for _, list := range [][]string{c.Emails, c.Phones} {
		for i := range list {
			list[i] = strings.ToValidUTF8(list[i], "\uFFFD")
		}
	}
	for name, value := range c.Fields {
		if !utf8.ValidString(name) {
			delete(c.Fields, name)
			name = strings.ToValidUTF8(name, "\uFFFD")
		}
		c.Fields[name] = strings.ToValidUTF8(value, "\uFFFD")
	}
}

// line is s as valid text of at most max bytes that steers no terminal.
func line(s string, max int) string {
	s = strings.Map(plain, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= max {
		return s
	}
	end := max - len("…")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// plain is r, or what stands for it where people read it.
func plain(r rune) rune {
	switch {
	case r == '\r':
		return -1
	case steers(r):
		return unicode.ReplacementChar
	}
	return r
}

// steers reports whether a terminal does something at r.
func steers(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// check says what is wrong with a reply. The worker makes an error of its
// handler out of it; the host, which believes no worker, ends the worker.
func check(r *sdk.Reply) error {
	if r.Error != "" && len(r.Effects)+len(r.Writes)+len(r.Timers) > 0 || r.Read != nil && (r.Error != "" || len(r.Effects)+len(r.Writes)+len(r.Timers) > 0) {
		return errors.New("reply with an error or a read has effects too")
	}
	for _, l := range []struct {
		what     string
		n, limit int
	}{
		{"effects", len(r.Effects), sdk.MaxEffects}, {"state changes", len(r.Writes), maxWrites},
		{"timer changes", len(r.Timers), maxTimers}, {"tried rules", len(r.Matches), maxMatches},
		{"skips", len(r.Skips), maxList}, {"log lines", len(r.Log), sdk.MaxLog},
	} {
		if l.n > l.limit {
			return fmt.Errorf("handler made %d %s: at most %d an event", l.n, l.what, l.limit)
		}
	}
	return errors.Join(
		each(r.Effects, checkEffect), each(r.Writes, checkWrite), each(r.Timers, checkTimer),
		each(r.Matches, checkMatch), each(r.Skips, checkLine), each(r.Log, checkLine),
		checkLine(&r.Error), checkRead(r.Read))
}

// each gives the first fault of a list.
func each[T any](list []T, check func(*T) error) error {
	for i := range list {
		if err := check(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkEffect(e *sdk.Effect) error {
	switch {
	case !slices.Contains(sdk.EffectKinds, e.Kind):
		return fmt.Errorf("effect of unknown kind %.20q", e.Kind)
	case len(e.Text) > sdk.MaxText || len(e.Public) > sdk.MaxText:
		return fmt.Errorf("%s has a text of %d bytes: at most %d", e.Kind, max(len(e.Text), len(e.Public)), sdk.MaxText)
	case strings.ContainsFunc(e.Reason, steers):
		return fmt.Errorf("%s has a reason with control characters: leave them out", e.Kind)
	case len(e.Reason) > sdk.MaxReason:
		return fmt.Errorf("%s has a reason of %d bytes: at most %d", e.Kind, len(e.Reason), sdk.MaxReason)
	case len(e.Fallback) > maxList || len(e.Tags) > maxList:
		return fmt.Errorf("%s names %d targets or tags: at most %d", e.Kind, max(len(e.Fallback), len(e.Tags)), maxList)
	case e.NotAfter < 0:
		return fmt.Errorf("%s is to be done within %s: use more than 0", e.Kind, e.NotAfter)
	case len(e.Value) > sdk.MaxValue:
		return fmt.Errorf("%s has a value of %d bytes: at most %d", e.Kind, len(e.Value), sdk.MaxValue)
	case (e.Delivery != nil) != (e.Kind == sdk.EffectTranscript):
		return fmt.Errorf("%s: only a transcript has a delivery, and it must", e.Kind)
	case (e.File != nil) != (e.Kind == sdk.EffectFile):
		return fmt.Errorf("%s: only a file has bytes, and it must", e.Kind)
	case (e.Mail != nil) != (e.Kind == sdk.EffectMail):
		return fmt.Errorf("%s: only a mail has addresses and a text, and it must", e.Kind)
	case (e.Request != nil) != (e.Kind == sdk.EffectRequest):
		return fmt.Errorf("%s: only a request has a URL, and it must", e.Kind)
	case (e.Contact != nil) != (e.Kind == sdk.EffectContact):
		return fmt.Errorf("%s: only a contact has an edit, and it must", e.Kind)
	}
	short := append([]string{e.Rule, string(e.Chat), e.Field}, e.Tags...)
	for _, t := range append([]sdk.Target{e.Target}, e.Fallback...) {
		short = append(short, t.Department, t.Agent)
	}
	if d := e.Delivery; d != nil {
		if len(d.Mail) > maxList {
			return fmt.Errorf("%s has %d addresses: at most %d", e.Kind, len(d.Mail), maxList)
		}
		short = append(append(short, d.Mail...), d.Subject, d.ReplyTo)
	}
	short = append(short, e.To, string(e.Message))
	if f := e.File; f != nil {
		if len(f.Data) > sdk.MaxUpload || len(f.Text) > sdk.MaxUpload || len(f.Caption) > sdk.MaxText {
			return fmt.Errorf("%s is too large: at most %d bytes", e.Kind, sdk.MaxUpload)
		}
		short = append(short, f.Name, f.Type)
	}
	if m := e.Mail; m != nil {
		if len(m.To) > maxList || len(m.Text)+len(m.HTML) > sdk.MaxMail {
			return fmt.Errorf("%s has %d addresses and %d bytes: at most %d and %d", e.Kind, len(m.To), len(m.Text)+len(m.HTML), maxList, sdk.MaxMail)
		}
		short = append(append(short, m.To...), m.Subject)
	}
	if r := e.Request; r != nil {
		if err := checkRequest(r); err != nil {
			return err
		}
		short = append(short, r.Method, r.Type)
	}
	if c := e.Contact; c != nil {
		if n := len(c.Emails) + len(c.Phones) + len(c.Fields); n > maxList {
			return fmt.Errorf("%s has %d addresses, numbers and fields: at most %d", e.Kind, n, maxList)
		}
		short = append(append(append(append(short, c.Name), c.Emails...), c.Phones...), sdk.Keys(c.Fields)...)
		for name, value := range c.Fields {
			if len(value) > sdk.MaxValue {
				return fmt.Errorf("%s has a value for %.20q of %d bytes: at most %d", e.Kind, name, len(value), sdk.MaxValue)
			}
		}
	}
	for _, s := range short {
		if len(s) > maxShort {
			return fmt.Errorf("%s names %.20q..., of %d bytes: at most %d", e.Kind, s, len(s), maxShort)
		}
	}
	return nil
}

func checkRequest(r *sdk.Request) error {
	if len(r.Headers) > maxList || len(r.Body) > sdk.MaxText || len(r.URL) > maxLine {
		return fmt.Errorf("request has %d headers, a URL of %d and a body of %d bytes: at most %d, %d and %d", len(r.Headers), len(r.URL), len(r.Body), maxList, maxLine, sdk.MaxText)
	}
	return each(r.Headers, func(h *sdk.Header) error {
		if len(h.Name) > maxShort || len(h.Value) > maxLine {
			return fmt.Errorf("header %.20q has %d bytes: at most %d", h.Name, len(h.Value), maxLine)
		}
		return nil
	})
}

func checkWrite(w *sdk.Write) error {
	switch {
	case w.Scope != sdk.ScopeChat && w.Scope != sdk.ScopeInstance:
		return fmt.Errorf("state of unknown scope %.20q", w.Scope)
	case w.Key == "" || len(w.Key) > sdk.MaxStateKey:
		return fmt.Errorf("state name %.20q has %d bytes: use 1 to %d", w.Key, len(w.Key), sdk.MaxStateKey)
	case len(w.Value) > sdk.MaxStateValue:
		return fmt.Errorf("state %q has %d bytes: at most %d", w.Key, len(w.Value), sdk.MaxStateValue)
	}
	return nil
}

func checkTimer(t *sdk.Timer) error {
	switch {
	case t.Name == "" || len(t.Name) > maxShort:
		return fmt.Errorf("timer name %.20q has %d bytes: use 1 to %d", t.Name, len(t.Name), maxShort)
	case len(t.Chat) > maxShort:
		return fmt.Errorf("timer %q is of a chat of %d bytes: at most %d", t.Name, len(t.Chat), maxShort)
	case !t.Cancel && t.Due.IsZero():
		return fmt.Errorf("timer %q is never due", t.Name)
	}
	return nil
}

func checkMatch(m *sdk.Match) error {
	if len(m.Parts) > maxList {
		return fmt.Errorf("rule %.20q has %d parts: at most %d", m.Rule, len(m.Parts), maxList)
	}
	return errors.Join(checkLine(&m.Rule), each(m.Parts, func(p *sdk.Part) error {
		return errors.Join(checkLine(&p.Key), checkLine(&p.Says))
	}))
}

func checkOffers(o *sdk.Offers) error {
	for _, list := range [][]string{o.Schedules, o.Webhooks, o.Migrates, o.Timers} {
		if len(list) > maxList {
			return fmt.Errorf("%d schedules, webhooks or migrations: at most %d", len(list), maxList)
		}
		if err := each(list, checkShort); err != nil {
			return err
		}
	}
	if len(o.Commands) > maxList {
		return fmt.Errorf("%d commands: at most %d", len(o.Commands), maxList)
	}
	return each(o.Commands, func(c *sdk.CommandHelp) error { return errors.Join(checkShort(&c.Name), checkShort(&c.Help)) })
}

func checkShort(s *string) error {
	if len(*s) > maxShort {
		return fmt.Errorf("name %.20q has %d bytes: at most %d", *s, len(*s), maxShort)
	}
	return checkLine(s)
}

func checkLine(s *string) error {
	if len(*s) > maxLine {
		return fmt.Errorf("line %.20q... has %d bytes: at most %d", *s, len(*s), maxLine)
	}
	if strings.ContainsFunc(*s, steers) {
		return fmt.Errorf("line %.20q has control characters: leave them out", *s)
	}
	return nil
}

func checkRead(r *sdk.Read) error {
	switch {
	case r == nil:
		return nil
	case r.Kind == "" || len(r.Kind) > maxShort:
		return fmt.Errorf("read of unknown kind %.20q", r.Kind)
	case len(r.Args) > maxArgs:
		return fmt.Errorf("%s asks with %d bytes: at most %d", r.Kind, len(r.Args), maxArgs)
	case !json.Valid(r.Args):
		return fmt.Errorf("%s asks with what is no JSON", r.Kind)
	}
	return nil
}
