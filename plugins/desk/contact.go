//go:build go1.20

package desk

import (
	"strconv"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// contact shows who the guest is, or changes it: name="Maya Jones" email=... and
// custom fields by their names.
func (d *desk) contact(o *order) error {
	ok, err := d.meant(o, false)
	if !ok {
		return err
	}
	if o.args == "" {
		return d.showContact(o)
	}
	edit, ok := contactEdit(o.args)
	if !ok {
		return d.misused(o)
	}
	o.chat.EditContact(edit, o.because())
	return nil
}

func (d *desk) showContact(o *order) error {
	k := o.chat.Contact()
	lines := []string{link(o.chat) + ":"}
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, "• "+o.text(key)+": "+value)
		}
	}
	add("name", k.Name)
	add("email", strings.Join(k.Emails, ", "))
	add("phone", strings.Join(k.Phones, ", "))
	add("channel", strings.Join(k.Channels, ", "))
	add("looked after by", nameOf(k.Manager))
	for _, name := range sdk.Keys(k.Fields) {
		lines = append(lines, "• "+name+": "+cut(k.Fields[name], mostShown))
	}
	if len(k.Conflicts) > 0 {
		add("conflicts", strings.Join(k.Conflicts, ", "))
	}
	if k.Problem != "" {
		add("unread", k.Problem)
	}
	return d.say(o, strings.Join(lines, "\n"))
}

// contactEdit reads KEY=VALUE after KEY=VALUE; what stands in double quotes is one
// value.
func contactEdit(says string) (edit sdk.ContactEdit, ok bool) {
	edit.Fields = map[string]string{}
	for says = strings.TrimSpace(says); says != ""; says = strings.TrimSpace(says) {
		n := strings.Index(says, "=")
		if n < 1 || strings.ContainsAny(says[:n], " \t\n") {
			return edit, false
		}
		key, value, rest := says[:n], "", ""
		value, rest, ok = firstValue(says[n+1:])
		if !ok {
			return edit, false
		}
		says = rest
		switch strings.ToLower(key) {
		case "name":
			edit.Name = value
		case "email":
			edit.Emails = append(edit.Emails, value)
		case "phone":
			edit.Phones = append(edit.Phones, value)
		default:
			edit.Fields[key] = value
		}
	}
	return edit, true
}

func firstValue(says string) (value, rest string, ok bool) {
	if strings.HasPrefix(says, "\"") {
		quoted, err := strconv.QuotedPrefix(says)
		if err != nil {
			return "", "", false
		}
		value, err = strconv.Unquote(quoted)
		return value, says[len(quoted):], err == nil
	}
	if n := strings.IndexAny(says, " \t\n"); n >= 0 {
		return says[:n], says[n:], true
	}
	return says, "", true
}
