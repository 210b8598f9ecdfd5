package lobby

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// history picks messages, newest first. hidden leaves out the system messages
// that the workspace hides.
func (w *world) history(r *room, count, offset int, hidden bool, keep func(*message) bool) []*message {
	out := []*message{}
	for i := len(r.log) - 1; i >= 0; i-- {
		m := r.log[i]
		if m.Hidden || hidden && m.Type != "" && w.hides(m.Type) || keep != nil && !keep(m) {
			continue
		}
		if offset > 0 {
			offset--
			continue
		}
		if count > 0 && len(out) == count {
			break
		}
		out = append(out, m)
	}
	return out
}

func messageDocs(list []*message) []any {
	out := make([]any, len(list))
	for i, m := range list {
		out[i] = m.doc()
	}
	return out
}

// search understands the server's search box: /pattern/flags, from:, order:.
func (w *world) search(u *user, r *room, text string, limit int) ([]*message, error) {
	match, err := w.query(u, text)
	if err != nil {
		return nil, err
	}
	found := w.history(r, 0, 0, false, func(m *message) bool { return m.Type != "rm" && match(m) })
	if strings.Contains(text, "order:asc") {
		slices.Reverse(found)
	}
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	return found, nil
}

var searchWord = regexp.MustCompile(`(from|order|has):(\S+)`)

func (w *world) query(u *user, text string) (func(*message) bool, error) {
	var from, has string
	for _, hit := range searchWord.FindAllStringSubmatch(text, -1) {
		switch hit[1] {
		case "from":
			from = strings.Replace(hit[2], "me", u.Username, 1)
		case "has":
			has = hit[2]
		}
	}
	rest := strings.TrimSpace(searchWord.ReplaceAllString(text, ""))
	re, err := pattern(rest)
	if err != nil {
		return nil, err
	}
	return func(m *message) bool {
		if from != "" && m.U.Username != from {
			return false
		}
		if has == "url" || has == "link" {
			return m.Extra["urls"] != nil
		}
		return re == nil || re.MatchString(m.Msg)
	}, nil
}

// pattern reads /x/flags as a regular expression and anything else as plain words.
func pattern(text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	end := strings.LastIndex(text, "/")
	if !strings.HasPrefix(text, "/") || end < 1 {
		return wordsPattern(text), nil
	}
	flags := ""
	for _, f := range text[end+1:] {
		if strings.ContainsRune("ims", f) {
			flags += string(f)
		}
	}
	body := text[1:end]
	if flags != "" {
		body = "(?" + flags + ")" + body
	}
	re, err := regexp.Compile(body)
	if err != nil {
		return nil, textError(fmt.Sprintf("Invalid regular expression: %s: %v", text, err))
	}
	return re, nil
}

// wordsPattern finds any of the words, as the server's text index does.
func wordsPattern(text string) *regexp.Regexp {
	var words []string
	for _, w := range strings.Fields(text) {
		words = append(words, regexp.QuoteMeta(w))
	}
	return regexp.MustCompile("(?i)" + strings.Join(words, "|"))
}
