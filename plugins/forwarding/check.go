//go:build go1.20

package forwarding

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	mostRules = 200 // a chat remembers at most 256 things
	longName  = 100 // bytes; the name becomes part of what a chat remembers
)

// check says what is wrong with the settings, and what to write instead.
func (s Settings) check() error {
	switch {
	case len(s.Rules) == 0:
		return errors.New("there are no rules: write at least one under settings, such as rules: [{name: invoices, words: [invoice], to: {department: Billing}}]")
	case len(s.Rules) > mostRules:
		return fmt.Errorf("there are %d rules, more than %d: put words into one rule, or use two instances", len(s.Rules), mostRules)
	}
	seen := map[string]bool{}
	for n, r := range s.Rules {
		if seen[r.Name] {
			return fmt.Errorf("rule %q stands there twice: give one of them another name", r.Name)
		}
		seen[r.Name] = true
		if err := checkRule(n+1, r); err != nil {
			return err
		}
	}
	return nil
}

func checkRule(number int, r sdk.Rule) error {
	switch {
	case strings.TrimSpace(r.Name) == "":
		return fmt.Errorf("rule %d has no name: write one, reasons refer to it", number)
	case len(r.Name) > longName || strings.IndexFunc(r.Name, unicode.IsControl) >= 0:
		return fmt.Errorf("the name of rule %d has more than %d bytes or holds control characters: shorten it", number, longName)
	case r.To.IsZero() && !r.Stop:
		return fmt.Errorf("rule %q does nothing: write to: {department: NAME}, {agent: USERNAME}, {least_busy: DEPARTMENT}, {last_agent: true} or {queue: true}; or stop: true, if chats shall stay where it holds", r.Name)
	case r.To.IsZero() && len(r.Fallback) > 0:
		return fmt.Errorf("rule %q has a fallback and no to: write where the chat goes first", r.Name)
	case r.Waiting.Std() > sdk.MaxTimer:
		return fmt.Errorf("rule %q waits %s, longer than %s: shorten it", r.Name, r.Waiting.String(), sdk.MaxTimer.String())
	}
	if err := checkTarget(r.Name, r.To); err != nil {
		return err
	}
	for n, t := range r.Fallback {
		if err := checkTarget(r.Name, t); err != nil {
			return err
		}
		if t.IsZero() {
			return fmt.Errorf("fallback %d of rule %q is empty: write {department: NAME} or {agent: USERNAME}", n+1, r.Name)
		}
	}
	if _, err := regexp.Compile(r.Pattern); err != nil {
		return fmt.Errorf("pattern of rule %q cannot be used: %s: correct it, in the syntax of RE2", r.Name, err)
	}
	return nil
}

// checkTarget says which keys of a target exclude each other.
func checkTarget(rule string, t sdk.Target) error {
	switch {
	case t.Queue && t != (sdk.Target{Queue: true}):
		return fmt.Errorf("rule %q names the queue and more in one target: write {queue: true}, which is the queue of the chat's department", rule)
	case t.LeastBusy != "" && t != (sdk.Target{LeastBusy: t.LeastBusy}):
		return fmt.Errorf("rule %q names the least busy agent and more in one target: write {least_busy: %s}", rule, t.LeastBusy)
	case t.LastAgent && t.Agent != "":
		return fmt.Errorf("rule %q names the last agent and @%s in one target: write {last_agent: true}, or {last_agent: true, department: NAME}", rule, t.Agent)
	}
	return nil
}
