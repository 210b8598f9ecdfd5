package worker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// handles is a plugin whose OnMessage handler has the body.
func handles(name, body string) attack {
	return attack{name: name, start: plugin(body, ""), event: says(1, "hello"), course: goesOn}
}

// source is a plugin of one file.
func source(name, src string) attack {
	return files(name, map[string]string{"p.go": src})
}

func files(name string, all map[string]string) attack {
	a := attack{name: name, event: says(1, "hello"), course: goesOn, start: worker.Options{Init: worker.Init{Instance: "test", Sources: map[string][]byte{}}}}
	for file, src := range all {
		a.start.Init.Sources[file] = []byte(src)
	}
	return a
}

// with is a plugin that imports the path and uses it in a package variable.
func with(path, use string) attack {
	return source(fmt.Sprintf("import %q", path), "package p\n\nimport (\n\t\"github.com/bellhop-chat/bellhop/sdk\"\n\t\""+path+"\"\n)\n\nvar _ = "+use+"\n"+register)
}

// register is a Register that does nothing wrong.
const register = "\n// Register is called once.\nfunc Register(p *sdk.Plugin) error {\n\tp.OnMessage(func(c *sdk.Chat, m sdk.Message) error { return nil })\n\treturn nil\n}\n"

const imports = "package p\n\nimport \"github.com/bellhop-chat/bellhop/sdk\"\n"

func hanging(a attack) attack {
	a.course = hangs
	return a
}

func neverReady(a attack) attack {
	a.course = stuck
	return a
}

// roomy gives the deepest stack, and much state, room under the race detector.
func roomy(a attack) attack {
	a.start.Init.Limits.MemoryMiB = 1024
	return a
}

// panics is a plugin that panics in a handler of that kind.
func panics(kind sdk.EventKind, verb, params string) attack {
	src := imports + "\nfunc Register(p *sdk.Plugin) error {\n\tp." + verb + "func(" + params + ") error { panic(\"no\") })\n\treturn nil\n}\n"
	a := source("panic for "+string(kind), src)
	a.event.Call.Event.Kind = kind
	a.event.Call.Event.Timer = "t"
	a.event.Call.Event.Forwarding = &sdk.Forwarding{}
	a.event.Call.Event.Result = &sdk.Result{}
	return a
}

var reaching = []attack{
	with("os", "os.Args"), with("os/exec", "exec.Command"), with("syscall", "syscall.Getpid"), with("net", "net.Dial"),
	with("net/http", "http.Get"), with("unsafe", "unsafe.Pointer(nil)"), with("reflect", "reflect.TypeOf"), with("runtime", "runtime.GC"),
	with("runtime/debug", "debug.FreeOSMemory"), with("plugin", "plugin.Open"), with("io/ioutil", "ioutil.ReadFile"), with("path/filepath", "filepath.Glob"),
	with("text/template", "template.New"), with("log", "log.Fatal"), with("sync", "sync.Mutex{}"), with("github.com/traefik/yaegi/stdlib", "stdlib.Symbols"),
	source("import by a relative path", "package p\n\nimport (\n\t\"github.com/bellhop-chat/bellhop/sdk\"\n\t\"../../host/worker\"\n)\n"+register),
	source("cgo", "package p\n\n// #include <stdlib.h>\nimport \"C\"\n\nimport \"github.com/bellhop-chat/bellhop/sdk\"\n\nvar _ = C.getenv\n"+register),
	source("//go:linkname", "package p\n\nimport (\n\t\"github.com/bellhop-chat/bellhop/sdk\"\n\t_ \"unsafe\"\n)\n\n//go:linkname exit os.Exit\nfunc exit(code int)\n"+register),
	source("//go:embed", "package p\n\nimport (\n\t_ \"embed\"\n\n\t\"github.com/bellhop-chat/bellhop/sdk\"\n)\n\n//go:embed /etc/passwd\nvar users string\n"+register),
	source("a func without a body", imports+"\nfunc exit(code int)\n"+register),
	files("build constraints that hide a file", map[string]string{"p.go": imports + register, "p_linux.go": "package p\n\nimport \"os\"\n\nfunc init() { os.Exit(0) }\n", "q.go": "//go:build linux\n\npackage p\n\nimport \"os\"\n\nfunc init() { os.Exit(1) }\n"}),
	files("a test file that does harm", map[string]string{"p.go": imports + register, "p_test.go": "package p\n\nimport \"os\"\n\nfunc init() { os.Exit(0) }\n"}),
	files("a file outside its folder", map[string]string{"../../p.go": imports + register}),
	source("the host's side of the sdk", imports+"\nvar _ = sdk.NewRunner\n"+register),
	source("an effect with a key made by hand", imports+"\nvar _ = sdk.Effect{Kind: \"shutdown\", Key: \"forwarding/message/1/0\"}\n"+register),
	source("assignment to the library's variables", "package p\n\nimport (\n\t\"errors\"\n\t\"io\"\n\n\t\"github.com/bellhop-chat/bellhop/sdk\"\n)\n\nfunc init() { io.EOF = errors.New(\"more\") }\n"+register),
	handles("go", "go func() { for {} }()\nreturn nil"),
	handles("select", "select {}"),
	handles("recover", "defer func() { recover() }()\nreturn nil"),
	handles("a channel that nobody fills", "var ch chan int\n<-ch\nreturn nil"),
	handles("exit by way of the interpreter", "exit(0)\nreturn nil"),
}

