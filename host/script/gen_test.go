package script_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What plugins can reach is made of the toolchain's sources and of package
// sdk. A difference means that one of them has changed.
func TestGeneratedFilesAreWhatTheGeneratorWrites(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "stubs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "run", "gen.go", "gen_stub.go", "gen_symbols.go", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	made, err := filepath.Glob(filepath.Join(dir, "stubs", "*"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Glob("stubs/*")
	if err != nil || len(made) != len(here) || len(here) == 0 {
		t.Errorf("%d stubs are written, and %d are here: run go generate ./host/script", len(made), len(here))
	}
	for _, f := range append(made, filepath.Join(dir, "symbols.go")) {
		name, err := filepath.Rel(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what gen.go writes: run go generate ./host/script (%v)", name, err)
		}
	}
}
