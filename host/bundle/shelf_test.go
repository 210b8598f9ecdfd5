package bundle

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestVersionAppearsWhole(t *testing.T) {
	s := Shelf(filepath.Join(t.TempDir(), "plugins"))
	if err := s.Put("gold", "1.0.0", gold()); err != nil {
		t.Fatal(err)
	}
	got, leftOut, err := s.read("gold", "1.0.0")
	if err != nil || len(leftOut) > 0 || !maps.EqualFunc(got, gold(), bytes.Equal) {
		t.Errorf("read %q, left out %v, err %v", got, leftOut, err)
	}
	entries, err := os.ReadDir(filepath.Join(string(s), "gold"))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, err %v", entries, err)
	}
}

func TestInstalledVersionNeverChanges(t *testing.T) {
	s := Shelf(t.TempDir())
	if err := s.Put("gold", "1.0.0", gold()); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("gold", "1.0.0", gold()); err != nil {
		t.Errorf("the same again: %v", err)
	}
	err := s.Put("gold", "1.0.0", with("gold.go", []byte("package other\n")))
	if err == nil || !strings.Contains(err.Error(), "raise the version") {
		t.Errorf("other content: %v", err)
	}
	got, _, err := s.read("gold", "1.0.0")
	if err != nil || got.Sum() != gold().Sum() {
		t.Errorf("afterwards it holds %q, err %v", got, err)
	}
}

func TestVersionsAreOrderedAndTaken(t *testing.T) {
	s := Shelf(t.TempDir())
	for _, v := range []string{"1.10.0", "1.9.0", "1.10.0-rc1"} {
		if err := s.Put("gold", v, gold()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(string(s), "gold", ".new-1"), 0o700); err != nil {
		t.Fatal(err) // a crash has left it
	}
	versions, err := s.Versions("gold")
	if want := []string{"1.9.0", "1.10.0-rc1", "1.10.0"}; err != nil || !slices.Equal(versions, want) {
		t.Errorf("versions %v, err %v; want %v", versions, err, want)
	}
	if err := os.RemoveAll(filepath.Join(string(s), "gold", ".new-1")); err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		if ids, err := s.IDs(); err != nil || !slices.Equal(ids, []string{"gold"}) {
			t.Errorf("ids %v, err %v", ids, err)
		}
		if err := s.Take("gold", v); err != nil {
			t.Error(err)
		}
	}
	if ids, err := s.IDs(); err != nil || len(ids) > 0 {
		t.Errorf("afterwards ids %v, err %v", ids, err)
	}
}
