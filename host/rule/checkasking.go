package rule

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// checkAsking finds what is wrong with the keys for which somebody is asked.
func checkAsking(r sdk.Rule, reads []string) (faults []error) {
	fault := func(key string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", key, err))
		}
	}
	for _, want := range r.Page {
		_, err := pagePattern(want)
		fault("page", err)
	}
	if r.Load != nil {
		fault("load", checkLoad(*r.Load))
	}
	if r.Earlier != nil {
		fault("earlier", checkBounds(r.Earlier.Over, r.Earlier.Under))
	}
	if r.Topic != nil {
		fault("topic", checkTopics(*r.Topic))
	}
	for _, n := range needs(r) {
		if !slices.Contains(reads, n.read) {
			faults = append(faults, fmt.Errorf("%s: it needs the read %q, which is not granted: add it to reads under grants in the instance's file, or leave %s out", n.key, n.read, n.key))
		}
	}
	return faults
}

func checkLoad(l sdk.Load) error {
	switch {
	case (l.Department == "") == (l.Agent == ""):
		return errors.New("it names not exactly one of department and agent: write it like {department: Support, over: 20} or {agent: its own, over: 4}")
	case l.Over == nil && l.Under == nil:
		return errors.New("it has neither over nor under: write it like {department: Support, over: 20}")
	}
	return checkBounds(l.Over, l.Under)
}

// checkBounds finds bounds between which no number lies.
func checkBounds(over, under *int) error {
	switch {
	case over != nil && *over < 0:
		return fmt.Errorf("over: %d is less than 0: leave it out, or write 0 for at least one", *over)
	case under != nil && *under < 1:
		return fmt.Errorf("under: nothing is fewer than %d: write 1 for none", *under)
	case over != nil && under != nil && *under-*over < 2:
		return fmt.Errorf("no number is over %d and under %d: correct one of them", *over, *under)
	}
	return nil
}

func checkTopics(t sdk.Topics) error {
	switch {
	case len(t.Is) == 0:
		return errors.New("it has no is: write it like {is: [refund, invoice], sure: 0.8}")
	case slices.ContainsFunc(append(slices.Clone(t.Is), t.Among...), func(s string) bool { return strings.TrimSpace(s) == "" }):
		return errors.New("one is empty: write the names of topics")
	case t.Sure < 0 || t.Sure > 1:
		return fmt.Errorf("sure: %g is not within 0 and 1: write 0.8 for 80 %%", t.Sure)
	}
	return nil
}

// need is a read that a key of a rule or of its targets makes, and that must be granted.
type need struct{ key, read string }

// Reads are the kinds that rules may need.
var Reads = []string{sdk.ReadAgents, sdk.ReadDepartments, sdk.ReadPast, sdk.ReadClassify}

// needs are those of a rule. A contact and a page are read without a grant.
func needs(r sdk.Rule) (all []need) {
	for _, n := range []struct {
		need
		there bool
	}{
		{need{"available", sdk.ReadAgents}, r.Available != nil},
		{need{"unavailable", sdk.ReadAgents}, r.Unavailable != nil},
		{need{"load", sdk.ReadAgents}, r.Load != nil && r.Load.Agent != ""},
		{need{"load", sdk.ReadDepartments}, r.Load != nil && r.Load.Department != ""},
		{need{"earlier", sdk.ReadPast}, r.Earlier != nil},
		{need{"topic", sdk.ReadClassify}, r.Topic != nil},
		{need{"least_busy", sdk.ReadAgents}, targets(r, func(t sdk.Target) bool { return t.LeastBusy != "" })},
		{need{"last_agent", sdk.ReadPast}, targets(r, func(t sdk.Target) bool { return t.LastAgent })},
		{need{"last_agent", sdk.ReadAgents}, targets(r, func(t sdk.Target) bool { return t.LastAgent })},
	} {
		if n.there {
			all = append(all, n.need)
		}
	}
	w, err := compileWhen(r.When)
	if r.When == "" || err != nil {
		return all
	}
	for _, kind := range w.asks() {
		if kind != sdk.ReadContact && kind != sdk.ReadPage {
			all = append(all, need{"when", kind})
		}
	}
	return all
}

// targets reports whether the rule may send a chat to such a target.
func targets(r sdk.Rule, such func(sdk.Target) bool) bool {
	return such(r.To) || slices.ContainsFunc(r.Fallback, such)
}
