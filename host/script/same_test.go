package script_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The interpreter's level of the language is asked of the compiler too, so
// that both read the same language.
const level = "//go:build go1.20\n\n"

// calls Register as the interpreter does.
const register = `package p

import "github.com/bellhop-chat/bellhop/sdk"

func Register(p *sdk.Plugin) error {
	show()
	return nil
}
`

// sections are the files of testdata/DIR/*.txtar by "theme/name".
func sections(t *testing.T, dir, ending string) map[string]string {
	t.Helper()
	found := map[string]string{}
	names, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no testdata in %s: %v", dir, err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		theme := strings.TrimSuffix(filepath.Base(name), ".txtar")
		for _, f := range a.Files {
			if section, ok := strings.CutSuffix(f.Name, ending); ok {
				found[theme+"/"+section] = string(f.Data)
			}
		}
	}
	return found
}

// compiled builds a program of all packages, without writing into the tree,
// and gives the output of one by its name and input.
func compiled(t *testing.T, packages map[string]string, runner string) func(t *testing.T, name, input string) string {
	t.Helper()
	dir := t.TempDir()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	overlay := map[string]string{}
	put := func(at, text string) {
		file := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay)))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(here, "compiled", at)] = file
	}
	var imports, table strings.Builder
	for name, src := range packages {
		id := fmt.Sprintf("p%d", len(overlay))
		put(id+"/a.go", level+src)
		if !strings.Contains(src, "\nfunc Register(") {
			put(id+"/register.go", register)
		}
		fmt.Fprintf(&imports, "%s %q\n", id, "github.com/bellhop-chat/bellhop/host/script/compiled/"+id)
		fmt.Fprintf(&table, "%q: %s.Register,\n", name, id)
	}
	put("main/main.go", fmt.Sprintf(runner, imports.String(), table.String()))
	list := filepath.Join(dir, "overlay.json")
	b, _ := json.Marshal(map[string]any{"Replace": overlay})
	if err := os.WriteFile(list, b, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "compiled")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", program, "./compiled/main")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return func(t *testing.T, name, input string) string {
		cmd := exec.CommandContext(t.Context(), program, name)
		cmd.Stdin = strings.NewReader(input)
		cmd.Stderr = t.Output()
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
}

func TestOrdinaryGoDoesTheSameCompiledAndInterpreted(t *testing.T) {
	const runner = `package main

import (
	"os"

	"github.com/bellhop-chat/bellhop/sdk"
	%s
)

var packages = map[string]func(*sdk.Plugin) error{
	%s
}

func main() { packages[os.Args[1]](new(sdk.Plugin)) }
`
	snippets := sections(t, "same", ".go")
	run := compiled(t, snippets, runner)
	for name, src := range snippets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got syncBuffer
			p, err := script.Load(map[string][]byte{"a.go": []byte(src), "register.go": []byte(register)}, &got)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if err := p.Register(new(sdk.Plugin)); err != nil {
				t.Fatal(err)
			}
			if want := run(t, name, ""); got.String() != want || want == "" {
				t.Errorf("interpreted it prints\n%s\ncompiled\n%s", got.String(), want)
			}
		})
	}
}

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// conversation is what each plugin of testdata/plugins is given.
func conversation() []sdk.Call {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	chat := sdk.Chat{
		ID: "c1", Status: sdk.Taken, Department: "Sales", Agent: sdk.Person{Username: "alice"}, OpenedAt: noon, Tags: []string{"old"},
		Visitor: sdk.Visitor{Name: "Maya", Emails: []string{"maya@example.org"}, Language: "de", Fields: map[string]string{"tier": "gold", "city": "Bonn"}},
		Fields:  map[string]string{"order": "A-17"},
	}
	var calls []sdk.Call
	add := func(kind sdk.EventKind, change func(*sdk.Call)) {
		n := len(calls)
		c := sdk.Call{Chat: chat, Now: noon.Add(time.Duration(n) * time.Minute), Seed: int64(n), State: map[string]string{"n": fmt.Sprint(n)}}
		c.Event = sdk.Event{ID: sdk.EventID(fmt.Sprint("e/", n)), Kind: kind, Chat: "c1", At: c.Now}
		change(&c)
		calls = append(calls, c)
	}
	add(sdk.EventOpened, func(*sdk.Call) {})
	for _, text := range []string{"hello", "", "My INVOICE is wrong, order 4711!", "tschüß\nзавтра 😀 \xff", "call me at +49 30 1234567", "/help me now", "refund refund refund"} {
		add(sdk.EventMessage, func(c *sdk.Call) {
			c.Event.Message = &sdk.Message{ID: "m", From: sdk.Guest, Text: text, At: c.Now}
			c.Chat.Last = []sdk.Message{*c.Event.Message, {From: sdk.Human, Text: "one moment"}}
			c.Chat.WaitingSince = noon
		})
	}
	add(sdk.EventForwarded, func(c *sdk.Call) {
		c.Event.Forwarding = &sdk.Forwarding{}
	})
	add(sdk.EventTimer, func(c *sdk.Call) { c.Event.Timer = "wait" })
	add(sdk.EventResult, func(c *sdk.Call) {
		c.Event.Result = &sdk.Result{Key: "k", Effect: sdk.Effect{Kind: sdk.EffectForward}, Outcome: sdk.Outcome{State: sdk.Refused, Reason: "nobody there"}}
	})
	add(sdk.EventClosed, func(c *sdk.Call) { c.Chat.Closing = sdk.Closing{ByVisitor: true, Comment: "bye"} })
	return calls
}

func TestGoodPluginsDecideTheSameCompiledAndInterpreted(t *testing.T) {
	const runner = `package main

import (
	"encoding/json"
	"os"

	"github.com/bellhop-chat/bellhop/sdk"
	%s
)

var packages = map[string]func(*sdk.Plugin) error{
	%s
}

func main() {
	var calls []sdk.Call
	if err := json.NewDecoder(os.Stdin).Decode(&calls); err != nil {
		panic(err)
	}
	r, err := sdk.NewRunner(packages[os.Args[1]], nil, nil, nil)
	if err != nil {
		panic(err)
	}
	for _, c := range calls {
		json.NewEncoder(os.Stdout).Encode(r.Handle(c))
	}
}
`
	plugins := sections(t, "plugins", ".go")
	run := compiled(t, plugins, runner)
	input, err := json.Marshal(conversation())
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range plugins {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := script.Load(map[string][]byte{"a.go": []byte(src)}, nil)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			r, err := sdk.NewRunner(p.Register, nil, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			var calls []sdk.Call
			if err := json.Unmarshal(input, &calls); err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			did := false
			for _, c := range calls {
				reply := r.Handle(c)
				if reply.Error != "" {
					t.Errorf("%s: %s", c.Event.ID, p.Explain(reply.Error))
				}
				did = did || len(reply.Effects)+len(reply.Writes)+len(reply.Timers) > 0
				json.NewEncoder(&got).Encode(reply)
			}
			if want := run(t, name, string(input)); got.String() != want || !did {
				t.Errorf("interpreted it decides\n%s\ncompiled\n%s", got.String(), want)
			}
		})
	}
}
