package host

import (
	"context"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// maxQuestions is how many unanswered questions one person has: an instance that
// asks for more is refused, so that nobody is buried under them.
const maxQuestions = 20

// needsConsent reports whether an instance in mode confirm asks before the
// effect: what is only written to people of the workspace by direct message needs
// none, nor what a person has ordered by a command.
func needsConsent(e bridge.Effect) bool {
	return e.Kind != sdk.EffectTell && e.Kind != sdk.EffectDirect && e.Kind != sdk.EffectAnswer && !bridge.IsCommand(e.Event)
}

// judgeConsent refuses what nobody can be asked about.
func (i *instance) judgeConsent(e bridge.Effect) (why string) {
	switch {
	case i.spec.mode() != Confirm || !needsConsent(e):
		return ""
	case e.Agent.IsZero():
		return "mode is confirm, and nobody serves the chat who could be asked"
	case e.Kind == sdk.EffectTyping:
		return "mode is confirm: typing is over before anybody answers"
	case len(i.host.outbox.questions(e.Agent.ID)) >= maxQuestions:
		return fmt.Sprintf("mode is confirm, and @%s has %d questions to answer already", e.Agent.Username, maxQuestions)
	}
	return ""
}

// ask has the agents asked before the effects of a decision are carried out, if
// the instance is to ask. All that the decision wants on an agent's chats is one
// question; what needs none waits with the rest, as a note on what was done
// must. The questions are effects of the host's own in the same commit.
func (i *instance) ask(it *item, effects []store.Carried) []store.Carried {
	if i.spec.mode() != Confirm {
		return effects
	}
	asked := map[string]*store.Consent{}
	var order []string
	for _, c := range effects {
		if who := c.Effect.Agent; c.Outcome == nil && needsConsent(c.Effect) && asked[who.ID] == nil {
			asked[who.ID] = &store.Consent{Asked: who, Code: i.host.outbox.code(who.ID, c.Effect.Key)}
			order = append(order, who.ID)
		}
	}
	for n := range effects {
		if c := &effects[n]; c.Outcome == nil && c.Effect.Kind != sdk.EffectAnswer {
			c.Consent = asked[c.Effect.Agent.ID]
			c.Begun = c.Begun && c.Consent == nil
		}
	}
	for _, id := range order {
		effects = append(effects, i.question(it, asked[id], effects))
	}
	return effects
}

// question is the direct message that asks for the consent.
func (i *instance) question(it *item, asked *store.Consent, effects []store.Carried) store.Carried {
	var q bridge.Effect
	lines := []string{i.name + " asks whether it may do this in your chat"}
	for _, c := range effects {
		if c.Consent != asked {
			continue
		}
		e := c.Effect
		line := "• " + Report{Effect: e}.What()
		if e.Text != "" {
			line += ": " + clip(e.Text, 300)
		}
		if e.Reason != "" {
			line += " because " + clip(e.Reason, 300)
		}
		lines = append(lines, line)
		if q.Key == "" {
			q = bridge.Effect{Key: store.Self + "/asks/" + e.Key, Instance: store.Self, Event: e.Event, EventAt: e.EventAt, Chat: e.Chat, Agent: asked.Asked}
			q.Until = e.Until
		}
		q.Until = earlier(q.Until, e.Until)
	}
	if c, err := it.about(q.Chat); err == nil && c.ID != "" {
		lines[0] += " with " + i.host.guestLink(c)
	}
	left := q.Until.Sub(i.host.clock.Now()).Round(time.Minute)
	lines[0] += ":"
	lines = append(lines, fmt.Sprintf("Write `yes %s` or `no %s` within %s; without an answer nothing is done.", asked.Code, asked.Code, strings.TrimSuffix(left.String(), "0s")))
	q.Effect = sdk.Effect{Kind: sdk.EffectAnswer, Text: strings.Join(lines, "\n"), Reason: "mode is confirm"}
	return store.Carried{Effect: q}
}

// guestLink is the guest's name, with the link to the chat.
func (h *Host) guestLink(c *sdk.Chat) string {
	name := c.Visitor.Name
	if name == "" {
		name = "a guest"
	}
	plain := strings.NewReplacer("[", "(", "]", ")", "\n", " ").Replace(name)
	return "[" + plain + "](" + h.opts.Site + "/live/" + string(c.ID) + ")"
}

// question is one that somebody has not answered.
type question struct {
	*store.Consent
	parcel *store.Parcel
	until  time.Time // afterwards nothing of it is done
}

// isAbout reports whether the effect waits for the answer.
func (q question) isAbout(c *store.Carried) bool {
	return c.Unanswered() && c.Consent.Code == q.Code && c.Consent.Asked.ID == q.Asked.ID
}

// questions are those that the person has not answered, the oldest first.
func (o *outbox) questions(person string) (open []question) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, q := range o.asked {
		if q.Asked.ID == person {
			open = append(open, q)
		}
	}
	return open
}

// code names a question to the person: no other open one of theirs has it.
func (o *outbox) code(person string, key sdk.EffectKey) string {
	open := o.questions(person)
	for n := crc32.ChecksumIEEE([]byte(key)); ; n++ {
		code := fmt.Sprintf("%04d", n%10000)
		if !slices.ContainsFunc(open, func(q question) bool { return q.Code == code }) {
			return code
		}
	}
}

