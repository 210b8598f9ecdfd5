package rule

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Check reports all that is wrong with a rule, and what to write instead.
// Hours are the names of the schedules that there are, reads the kinds that the
// instance is granted.
func Check(r sdk.Rule, hours, reads []string) []error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("rule %q: "+format, append([]any{r.Name}, args...)...))
	}
	if strings.TrimSpace(r.Name) == "" {
		fault("it has no name: write name, reasons refer to it")
	}
	if len(r.Words) > 0 {
		if _, err := text.NewWords(r.Words); err != nil {
			fault("words: %w", err)
		}
	}
	if _, err := regexp.Compile(r.Pattern); err != nil {
		fault("pattern: %w", badPattern(r.Pattern, err))
	}
	for _, d := range r.Department {
		if strings.TrimSpace(d) == "" {
			fault("department: one is empty: write %q for chats without a department", none)
		}
	}
	if r.Hours != "" {
		if _, _, err := parseHours(r.Hours, hours); err != nil {
			fault("hours: %w", err)
		}
	}
	if w := r.Waiting.Std(); w < 0 || w > sdk.MaxTimer {
		fault("waiting: %s is not within 0 and %s", short(w), short(sdk.MaxTimer))
	}
	for _, field := range sdk.Keys(r.Contact) {
		if strings.TrimSpace(field) == "" || r.Contact[field] == "" {
			fault("contact: %q: %q: write a field and the value that it must have", field, r.Contact[field])
		}
	}
	for _, field := range sdk.Keys(r.Fields) {
		if strings.TrimSpace(field) == "" {
			fault("fields: one has no name: write a custom field of the chat and the value that it must have")
		}
	}
	for _, tag := range r.Language {
		if !languageTag.MatchString(tag) {
			fault("language: %q is no language: write it like de or pt", tag)
		}
	}
	if r.When != "" {
		if _, err := compileWhen(r.When); err != nil {
			fault("when: %w", err)
		}
	}
	for _, err := range checkAsking(r, reads) {
		fault("%w", err)
	}
	if len(r.Fallback) > 0 && r.To.IsZero() {
		fault("fallback: it has no to: write where the chat goes first")
	}
	for n, t := range r.Fallback {
		if t.IsZero() {
			fault("fallback: target %d is empty: write {department: NAME} or {agent: USERNAME}", n+1)
		}
	}
	return faults
}

// languageTag is what package text tells, in short.
var languageTag = regexp.MustCompile(`^[a-z]{2,3}$`)

func badPattern(pattern string, err error) error {
	return fmt.Errorf("%s cannot be used (%w): correct it, in the syntax of RE2", clip(pattern), err)
}

// parseHours reads "open support" or "closed support".
func parseHours(s string, names []string) (open bool, name string, err error) {
	state, name, _ := strings.Cut(strings.TrimSpace(s), " ")
	name = strings.TrimSpace(name)
	if name == "" || state != "open" && state != "closed" {
		return false, "", fmt.Errorf("%q is neither open nor closed with a schedule's name: write it like \"closed %s\"", s, example(names))
	}
	for _, n := range names {
		if n == name {
			return state == "open", name, nil
		}
	}
	if len(names) == 0 {
		return false, "", fmt.Errorf("there is no schedule %q, and no other: add it under hours in config.yaml", name)
	}
	return false, "", fmt.Errorf("there is no schedule %q: write one of %s, or add it under hours in config.yaml", name, strings.Join(names, ", "))
}

func example(names []string) string {
	if len(names) == 0 {
		return "support"
	}
	return names[0]
}

func scheduleNames(hours map[string]sdk.Hours) []string {
	names := make([]string, 0, len(hours))
	for name := range hours {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
