//go:build go1.20

package desk

import (
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// check says what is wrong with the settings, and what to write instead.
func (s Settings) check() error {
	if !speaks(s.Language) {
		return fmt.Errorf("language %q is none that I speak: write one of %s", s.Language, strings.Join(languages, ", "))
	}
	for _, who := range sdk.Keys(s.Languages) {
		if !speaks(s.Languages[who]) {
			return fmt.Errorf("language %q of %s is none that I speak: write one of %s", s.Languages[who], who, strings.Join(languages, ", "))
		}
	}
	for _, kind := range s.Tell {
		if !tellable(kind) {
			return fmt.Errorf("tell %q: write what may be told of: %s", string(kind), kindList(tellables()))
		}
	}
	for _, who := range s.Everywhere {
		if strings.TrimSpace(who) == "" || strings.ContainsAny(who, " \t") {
			return fmt.Errorf("everywhere names %q: write a role such as livechat-manager, or a username such as @carol", who)
		}
	}
	return nil
}

func speaks(language string) bool { return languageNumber(language) >= 0 }

// tellables are the kinds of what can be told of.
func tellables() []sdk.EffectKind {
	return append(append([]sdk.EffectKind(nil), toldOf...), sdk.EffectReply, sdk.EffectFile, sdk.EffectEdit, sdk.EffectDelete)
}

func tellable(kind sdk.EffectKind) bool { return hasKind(tellables(), kind) }

func hasKind(list []sdk.EffectKind, kind sdk.EffectKind) bool {
	for _, k := range list {
		if k == kind {
			return true
		}
	}
	return false
}

func kindList(kinds []sdk.EffectKind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}
