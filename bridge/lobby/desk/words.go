package desk

import (
	"fmt"
	"strings"
)

// word is the text for a key. A key that is not there is a mistake that a test finds.
func word(key string, args ...any) string {
	text, ok := words[key]
	if !ok {
		return "{" + key + "}"
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// plainWords are those for a refusal that the workspace puts as a code.
func plainWords(r *refusal) string {
	for _, code := range []string{r.code, r.text} {
		if text, ok := refusals[strings.TrimSpace(code)]; ok {
			return text
		}
	}
	return r.Error()
}
