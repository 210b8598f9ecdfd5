package script

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// The interpreter's level of the language.
const (
	languageMinor = 20
	language      = "go1.20"
)

const sdkPath = "github.com/bellhop-chat/bellhop/sdk"

// maxFaults is how many are reported.
const maxFaults = 100

// Report is what the gate found.
type Report struct {
	Package  string   // the package's name
	LeftOut  []string // files that their build constraints leave out
	Settings *Schema  // what the settings look like; nil when the plugin has none
	Uses     []string // kinds of effects and reads that the source asks for, in order
	Matches  bool     // it tries rules, which may need reads: those that an admin writes say which
	Faults   Faults   // at most 100; empty means that the plugin may be loaded
}

// Check is the gate. The files are those of one folder, by name.
func Check(files map[string][]byte) Report {
	names, out, err := chosen(files)
	if err != nil {
		return Report{LeftOut: out, Faults: Faults{{Says: err.Error()}}}
	}
	g := &gate{fset: token.NewFileSet(), allow: allow()}
	g.report.LeftOut = out
	g.parse(names, files)
	if len(g.report.Faults) == 0 && g.shallow() && g.small() {
		g.packages()
		g.imports()
		g.types()
		g.register()
		g.uses()
		g.lint()
	}
	return g.finish()
}

// gate is one run of Check.
type gate struct {
	fset   *token.FileSet
	allow  allowed
	files  []*ast.File
	info   *types.Info
	pkg    *types.Package
	report Report

	handlers map[types.Object]bool // methods that are registered as handlers

	// Nil until asked for.
	declared []*types.Named            // the plugin's own types
	writers  writers                   // what its functions write through
	changes  map[*types.Var][]change   // where its variables are assigned
	aliases  map[*types.Var]*types.Var // what its variables are other names of
	memories []*types.Signature        // of its func values that remember

	settingsType types.Type // of report.Settings
}

func (g *gate) fault(pos token.Pos, format string, args ...any) {
	p := g.fset.PositionFor(pos, false) // whatever //line comments say
	g.report.Faults = append(g.report.Faults, Fault{p.Filename, p.Line, p.Column, fmt.Sprintf(format, args...)})
}

func (g *gate) finish() Report {
	g.report.Faults.sort()
	seen := map[Fault]bool{}
	var once Faults
	for _, f := range g.report.Faults {
		if !seen[f] && len(once) < maxFaults {
			seen[f] = true
			once = append(once, f)
		}
	}
	g.report.Faults = once
	return g.report
}

func (g *gate) parse(names []string, files map[string][]byte) {
	for _, name := range names {
		f, err := parser.ParseFile(g.fset, name, files[name], parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
		var list scanner.ErrorList
		switch {
		case errors.As(err, &list):
			for _, e := range list {
				g.report.Faults = append(g.report.Faults, Fault{name, e.Pos.Line, e.Pos.Column, e.Msg})
			}
		case err != nil:
			g.report.Faults = append(g.report.Faults, Fault{File: name, Line: 1, Column: 1, Says: err.Error()})
		default:
			f.GoVersion = "" // the level is ours to say
			g.files = append(g.files, f)
		}
	}
}

// packages finds files of another package, and package main.
func (g *gate) packages() {
	g.report.Package = g.files[0].Name.Name
	for _, f := range g.files {
		switch {
		case f.Name.Name == "main":
			g.fault(f.Name.Pos(), "package main: a plugin is not a program; give the package the plugin's name")
		case f.Name.Name != g.report.Package:
			g.fault(f.Name.Pos(), "package %s: the other files say package %s; a plugin is one package", f.Name.Name, g.report.Package)
		}
	}
}

func (g *gate) imports() {
	for _, f := range g.files {
		for _, s := range f.Imports {
			path, _ := strconv.Unquote(s.Path.Value)
			if why := g.allow.whyNot(path); why != "" {
				g.fault(s.Path.Pos(), "import %q is not allowed: %s", path, why)
			}
			if s.Name != nil && s.Name.Name == "." {
				g.fault(s.Name.Pos(), "import . hides where names come from: import it by its name")
			}
		}
	}
}

func (g *gate) types() {
	g.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Implicits:  map[ast.Node]types.Object{},
	}
	conf := types.Config{Importer: library, GoVersion: language, Error: g.typeError}
	g.pkg, _ = conf.Check(importPath, g.fset, g.files, g.info) // Error has them all
}

func (g *gate) typeError(err error) {
	var e types.Error
	if !errors.As(err, &e) || strings.HasPrefix(e.Msg, "\t") || strings.HasSuffix(e.Msg, errNotAllowed.Error()+")") {
		return
	}
	msg := e.Msg
	if strings.Contains(msg, "requires go1.") {
		msg += ", and the interpreter knows only Go 1.20: write it out"
	}
	g.fault(e.Pos, "%s", msg)
}

// register checks that there is a func Register(p *sdk.Plugin) error.
func (g *gate) register() {
	const want = "func Register(p *sdk.Plugin) error"
	o := g.pkg.Scope().Lookup("Register")
	if o == nil {
		left := ""
		if len(g.report.LeftOut) > 0 {
			left = " (left out by build constraints: " + strings.Join(g.report.LeftOut, ", ") + ")"
		}
		g.fault(g.files[0].Name.Pos(), "no %s: it is where a plugin begins%s", want, left)
		return
	}
	_, ok := o.(*types.Func)
	s, _ := o.Type().(*types.Signature)
	if !ok || s.TypeParams().Len() > 0 || !registers(s) {
		g.fault(o.Pos(), "Register is %s: it must be %s", types.ObjectString(o, g.qualify), want)
	}
}

func registers(s *types.Signature) bool {
	return s.Params().Len() == 1 && !s.Variadic() && types.TypeString(s.Params().At(0).Type(), nil) == "*"+sdkPath+".Plugin" &&
		s.Results().Len() == 1 && types.TypeString(s.Results().At(0).Type(), nil) == "error"
}
