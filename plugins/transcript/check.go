//go:build go1.20

package transcript

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	mostRules   = 100 // in one list
	mostCopies  = 20
	longSubject = 200 // bytes
)

// check says what is wrong with the settings, and what to write instead.
func (s Settings) check() error {
	if !s.ToGuest && len(s.CopyTo) == 0 && len(s.Copies) == 0 && len(s.InChat) == 0 && len(s.AgentKeeps) == 0 && !s.AgentAlways {
		return errors.New("nobody gets a transcript: write to_guest: true, copy_to, copies, in_chat, agent_keeps or agent_always")
	}
	if len(s.CopyTo) > mostCopies {
		return fmt.Errorf("copy_to has %d addresses, more than %d: use a mailing list", len(s.CopyTo), mostCopies)
	}
	if len(s.Subject) > longSubject || strings.ContainsAny(s.Subject, "\r\n") {
		return fmt.Errorf("subject has more than one line or %d bytes: shorten it", longSubject)
	}
	if err := s.checkCopies(); err != nil {
		return err
	}
	switch {
	case s.ReplyTo != "" && findAddress(s.ReplyTo) != s.ReplyTo:
		return fmt.Errorf("reply_to: %q is no mail address: write it like desk@example.com", s.ReplyTo)
	case s.ByServer && (s.ReplyTo != "" || len(s.InChat) > 0):
		return errors.New("by_server: Rocket.Chat's own transcripts know no reply_to and no in_chat: take these out, or by_server")
	case s.Later < 0 || s.Later.Std() > sdk.MaxAfter:
		return fmt.Errorf("later: %s is not between 0 and %s", s.Later, sdk.MaxAfter)
	}
	for _, list := range []struct {
		key   string
		rules []sdk.Rule
	}{{"in_chat", s.InChat}, {"guest_asks", s.GuestAsks}, {"agent_promises", s.AgentPromises}, {"agent_keeps", s.AgentKeeps}} {
		if err := checkRules(list.rules); err != nil {
			return fmt.Errorf("%s: %w", list.key, err)
		}
	}
	return nil
}

// checkCopies looks at the addresses, and at the rules that add some.
func (s Settings) checkCopies() error {
	if err := checkAddresses("copy_to", s.CopyTo); err != nil {
		return err
	}
	for n, c := range s.Copies {
		where := fmt.Sprintf("copies: entry %d", n+1)
		switch {
		case strings.TrimSpace(c.Rule.Name) == "":
			return fmt.Errorf("%s has a rule without a name: write one, reasons refer to it", where)
		case len(c.To) == 0 || len(c.To) > mostCopies:
			return fmt.Errorf("%s has %d addresses: write 1 to %d under to", where, len(c.To), mostCopies)
		}
		if _, err := regexp.Compile(c.Rule.Pattern); err != nil {
			return fmt.Errorf("%s: pattern cannot be used: %s: correct it, in the syntax of RE2", where, err)
		}
		if err := checkAddresses(where, c.To); err != nil {
			return err
		}
	}
	return nil
}

func checkAddresses(where string, list []string) error {
	for _, to := range list {
		if findAddress(to) != to || to == "" {
			return fmt.Errorf("%s: %q is no mail address: write it like desk@example.com", where, to)
		}
	}
	return nil
}

func checkRules(rules []sdk.Rule) error {
	if len(rules) > mostRules {
		return fmt.Errorf("there are %d rules, more than %d: put words into one rule", len(rules), mostRules)
	}
	for n, r := range rules {
		_, err := regexp.Compile(r.Pattern)
		switch {
		case strings.TrimSpace(r.Name) == "":
			return fmt.Errorf("rule %d has no name: write one, reasons refer to it", n+1)
		case len(r.Words) == 0 && r.Pattern == "":
			return fmt.Errorf("rule %q would hold for every message: write words or a pattern", r.Name)
		case err != nil:
			return fmt.Errorf("pattern of rule %q cannot be used: %s: correct it, in the syntax of RE2", r.Name, err)
		case !r.To.IsZero() || len(r.Fallback) > 0:
			return fmt.Errorf("rule %q has a to, but nothing is forwarded here: take it out", r.Name)
		}
	}
	return nil
}
