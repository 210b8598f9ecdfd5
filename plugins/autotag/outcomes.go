//go:build go1.20

package autotag

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	minute = time.Minute
	hour   = time.Hour
)

// Outcomes are tags by how a chat ended. An empty one is not set.
type Outcomes struct {
	Unanswered    string       `json:"unanswered"`      // the guest wrote, and no person ever answered
	LeftWaiting   string       `json:"left_waiting"`    // a person had answered, and the guest's last words were not
	ClosedByGuest string       `json:"closed_by_guest"` // the guest ended the chat
	ClosedByAgent string       `json:"closed_by_agent"` // a person of the workspace ended it
	Forwarded     string       `json:"forwarded"`       // the chat was moved at least forwarded_times
	Times         int          `json:"forwarded_times"` // 1 or more
	Long          string       `json:"long"`            // the chat lasted at least long_after
	LongAfter     sdk.Duration `json:"long_after"`      // such as 1h
	Short         string       `json:"short"`           // the chat lasted less than short_below
	ShortBelow    sdk.Duration `json:"short_below"`     // such as 1m
}

// all are the tags that are named.
func (o Outcomes) all() []string {
	var all []string
	for _, tag := range []string{o.Unanswered, o.LeftWaiting, o.ClosedByGuest, o.ClosedByAgent, o.Forwarded, o.Long, o.Short} {
		if tag != "" {
			all = append(all, tag)
		}
	}
	return all
}

// outcomes are the tags by how the chat ended. Of a chat of which nobody knows
// who ended it, or how long it lasted, nothing is said.
func (t tagger) outcomes(c *sdk.Chat) []reason {
	o := t.Outcomes
	waits := !c.WaitingSince.IsZero()
	lasted, known := duration(c)
	span := fmt.Sprintf("the chat lasted %s", lasted.Round(time.Second))
	var all []reason
	for _, x := range []struct {
		reason
		holds bool
	}{
		{reason{o.Unanswered, "unanswered", "no person has answered the guest"}, !c.Answered() && waits},
		{reason{o.LeftWaiting, "left_waiting", "the guest's last words were not answered"}, c.Answered() && waits},
		{reason{o.ClosedByGuest, "closed_by_guest", "the guest ended the chat"}, c.Closing.ByVisitor},
		{reason{o.ClosedByAgent, "closed_by_agent", "@" + c.Closing.By.Username + " ended the chat"}, !c.Closing.ByVisitor && !c.Closing.By.IsZero()},
		{reason{o.Forwarded, "forwarded", fmt.Sprintf("the chat was forwarded %d times", c.Forwards)}, c.Forwards >= o.Times},
		{reason{o.Long, "long", span}, known && lasted >= o.LongAfter.Std()},
		{reason{o.Short, "short", span}, known && lasted < o.ShortBelow.Std()},
	} {
		if x.tag != "" && x.holds {
			all = append(all, x.reason)
		}
	}
	return all
}

// duration is how long the chat lasted, as far as both ends are known.
func duration(c *sdk.Chat) (time.Duration, bool) {
	if c.OpenedAt.IsZero() || c.ClosedAt.IsZero() {
		return 0, false
	}
	return c.ClosedAt.Sub(c.OpenedAt), true
}

// Field is a tag by what a custom field of the chat or, where it has none of
// that name, of the guest holds when the chat ends. All keys that are given must
// hold.
type Field struct {
	Tag     string    `json:"tag"`
	Field   string    `json:"field"`
	Is      sdk.Names `json:"is"`       // one of these, whatever case
	AtMost  string    `json:"at_most"`  // a number that is not more, such as "2"
	AtLeast string    `json:"at_least"` // a number that is not less
}

// fields are the tags by custom fields.
func (t tagger) fields(c *sdk.Chat) []reason {
	var all []reason
	for _, f := range t.Fields {
		value, there := c.Fields[f.Field]
		if !there {
			value = c.Visitor.Fields[f.Field]
		}
		if value = strings.TrimSpace(value); f.holds(value) {
			all = append(all, reason{f.Tag, "field " + f.Field, fmt.Sprintf("the field %s is %q", f.Field, value)})
		}
	}
	return all
}

func (f Field) holds(value string) bool {
	if value == "" || len(f.Is) > 0 && !like(f.Is, value) {
		return false
	}
	if f.AtMost == "" && f.AtLeast == "" {
		return true
	}
	n, err := number(value)
	least, _ := number(f.AtLeast) // checked with the settings
	most, _ := number(f.AtMost)
	return err == nil && (f.AtLeast == "" || n >= least) && (f.AtMost == "" || n <= most)
}

// number reads one as people write it: a comma may stand for the point.
func number(text string) (float64, error) {
	return strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
}
