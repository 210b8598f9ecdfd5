package rule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

// one is a key's only part.
func one(key string, held bool, format string, args ...any) []sdk.Part {
	return []sdk.Part{{Key: key, Held: held, Says: fmt.Sprintf(format, args...)}}
}

func (a attempt) words() []sdk.Part {
	const key = "words"
	if len(a.rule.Words) == 0 {
		return nil
	}
	words, err := a.engine.compileWords(a.rule.Words)
	if err != nil {
		return one(key, false, "words: %v", err)
	}
	m, found := words.Find(a.text)
	switch {
	case found:
		return one(key, true, "words matched %s", quote(m.Word))
	case len(a.rule.Words) == 1:
		return one(key, false, "words: %s not found%s", quote(a.rule.Words[0]), a.extent())
	}
	return one(key, false, "words: none of %d found%s", len(a.rule.Words), a.extent())
}

func (a attempt) pattern() []sdk.Part {
	const key = "pattern"
	if a.rule.Pattern == "" {
		return nil
	}
	re, err := a.engine.compilePattern(a.rule.Pattern)
	if err != nil {
		return one(key, false, "pattern: %v", badPattern(a.rule.Pattern, err))
	}
	at := re.FindStringIndex(a.text)
	if at == nil {
		return one(key, false, "pattern: nothing like %s found%s", clip(a.rule.Pattern), a.extent())
	}
	return one(key, true, "pattern matched %s", quote(a.text[at[0]:at[1]]))
}

// extent says how much of the text was looked at, when it was not all.
func (a attempt) extent() string {
	if a.cut {
		return fmt.Sprintf(" in the first %d KiB", maxText>>10)
	}
	return ""
}

const none = "none"

func (a attempt) department() []sdk.Part {
	const key = "department"
	if len(a.rule.Department) == 0 {
		return nil
	}
	here := a.chat.Department
	if here == "" {
		here = none
	}
	for _, want := range a.rule.Department {
		if a.isIn(want) {
			return one(key, true, "department is %s", here)
		}
	}
	return one(key, false, "department is %s, not %s", here, strings.Join(a.rule.Department, " or "))
}

func (a attempt) isIn(department string) bool {
	want := text.Fold(department)
	if a.chat.Department == "" && a.chat.DepartmentID == "" {
		return want == none
	}
	return want != "" && (want == text.Fold(a.chat.Department) || department == a.chat.DepartmentID)
}

func (a attempt) inHours() []sdk.Part {
	const key = "hours"
	if a.rule.Hours == "" {
		return nil
	}
	open, name, err := parseHours(a.rule.Hours, scheduleNames(a.hours))
	if err != nil {
		return one(key, false, "hours: %v", err)
	}
	h := a.hours[name]
	state := "closed"
	if h.Open {
		state = "open"
	}
	if h.Open != open {
		return one(key, false, "hours: %s is %s", name, why(state, h.Why))
	}
	return one(key, true, "hours: %s is %s", name, why(state, h.Why))
}

// why joins "closed" and "closed: Saturday after 12:00".
func why(state, because string) string {
	switch {
	case because == "", because == state:
		return state
	case strings.HasPrefix(because, state+":"):
		return because
	}
	return state + ": " + because
}

func (a attempt) waiting() []sdk.Part {
	const key = "waiting"
	want := a.rule.Waiting.Std()
	if want <= 0 {
		return nil
	}
	if a.chat.WaitingSince.IsZero() {
		return one(key, false, "waiting: no message waits for an answer")
	}
	waited := a.chat.Waiting()
	if waited < want {
		return one(key, false, "waiting %s, less than %s", short(waited), short(want))
	}
	return one(key, true, "waiting %s, at least %s", short(waited), short(want))
}

func (a attempt) contact() (all []sdk.Part) {
	const key = "contact"
	if len(a.rule.Contact) == 0 {
		return nil // what nobody asks for is not read
	}
	contact := a.chat.Contact()
	for _, field := range sdk.Keys(a.rule.Contact) {
		want := a.rule.Contact[field]
		has := values(contact, field)
		switch {
		case contact.Has(field, want):
			all = append(all, one(key, true, "contact's %s is %s", field, quote(want))...)
		case has == "":
			all = append(all, one(key, false, "contact's %s is unknown, not %s", field, quote(want))...)
		default:
			all = append(all, one(key, false, "contact's %s is %s, not %s", field, quote(has), quote(want))...)
		}
	}
	return all
}

// values is what the contact's field holds; "" when it has none.
func values(k sdk.Contact, field string) string {
	switch strings.ToLower(field) {
	case "name":
		return k.Name
	case "email":
		return strings.Join(k.Emails, ", ")
	case "phone":
		return strings.Join(k.Phones, ", ")
	}
	for _, name := range sdk.Keys(k.Fields) {
		if strings.EqualFold(name, field) {
			return k.Fields[name]
		}
	}
	return ""
}

func (a attempt) fields() (all []sdk.Part) {
	const key = "fields"
	for _, field := range sdk.Keys(a.rule.Fields) {
		want, has := a.rule.Fields[field], a.chat.Fields[field]
		if strings.EqualFold(want, has) {
			all = append(all, one(key, true, "field %s is %s", field, quote(has))...)
		} else {
			all = append(all, one(key, false, "field %s is %s, not %s", field, quote(has), quote(want))...)
		}
	}
	return all
}

func (a attempt) tags() []sdk.Part {
	const key = "tags"
	if len(a.rule.Tags) == 0 {
		return nil
	}
	for _, tag := range a.chat.Tags {
		for _, want := range a.rule.Tags {
			if text.Fold(want) == text.Fold(tag) {
				return one(key, true, "tagged %s", quote(tag))
			}
		}
	}
	return one(key, false, "tagged %s, not %s", listed(a.chat.Tags), strings.Join(a.rule.Tags, " or "))
}

func listed(tags []string) string {
	if len(tags) == 0 {
		return "nothing"
	}
	return clip(strings.Join(tags, ", "))
}

func (a attempt) channel() []sdk.Part {
	const key = "channel"
	if len(a.rule.Channel) == 0 {
		return nil
	}
	here := a.chat.Channel
	if here == "" {
		return one(key, false, "channel is unknown, not %s", strings.Join(a.rule.Channel, " or "))
	}
	for _, want := range a.rule.Channel {
		if strings.EqualFold(want, here) {
			return one(key, true, "channel is %s", here)
		}
	}
	return one(key, false, "channel is %s, not %s", here, strings.Join(a.rule.Channel, " or "))
}

// sure is how confident a guess of a language must be to be acted on.
const sure = 0.8

func (a attempt) language() []sdk.Part {
	const key = "language"
	if len(a.rule.Language) == 0 {
		return nil
	}
	wanted := strings.Join(a.rule.Language, " or ")
	tag, confidence := text.Language(a.text)
	switch {
	case tag == text.Unknown:
		return one(key, false, "language is unknown, not %s: too few words to tell", wanted)
	case confidence < sure:
		return one(key, false, "language is perhaps %s (%.0f %%): not sure enough", tag, confidence*100)
	}
	for _, want := range a.rule.Language {
		if want == tag {
			return one(key, true, "language is %s (%.0f %%)", tag, confidence*100)
		}
	}
	return one(key, false, "language is %s (%.0f %%), not %s", tag, confidence*100, wanted)
}

const maxShown = 80 // bytes of a value in a part

func clip(s string) string { return clipTo(s, maxShown) }

func clipTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return text.Cut(s, most) + "..."
}

func quote(s string) string { return strconv.Quote(clip(s)) }

// short is "2m", not "2m0s".
func short(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
