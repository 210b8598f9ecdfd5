package script

import (
	"bytes"
	"errors"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"sort"
	"strings"
)

// Limits of a plugin's source. All of it must fit into one frame of a worker.
const (
	MaxFile   = 1 << 20 // bytes of one file
	MaxSource = 3 << 20 // bytes of all files together
)

// Manifest is the name of the file that describes a plugin.
const Manifest = "plugin.yaml"

// ReadDir reads a plugin's folder: its Go files by name, without tests, and
// its manifest. Folders within are not looked at. A link, a file that is not
// an ordinary one, or one beyond the limits is an error.
func ReadDir(dir fs.FS) (files map[string][]byte, manifest []byte, err error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, nil, fmt.Errorf("read plugin: %w", err)
	}
	files = map[string][]byte{}
	total := 0
	for _, e := range entries {
		if !wanted(e.Name()) || e.IsDir() {
			continue
		}
		b, err := readFile(dir, e)
		if err != nil {
			return nil, nil, fmt.Errorf("read plugin: %w", err)
		}
		if total += len(b); total > MaxSource {
			return nil, nil, fmt.Errorf("read plugin: more than %d KiB of source: move data into settings", MaxSource>>10)
		}
		if e.Name() == Manifest {
			manifest = b
			continue
		}
		files[e.Name()] = b
	}
	if manifest == nil {
		return nil, nil, fmt.Errorf("read plugin: no %s: is this the folder of a plugin?", Manifest)
	}
	return files, manifest, nil
}

func wanted(name string) bool {
	return name == Manifest || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}

func readFile(dir fs.FS, e fs.DirEntry) ([]byte, error) {
	if !e.Type().IsRegular() {
		return nil, fmt.Errorf("%s is a link or no ordinary file: put the file itself there", e.Name())
	}
	f, err := dir.Open(e.Name())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxFile {
		return nil, fmt.Errorf("%s has more than %d KiB: split it, or move data into settings", e.Name(), MaxFile>>10)
	}
	return b, nil
}

// chosen are the names of the files that are part of the plugin, in order, and
// of those that their build constraints leave out. A plugin runs the same on
// every machine: no system and no architecture is ever "this one".
func chosen(files map[string][]byte) (in, out []string, err error) {
	ctx := build.Context{
		GOOS: "none", GOARCH: "none", Compiler: "gc",
		JoinPath: func(elem ...string) string { return elem[len(elem)-1] },
		OpenFile: func(name string) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(files[name])), nil
		},
	}
	for v := 1; v <= languageMinor; v++ {
		ctx.ReleaseTags = append(ctx.ReleaseTags, fmt.Sprintf("go1.%d", v))
	}
	for name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if strings.ContainsAny(name, `/\`) || !strings.HasSuffix(name, ".go") {
			return nil, nil, fmt.Errorf("read plugin: %q is no Go file in the plugin's folder", name)
		}
		if ok, err := ctx.MatchFile("", name); err == nil && !ok {
			out = append(out, name)
			continue
		}
		in = append(in, name) // the parser says what is wrong with an unreadable one
	}
	sort.Strings(in)
	sort.Strings(out)
	if len(in) == 0 {
		return nil, out, errors.New("read plugin: no Go file: a plugin is a package with func Register(p *sdk.Plugin) error")
	}
	return in, out, nil
}
