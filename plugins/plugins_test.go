package plugins

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const sdkPath = "github.com/bellhop-chat/bellhop/sdk"

func TestIDsAreTheFolders(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		}
	}
	if !slices.Equal(folders, IDs) {
		t.Errorf("IDs are %q, the folders are %q", IDs, folders)
	}
	for _, id := range IDs {
		manifest := read(t, path.Join(id, "plugin.yaml"))
		if !strings.HasPrefix(manifest, "id: "+id+"\n") {
			t.Errorf("%s/plugin.yaml does not begin with its id", id)
		}
	}
}

func TestPluginsImportNothingButSDK(t *testing.T) {
	for _, id := range IDs {
		for name, f := range parse(t, id) {
			if !strings.HasPrefix(read(t, name), "//go:build go1.20\n") {
				t.Errorf("%s does not begin with the language level, //go:build go1.20", name)
			}
			for _, i := range f.Imports {
				p, _ := strconv.Unquote(i.Path.Value)
				if strings.Contains(p, ".") && p != sdkPath {
					t.Errorf("%s imports %s: bot authors copy it, and have only sdk", name, p)
				}
			}
		}
	}
}

func TestReadmesNameEverySetting(t *testing.T) {
	for _, id := range IDs {
		readme, found := read(t, path.Join(id, "README.md")), 0
		for _, f := range parse(t, id) {
			for _, key := range settings(f) {
				found++
				if !strings.Contains(readme, "`"+key+"`") {
					t.Errorf("%s/README.md says nothing of the setting `%s`", id, key)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s has no settings: is there no struct with json tags any more?", id)
		}
	}
}

// TestConversationsSayWhatTheyShow looks at the form only: what the plugins
// make of the files is tested where they can be played.
func TestConversationsSayWhatTheyShow(t *testing.T) {
	for _, id := range IDs {
		files, err := fs.Glob(os.DirFS("."), path.Join(id, "testdata", "*.txt"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no conversation files (%v)", id, err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if comment, _, ok := strings.Cut(string(data), "-- "); !ok || strings.TrimSpace(comment) == "" {
				t.Errorf("%s does not say what it shows", name)
			}
			if !regexp.MustCompile(`(?m)^-- chat.* --$`).Match(data) || !regexp.MustCompile(`(?m)^-- effects --$`).Match(data) {
				t.Errorf("%s has no chat, or no effects, not even none", name)
			}
		}
	}
}

// A README's tables say what the plugin does and which conversation or test
// shows it; each conversation stands in one of them.
func TestReadmesNameWhatShowsIt(t *testing.T) {
	link, test := regexp.MustCompile(`\]\((testdata/[^)]+)\)`), regexp.MustCompile("`(Test[A-Za-z]+)` \\|")
	for _, id := range IDs {
		readme := read(t, path.Join(id, "README.md"))
		var named []string
		for _, m := range link.FindAllStringSubmatch(readme, -1) {
			named = append(named, path.Join(id, m[1]))
		}
		slices.Sort(named)
		named = slices.Compact(named)
		files, err := fs.Glob(os.DirFS("."), path.Join(id, "testdata", "*.txt"))
		if err != nil || !slices.Equal(named, files) {
			t.Errorf("%s/README.md names %q, there are %q (%v)", id, named, files, err)
		}
		tests := ""
		sources, err := fs.Glob(os.DirFS("."), path.Join(id, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range sources {
			tests += read(t, name)
		}
		for _, m := range test.FindAllStringSubmatch(readme, -1) {
			if !strings.Contains(tests, "func "+m[1]+"(") {
				t.Errorf("%s/README.md names %s, which there is not", id, m[1])
			}
		}
	}
}

// read is a file as the binary carries it.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// parse parses a plugin's Go files, without tests.
func parse(t *testing.T, id string) map[string]*ast.File {
	t.Helper()
	names, err := fs.Glob(FS, id+"/*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(token.NewFileSet(), name, read(t, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// settings are the json names of all fields in a file, but for those of what is
// remembered, which leave out what is empty.
func settings(f *ast.File) (names []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok || field.Tag == nil {
			return true
		}
		tag, _ := strconv.Unquote(field.Tag.Value)
		if name := reflect.StructTag(tag).Get("json"); name != "" && !strings.HasSuffix(name, ",omitempty") {
			names = append(names, name)
		}
		return true
	})
	return names
}

// What a README says of tests elsewhere is true as well, in whatever place of a
// row it names them.
func TestReadmesNameNoTestThatThereIsNot(t *testing.T) {
	var tests strings.Builder
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, "_test.go") {
			var b []byte
			b, err = os.ReadFile(path.Join("..", name))
			tests.Write(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range IDs {
		for _, m := range regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(read(t, path.Join(id, "README.md")), -1) {
			if !strings.Contains(tests.String(), "func "+m[1]+"(") {
				t.Errorf("%s/README.md names %s, which there is not", id, m[1])
			}
		}
	}
}

// needs are what users of such systems ask of tags, transcripts and calls: how
// each begins its row in a table of the plugin's README, whose last column says
// what shows it.
var needs = map[string][]string{
	"autotag": {
		"by words", "by topic", "by outcome: who closed", "by outcome: duration", "by outcome: unanswered", "by outcome: forwarded n times",
		"by outcome: call missed", "by outcome: rating", "limited to the allowed list", "mandatory without locking people out", "synonyms", "maximum",
		"never removing a human's tag", "each tag knows who set it",
	},
	"transcript": {
		"PDF, HTML, text and JSON with the same content", "every script", "right-to-left", "emoji", "images inline", "other files with name, size and hash",
		"quotes, calls, forwards and holds in line", "the visitor's time zone and language", "branding", "redaction of cards, mails and phones",
		"several recipients", "delivery state", "send again", "the hash in the footer",
	},
	"callapp": {
		"Jitsi: a ticket (JWT) apart for agent and guest", "Jitsi: expiry", "Jitsi: room-name policy", "BigBlueButton: create, join, end", "BigBlueButton: end callback",
		"Google Meet, any link by template", "Rocket.Chat's own conference", "offered, joined, ended, missed, failed, with time-outs", "duration, missed note, tag `call-missed`",
		"line in the transcript", `"unknown" where the end can't be learned`,
	},
}

func TestEachNeedHasARowThatSaysWhatShowsIt(t *testing.T) {
	shows := regexp.MustCompile("\\]\\(|`Test|\\.txt`")
	for id, all := range needs {
		readme := read(t, path.Join(id, "README.md"))
		for _, need := range all {
			_, row, there := strings.Cut(readme, "\n| "+need)
			row, _, _ = strings.Cut(row, "\n")
			if !there || !shows.MatchString(row) {
				t.Errorf("%s/README.md has no row for %q that names a file or a test: %q", id, need, row)
			}
		}
	}
}
