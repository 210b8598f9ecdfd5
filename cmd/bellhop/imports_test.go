package main

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/bellhop-chat/bellhop"

// mayImport is the house's plan: which of our packages each may import. A row
// ending in "/*" stands for all packages below. It is a decision, not a
// record: a new row is a change of design.
var mayImport = map[string]string{
	"sdk":             "",
	"sdk/convo":       "sdk",
	"sdk/sdktest":     "sdk sdk/convo",
	"plugins":         "",
	"plugins/*":       "sdk",
	"bridge":          "sdk bridge/ddp bridge/rest",
	"bridge/ddp":      "",
	"bridge/rest":     "",
	"bridge/lobby":    "",
	"bridge/lobby/*":  "",
	"host":            "sdk bridge host/*",
	"host/store":      "sdk bridge",
	"host/script":     "sdk host/text",
	"host/worker":     "sdk host/script host/rule",
	"host/rule":       "sdk host/text",
	"host/text":       "",
	"host/hours":      "",
	"host/transcript": "sdk sdk/convo host/text",
	"host/mail":       "sdk host/text",
	"host/call":       "sdk host/text",
	"host/model":      "sdk host/text",
	"host/web":        "sdk",
	"host/config":     "host/text host/web",
	"host/bundle":     "host/script",
	"host/console":    "sdk host host/store",
	"cmd/bellhop":     "*",
}

// soleImporter says which package alone may import a library, by the
// beginning of its path.
var soleImporter = map[string]string{
	"github.com/gorilla/websocket":      "bridge/ddp bridge/lobby bridge/lobby/desk",
	"github.com/failsafe-go/":           "bridge/rest",
	"go.etcd.io/bbolt":                  "host/store",
	"github.com/traefik/yaegi":          "host/script",
	"github.com/landlock-lsm/":          "host/worker",
	"github.com/expr-lang/":             "host/rule",
	"github.com/netresearch/go-cron":    "host/hours",
	"github.com/rickar/cal":             "host/hours",
	"github.com/go-text/":               "host/transcript",
	"github.com/wneessen/":              "host/mail",
	"github.com/golang-jwt/":            "host/call",
	"github.com/sashabaranov/go-openai": "host/model",
	"github.com/google/jsonschema-go/":  "host/model",
	"github.com/spf13/viper":            "host/config",
	"go.yaml.in/":                       "host/config",
	"github.com/spf13/cobra":            "cmd/bellhop",
}

// stdlibOnly are the packages that authors get: they import nothing but the
// standard library and each other.
var stdlibOnly = []string{"sdk", "sdk/convo", "sdk/sdktest"}

func TestImportsFollowThePlan(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		pkg := strings.TrimPrefix(f[0], module+"/")
		allowed, planned := plan(pkg)
		if !planned {
			t.Errorf("package %s is not in the plan: add a row to mayImport, with its reason in the commit", pkg)
		}
		for _, imp := range f[1:] {
			checkImport(t, pkg, imp, allowed)
		}
	}
}

func checkImport(t *testing.T, pkg, imp, allowed string) {
	t.Helper()
	if ours, ok := strings.CutPrefix(imp, module+"/"); ok {
		if !covers(allowed, ours) {
			t.Errorf("%s imports %s: it may import only %q", pkg, ours, allowed)
		}
		return
	}
	for lib, sole := range soleImporter {
		if strings.HasPrefix(imp, lib) && !covers(sole, pkg) {
			t.Errorf("%s imports %s: only %s may", pkg, imp, sole)
		}
	}
	for _, p := range stdlibOnly {
		if pkg == p && strings.Contains(strings.Split(imp, "/")[0], ".") {
			t.Errorf("%s imports %s: authors get it with the standard library only", pkg, imp)
		}
	}
}

func plan(pkg string) (allowed string, ok bool) {
	if a, ok := mayImport[pkg]; ok {
		return a, true
	}
	for row, a := range mayImport {
		if strings.HasSuffix(row, "/*") && covers(row, pkg) {
			return a, true
		}
	}
	return "", false
}

// covers reports whether one of the words is pkg, or ends in * and begins it.
func covers(words, pkg string) bool {
	for _, w := range strings.Fields(words) {
		head, wild := strings.CutSuffix(w, "*")
		if w == pkg || wild && strings.HasPrefix(pkg, head) {
			return true
		}
	}
	return false
}
