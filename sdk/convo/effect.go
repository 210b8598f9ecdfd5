package convo

import (
	"strconv"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Effect is an effect in one line, as `-- effects --`, the demo and logs show
// it:
//
//	reply "Hello!" because nobody is here
//	tell "The guest waits." because waited 5m
//	answer "Done."
//	forward Billing because rule "billing words": words matched "invoice"
//	forward Leads or Support, @carol saying "One moment" because waited 5m
//	tag invoice, refund because rule "money": words matched "refund"
//	untag unanswered because answered now
//	transcript mail maya@example.org, direct because the guest asked
//	call "Let us talk: {link}" because the guest asked
//	close "Goodbye" because nobody spoke for a day
//
// A transcript's subject and the time that an effect has follow as
// `subject "..."` and `within 5m`.
func Effect(e sdk.Effect) string {
	line := string(e.Kind)
	if what := effectWhat(e); what != "" {
		line += " " + what
	}
	if e.NotAfter > 0 {
		line += " within " + formatDuration(e.NotAfter)
	}
	if reason := oneLine(e.Reason); reason != "" {
		line += " because " + reason
	}
	return line
}

// EffectIn is Effect followed by the chat's name, as a file with several
// chats has it.
func EffectIn(chat string, e sdk.Effect) string {
	if chat == "" {
		return Effect(e)
	}
	return Effect(e) + " (chat " + chat + ")"
}

// whats say what follows the kind of an effect.
var whats = map[sdk.EffectKind]func(sdk.Effect) string{
	sdk.EffectReply:      textWhat,
	sdk.EffectTell:       textWhat,
	sdk.EffectAnswer:     textWhat,
	sdk.EffectForward:    forwardWhat,
	sdk.EffectClose:      wordsWhat,
	sdk.EffectTag:        tagsWhat,
	sdk.EffectUntag:      tagsWhat,
	sdk.EffectTranscript: func(e sdk.Effect) string { return deliveryWhat(e.Delivery) },
	sdk.EffectCall:       textWhat,
}

func effectWhat(e sdk.Effect) string {
	if what := whats[e.Kind]; what != nil {
		return what(e)
	}
	return textWhat(e)
}

func textWhat(e sdk.Effect) string { return strconv.Quote(e.Text) }
func tagsWhat(e sdk.Effect) string { return list(e.Tags) }

// wordsWhat is a text that may be left out.
func wordsWhat(e sdk.Effect) string {
	if e.Text == "" {
		return ""
	}
	return textWhat(e)
}

func forwardWhat(e sdk.Effect) string {
	what := e.Target.String()
	for i, t := range e.Fallback {
		if i == 0 {
			what += " or " + t.String()
		} else {
			what += ", " + t.String()
		}
	}
	if e.Public != "" {
		what += " saying " + strconv.Quote(e.Public)
	}
	return what
}

func deliveryWhat(d *sdk.Delivery) string {
	if d == nil {
		return ""
	}
	var ways []string
	if len(d.Mail) > 0 {
		ways = append(ways, "mail "+list(d.Mail))
	}
	if d.Direct {
		ways = append(ways, "direct")
	}
	what := strings.Join(ways, ", ")
	if d.Subject != "" {
		what += " subject " + strconv.Quote(d.Subject)
	}
	return what
}

// list joins words, quoting those that would be misread.
func list(words []string) string {
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = w
		if w == "" || strings.ContainsAny(w, `,"`) || oneLine(w) != w {
			shown[i] = strconv.Quote(w)
		}
	}
	return strings.Join(shown, ", ")
}
