//go:build go1.20

// Package transcript delivers the conversation when a chat ends: to the guest
// who asked for it, to fixed addresses, and to the agent who wants a copy.
package transcript

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Settings are what an instance file says. By default nobody gets a transcript
// unasked. In each list of rules the first that holds decides, and one with
// `stop` decides that it is not wanted.
type Settings struct {
	// GuestAsks are rules on what the guest says who wants the transcript by mail.
	GuestAsks []sdk.Rule `json:"guest_asks"`
	// AgentPromises are rules on what an agent says who promises it to the guest.
	AgentPromises []sdk.Rule `json:"agent_promises"`
	// AgentKeeps are rules on what an agent says who wants the PDF in the
	// direct messages.
	AgentKeeps []sdk.Rule `json:"agent_keeps"`
	// InChat are rules on what the guest or an agent says who wants the PDF in the
	// chat, at once.
	InChat []sdk.Rule `json:"in_chat"`
	// Always sends a transcript of every chat, asked for or not.
	Always bool `json:"always"`
	// Departments are those whose chats are always sent; "none" means chats in none.
	Departments sdk.Names `json:"departments"`
	// ToGuest sends transcripts to the guest. Without it only CopyTo gets them.
	ToGuest bool `json:"to_guest"`
	// OtherAddress lets a guest name an address that the visitor's data do not hold.
	OtherAddress bool `json:"other_address"`
	// CopyTo are addresses that get a copy of each transcript that is sent.
	CopyTo []string `json:"copy_to"`
	// Copies add addresses by rules on the chat that ends: those of each rule that
	// holds.
	Copies []Copies `json:"copies"`
	// AgentAlways gives agents the PDF of every chat, asked for or not.
	AgentAlways bool `json:"agent_always"`
	// Subject is that of the mails; "" means the host's own, in the guest's language.
	Subject string `json:"subject"`
	// ReplyTo is where answers to the mails go; "" means to the sender.
	ReplyTo string `json:"reply_to"`
	// Later is how long after the chat's end transcripts go out, such as 10m; by
	// default at once.
	Later sdk.Duration `json:"later"`
	// ByServer has Rocket.Chat send its own transcripts instead: mails without a
	// PDF, and PDFs that only paid editions make.
	ByServer bool `json:"by_server"`
}

// Copies are addresses that get a copy where a rule holds.
type Copies struct {
	// Rule is tried on the chat and on what was said lastly in it.
	Rule sdk.Rule `json:"rule"`
	// To are the addresses.
	To []string `json:"to"`
}

// Register wires the rules to what happens.
func Register(p *sdk.Plugin) error {
	s := Settings{ToGuest: true}
	if err := p.Settings(&s); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	p.OnMessage(s.message)
	p.OnTaken(s.taken)
	p.OnClosed(s.closed)
	p.OnResult(s.result)
	return nil
}

// What a chat remembers.
const (
	mailed = "mail"    // why the guest gets a mail
	kept   = "pdf"     // why the agent gets the PDF
	named  = "address" // the address that the guest has named
	told   = "told"    // what whom was last told of
)

// message notes who wants a transcript. It is sent when the chat ends.
func (s Settings) message(c *sdk.Chat, m sdk.Message) error {
	if why := firstHeld(c, s.InChat, m.Text); why != "" {
		c.SendTranscript(sdk.Delivery{Chat: true}, sdk.Because("%s", why))
		return nil
	}
	if m.From == sdk.Guest {
		return s.guestSays(c, m.Text)
	}
	return s.agentSays(c, m.Text)
}

func (s Settings) guestSays(c *sdk.Chat, text string) error {
	asked := note(c, mailed, s.GuestAsks, text)
	address := findAddress(text)
	switch {
	case !c.State().Has(mailed):
		return sdk.Skip("the guest does not want a transcript")
	case !asked && address == "":
		return sdk.Skip("a transcript is wanted already")
	case address != "" && s.OtherAddress:
		c.State().Set(named, address)
	}
	s.tellProblem(c, address)
	return nil
}

