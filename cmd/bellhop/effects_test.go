package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
)

// TestEveryKindOfEffectIsPlayed by the conversation of one script, interpreted
// and compiled. Answers are to commands.
func TestEveryKindOfEffectIsPlayed(t *testing.T) {
	script, err := os.ReadFile("testdata/script/plugin_test_effects.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range sdk.EffectKinds {
		if kind != sdk.EffectAnswer && !regexp.MustCompile(`(?m)^>`+string(kind)+`\b`).Match(script) {
			t.Errorf("no conversation asks for %s", kind)
		}
	}
}
