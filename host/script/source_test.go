package script_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bellhop-chat/bellhop/host/script"
)

const smallest = "package p\n\nimport \"github.com/bellhop-chat/bellhop/sdk\"\n\nfunc Register(p *sdk.Plugin) error { return nil }\n"

func TestSourceThatIsNoGoIsRefused(t *testing.T) {
	deep := strings.Repeat("(", 200_000)
	for name, c := range map[string]struct{ src, want string }{
		"empty":             {"", "a.go:1:1: expected 'package', found 'EOF'"},
		"no UTF-8":          {smallest + "// \xff\xfe\n", "a.go:6:4: illegal UTF-8 encoding"},
		"a NUL":             {smallest + "\x00", "a.go:6:1: illegal character NUL"},
		"another encoding":  {"\xff\xfep\x00a\x00", "illegal"},
		"a binary":          {"\x7fELF\x02\x01\x01" + strings.Repeat("\x00\x90", 5000), "illegal character"},
		"no end":            {smallest + "var s = `", "raw string literal not terminated"},
		"deep":              {smallest + "var x = " + deep, "exceeded max nesting depth"},
		"faults by mistake": {smallest + "//line /etc/passwd:7\nvar x int = \"\"\n", "a.go:7:13: cannot use"},
		"texts that double": {smallest + "const a0 = `" + strings.Repeat("x", 99) + "`\n" + doubling(40), "a text of more than 1024 KiB"},
		"numbers that grow": {smallest + "const n = 1 << 1000000000\n", "invalid shift count 1000000000"},
		"arrays of 1 TB":    {smallest + "var a [1 << 40][1 << 40]int\n", "a.go:6:7: an array of more than 16 MiB"},
		"loop of types":     {smallest + "type t [2]t\n", "a.go:6:6: invalid recursive type: t refers to itself"},
		"many faults":       {smallest + strings.Repeat("var _ = nothing\n", 5000), "a.go:105:9: undefined: nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			f := script.Check(files(c.src)).Faults
			if !strings.Contains(f.Error(), c.want) || len(f) > 100 {
				t.Errorf("%d faults: %.300v, want %q", len(f), f, c.want)
			}
			if _, err := script.Load(files(c.src), nil); err == nil {
				t.Error("it was loaded")
			}
		})
	}
}

func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("const a" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10)) + " = ")
		last := "a" + string(rune('0'+i/10)) + string(rune('0'+i%10))
		if i == 0 {
			last = "a0"
		}
		b.WriteString(last + " + " + last + "\n")
	}
	return b.String() + "var size = len(a40)\n"
}

func TestFilesThatAreNoPartOfAPluginAreLeftOut(t *testing.T) {
	plugin := map[string][]byte{
		"a.go":         []byte(smallest),
		"a_windows.go": []byte("package p\n\nvar x = os.Args\n"),
		"b.go":         []byte("//go:build ignore\n\npackage main\n"),
		"c.go":         []byte("//go:build go1.21\n\npackage p\n"),
		"d_test.go":    []byte("no Go at all"),
	}
	r := script.Check(plugin)
	if len(r.Faults) > 0 || strings.Join(r.LeftOut, " ") != "a_windows.go b.go c.go" || r.Package != "p" {
		t.Errorf("got %+v", r)
	}
	if _, err := script.Load(plugin, nil); err != nil {
		t.Error(err)
	}
	delete(plugin, "a.go")
	if r := script.Check(plugin); !strings.Contains(r.Faults.Error(), "no Go file") {
		t.Errorf("got %v", r.Faults)
	}
}

func TestFolderOfAPluginIsReadWithinLimits(t *testing.T) {
	manifest := &fstest.MapFile{Data: []byte("id: p\n")}
	file := func(size int) *fstest.MapFile { return &fstest.MapFile{Data: make([]byte, size)} }
	for name, c := range map[string]struct {
		dir  fstest.MapFS
		want string
	}{
		"no manifest":   {fstest.MapFS{"a.go": file(1)}, "no plugin.yaml"},
		"huge file":     {fstest.MapFS{"a.go": file(script.MaxFile + 1), "plugin.yaml": manifest}, "a.go has more than 1024 KiB"},
		"huge together": {fstest.MapFS{"a.go": file(1 << 20), "b.go": file(1 << 20), "c.go": file(1 << 20), "d.go": file(1), "plugin.yaml": manifest}, "more than 3072 KiB of source"},
		"link":          {fstest.MapFS{"a.go": {Mode: fs.ModeSymlink, Data: []byte("/etc/passwd")}, "plugin.yaml": manifest}, "a.go is a link"},
		"pipe":          {fstest.MapFS{"a.go": {Mode: fs.ModeNamedPipe}, "plugin.yaml": manifest}, "a.go is a link or no ordinary file"},
		"fine":          {fstest.MapFS{"a.go": file(9), "a_test.go": file(9), "README.md": file(9), "sub/b.go": file(9), "plugin.yaml": manifest}, ""},
	} {
		files, _, err := script.ReadDir(c.dir)
		switch {
		case c.want == "" && (err != nil || len(files) != 1):
			t.Errorf("%s: %d files, %v", name, len(files), err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestBuildNamesOutsideTheFolderAreRefused(t *testing.T) {
	for _, name := range []string{"../a.go", "sub/a.go", `c:\a.go`, "a.txt"} {
		r := script.Check(map[string][]byte{name: []byte(smallest)})
		if !strings.Contains(r.Faults.Error(), "no Go file in the plugin's folder") {
			t.Errorf("%s: %v", name, r.Faults)
		}
	}
}
