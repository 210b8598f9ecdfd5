package main

import (
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/host/config"
)

// bound is what an instance's grant narrows a kind of effect to.
type bound struct {
	of    []string // effects
	key   string   // in the grant
	says  string   // such as "to"
	any   string   // without a list
	lists func(*config.Grants) *[]string
}

var bounds = []bound{
	{[]string{"forward"}, "departments", "to ", "any department", func(g *config.Grants) *[]string { return &g.Departments }},
	{[]string{"tag", "untag"}, "tags", "", "any tag", func(g *config.Grants) *[]string { return &g.Tags }},
	{[]string{"transcript"}, "mail", "by mail to ", "any address", func(g *config.Grants) *[]string { return &g.Mail }},
}

// boundOf is the bound of an effect; nil when nothing narrows it.
func boundOf(effect string) *bound {
	for n := range bounds {
		if slices.Contains(bounds[n].of, effect) {
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
		if line := newEffect(effect, needs, granted); line != "" {
			lines = append(lines, line)
		}
	}
	for _, read := range needs.Reads {
		if !slices.Contains(granted.Reads, read) {
			lines = append(lines, "ask: "+read)
		}
	}
	return lines
}

func newEffect(effect string, needs, granted config.Grants) string {
	had := slices.Contains(granted.Effects, effect)
	b := boundOf(effect)
	if b == nil && had {
		return ""
	}
	if b == nil {
		return effect
	}
	wants, has := *b.lists(&needs), *b.lists(&granted)
	switch {
	case !had && wants == nil:
		return effect + " " + b.says + b.any
	case !had:
		return effect + " " + b.says + strings.Join(wants, ", ")
	case has == nil:
		return ""
	case wants == nil:
		return effect + " " + b.says + b.any + ", not only " + strings.Join(has, ", ")
	}
	more := slices.DeleteFunc(slices.Clone(wants), func(w string) bool { return slices.Contains(has, w) })
	if len(more) == 0 {
		return ""
	}
	return effect + " also " + b.says + strings.Join(more, ", ")
}

// both is what either grant allows.
func both(a, b config.Grants) config.Grants {
	sum := config.Grants{Effects: union(a.Effects, b.Effects), Reads: union(a.Reads, b.Reads)}
	for _, one := range bounds {
		of := func(g config.Grants) bool {
			return slices.ContainsFunc(one.of, func(effect string) bool { return slices.Contains(g.Effects, effect) })
		}
		x, y, to := *one.lists(&a), *one.lists(&b), one.lists(&sum)
		switch {
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
