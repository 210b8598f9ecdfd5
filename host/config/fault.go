package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/host/text"
)

// Fault is one thing that is wrong with what somebody wrote.
type Fault struct {
	File string // "" when a variable is at fault, or a text without a name
	Line int    // from 1; 0 when unknown
	Key  string // such as "workspace.url" or "BELLHOP_MAIL_PORT"; "" for the whole file
	Says string // what is wrong, and what to write instead
}

// String is "config.yaml:3: workspace.url: ...".
func (f Fault) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
	}
	switch {
	case f.Line > 0 && f.File == "":
		fmt.Fprintf(&b, "line %d:", f.Line)
	case f.Line > 0:
		fmt.Fprintf(&b, "%d:", f.Line)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	return b.String() + f.Says
}

// Faults are all faults of a file, in the order of its lines.
type Faults []Fault

// Error gives one fault a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].String()
	}
	return strings.Join(lines, "\n")
}

// A reader reads one file and gathers its faults.
type reader struct {
	file   string
	lines  map[string]int  // key -> line
	env    map[string]bool // keys that a variable gives
	faults Faults
	visits int // of nodes, aliases resolved
}

func newReader(file string) *reader {
	return &reader{file: file, lines: map[string]int{}, env: map[string]bool{}}
}

// fault reports what is wrong with a key, at the line that it came from.
func (r *reader) fault(key, says string) {
	f := Fault{Key: key, Says: says}
	switch {
	case strings.HasPrefix(key, envPrefix):
	case r.env[key]:
		f.Key = variable(key)
	default:
		f.File, f.Line = r.file, r.lineOf(key)
	}
	r.faults = append(r.faults, f)
}

// lineOf falls back to the section for a key that is not there.
func (r *reader) lineOf(key string) int {
	for {
		if line, ok := r.lines[key]; ok {
			return line
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return 0
		}
		key = key[:dot]
	}
}

func (r *reader) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return r.faults
}

// formerly are keys that had other names, which were too much alike.
var formerly = map[string]string{"webhooks": "workspace_webhooks", "hooks": "plugin_webhooks"}

// renamed says what a key or a variable is called now; "" when it never had the
// name.
func renamed(name string) string {
	for was, is := range formerly {
		if name == was {
			return ": it is called " + is + " now"
		}
		if rest, ok := strings.CutPrefix(name, variable(was)+"_"); ok {
			return ": it is called " + variable(is) + "_" + rest + " now"
		}
	}
	return ""
}

// suggest names the known key that was probably meant, or all of them.
func suggest(key string, known []string) string {
	best := text.Closest(key, known)
	switch {
	case best != "":
		return ": did you mean " + best + "?"
	case len(known) == 0 || len(known) > 16:
		return ""
	}
	return ": there are " + strings.Join(known, ", ")
}
