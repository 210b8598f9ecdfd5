//go:build go1.20

package forwarding

import (
	"strings"
	"time"
	"unicode"

	"github.com/bellhop-chat/bellhop/sdk"
)

// The next agent learns by direct message why the chat came and what the guest
// wrote. Who that is, is known when the chat is taken, or a moment after the
// forward: what its outcome shows may be the chat as it was.

const (
	noteDue = "note"         // the chat remembers under it the reason that nobody was told yet
	former  = "former agent" // and under it who had it when it was forwarded
	tries   = "note tries"
	tells   = "tell the next agent" // a timer
)

const (
	soon      = 5 * time.Second
	again     = time.Minute
	mostTries = 3
)

const (
	mostQuotes = 3
	longQuote  = 500 // characters of a message
)

// moved has the next agent told, and notes what the chat has left.
func (m mover) moved(c *sdk.Chat, r sdk.Result) {
	if r.Effect.Kind == sdk.EffectQueue {
		leave(c, theQueue, "")
	}
	if f := r.Outcome.Former; f != nil && r.Effect.Kind == sdk.EffectForward {
		leave(c, anAgent, f.Target.Agent)
	}
	if m.s.Note != nil && !*m.s.Note {
		return
	}
	c.State().Set(noteDue, r.Effect.Reason)
	c.SetTimer(tells, soon)
}

// taken tells who has taken the chat.
func (m mover) taken(c *sdk.Chat) error {
	follow(c)
	return m.tellOrSkip(c, "the chat was taken")
}

// dueNote tells who has the chat by now. With nobody there, who takes it is told.
func (m mover) dueNote(c *sdk.Chat) error {
	follow(c)
	if m.tell(c) {
		return nil
	}
	if c.Open() && c.State().Has(noteDue) && !c.Agent.IsZero() && c.State().Add(tries, 1) < mostTries {
		c.SetTimer(tells, again)
		return sdk.Skip("the chat is with its former agent still")
	}
	return sdk.Skip("nobody new has the chat")
}

func (m mover) tellOrSkip(c *sdk.Chat, what string) error {
	if m.tell(c) {
		return nil
	}
	return sdk.Skip("%s: nobody is to be told", what)
}

// tell writes to who has the chat now, if a note is due and that is another than
// before.
func (m mover) tell(c *sdk.Chat) bool {
	switch {
	case !c.State().Has(noteDue):
		return false
	case !c.Open():
		forgetNote(c)
		return false
	case c.Agent.IsZero() || strings.EqualFold(c.Agent.Username, c.State().Get(former)):
		return false
	}
	m.p.Direct(c.Agent.Username, note(c, c.State().Get(noteDue)), sdk.About(c), sdk.Because("@%s has a chat that was forwarded", c.Agent.Username))
	forgetNote(c)
	return true
}

func forgetNote(c *sdk.Chat) {
	if !c.State().Has(noteDue) {
		return
	}
	for _, key := range []string{noteDue, former, tries} {
		c.State().Delete(key)
	}
	c.CancelTimer(tells)
}

// noted says loudly that nobody was told: without the grant that is so each time.
func (m mover) noted(r sdk.Result) error {
	if r.Outcome.State == sdk.Refused {
		m.p.Log("the next agent was not told why the chat came: " + r.Outcome.Reason + ": add direct to the effects among the grants, or write note: false under settings")
	}
	return sdk.Skip("the note is %s", string(r.Outcome.State))
}

// note is what the next agent reads: the chat, the reason, and the guest's last
// messages as they stand.
func note(c *sdk.Chat, reason string) string {
	text := "[This chat](" + c.Link() + ") was forwarded because of " + harmless(reason) + "."
	var said []string
	for n := len(c.Last) - 1; n >= 0 && len(said) < mostQuotes; n-- {
		if c.Last[n].From == sdk.Guest {
			said = append([]string{quote(c.Last[n])}, said...)
		}
	}
	if len(said) == 0 {
		return text + " The guest has written nothing yet."
	}
	return text + " The guest wrote lastly:\n" + strings.Join(said, "\n\n")
}

// quote is a message line by line behind >, cut when it is long.
func quote(m sdk.Message) string {
	text := strings.TrimSpace(harmless(m.Text))
	if runes := []rune(text); len(runes) > longQuote {
		text = string(runes[:longQuote]) + "…"
	}
	for _, f := range m.Files {
		text += "\n(file " + oneLine(harmless(f.Name)) + ")"
	}
	return "> " + strings.Join(strings.Split(strings.TrimSpace(text), "\n"), "\n> ")
}

// harmless is a guest's text that calls nobody, hides no link and breaks out of
// no quote: a character of no width stands where markdown would begin something.
func harmless(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer("@", "@\u200b", "#", "#\u200b", "`", "'", "](", "]\u200b(", "<", "<\u200b").Replace(s)
}
