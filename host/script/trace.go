package script

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// trace catches what the interpreter says on its error stream: a line for each
// function that a panic leaves, the innermost first, such as
// "src/plugin/a.go:4:2: panic: plugin.Register.func(...)".
type trace struct {
	mu    sync.Mutex
	first string // the innermost
}

// Write never fails.
func (t *trace) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first == "" {
		line, _, _ := bytes.Cut(b, []byte("\n"))
		t.first = string(line)
	}
	return len(b), nil
}

// take gives the place of the last panic, such as "Register.func (which begins
// at a.go:4)", and forgets it. It is "" when there was none.
func (t *trace) take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	line := t.first
	t.first = ""
	at, what, ok := strings.Cut(line, ": panic: "+importPath+".")
	if !ok {
		return ""
	}
	at = strings.TrimPrefix(at, sourceDir)
	if i := strings.LastIndexByte(at, ':'); i > 0 {
		at = at[:i] // the column says nothing
	}
	what = strings.TrimSuffix(what, "(...)")
	if strings.HasSuffix(what, ".func") {
		what = "a func in " + strings.ReplaceAll(what, ".func", "")
	}
	return fmt.Sprintf("%s (which begins at %s)", what, at)
}
