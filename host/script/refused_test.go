package script_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/bellhop-chat/bellhop/host/script"
)

var update = flag.Bool("update", false, "write what the gate says into testdata/refused: read it before you commit it")

// TestRefusedWithAdvice holds all that the gate says of each file against
// what stands below it: where, what, and what to write instead.
func TestRefusedWithAdvice(t *testing.T) {
	names, err := filepath.Glob("testdata/refused/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out := txtar.Archive{Comment: a.Comment}
			want := map[string]string{}
			for _, f := range a.Files {
				want[f.Name] = string(f.Data)
			}
			for _, f := range a.Files {
				section, ok := strings.CutSuffix(f.Name, ".go")
				if !ok {
					continue
				}
				says := faults(string(f.Data))
				if says == "" {
					t.Errorf("%s is not refused", f.Name)
				}
				if !*update && says != want[section+".faults"] {
					t.Errorf("%s: the gate says\n%s\nwant\n%s", f.Name, says, want[section+".faults"])
				}
				out.Files = append(out.Files, f, txtar.File{Name: section + ".faults", Data: []byte(says)})
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(&out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// faults are what the gate says, a line each: "line:column: ...".
func faults(src string) string {
	files := map[string][]byte{"a.go": []byte(src)}
	if !strings.Contains(src, "Register") {
		files["register.go"] = []byte("package p\n\nimport \"github.com/bellhop-chat/bellhop/sdk\"\n\nfunc Register(p *sdk.Plugin) error { return nil }\n")
	}
	var b strings.Builder
	for _, f := range script.Check(files).Faults {
		b.WriteString(strings.TrimPrefix(f.String(), "a.go:") + "\n")
	}
	return b.String()
}
