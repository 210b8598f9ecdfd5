package main

import (
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/host/config"
)

// bound is what an instance's grant narrows a kind of effect or read to.
type bound struct {
	of    []string // effects and reads
	key   string   // in the grant
	says  string   // such as "to"
	any   string   // without a list
	none  bool     // without a list there is nothing
	lists func(*config.Grants) *[]string
}

var bounds = []bound{
	{[]string{"forward"}, "departments", "to ", "any department", false, func(g *config.Grants) *[]string { return &g.Departments }},
	{[]string{"tag", "untag"}, "tags", "", "any tag", false, func(g *config.Grants) *[]string { return &g.Tags }},
	{[]string{"field"}, "fields", "", "any field", false, func(g *config.Grants) *[]string { return &g.Fields }},
	{[]string{"transcript", "mail"}, "mail", "by mail to ", "any address", false, func(g *config.Grants) *[]string { return &g.Mail }},
	{[]string{"fetch", "request"}, "hosts", "to ", "no host", true, func(g *config.Grants) *[]string { return &g.Hosts }},
}

// boundOf is the bound of an effect or a read; nil when nothing narrows it.
func boundOf(kind string) *bound {
	for n := range bounds {
		if slices.Contains(bounds[n].of, kind) {
			return &bounds[n]
		}
	}
	return nil
}

// rights are lines that say what a grant allows.
func rights(g config.Grants) []string { return newRights(g, config.Grants{}) }

// newRights are lines that say what needs has and granted has not.
func newRights(needs, granted config.Grants) []string {
	var lines []string
	for _, effect := range needs.Effects {
		had := slices.Contains(granted.Effects, effect)
		line := newKind(effect, had, needs, granted)
		often := newRate(had, needs.Rates[effect], granted.Rates[effect])
		switch {
		case line != "":
			lines = append(lines, line+often)
		case often != "":
			lines = append(lines, effect+often)
		}
	}
	for _, read := range needs.Reads {
		if line := newKind(read, slices.Contains(granted.Reads, read), needs, granted); line != "" {
			lines = append(lines, "ask: "+line)
		}
	}
	return lines
}

// newKind says what needs has of an effect or a read beyond what granted has,
// if it has that kind at all.
func newKind(kind string, had bool, needs, granted config.Grants) string {
	b := boundOf(kind)
	if b == nil && had {
		return ""
	}
	if b == nil {
		return kind
	}
	wants, has := *b.lists(&needs), *b.lists(&granted)
	if b.none {
		wants, has = append([]string{}, wants...), append([]string{}, has...)
	}
	switch {
	case !had && (wants == nil || b.none && len(wants) == 0):
		return kind + " " + b.says + b.any
	case !had:
		return kind + " " + b.says + strings.Join(wants, ", ")
	case has == nil:
		return ""
	case wants == nil:
		return kind + " " + b.says + b.any + ", not only " + strings.Join(has, ", ")
	}
	more := slices.DeleteFunc(slices.Clone(wants), func(w string) bool { return slices.Contains(has, w) })
	if len(more) == 0 {
		return ""
	}
	return kind + " also " + b.says + strings.Join(more, ", ")
}

// newRate says how often an effect is wanted, if that is more often than it is
// granted.
func newRate(had bool, want, has string) string {
	switch {
	case !had && want == "":
		return ""
	case !had:
		return ", at most " + want
	case has == "" || want == has || want != "" && !moreOften(want, has):
		return ""
	case want == "":
		return " however often, not at most " + has
	}
	return " at most " + want + ", not " + has
}

// moreOften reports whether the one rate may allow more than the other. Over
// another span it may.
func moreOften(one, than string) bool {
	n, span, err := config.ParseRate(one)
	m, other, errOther := config.ParseRate(than)
	return err != nil || errOther != nil || span != other || n > m
}

// bothRates are the rates of what either grant allows: none where one allows it
// without, and else the one that allows more.
func bothRates(a, b config.Grants) map[string]string {
	var sum map[string]string
	for _, kind := range union(a.Effects, b.Effects) {
		x, y := a.Rates[kind], b.Rates[kind]
		switch {
		case !slices.Contains(a.Effects, kind):
			x = y
		case !slices.Contains(b.Effects, kind):
		case y == "" || x != "" && moreOften(y, x):
			x = y
		}
		if x == "" {
			continue
		}
		if sum == nil {
			sum = map[string]string{}
		}
		sum[kind] = x
	}
	return sum
}

// both is what either grant allows.
func both(a, b config.Grants) config.Grants {
	sum := config.Grants{Effects: union(a.Effects, b.Effects), Reads: union(a.Reads, b.Reads), Rates: bothRates(a, b)}
	for _, one := range bounds {
		of := func(g config.Grants) bool {
			return slices.ContainsFunc(one.of, func(kind string) bool { return slices.Contains(g.Effects, kind) || slices.Contains(g.Reads, kind) })
		}
		x, y, to := *one.lists(&a), *one.lists(&b), one.lists(&sum)
		switch {
		case one.none:
			*to = union(x, y)
		case !of(a):
			*to = y
		case !of(b):
			*to = x
		case x != nil && y != nil:
			*to = union(x, y)
		}
	}
	return sum
}

// union keeps the order of a, and is not nil if either is not.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	if all == nil && b != nil {
		all = []string{}
	}
	return all
}
