package script

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
)

func TestEachGrantHasAVerbThatNeedsIt(t *testing.T) {
	have := slices.Collect(maps.Values(verbs))
	for _, kind := range sdk.EffectKinds {
		if kind != sdk.EffectAnswer && !slices.Contains(have, string(kind)) {
			t.Errorf("no verb asks for %s", kind)
		}
	}
	for _, kind := range sdk.ReadKinds {
		if !slices.Contains(have, kind) {
			t.Errorf("no verb reads %s", kind)
		}
	}
	of := map[string]reflect.Type{"Chat": reflect.TypeFor[*sdk.Chat](), "Plugin": reflect.TypeFor[*sdk.Plugin]()}
	for verb := range verbs {
		recv, name, _ := strings.Cut(verb, ".")
		if _, there := of[recv].MethodByName(name); !there {
			t.Errorf("the SDK has no %s", verb)
		}
	}
}

func TestWhatASourceAsksForIsReported(t *testing.T) {
	r := Check(map[string][]byte{"a.go": []byte(`//go:build go1.20

package a

import "github.com/bellhop-chat/bellhop/sdk"

type tagger struct{ c *sdk.Chat }

func (t tagger) Untag() { t.c.Tag([]string{"x"}) }

func Register(p *sdk.Plugin) error {
	p.OnOpened(func(c *sdk.Chat) error {
		say := c.Reply
		say("hi")
		tagger{c}.Untag()
		_, err := p.Classify("x", []string{"y"}, 1)
		return err
	})
	return nil
}
`)})
	if len(r.Faults) > 0 || strings.Join(r.Uses, " ") != "classify reply tag" {
		t.Errorf("uses %q, faults %v", r.Uses, r.Faults)
	}
}
