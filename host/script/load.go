package script

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/constant"
	"go/token"
	"io"
	"reflect"
	"strings"
	"testing/fstest"

	"github.com/traefik/yaegi/interp"

	"github.com/bellhop-chat/bellhop/sdk"
)

// importPath is the plugin's own inside the interpreter.
const importPath = "plugin"

const sourceDir = "src/" + importPath + "/"

// Program is a plugin that has been loaded. It serves one call at a time.
type Program struct {
	register func(*sdk.Plugin) error
	settings *Schema
	trace    *trace
	interp   *interp.Interpreter
	source   fstest.MapFS // that passed the gate
}

// Load passes the files through the gate and loads them into an interpreter of
// their own. The files are those of one folder, by name. What the plugin
// prints goes to log; nil means nowhere. When the gate finds faults, the error
// is of type Faults.
func Load(files map[string][]byte, log io.Writer) (*Program, error) {
	report := Check(files)
	if len(report.Faults) > 0 {
		return nil, report.Faults
	}
	names, _, err := chosen(files)
	if err != nil {
		return nil, err
	}
	fsys := fstest.MapFS{}
	for _, name := range names {
		fsys[sourceDir+name] = &fstest.MapFile{Data: files[name], Mode: 0o444}
	}
	if log == nil {
		log = io.Discard
	}
	return start(report.Settings, fsys, log)
}

// Anew loads the program once more, into another interpreter: nothing is left of
// what it has done. The gate need not see it again.
func (p *Program) Anew(log io.Writer) (*Program, error) {
	if log == nil {
		log = io.Discard
	}
	return start(p.settings, p.source, log)
}

func start(settings *Schema, source fstest.MapFS, log io.Writer) (_ *Program, err error) {
	p := &Program{settings: settings, trace: &trace{}, source: source}
	if p.register, err = p.interpret(source, log); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Program) interpret(fsys fstest.MapFS, log io.Writer) (register func(*sdk.Plugin) error, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("load plugin: %s: if that is none of the plugin's own doing, the interpreter knows less than Go: take parts away until it loads, and write the last one in a simpler way", p.Explain(fmt.Sprintf("panic: %v", v)))
		}
	}()
	i := interp.New(interp.Options{
		GoPath: ".", SourcecodeFilesystem: fsys,
		Stdin: strings.NewReader(""), Stdout: log, Stderr: p.trace,
		Env: []string{}, Args: []string{importPath},
	})
	p.interp = i
	if err := i.Use(symbols(log)); err != nil {
		return nil, fmt.Errorf("load plugin: %w", err)
	}
	if _, err := i.Eval(fmt.Sprintf("import %s %q", importPath, importPath)); err != nil {
		return nil, fmt.Errorf("load plugin: %s", notInterpreted(err))
	}
	v, err := i.Eval(importPath + ".Register")
	if err != nil {
		return nil, fmt.Errorf("load plugin: %s", notInterpreted(err))
	}
	register, ok := v.Interface().(func(*sdk.Plugin) error)
	if !ok {
		return nil, fmt.Errorf("load plugin: Register is %s: it must be func(p *sdk.Plugin) error", v.Type())
	}
	return register, nil
}

// symbols are exports with what prints bound to log.
func symbols(log io.Writer) interp.Exports {
	e := exports()
	f := e["fmt/./fmt"]
	f["Print"] = reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprint(log, a...) })
	f["Printf"] = reflect.ValueOf(func(s string, a ...any) (int, error) { return fmt.Fprintf(log, s, a...) })
	f["Println"] = reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprintln(log, a...) })
	e["."] = map[string]reflect.Value{"MapTypes": reflect.ValueOf(mapTypes(f))}
	return e
}

// mapTypes names the interfaces that functions look for behind an argument of
// type any. Without it String methods are not called.
func mapTypes(f map[string]reflect.Value) map[reflect.Value][]reflect.Type {
	m := map[reflect.Value][]reflect.Type{}
	printed := []reflect.Type{reflect.TypeFor[fmt.Formatter](), reflect.TypeFor[fmt.Stringer]()}
	for _, name := range []string{"Errorf", "Fprint", "Fprintf", "Fprintln", "Print", "Printf", "Println", "Sprint", "Sprintf", "Sprintln", "Append", "Appendf", "Appendln"} {
		m[f[name]] = printed
	}
	return m
}

// untyped is an untyped constant for the interpreter.
func untyped(literal string, kind token.Token) reflect.Value {
	return reflect.ValueOf(constant.MakeFromLiteral(literal, kind, 0))
}

// CheckSettings says what is wrong with settings (see Schema.Check) before the
// plugin gets them.
func (p *Program) CheckSettings(settings []byte) error { return p.settings.Check(settings) }

// Rules calls fn for each rule in settings that are right, with its path.
func (p *Program) Rules(settings []byte, fn func(path string, r sdk.Rule)) {
	p.settings.Each("Rule", settings, func(path string, value json.RawMessage) {
		var r sdk.Rule
		if json.Unmarshal(value, &r) == nil {
			fn(path, r)
		}
	})
}

// Register calls the plugin's Register. A panic is returned as an error.
func (p *Program) Register(plugin *sdk.Plugin) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errors.New(p.Explain(fmt.Sprintf("panic: %v", v)))
		}
	}()
	return p.register(plugin)
}

// Explain makes the text of an error that came out of the plugin readable.
// When it is a panic, it adds the function and where that begins: the
// interpreter does not know the very line.
func (p *Program) Explain(text string) string {
	where := p.trace.take()
	if !strings.HasPrefix(text, "panic: ") {
		return text
	}
	for _, w := range inGo {
		if strings.Contains(text, w.interpreter) {
			text = "panic: " + w.plain
		}
	}
	if where == "" {
		return text
	}
	return text + ", in " + where
}

// Forget drops what is known about the last panic. The host parks handlers by
// a panic of its own.
func (p *Program) Forget() { p.trace.take() }

// Halt stops the plugin's code wherever it is and for good: what it was about
// to return is zero, and so is all that it returns later. What it has called
// in the standard library runs to its end. It is for programs that share a
// process with others; a worker process is killed.
func (p *Program) Halt() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.interp.EvalWithContext(ctx, "0") // stops all that runs when the context has ended
}

// inGo says what the interpreter's own panics mean in the plugin.
var inGo = []struct{ interpreter, plain string }{
	{"on zero Value", "use of a nil pointer, or of an interface that holds nothing"},
	{"invalid memory address", "use of a nil pointer"},
	{"slice index out of range", "index out of range"},
	{"array index out of range", "index out of range"},
	{"string index out of range", "index out of range"},
	{"assignment to entry in nil map", "assignment to an entry of a nil map: make it first"},
	{"integer divide by zero", "division by zero"},
}

// notInterpreted is an error of the interpreter in the plugin's terms.
func notInterpreted(err error) string {
	text := err.Error()
	if i := strings.Index(text, sourceDir); i >= 0 {
		text = text[i:]
	}
	return strings.ReplaceAll(text, sourceDir, "") + " (the interpreter knows less than Go: write it in a simpler way)"
}