// greedy is a func, as rogues is: a worker that is this test binary would make
// its megabytes at each start.
func greedy() []attack {
	return []attack{
		neverReady(source("init that never ends", imports+"\nfunc init() {\n\tfor {\n\t}\n}\n"+register)),
		neverReady(source("Register that never ends", imports+"\nfunc Register(p *sdk.Plugin) error {\n\tfor {\n\t}\n}\n")),
		neverReady(source("a variable that never is there", imports+"\nvar x = f()\n\nfunc f() int {\n\tfor {\n\t}\n}\n"+register)),
		neverReady(source("types that embed each other in 30^8 ways", ways(30, 8))),
		source("5,000 brackets", imports+"\nvar x = "+strings.Repeat("(", 5000)+"1"+strings.Repeat(")", 5000)+"\n"+register),
		source("a constant text that doubles 40 times", imports+"\nconst c0 = \"boom\"\n"+doubles(40)+register),
		source("an array of 1 TiB", imports+"\nvar x [1 << 40]byte\n"+register),
		source("4 MiB of source", imports+"\nconst text = `"+strings.Repeat("x", 4<<20)+"`\n"+register),
		source("Register that panics", imports+"\nfunc Register(p *sdk.Plugin) error { panic(\"no\") }\n"),
		source("no handler", imports+"\nfunc Register(p *sdk.Plugin) error { return nil }\n"),
		hanging(handles("a loop without end", "for {\n}")),
		hanging(handles("a reader without end", "b := make([]byte, 1)\nr := strings.NewReader(\"x\")\nfor {\nr.Reset(\"x\")\nr.Read(b)\n}")),
		roomy(handles("recursion without end", "var f func() error\nf = func() error { return f() }\nreturn f()")),
		handles("slices without end", "s := []string{}\nfor {\ns = append(s, strings.Repeat(\"x\", 1<<20))\n}"),
		handles("a map without end", "kept := map[int]string{}\ni := 0\nfor {\ni++\nkept[i] = strings.Repeat(\"x\", 4096)\n}"),
		handles("a text that doubles", "s := \"x\"\nfor {\ns += s\n}"),
		handles("a list of structs without end", "type node struct {\nnext *node\npad [4096]byte\n}\nvar n *node\nfor {\nn = &node{next: n}\n}"),
		handles("a slice of 2^46 bytes", "n := 46\nb := make([]byte, 1<<n)\nreturn sdk.Skip(string(b))"),
		handles("a slice of -1 bytes", "n := -1\nb := make([]byte, n)\nreturn sdk.Skip(string(b))"),
		handles("strings.Repeat to 1 TiB", "return sdk.Skip(strings.Repeat(\"x\", 1<<40))"),
		handles("strings.Repeat to 2^63 bytes", "return sdk.Skip(strings.Repeat(\"xx\", 1<<62))"),
		imported(handles("a number a million wide", "return sdk.Skip(fmt.Sprintf(\"%999999d\", 1))"), "fmt"),
		imported(handles("a pattern that grows when compiled", "_, err := regexp.Compile(\"((a{0,1000}){0,1000}){0,1000}\")\nreturn err"), "regexp"),
		hanging(imported(handles("a slow pattern on 1 MiB", "re := regexp.MustCompile(\"(a{1,500}){1,2}x\")\nif re.MatchString(strings.Repeat(\"a\", 1<<20)) {\nreturn nil\n}\nreturn nil"), "regexp")),
		imported(handles("JSON nested 100,000 times", "var v interface{}\nreturn json.Unmarshal([]byte(strings.Repeat(\"[\", 100000)), &v)"), "encoding/json"),
		imported(handles("a time zone that is a file", "_, err := time.LoadLocation(\"../../../etc/passwd\")\nreturn err"), "time"),
	}
}

