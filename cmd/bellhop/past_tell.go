package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// compared is what an instance would have done, held against what happened.
type compared struct {
	Instance string         `json:"instance"`
	Since    time.Time      `json:"since"`
	Chats    int            `json:"chats"`            // that were played
	Events   int            `json:"events"`           // in them
	Would    []imagined     `json:"would"`            // the oldest first
	NoLonger []imagined     `json:"noLonger"`         // what it did then and would not do now
	Failed   map[string]int `json:"failed,omitempty"` // events that could not be played, by why
}

// imagined is an effect, and what happened instead or because of it.
type imagined struct {
	At   time.Time  `json:"at"` // of what it answers
	Chat sdk.ChatID `json:"chat"`
	What string     `json:"what"` // as conversation files have it
	Why  string     `json:"why"`
	Same bool       `json:"same"`           // the instance did so then
	Then string     `json:"then,omitempty"` // what became of the chat in this respect; "" where nothing can be told
}

// compare holds what it would have done against the past.
func (p *past) compare(instance string, would wishes) *compared {
	c := &compared{Instance: instance, Since: p.since, Events: len(p.entries), Would: []imagined{}, NoLonger: []imagined{}, Failed: map[string]int{}}
	c.Chats = len(p.of)
	asked := map[sdk.EffectKey]string{}
	for _, w := range would.all {
		asked[w.effect.Key] = what(w.effect.Effect)
		c.Would = append(c.Would, p.imagine(w))
	}
	for _, chat := range slices.Sorted(maps.Keys(p.done)) {
		for _, d := range p.done[chat] {
			if e := d.Effect; len(p.of[chat]) > 0 && e.Undoes == "" && asked[e.Key] != what(e.Effect) {
				c.NoLonger = append(c.NoLonger, imagined{At: e.EventAt, Chat: chat, What: what(e.Effect), Why: e.Reason, Then: string(d.Outcome.State)})
			}
		}
	}
	for _, d := range would.failed {
		c.Failed[fmt.Sprintf("handler of %s: %s", d.Entry.Event.Kind, d.Error)]++
	}
	return c
}

// what is an effect without its reason.
func what(e sdk.Effect) string {
	e.Reason, e.Rule = "", ""
	return convo.Effect(e)
}

func (p *past) imagine(w wish) imagined {
	e := w.effect
	i := imagined{At: w.at, Chat: e.Chat, What: what(e.Effect), Why: e.Reason}
	i.Same = slices.ContainsFunc(p.done[e.Chat], func(d store.Carried) bool {
		return d.Effect.Key == e.Key && what(d.Effect.Effect) == i.What
	})
	if then := afterwards[e.Kind]; then != nil && !i.Same {
		i.Then = then(p.after(w), w)
	}
	return i
}

// after is what followed in the wish's chat.
func (p *past) after(w wish) (later []*store.Entry) {
	for _, e := range p.of[w.effect.Chat] {
		if e.Accepted.After(w.at) {
			later = append(later, e)
		}
	}
	return later
}

// afterwards says of each kind of effect what became of the chat without it.
var afterwards = map[sdk.EffectKind]func(later []*store.Entry, w wish) string{
	sdk.EffectForward: wentOn,
	sdk.EffectTag:     tagged,
	sdk.EffectClose:   ended,
}

// wentOn is where the chat went.
func wentOn(later []*store.Entry, w wish) string {
	e := w.effect
	for _, l := range later {
		f := l.Event.Forwarding
		if f == nil {
			continue
		}
		by := "somebody"
		if l.Event.Cause != "" {
			by = "Bellhop" // another instance, or this one otherwise
		}
		to, where := f.ToDepartment, "there"
		if to == "" && !f.ToAgent.IsZero() {
			to = "@" + f.ToAgent.Username
		}
		if f.ToQueue {
			to = "the queue"
		}
		if !strings.EqualFold(to, e.Target.Department) && to != "@"+strings.TrimPrefix(e.Target.Agent, "@") {
			where = "to " + to
		}
		return fmt.Sprintf("%s forwarded it %s %s later", by, where, l.Accepted.Sub(w.at).Round(time.Second))
	}
	return ended(later, w)
}

// tagged is whether the chat has the tags now.
func tagged(later []*store.Entry, w wish) string {
	if len(later) == 0 {
		return ""
	}
	last := later[len(later)-1].Picture
	var without []string
	for _, tag := range w.effect.Tags {
		if !slices.ContainsFunc(last.Tags, func(has string) bool { return strings.EqualFold(has, tag) }) {
			without = append(without, tag)
		}
	}
	if len(without) == 0 {
		return "it has got the tag since"
	}
	return "it has no tag " + strings.Join(without, ", ")
}

// ended is how the chat stands.
func ended(later []*store.Entry, _ wish) string {
	if len(later) == 0 {
		return "nothing has happened in it since"
	}
	last := later[len(later)-1].Picture
	where := last.Department
	if where == "" {
		where = "no department"
	}
	if last.Open() {
		return "it is open in " + where
	}
	return "it ended in " + where
}

// tell prints it for people.
func (c *compared) tell(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	same := 0
	if len(c.Would)+len(c.NoLonger) > 0 {
		fmt.Fprintln(w, "TIME\tCHAT\tWHAT\tWHY\tTHEN")
	}
	for _, i := range c.Would {
		then := "new"
		if i.Same {
			same, then = same+1, "as then"
		}
		if i.Then != "" {
			then += ": " + i.Then
		}
		i.line(w, then)
	}
	for _, i := range c.NoLonger {
		i.line(w, "no longer: it was "+i.Then)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s in %s since %s (%s): %s, %d as then, %d new; %d no longer\n", c.Instance, count(c.Chats, "chat"), c.Since.Local().Format("2 Jan 15:04"),
		count(c.Events, "event"), count(len(c.Would), "effect"), same, len(c.Would)-same, len(c.NoLonger))
	for _, why := range keys(c.Failed) {
		fmt.Fprintf(out, "not played: %s: %s\n", count(c.Failed[why], "event"), plainly(why))
	}
	return nil
}

func (i imagined) line(w io.Writer, then string) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.At.Local().Format("2 Jan 15:04:05"), i.Chat, plainly(i.What), plainly(i.Why), plainly(then))
}
