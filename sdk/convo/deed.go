package convo

import (
	"errors"
	"strconv"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

const undone = "undone "

// deed reads what another instance has done: a line as -- effects -- has it.
func deed(rest string) (Step, error) {
	who, text, ok := speaker(rest)
	if e, _ := effectOf(strings.TrimPrefix(text, undone)); !ok || !isEffect(e.Kind) {
		return Step{}, errors.New("!deed says which instance did what: write it like !deed forwarding: forward Billing because rule \"invoices\", or !deed autotag: undone tag invoice")
	}
	return Step{Kind: Deed, Who: who, Text: text}, nil
}

func isEffect(k sdk.EffectKind) bool {
	for _, known := range sdk.EffectKinds {
		if k == known {
			return true
		}
	}
	return false
}

// Deed is what a deed line says that was done, and whether it was taken back.
func (s Step) Deed() (e sdk.Effect, isUndone bool) {
	text := strings.TrimPrefix(s.Text, undone)
	e, what := effectOf(text)
	switch e.Kind {
	case sdk.EffectForward, sdk.EffectTake:
		e.Target = target(what)
	case sdk.EffectTag, sdk.EffectUntag:
		for _, tag := range strings.Split(what, ",") {
			e.Tags = append(e.Tags, trim(tag))
		}
	case sdk.EffectField, sdk.EffectPriority:
		e.Field, e.Value, _ = strings.Cut(what, " ")
		e.Value = unquoted(e.Value)
	default:
		e.Text = unquoted(what)
	}
	return e, text != s.Text
}

// effectOf reads the kind and the reason of an effect's line, and what stands
// between them.
func effectOf(line string) (e sdk.Effect, what string) {
	line, e.Reason, _ = strings.Cut(line, " because ")
	kind, what, _ := strings.Cut(line, " ")
	e.Kind = sdk.EffectKind(kind)
	return e, trim(what)
}

// target reads "Billing", "@carol" or "Billing @carol".
func target(text string) (t sdk.Target) {
	t.Department = text
	if n := strings.LastIndexByte(text, '@'); n >= 0 {
		t.Department, t.Agent = trim(text[:n]), text[n+1:]
	}
	return t
}

func unquoted(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}
