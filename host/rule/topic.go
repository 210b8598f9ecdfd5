package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (a attempt) topic() []sdk.Part {
	const key = "topic"
	t := a.rule.Topic
	if t == nil {
		return nil
	}
	if strings.TrimSpace(a.text) == "" {
		return one(key, false, "topic: nothing was said")
	}
	chosen, err := a.plugin().Choose(a.text, distinct(t.Is, t.Among), 1)
	if err != nil {
		return failed(key, err)
	}
	held, says := judged(chosen, t.Is, t.Sure)
	return one(key, held, "topic %s", says)
}

// judged tells whether the choice is one of the wanted topics, and sure enough.
func judged(c sdk.Choice, wanted []string, limit float64) (held bool, says string) {
	if limit <= 0 {
		limit = sure
	}
	by := ""
	if c.Source != "" {
		by = ", says " + clip(c.Source)
	}
	how := fmt.Sprintf("%.0f %%", 100*c.Confidence)
	switch {
	case len(c.Labels) == 0 && c.Confidence > 0:
		return false, fmt.Sprintf("is unknown, not %s: the likeliest fits by %s%s", list(wanted), how, by)
	case len(c.Labels) == 0:
		return false, fmt.Sprintf("is unknown, not %s%s", list(wanted), by)
	case !isOneOf(wanted, c.Labels[0]):
		return false, fmt.Sprintf("is %s (%s%s), not %s", clip(c.Labels[0]), how, by, list(wanted))
	case c.Confidence < limit:
		return false, fmt.Sprintf("is perhaps %s (%s%s): not sure enough, which is %.0f %%", clip(c.Labels[0]), how, by, 100*limit)
	}
	return true, fmt.Sprintf("is %s (%s%s)", clip(c.Labels[0]), how, by)
}

func list(topics []string) string { return clip(strings.Join(topics, " or ")) }

// distinct are the topics of all lists, each once, in order.
func distinct(lists ...[]string) (all []string) {
	for _, l := range lists {
		for _, topic := range l {
			if !slices.ContainsFunc(all, func(had string) bool { return text.Fold(had) == text.Fold(topic) }) {
				all = append(all, topic)
			}
		}
	}
	slices.Sort(all) // so that rules that offer the same ask the same
	return all
}
