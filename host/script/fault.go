package script

import (
	"fmt"
	"sort"
	"strings"
)

// Fault is one thing that is wrong with a plugin's source.
type Fault struct {
	File         string // "" when it concerns the whole plugin
	Line, Column int    // from 1; columns count bytes
	Says         string // what is wrong, and what to write instead
}

// String is "billing.go:12:3: use of time.Now: ...".
func (f Fault) String() string {
	if f.File == "" {
		return f.Says
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Says)
}

// Faults are all that is wrong with a plugin, in the order of the source. As
// an error they are a line each.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

func (f Faults) sort() {
	sort.SliceStable(f, func(i, j int) bool {
		a, b := f[i], f[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
}
