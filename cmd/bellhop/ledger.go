package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// ledger reads a workspace's log as it is written and keeps what Bellhop's
// account did: one line a deed, without what differs from run to run.
type ledger struct {
	bot string // Bellhop's username
	// each is called with every line of the log, before the workspace answers
	// the call that the line is about. It must not wait.
	each func(logLine)

	mu    sync.Mutex // guards what follows
	torn  []byte     // the beginning of a line
	deeds map[sdk.ChatID][]string
	more  chan struct{} // closed and replaced when there is more
}

// logLine is what the ledger looks at in a line of the log.
type logLine struct {
	lobby.Fact
	Who    string `json:"who"`    // rest: who called
	Method string `json:"method"` // rest
	Path   string `json:"path"`   // rest
}

func newLedger(bot string) *ledger {
	return &ledger{bot: bot, deeds: map[sdk.ChatID][]string{}, more: make(chan struct{})}
}

// Write takes a piece of the log.
func (l *ledger) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := append(l.torn, b...)
	for {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		if !whole {
			break
		}
		rest = after
		var read logLine
		if json.Unmarshal(line, &read) == nil {
			l.line(read)
		}
	}
	l.torn = bytes.Clone(rest)
	return len(b), nil
}

func (l *ledger) line(read logLine) {
	if read.Kind == "fact" && read.By == l.bot {
		if d := deed(read.Fact); d != "" {
			room := sdk.ChatID(read.RID)
			l.deeds[room] = append(l.deeds[room], place(read.Fact)+" "+d)
			close(l.more)
			l.more = make(chan struct{})
		}
	}
	if l.each != nil {
		l.each(read)
	}
}

// count is how many deeds there are in the room.
func (l *ledger) count(room sdk.ChatID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.deeds[room])
}

// reach waits until there are so many deeds in the room.
func (l *ledger) reach(ctx context.Context, room sdk.ChatID, n int) error {
	for {
		l.mu.Lock()
		have, more := len(l.deeds[room]), l.more
		l.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d deeds in the chat: %w", have, n, context.Cause(ctx))
		}
	}
}

// all are all deeds in all rooms, sorted.
func (l *ledger) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, deeds := range l.deeds {
		all = append(all, deeds...)
	}
	slices.Sort(all)
	return all
}

// unlike is what differs from run to run: where calls are, and names of files,
// which are made of server times.
var unlike = regexp.MustCompile(`http://\S+/call/\S+|transcript-\w+\.pdf`)

// place is the chat of a deed. Rooms of direct messages have other ids in every
// workspace.
func place(f lobby.Fact) string {
	if f.Visitor == "" {
		return "direct"
	}
	return f.RID
}

// deed is what Bellhop did, as kind, target and text; "" when it is a
// consequence of something else, or the account's word to itself.
func deed(f lobby.Fact) string {
	if f.Fact == "dm" && len(f.To) == 0 {
		return ""
	}
	switch f.Fact {
	case "message", "dm":
		return fmt.Sprintf("%s %s %q", f.Fact, strings.Join(f.To, ","), unlike.ReplaceAllString(f.Text, "LINK"))
	case "forwarded":
		return fmt.Sprintf("forwarded %s%s %q", f.TargetDepartmentName, f.Agent, f.Text)
	case "tagged":
		return fmt.Sprintf("tagged %s", strings.Join(f.Tags, ","))
	case "uploaded":
		return fmt.Sprintf("uploaded %s %s", strings.Join(f.To, ","), unlike.ReplaceAllString(f.File, "FILE"))
	case "closed":
		return fmt.Sprintf("closed %q", f.Text)
	}
	return ""
}

// less is what a has more often than b. Both are sorted.
func less(a, b []string) []string {
	var missing []string
	for _, x := range a {
		n, found := slices.BinarySearch(b, x)
		if !found {
			missing = append(missing, x)
			continue
		}
		b = slices.Delete(slices.Clone(b), n, n+1)
	}
	return missing
}
