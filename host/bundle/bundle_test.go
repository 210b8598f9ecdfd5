package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// gold is a plugin that is right.
func gold() Files {
	return Files{
		"plugin.yaml":        []byte("id: gold\nversion: 1.0.0\nsdk: 1\ntitle: t\n"),
		"gold.go":            []byte("package gold\n"),
		"README.md":          []byte("# gold\n"),
		"testdata/one.txtar": []byte("hello\n"),
	}
}

func TestBundleHoldsWhatWasPacked(t *testing.T) {
	packed, err := gold().Pack()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(got, gold(), bytes.Equal) {
		t.Errorf("unpacked %q", got)
	}
	again, err := got.Pack()
	if err != nil || !bytes.Equal(again, packed) {
		t.Errorf("packed again it differs, err %v", err)
	}
}

func TestFolderIsReadWithoutWhatIsNoPartOfAPlugin(t *testing.T) {
	dir := fstest.MapFS{
		"go.mod": {}, ".git/config": {}, "testdata/.cache": {}, "notes.txt": {}, "vendor/x.go": {},
		"testdata/deep/two.txtar": {Data: []byte("two")},
	}
	for name, data := range gold() {
		dir[name] = &fstest.MapFile{Data: data}
	}
	f, leftOut, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := gold()
	want["testdata/deep/two.txtar"] = []byte("two")
	if !maps.EqualFunc(f, want, bytes.Equal) {
		t.Errorf("read %q", f)
	}
	if got := strings.Join(leftOut, " "); got != ".git/ go.mod notes.txt testdata/.cache vendor/" {
		t.Errorf("left out %s", got)
	}
}

func TestFolderWithALinkIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, data := range gold() {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o700)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "testdata", "users.txtar")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Read(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "testdata/users.txtar is a link") {
		t.Errorf("read: %v", err)
	}
}

// entry is one file of a zip that nobody checked.
type entry struct {
	zip.FileHeader
	data []byte
}

func plain(name string, data []byte) entry {
	return entry{zip.FileHeader{Name: name, Method: zip.Deflate}, data}
}

