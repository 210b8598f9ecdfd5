package sdk

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Rule is a condition that an admin writes in an instance's settings. All keys
// that are given must hold; a rule with none holds always. Chat.Match tries it.
type Rule struct {
	Name        string            `json:"name"`
	Words       []string          `json:"words,omitempty"`       // one of them stands in the text as a whole word, whatever case and accents
	Pattern     string            `json:"pattern,omitempty"`     // a regular expression (RE2) that finds something in the text
	Department  Names             `json:"department,omitempty"`  // the chat is in one of these; "none" means in none
	Hours       string            `json:"hours,omitempty"`       // "open NAME" or "closed NAME", NAME being a schedule of config.yaml
	Waiting     Duration          `json:"waiting,omitempty"`     // the guest has waited at least so long for an answer
	Contact     map[string]string `json:"contact,omitempty"`     // each field of the contact has this value
	Fields      map[string]string `json:"fields,omitempty"`      // each custom field of the chat has this value
	Tags        Names             `json:"tags,omitempty"`        // the chat carries one of these, whatever case and accents
	Channel     Names             `json:"channel,omitempty"`     // the chat came by one of these, such as widget or email
	Page        Names             `json:"page,omitempty"`        // the guest is on one of these pages of the website, or below, such as /pricing or shop.example.com/cart; * stands for anything
	Language    Names             `json:"language,omitempty"`    // the text is surely in one of these, such as de; of a doubtful one it does not hold
	Topic       *Topics           `json:"topic,omitempty"`       // the text is surely about one of these topics
	Available   *Staff            `json:"available,omitempty"`   // somebody there takes chats
	Unavailable *Staff            `json:"unavailable,omitempty"` // nobody there takes chats
	Load        *Load             `json:"load,omitempty"`        // an agent or a department has more, or fewer, open chats
	Earlier     *Earlier          `json:"earlier,omitempty"`     // the guest has written before: how often, with which tags, to whom
	When        string            `json:"when,omitempty"`        // an expression, for what no other key says, such as: answered && waiting > duration("5m")
	To          Target            `json:"to"`                    // what to do: where the chat goes
	Fallback    []Target          `json:"fallback,omitempty"`    // where it goes when nobody is there, tried in order
	Text        string            `json:"text,omitempty"`        // what the guest may read about it
	Stop        bool              `json:"stop,omitempty"`        // when the rule holds, later rules are not tried
}

// Match is how a rule was tried: each part with what it found.
type Match struct {
	Rule  string `json:"rule"`
	Held  bool   `json:"held"`
	Parts []Part `json:"parts"`
}

// Part is one key of a rule and what it found.
type Part struct {
	Key  string `json:"key"` // such as "words"
	Held bool   `json:"held"`
	Says string `json:"says"` // such as `words matched "invoice"` or `words: none of 3 found`

	// Failed tells that nobody could say whether it holds: what it had to know
	// could not be read. It then does not hold.
	Failed bool `json:"failed,omitempty"`
}

// Because gives the rule and what it found as an effect's reason.
func (m Match) Because() Option {
	return Option{func(e *Effect) { e.Rule, e.Reason = m.Rule, m.String() }}
}

// String says why the rule held, or why not: `rule "billing words": words
// matched "invoice"`.
func (m Match) String() string {
	var says []string
	for _, p := range m.Parts {
		if p.Held == m.Held {
			says = append(says, p.Says)
		}
	}
	if len(says) == 0 {
		says = append(says, "holds always")
	}
	return fmt.Sprintf("rule %q: %s", m.Rule, strings.Join(says, ", "))
}

// Match tries a rule on the chat and the text. The result is kept with the
// decision, also when the rule did not hold.
func (c *Chat) Match(r Rule, text string) Match {
	return c.mustRun("Match").match(c, r, text)
}

// Names is a list that may be written as one text in settings.
type Names []string

// UnmarshalJSON takes "Sales" and ["Sales", "Support"].
func (n *Names) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*n = Names{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return fmt.Errorf("%s is neither a text nor a list of texts", b)
	}
	*n = many
	return nil
}

// Duration is a length of time that is written as "90s", "2m" or "1h30m" in
// settings.
type Duration time.Duration

// Std is the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String is "2m0s".
func (d Duration) String() string { return time.Duration(d).String() }

// UnmarshalJSON takes "2m".
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("duration %s: write a text such as \"2m\" or \"90s\"", b)
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("duration %q: write a text such as \"2m\" or \"90s\"", s)
	}
	*d = Duration(v)
	return nil
}

// MarshalJSON gives "2m0s".
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }
