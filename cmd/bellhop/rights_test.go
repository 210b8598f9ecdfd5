package main

import (
	"slices"
	"testing"

	"github.com/bellhop-chat/bellhop/host/config"
)

// TestHostsAreRightsOfTheirOwn: without a list no host is granted, where no list
// of departments grants all.
func TestHostsAreRightsOfTheirOwn(t *testing.T) {
	fetch := func(hosts ...string) config.Grants { return config.Grants{Reads: []string{"fetch"}, Hosts: hosts} }
	for _, c := range []struct {
		needs, granted config.Grants
		want           []string
	}{
		{fetch("a.example", "b.example"), config.Grants{}, []string{"ask: fetch to a.example, b.example"}},
		{fetch("a.example", "b.example"), fetch("a.example"), []string{"ask: fetch also to b.example"}},
		{fetch("a.example"), fetch(), []string{"ask: fetch also to a.example"}},
		{fetch(), config.Grants{}, []string{"ask: fetch to no host"}},
		{fetch(), fetch("a.example"), nil},
		{fetch("a.example"), fetch("a.example"), nil},
	} {
		if got := newRights(c.needs, c.granted); !slices.Equal(got, c.want) {
			t.Errorf("%v beyond %v: %q, want %q", c.needs, c.granted, got, c.want)
		}
	}
	if got := both(fetch("a.example"), fetch("b.example")); !slices.Equal(got.Hosts, []string{"a.example", "b.example"}) {
		t.Errorf("both allow %q", got.Hosts)
	}
	if got := both(fetch("a.example"), fetch()); !slices.Equal(got.Hosts, []string{"a.example"}) {
		t.Errorf("one without a host takes none away: %q", got.Hosts)
	}
}

// TestRatesAreShownWhereTheyAllowMore: an upgrade that wants something more often
// asks for it, and one that wants it less often does not.
func TestRatesAreShownWhereTheyAllowMore(t *testing.T) {
	reply := func(rate string) config.Grants {
		g := config.Grants{Effects: []string{"reply"}}
		if rate != "" {
			g.Rates = map[string]string{"reply": rate}
		}
		return g
	}
	for _, c := range []struct {
		needs, granted config.Grants
		want           []string
		both           string
	}{
		{reply("10/1h"), config.Grants{}, []string{"reply, at most 10/1h"}, "10/1h"},
		{reply(""), config.Grants{}, []string{"reply"}, ""},
		{reply("20/1h"), reply("10/1h"), []string{"reply at most 20/1h, not 10/1h"}, "20/1h"},
		{reply("10/1m"), reply("10/1h"), []string{"reply at most 10/1m, not 10/1h"}, "10/1m"},
		{reply(""), reply("10/1h"), []string{"reply however often, not at most 10/1h"}, ""},
		{reply("5/1h"), reply("10/1h"), nil, "10/1h"},
		{reply("10/1h"), reply("10/1h"), nil, "10/1h"},
		{reply("10/1h"), reply(""), nil, ""},
	} {
		if got := newRights(c.needs, c.granted); !slices.Equal(got, c.want) {
			t.Errorf("%v beyond %v: %q, want %q", c.needs, c.granted, got, c.want)
		}
		if got := both(c.granted, c.needs).Rates["reply"]; got != c.both {
			t.Errorf("both %v and %v allow %q, want %q", c.needs, c.granted, got, c.both)
		}
	}
}
