//go:build go1.20

package callapp

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	mostRules = 100  // in one list
	longText  = 4096 // bytes
)

// check says what is wrong with the settings, and what to write instead.
func (s Settings) check() error {
	switch {
	case len(s.GuestAsks)+len(s.AgentOffers) == 0:
		return errors.New("nobody can ask for a call: write guest_asks or agent_offers, such as guest_asks: [{name: asked, words: [call me]}]")
	case len(s.EndedText) > longText:
		return fmt.Errorf("ended_text has more than %d bytes: shorten it", longText)
	case len(s.Text) > longText:
		return fmt.Errorf("text has more than %d bytes: shorten it", longText)
	}
	if err := checkRules(s.GuestAsks); err != nil {
		return fmt.Errorf("guest_asks: %w", err)
	}
	if err := checkRules(s.AgentOffers); err != nil {
		return fmt.Errorf("agent_offers: %w", err)
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
		case len(r.Text) > longText:
			return fmt.Errorf("text of rule %q has more than %d bytes: shorten it", r.Name, longText)
		case !r.To.IsZero() || len(r.Fallback) > 0:
			return fmt.Errorf("rule %q has a to, but nothing is forwarded here: take it out", r.Name)
		}
	}
	return nil
}