// await keeps what is asked about until there is an answer, or it is too late
// for one. The caller holds o.mu.
func (o *outbox) await(p *store.Parcel) {
	seen := map[string]int{}
	for _, c := range p.Effects {
		if !c.Unanswered() {
			continue
		}
		id := c.Consent.Asked.ID
		n, there := seen[id]
		if !there {
			n = len(o.asked)
			seen[id] = n
			o.asked = append(o.asked, question{c.Consent, p, c.Effect.Until})
		}
		o.asked[n].until = earlier(o.asked[n].until, c.Effect.Until)
	}
	o.look()
}

// look has the time looked at until which the next question stands.
func (o *outbox) look() {
	select {
	case o.asking <- struct{}{}:
	default:
	}
}

// expire ends what nobody has answered in time.
func (o *outbox) expire(ctx context.Context) error {
	for {
		o.release(func(q question) bool { return o.host.clock.Now().After(q.until) }, nil)
		var next <-chan time.Time
		if at := o.nextExpiry(); !at.IsZero() {
			next = o.host.clock.After(at.Sub(o.host.clock.Now()) + time.Millisecond)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.asking:
		case <-next:
		}
	}
}

func (o *outbox) nextExpiry() (at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, q := range o.asked {
		if at.IsZero() || q.until.Before(at) {
			at = q.until
		}
	}
	return at
}

// release lets the lanes have what was asked about, with the answer; nil says that
// there was none, and what then comes out of them is that nothing is done.
func (o *outbox) release(meant func(question) bool, answer *store.Consent) {
	o.mu.Lock()
	defer o.mu.Unlock()
	over := map[*store.Consent]bool{}
	for _, q := range o.asked {
		if meant(q) {
			over[q.Consent] = true
			for _, l := range o.putAnswered(q, answer) {
				o.work(l)
			}
		}
	}
	o.asked = slices.DeleteFunc(o.asked, func(q question) bool { return over[q.Consent] })
	o.host.moves.Add(1)
}

// putAnswered sorts what was asked about into lanes. The caller holds o.mu.
func (o *outbox) putAnswered(q question, answer *store.Consent) (touched []*lane) {
	for n := range q.parcel.Effects {
		c := &q.parcel.Effects[n]
		if !q.isAbout(c) {
			continue
		}
		if answer != nil {
			c.Consent = answer
		}
		touched = append(touched, o.putOne(q.parcel, n))
	}
	return touched
}

// withheld says how an effect ends that is not allowed; "" when it is allowed, or
// nobody had to be asked.
func (o *outbox) withheld(j *job) (s sdk.OutcomeState, why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := j.parcel.Effects[j.index].Consent
	switch {
	case c == nil || c.Said == store.Allowed:
		return "", ""
	case c.Said == store.Denied:
		return sdk.Refused, "@" + c.Asked.Username + " was asked and said no"
	}
	return sdk.Overtaken, "@" + c.Asked.Username + " was asked and did not answer in time"
}

// answers are the words by which a person answers a question.
var answers = map[string]string{"yes": store.Allowed, "no": store.Denied}

// consent takes a person's answer to a question of theirs, and says what comes of
// it; false when the command is none.
func (h *Host) consent(c *sdk.Command) (says string, isAnswer bool, err error) {
	said, isAnswer := answers[c.Name]
	if !isAnswer || c.By.ID == "" {
		return "", false, nil
	}
	open := h.outbox.questions(c.By.ID)
	code := strings.Trim(strings.TrimSpace(c.Args), "`.")
	var codes []string
	for _, q := range open {
		codes = append(codes, "`"+c.Name+" "+q.Code+"`")
	}
	if n := slices.IndexFunc(open, func(q question) bool { return q.Code == code || code == "" && len(open) == 1 }); n >= 0 {
		says, err = h.answered(open[n], said)
		return says, true, err
	}
	switch {
	case len(open) > 0:
		return "Which question do you mean? Write " + strings.Join(codes, " or ") + ".", true, nil
	case isCode(code):
		return "Nothing waits for that answer: it was given already, or comes too late.", true, nil
	}
	return "", false, nil
}

func isCode(s string) bool {
	return len(s) == 4 && strings.Trim(s, "0123456789") == ""
}

// answered notes an answer, and has done what it allows.
func (h *Host) answered(q question, said string) (says string, err error) {
	given := *q.Consent
	given.Said, given.At = said, h.clock.Now()
	if given.At.After(q.until) {
		return "That comes too late: nothing was done.", nil
	}
	if err := h.store.Answer(q.parcel.Number, given).Wait(); err != nil {
		return "", fmt.Errorf("keep answer to question %s: %w", q.Code, err)
	}
	h.outbox.release(func(o question) bool { return o.Consent == q.Consent }, &given)
	if said == store.Denied {
		return "Nothing is done then.", nil
	}
	name := askerOf(q.parcel)
	if h.pauses(name) {
		return name + " pauses now: it is done if it goes on in time.", nil
	}
	return name + " does it now.", nil
}

// askerOf is the instance that asks.
func askerOf(p *store.Parcel) string {
	for n := range p.Effects { // only what never changes is read: others of the parcel may be under way
		if name := p.Effects[n].Effect.Instance; name != store.Self {
			return name
		}
	}
	return ""
}

// Awaits says what an effect waits for that somebody is asked about, or was; ""
// when nobody is.
func Awaits(c store.Carried) string {
	switch q := c.Consent; {
	case q == nil:
		return ""
	case q.Said == store.Allowed:
		return fmt.Sprintf("allowed by @%s at %s", q.Asked.Username, q.At.UTC().Format(time.RFC3339))
	case c.Unanswered():
		return fmt.Sprintf("@%s is asked whether it may be done (`yes %s`)", q.Asked.Username, q.Code)
	}
	return ""
}
