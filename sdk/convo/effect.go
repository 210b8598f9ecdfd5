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
//	transcript mail maya@example.org by server at close because the guest asked
//	call "Let us talk: {link}" because the guest asked
//	close "Goodbye" because nobody spoke for a day
//	file "terms.txt" holding "No refunds." saying "As you asked" because the guest asked
//	file "terms.pdf" of 20480 bytes because the guest asked
//	typing
//	edit m3 "Somebody comes at 5." because it became later
//	delete m3 because somebody came
//	direct @carol "Look at this chat." because the guest is angry
//	post #desk "A chat waits." because waited 5m
//	mail ops@example.org subject "A chat waits" "Since 5 minutes." because waited 5m
//	take @carol because she knows the guest
//	queue because alice is away
//	hold because the workshop must look
//	resume because the part is there
//	field order_no "O-3" because the guest said so
//	priority "High" because gold customer
//	contact name "Maya L", email maya@example.org, phone +47123, field tier "gold" because the guest said so
//	status @carol not-available because her shift is over
//	undo autotag/message/m1/0 because @alice ordered it
//
// A chat that Bellhop's own account takes is only "take", and what is emptied
// is "". What stands in the thread of its chat (sdk.About) ends in "in thread".
//
// A transcript's subject and the time that an effect has follow as
// `subject "..."` and `within 5m`.
func Effect(e sdk.Effect) string {
	line := string(e.Kind)
	if what := effectWhat(e); what != "" {
		line += " " + what
	}
	if e.Thread {
		line += " in thread"
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
	sdk.EffectFile:       func(e sdk.Effect) string { return fileWhat(e.File) },
	sdk.EffectTyping:     wordsWhat,
	sdk.EffectEdit:       func(e sdk.Effect) string { return string(e.Message) + " " + textWhat(e) },
	sdk.EffectDelete:     func(e sdk.Effect) string { return string(e.Message) },
	sdk.EffectDirect:     func(e sdk.Effect) string { return "@" + strings.TrimPrefix(e.To, "@") + " " + textWhat(e) },
	sdk.EffectPost:       func(e sdk.Effect) string { return "#" + strings.TrimPrefix(e.To, "#") + " " + textWhat(e) },
	sdk.EffectMail:       func(e sdk.Effect) string { return mailWhat(e.Mail) },
	sdk.EffectRequest:    func(e sdk.Effect) string { return requestWhat(e.Request) },
	sdk.EffectTake:       func(e sdk.Effect) string { return e.Target.String() },
	sdk.EffectQueue:      nothing,
	sdk.EffectHold:       nothing,
	sdk.EffectResume:     nothing,
	sdk.EffectField:      func(e sdk.Effect) string { return list([]string{e.Field}) + " " + strconv.Quote(e.Value) },
	sdk.EffectPriority:   func(e sdk.Effect) string { return strconv.Quote(e.Value) },
	sdk.EffectContact:    contactWhat,
	sdk.EffectStatus:     func(e sdk.Effect) string { return e.Target.String() + " " + e.Value },
	sdk.EffectUndo:       func(e sdk.Effect) string { return string(e.Undoes) },
}

// requestWhat is the method, the URL and the body. Headers are left out: in them
// are keys.
func requestWhat(r *sdk.Request) string {
	if r == nil {
		return ""
	}
	what := r.Method
	if what == "" {
		what = "POST"
	}
	if what += " " + list([]string{r.URL}); r.Body != "" {
		what += " " + strconv.Quote(r.Body)
	}
	return what
}

func nothing(sdk.Effect) string { return "" }

func contactWhat(e sdk.Effect) string {
	if e.Contact == nil {
		return ""
	}
	var parts []string
	if e.Contact.Name != "" {
		parts = append(parts, "name "+strconv.Quote(e.Contact.Name))
	}
	for _, address := range e.Contact.Emails {
		parts = append(parts, "email "+list([]string{address}))
	}
	for _, number := range e.Contact.Phones {
		parts = append(parts, "phone "+list([]string{number}))
	}
	for _, name := range sdk.Keys(e.Contact.Fields) {
		parts = append(parts, "field "+list([]string{name})+" "+strconv.Quote(e.Contact.Fields[name]))
	}
	return strings.Join(parts, ", ")
}

func effectWhat(e sdk.Effect) string {
	if what := whats[e.Kind]; what != nil {
		return what(e)
	}
	return textWhat(e)
}

func textWhat(e sdk.Effect) string { return strconv.Quote(e.Text) }
func tagsWhat(e sdk.Effect) string { return list(e.Tags) }

// fileWhat shows what stands in a text file, and of others how much.
func fileWhat(f *sdk.Upload) string {
	if f == nil {
		return ""
	}
	what := strconv.Quote(f.Name)
	switch {
	case len(f.Data) > 0:
		what += " of " + strconv.Itoa(len(f.Data)) + " bytes"
	case f.Text != "":
		what += " holding " + strconv.Quote(f.Text)
	}
	if f.Caption != "" {
		what += " saying " + strconv.Quote(f.Caption)
	}
	return what
}

func mailWhat(m *sdk.Mail) string {
	if m == nil {
		return ""
	}
	what := list(m.To)
	if m.Subject != "" {
		what += " subject " + strconv.Quote(m.Subject)
	}
	if m.Text == "" {
		return what + " HTML " + strconv.Quote(m.HTML)
	}
	return what + " " + strconv.Quote(m.Text)
}

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
	if d.Chat {
		ways = append(ways, "chat")
	}
	what := strings.Join(ways, ", ")
	if d.Server {
		what += " by server"
	}
	if d.AtClose {
		what += " at close"
	}
	if d.Subject != "" {
		what += " subject " + strconv.Quote(d.Subject)
	}
	if d.ReplyTo != "" {
		what += " reply-to " + d.ReplyTo
	}
	if d.After != 0 {
		what += " after " + formatDuration(d.After)
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
