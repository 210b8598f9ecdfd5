package config

import (
	"strings"
	"testing"
	"time"
)

func TestRatesAreReadAndRefused(t *testing.T) {
	if n, span, err := ParseRate("100/1d12h"); n != 100 || span != 36*time.Hour || err != nil {
		t.Errorf("got %d in %s, %v", n, span, err)
	}
	for _, wrong := range []string{"", "100", "100/", "/1h", "-1/1h", "1.5/1h", "100/0s", "100/8d", "100 an hour"} {
		if _, _, err := ParseRate(wrong); err == nil || !strings.Contains(err.Error(), "write it like 100/1h") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	_, err := ParseInstance("a.yaml", []byte("plugin: p\ngrants:\n  effects: [reply]\n  rates: {reply: often, tag: 5/1h}\n"))
	if err == nil || !strings.Contains(err.Error(), `grants.rates.reply: parse rate "often"`) || !strings.Contains(err.Error(), `grants.rates.tag: "tag" is not among the effects`) {
		t.Errorf("got %v", err)
	}
	i, err := ParseInstance("a.yaml", []byte("plugin: p\ngrants: {effects: [reply], rates: {reply: 5/1h}}\n"))
	if err != nil || i.Grants.Rates["reply"] != "5/1h" {
		t.Errorf("got %+v, %v", i.Grants, err)
	}
	dir := t.TempDir()
	if err := SaveInstance(dir, "a", i); err != nil {
		t.Fatal(err)
	}
	if again, faults := LoadInstances(dir); len(faults) > 0 || again["a"].Grants.Rates["reply"] != "5/1h" {
		t.Errorf("saved and loaded: %+v, %v", again["a"].Grants, faults)
	}
	_, err = LoadManifest([]byte("id: p\nversion: 1.0.0\nsdk: 1\ntitle: t\nneeds: {effects: [reply], rates: {reply: 0/1h}}\n"))
	if err == nil || !strings.Contains(err.Error(), `needs.rates.reply: parse rate "0/1h"`) {
		t.Errorf("got %v", err)
	}
}