func (s Settings) agentSays(c *sdk.Chat, text string) error {
	promised := note(c, mailed, s.AgentPromises, text)
	keeps := note(c, kept, s.AgentKeeps, text)
	if promised {
		s.tellProblem(c, "")
	}
	if !promised && !keeps {
		return sdk.Skip("the agent says nothing about a transcript")
	}
	return nil
}

// note remembers under the name why a transcript is wanted, or forgets it, by
// the first rule that holds. It reports whether one did.
func note(c *sdk.Chat, name string, rules []sdk.Rule, text string) bool {
	for _, r := range rules {
		m := c.Match(r, text)
		if !m.Held {
			continue
		}
		if r.Stop {
			c.State().Delete(name)
		} else {
			c.State().Set(name, m.String())
		}
		return true
	}
	return false
}

// firstHeld is why the first rule that holds does; "" when none does, or one that
// stops.
func firstHeld(c *sdk.Chat, rules []sdk.Rule, text string) string {
	for _, r := range rules {
		if m := c.Match(r, text); m.Held && r.Stop {
			return ""
		} else if m.Held {
			return m.String()
		}
	}
	return ""
}

// taken tells an agent who comes what stands in the way.
func (s Settings) taken(c *sdk.Chat) error {
	s.tellProblem(c, "")
	return nil
}

// tellProblem tells the agent, once, why the guest will not get the mail as
// things are, while something can be done about it. Address is the one that
// the guest has just named, if any.
func (s Settings) tellProblem(c *sdk.Chat, address string) {
	text, why := "", ""
	switch to := s.guestAddress(c); {
	case !s.ToGuest || c.Agent.IsZero() || !c.State().Has(mailed):
		return
	case to == "":
		text = fmt.Sprintf("%.60s is to get a transcript of this chat, but no mail address is known. Ask for it and enter it into the visitor's data before you close the chat.", guest(c))
		why = "a transcript is wanted and no address is known"
	case address != "" && !strings.EqualFold(address, to):
		text = fmt.Sprintf("%.60s wants the transcript at %s, but it goes to the address in the visitor's data, %.100s. Change it there if the guest is right.", guest(c), address, to)
		why = "the guest named another address than the known one"
	default:
		return
	}
	if c.State().Get(told) != c.Agent.ID+" "+why {
		c.State().Set(told, c.Agent.ID+" "+why)
		c.TellAgent(text, sdk.Because("%s", why))
	}
}

// closed asks for what is wanted by now.
func (s Settings) closed(c *sdk.Chat) error {
	if len(c.Last) == 0 {
		return sdk.Skip("nothing was said")
	}
	mail, pdf := s.mail(c), s.pdf(c)
	if mail || pdf {
		return nil
	}
	return sdk.Skip("nobody is to get a transcript")
}

// mail asks for the mail and reports whether it asked for anything.
func (s Settings) mail(c *sdk.Chat) bool {
	why := s.whyMail(c)
	to := s.addresses(c)
	switch {
	case why == "":
		return false
	case len(to) > 0:
		for _, group := range s.groups(to) {
			c.SendTranscript(sdk.Delivery{Mail: group, Subject: s.Subject, ReplyTo: s.ReplyTo, Server: s.ByServer, After: s.Later.Std()}, sdk.Because("%s", why))
		}
	case !c.State().Has(mailed) || c.Agent.IsZero():
		return false
	default:
		c.TellAgent(fmt.Sprintf("No transcript was sent to %.60s: no mail address is known.", guest(c)), sdk.Because("no address is known; %s", why))
	}
	return true
}

// groups are the addresses that one transcript takes: Rocket.Chat's own takes
// one.
func (s Settings) groups(to []string) [][]string {
	if !s.ByServer {
		return [][]string{to}
	}
	var all [][]string
	for _, address := range to {
		all = append(all, []string{address})
	}
	return all
}

// whyMail is why a mail is to be sent; "" when none is.
func (s Settings) whyMail(c *sdk.Chat) string {
	if why := c.State().Get(mailed); why != "" {
		return why
	}
	if s.Always {
		return "each chat is sent: always is set"
	}
	if len(s.Departments) == 0 {
		return ""
	}
	m := c.Match(sdk.Rule{Name: "departments", Department: s.Departments}, "")
	if !m.Held {
		return ""
	}
	return m.String()
}