var loud = []attack{
	panics(sdk.EventOpened, "OnOpened(", "c *sdk.Chat"), panics(sdk.EventTaken, "OnTaken(", "c *sdk.Chat"), panics(sdk.EventMessage, "OnMessage(", "c *sdk.Chat, m sdk.Message"),
	panics(sdk.EventForwarded, "OnForwarded(", "c *sdk.Chat, f sdk.Forwarding"), panics(sdk.EventClosed, "OnClosed(", "c *sdk.Chat"),
	panics(sdk.EventTimer, "OnTimer(\"t\", ", "c *sdk.Chat"), panics(sdk.EventResult, "OnResult(", "c *sdk.Chat, r sdk.Result"),
	handles("panic with 8 MiB", "panic(strings.Repeat(\"x\", 8<<20))"),
	handles("panic with what steers a terminal", "panic(\"\\x1b[2J\\xff\")"),
	handles("an error of 8 MiB", "return sdk.Skip(strings.Repeat(\"x\", 8<<20))"),
	handles("print 100 MiB", "for i := 0; i < 100; i++ {\nprintln(strings.Repeat(\"x\", 1<<20))\n}\nreturn nil"),
	handles("100 effects", "for i := 0; i < 100; i++ {\nc.Reply(\"again\")\n}\nreturn nil"),
	handles("a text of 1 MiB", "c.Reply(strings.Repeat(\"x\", 1<<20))\nreturn nil"),
	handles("a text that is no UTF-8", "c.Reply(\"a\\xff\\xfe\")\nreturn nil"),
	handles("a reason of 1 MiB", "c.Tag([]string{\"x\"}, sdk.Because(\"%s\", strings.Repeat(\"x\", 1<<20)))\nreturn nil"),
	handles("a tag of 1 MiB", "c.Tag([]string{strings.Repeat(\"x\", 1<<20)})\nreturn nil"),
	handles("10,000 tags", "c.Tag(strings.Split(strings.Repeat(\"x,\", 10000), \",\"))\nreturn nil"),
	handles("a transcript to 1,000 addresses", "c.SendTranscript(sdk.Delivery{Mail: strings.Split(strings.Repeat(\"x@example.org,\", 1000), \",\")})\nreturn nil"),
	handles("state of 1 MiB", "c.State().Set(\"k\", strings.Repeat(\"x\", 1<<20))\nreturn nil"),
	handles("300 names of state", "for i := 0; i < 300; i++ {\nc.State().Set(strings.Repeat(\"k\", i/3+1)+string(rune('a'+i%3)), \"v\")\n}\nreturn nil"),
	handles("5,000 changes of state", "for i := 0; i < 5000; i++ {\np.State().Set(\"k\", \"v\")\n}\nreturn nil"),
	roomy(handles("12 MiB of state at once", "for i := 0; i < 200; i++ {\nc.State().Set(strings.Repeat(\"k\", i/2+1)+string(rune('a'+i%2)), strings.Repeat(\"v\", 60000))\n}\nreturn nil")),
	handles("5,000 timers", "for i := 0; i < 5000; i++ {\nc.CancelTimer(\"t\")\n}\nreturn nil"),
	handles("a timer that nobody handles", "c.SetTimer(\"t\", 1)\nreturn nil"),
	handles("an effect for the past", "c.Tag([]string{\"x\"}, sdk.NotAfter(-1))\nreturn nil"),
	handles("100,000 lines of log", "for i := 0; i < 100000; i++ {\np.Log(\"again\")\n}\nreturn nil"),
	handles("10,000 rules tried", "for i := 0; i < 10000; i++ {\nc.Match(sdk.Rule{Name: \"r\", Words: []string{\"x\"}}, m.Text)\n}\nreturn nil"),
	handles("a question of 1 MiB", "_, err := p.Classify(strings.Repeat(\"x\", 1<<20), nil, 1)\nreturn err"),
	handles("a handler registered by a handler", "p.OnClosed(func(c *sdk.Chat) error { return nil })\nreturn nil"),
}

// imported is the attack with one more import.
func imported(a attack, path string) attack {
	src := a.start.Init.Sources["test.go"]
	a.start.Init.Sources["test.go"] = []byte(strings.Replace(string(src), "\t\"strings\"", "\t\""+path+"\"\n\t\"strings\"", 1))
	return a
}

// doubles are so many constants, each twice as long as the one before.
func doubles(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "\nconst c%d = c%d + c%d\n", i, i-1, i-1)
	}
	return b.String()
}

// ways are structs on so many levels that embed all of the next.
func ways(wide, deep int) string {
	var b strings.Builder
	b.WriteString(imports + register)
	for l := range deep + 1 {
		for i := range wide {
			fmt.Fprintf(&b, "\ntype t%d_%d struct {\n", l, i)
			for k := range wide {
				if l < deep {
					fmt.Fprintf(&b, "\tt%d_%d\n", l+1, k)
				}
			}
			b.WriteString("}\n")
		}
	}
	return b.String()
}

func TestPluginsThatDoHarmHarmNobodyElse(t *testing.T) {
	all := slices.Concat(reaching, greedy(), loud)
	hold(t, "testdata/plugins.md", "# Plugins that do harm\n\nWritten by `go test -run TestPluginsThatDoHarm -update`.", table(t, all))
}
