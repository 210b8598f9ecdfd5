//go:build go1.20

package desk

import (
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// What agents are told without having asked.

// deed tells the chat's agent what another plugin has done there, and writes it
// into the room custom field. Of a forward the agent before hears too.
func (d *desk) deed(c *sdk.Chat, deed sdk.Deed) error {
	noted := d.note(c, deed)
	if !hasKind(d.s.Tell, deed.Effect.Kind) {
		return skipUnless(noted, "agents are not told of "+string(deed.Effect.Kind))
	}
	who := []string{c.Agent.Username}
	if f := deed.Outcome.Former; f != nil && f.Target.Agent != c.Agent.Username {
		who = append(who, f.Target.Agent)
	}
	toldAny := false
	for _, username := range who {
		if username == "" || d.person(username).Quiet {
			continue
		}
		toldAny = true
		d.p.Direct(username, d.hello(username)+link(c)+": "+told(d.languageOf(username), deed), sdk.About(c))
		d.keepLast(username, c)
	}
	if !toldAny {
		return skipUnless(noted, "nobody serves the chat, or who does is to be left in peace")
	}
	return nil
}

func skipUnless(done bool, why string) error {
	if done {
		return nil
	}
	return sdk.Skip("%s", why)
}

// note writes the action into the room custom field, if there is one for it.
func (d *desk) note(c *sdk.Chat, deed sdk.Deed) bool {
	if d.s.Field == "" || !d.worthTelling(deed) {
		return false
	}
	c.SetField(d.s.Field, cut(at(deed.At)+" · "+told(d.s.Language, deed), 500), sdk.Because("the last action"))
	return true
}

// result tells who ordered something what came of it.
func (d *desk) result(c *sdk.Chat, r sdk.Result) error {
	if !strings.HasPrefix(r.Effect.Reason, ordered) {
		return sdk.Skip("nobody ordered it")
	}
	who := strings.TrimPrefix(r.Effect.Reason, ordered)
	if r.Outcome.State == sdk.Undone && r.Outcome.Reason == r.Effect.Reason {
		return sdk.Skip("@%s has taken it back", who)
	}
	language := d.languageOf(who)
	deed := sdk.Deed{Key: r.Key, Effect: r.Effect, Outcome: r.Outcome, At: r.Outcome.At}
	if r.Outcome.State == sdk.Done && c.ID != "" {
		d.note(c, deed)
	}
	says := outcome(language, deed)
	if c.ID == "" {
		d.p.Direct(who, d.hello(who)+says)
		return nil
	}
	d.p.Direct(who, d.hello(who)+link(c)+": "+says, sdk.About(c))
	return nil
}

// told is a deed in one line: what, why, and by which plugin.
func told(language string, deed sdk.Deed) string {
	line := outcome(language, deed)
	if why := deed.Effect.Reason; why != "" && !strings.HasPrefix(why, ordered) {
		line += " · " + text(language, "because", cut(why, 300))
	} else if why != "" {
		line += " · " + text(language, "ordered", "@"+strings.TrimPrefix(why, ordered))
	}
	if deed.Instance != "" {
		line += " (" + deed.Instance + ")"
	}
	return line
}

// outcome is what became of an effect.
func outcome(language string, deed sdk.Deed) string {
	o := deed.Outcome
	what := did(language, deed.Effect)
	switch o.State {
	case sdk.Done:
		if o.Unchanged && o.Detail != "" {
			return what + " (" + text(language, "was so") + ")"
		}
		return what
	case sdk.Undone:
		return text(language, "undone", what)
	case sdk.Unconfirmed:
		return text(language, "unconfirmed", what, o.Reason)
	case "":
		return text(language, "under way", what)
	}
	return text(language, "failed", what, o.Reason)
}

// did is what an effect does, in a few words.
func did(language string, e sdk.Effect) string {
	about := ""
	switch e.Kind {
	case sdk.EffectForward, sdk.EffectTake:
		about = e.Target.String()
	case sdk.EffectTag, sdk.EffectUntag:
		about = strings.Join(e.Tags, ", ")
	case sdk.EffectField:
		about = e.Field + " = " + cut(e.Value, 100)
	case sdk.EffectPriority:
		about = e.Value
	case sdk.EffectStatus:
		return text(language, "did "+e.Value)
	case sdk.EffectTranscript:
		if e.Delivery != nil {
			about = strings.Join(e.Delivery.Mail, ", ")
		}
	case sdk.EffectReply, sdk.EffectClose:
		about = cut(e.Text, 100)
	}
	says := text(language, "did "+string(e.Kind))
	if says == "" {
		says = string(e.Kind)
	}
	if about == "" {
		return says
	}
	return says + ": " + about
}