// pdf asks for the agent's PDF and reports whether it did.
func (s Settings) pdf(c *sdk.Chat) bool {
	why := c.State().Get(kept)
	if why == "" && s.AgentAlways {
		why = "agents get each chat: agent_always is set"
	}
	if why == "" || c.Agent.IsZero() {
		return false
	}
	c.SendTranscript(sdk.Delivery{Direct: true, Server: s.ByServer, After: s.Later.Std()}, sdk.Because("%s", why))
	return true
}

// addresses are where the mail goes, each once.
func (s Settings) addresses(c *sdk.Chat) []string {
	var all []string
	if to := s.guestAddress(c); to != "" && s.ToGuest {
		all = append(all, to)
	}
	all = appendNew(all, s.CopyTo)
	for _, copies := range s.Copies {
		if c.Match(copies.Rule, said(c)).Held {
			all = appendNew(all, copies.To)
		}
	}
	return all
}

func appendNew(all, list []string) []string {
	for _, to := range list {
		if !containsFold(all, to) {
			all = append(all, to)
		}
	}
	return all
}

// said is what was said lastly in the chat.
func said(c *sdk.Chat) string {
	var texts []string
	for _, m := range c.Last {
		texts = append(texts, m.Text)
	}
	return strings.Join(texts, "\n")
}

// guestAddress is the guest's address: the one that he has named, where that
// is allowed, or the first of the visitor's data; "" means that none is known.
func (s Settings) guestAddress(c *sdk.Chat) string {
	if to := c.State().Get(named); to != "" && s.OtherAddress {
		return to
	}
	if len(c.Visitor.Emails) == 0 {
		return ""
	}
	return c.Visitor.Emails[0]
}

// result tells the agent what has not arrived. A mail that the server has
// accepted may still be lost on its way: nobody is told that it was delivered.
func (s Settings) result(c *sdk.Chat, r sdk.Result) error {
	switch {
	case r.Effect.Kind != sdk.EffectTranscript:
		return sdk.Skip("not about a transcript")
	case r.Outcome.State == sdk.Done:
		return sdk.Skip("accepted: %s", r.Outcome.Detail)
	case c.Agent.IsZero():
		return sdk.Skip("nobody to tell that the transcript is %s: %s", string(r.Outcome.State), r.Outcome.Reason)
	}
	text := fmt.Sprintf("The transcript of your chat with %.60s was not sent as it should be: %.500s.", guest(c), r.Outcome.Reason)
	if r.Outcome.Detail != "" {
		text += fmt.Sprintf(" What was sent: %.500s.", r.Outcome.Detail)
	}
	c.TellAgent(text, sdk.Because("transcript is %s", string(r.Outcome.State)))
	return nil
}

// guest is how people call the guest, in one line.
func guest(c *sdk.Chat) string {
	for _, name := range []string{c.Visitor.Name, c.Visitor.Username} {
		if words := strings.Fields(name); len(words) > 0 {
			return strings.Join(words, " ")
		}
	}
	return "The guest"
}

func containsFold(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(x, s) {
			return true
		}
	}
	return false
}

// mailAddress is what looks like a mail address. Letters with accents belong
// to it, so that of müller@example.org not ller@example.org is found.
var mailAddress = regexp.MustCompile(`[._%+` + letters + `]+@[` + letters + `]+(\.[` + letters + `]+)+`)

const letters = `\p{Latin}\p{Greek}\p{Cyrillic}\pM0-9-`

// findAddress is the first mail address in a text; "" when there is none, or
// one that not every mail server takes: in ASCII, and not too long (RFC 5321,
// 4.5.3.1).
func findAddress(text string) string {
	address := mailAddress.FindString(text)
	if len(address) > 254 || strings.IndexFunc(address, isForeign) >= 0 {
		return ""
	}
	return address
}

func isForeign(r rune) bool { return r > unicode.MaxASCII }