func zipped(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateHeader(&e.FileHeader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// listed is a bundle of the files with an honest list.
func listed(t *testing.T, f Files, more ...entry) []byte {
	t.Helper()
	all := []entry{plain(sums, f.list())}
	for _, name := range f.names() {
		all = append(all, plain(name, f[name]))
	}
	return zipped(t, append(all, more...)...)
}

func with(name string, data []byte) Files {
	f := gold()
	f[name] = data
	return f
}

func without(name string) Files {
	f := gold()
	delete(f, name)
	return f
}

func link(name, to string) entry {
	h := zip.FileHeader{Name: name}
	h.SetMode(fs.ModeSymlink | 0o777)
	return entry{h, []byte(to)}
}

func many(n int) Files {
	f := gold()
	for i := range n {
		f[fmt.Sprintf("testdata/%d.txtar", i)] = nil
	}
	return f
}

// TestBundlesThatAttack is the table of what a bundle may try.
func TestBundlesThatAttack(t *testing.T) {
	swapped := gold()
	swapped["gold.go"] = []byte("package evil\n")
	zeros := make([]byte, 64<<20)
	liar := listed(t, with("testdata/big.txtar", zeros[:1<<20]))
	for name, c := range map[string]struct {
		bundle []byte
		says   string
	}{
		"no zip":                       {[]byte("id: gold"), "not a valid zip file"},
		"an empty zip":                 {zipped(t), "no plugin.yaml"},
		"data behind it":               {append(listed(t, gold()), "#!/bin/sh\n"...), "something before or after"},
		"a program before it":          {append([]byte("#!/bin/sh\n"), listed(t, gold())...), "something before or after"},
		"a comment":                    {commented(t), "something before or after"},
		"two zips in one":              {append(listed(t, swapped), listed(t, gold())...), "something before or after"},
		"a truncated zip":              {listed(t, gold())[:300], "not a valid zip file"},
		"a path that leaves":           {listed(t, with("../../evil.go", nil)), "../../evil.go"},
		"a path that leaves later":     {listed(t, with("testdata/../../evil.go", nil)), "testdata/../../evil.go"},
		"an absolute path":             {listed(t, with("/etc/cron.d/evil.go", nil)), "/etc/cron.d/evil.go"},
		"a backslash":                  {listed(t, with(`..\evil.go`, nil)), "evil.go"},
		"a drive":                      {listed(t, with("C:evil.go", nil)), "C:evil.go"},
		"a device":                     {listed(t, with("testdata/aux.txtar", nil)), "aux"},
		"a name that is no text":       {listed(t, with("testdata/\xff.txtar", nil)), "testdata/"},
		"a hidden file":                {listed(t, with(".bashrc", nil)), "no part of a plugin"},
		"a program":                    {listed(t, with("run.sh", nil)), "no part of a plugin"},
		"a folder of its own":          {listed(t, with("other/plugin.yaml", nil)), "no part of a plugin"},
		"a link":                       {listed(t, gold(), link("passwd.go", "/etc/passwd")), "passwd.go is a link"},
		"a folder as an entry":         {listed(t, gold(), plain("testdata/", nil)), "testdata/ is a link, a folder"},
		"names alike but for case":     {listed(t, with("GOLD.go", nil)), "one file on some systems"},
		"two manifests":                {listed(t, gold(), plain("plugin.yaml", []byte("id: other"))), "plugin.yaml is there twice"},
		"two lists":                    {listed(t, gold(), plain(sums, gold().list())), "SHA256SUMS is there twice"},
		"no manifest":                  {listed(t, without("plugin.yaml")), "no plugin.yaml"},
		"no list":                      {zipped(t, plain("plugin.yaml", gold()["plugin.yaml"])), "no SHA256SUMS"},
		"a list that is none":          {zipped(t, plain(sums, []byte("hello")), plain("plugin.yaml", []byte("id: x"))), "no line of a list"},
		"a file that was changed":      {zipped(t, plain(sums, gold().list()), plain("plugin.yaml", gold()["plugin.yaml"]), plain("gold.go", swapped["gold.go"])), "gold.go is not what the list"},
		"a file that was put there":    {listed(t, gold(), plain("evil.go", nil)), "evil.go is not in the list"},
		"a file that was taken":        {zipped(t, plain(sums, gold().list()), plain("plugin.yaml", gold()["plugin.yaml"])), "is in the list SHA256SUMS and not in the bundle"},
		"a bomb":                       {listed(t, with("testdata/bomb.txtar", zeros)), "larger than a plugin may be"},
		"a bomb in the list":           {zipped(t, plain(sums, zeros), plain("plugin.yaml", nil)), "larger than a plugin may be"},
		"a bomb of many files":         {bombs(t, zeros[:1<<20]), "larger than a plugin may be"},
		"a bomb that lies":             {bytes.ReplaceAll(liar, []byte{0, 0, 0x10, 0}, []byte{0x10, 0, 0, 0}), "testdata/big.txtar"},
		"more files than anyone has":   {listed(t, many(maxFiles)), "a plugin has at most 500"},
		"a packed file without an end": {append(listed(t, gold()), make([]byte, MaxBytes)...), "more than 8 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Unpack(c.bundle)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("unpack: %d files, %v; want an error with %q", len(f), err, c.says)
			}
		})
	}
}

// commented is a bundle with a comment at its end.
func commented(t *testing.T) []byte {
	b := listed(t, gold())
	binary.LittleEndian.PutUint16(b[len(b)-2:], 5)
	return append(b, "hello"...)
}

// bombs is a bundle of files that are small enough each.
func bombs(t *testing.T, data []byte) []byte {
	f := gold()
	for i := range 10 {
		f[fmt.Sprintf("testdata/%d.txtar", i)] = data
	}
	return listed(t, f)
}

func FuzzUnpack(f *testing.F) {
	packed, err := gold().Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := Unpack(data)
		if err != nil {
			return
		}
		for name := range files {
			if !fs.ValidPath(name) {
				t.Errorf("a name that leaves the folder: %q", name)
			}
		}
	})
}
