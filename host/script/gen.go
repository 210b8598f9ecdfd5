//go:build ignore

// This program writes what the gate and the interpreter know of the packages
// in allow.txt: stubs/*.txt, the packages' exported declarations without
// bodies, and symbols.go, their values for the interpreter.
//
// The stubs are Go source and not the compiler's export data, because that
// changes with every toolchain, holds paths and is a hundred times larger.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"log"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// out is where the files go; the test names another folder.
var out = "."

func main() {
	log.SetFlags(0)
	build.Default.CgoEnabled = false
	if len(os.Args) > 1 {
		out = os.Args[1]
	}
	text, err := os.ReadFile("allow.txt")
	if err != nil {
		log.Fatal(err)
	}
	listed := parse(string(text))
	imp := importer.ForCompiler(token.NewFileSet(), "source", nil)
	old, _ := filepath.Glob(filepath.Join(out, "stubs/*.txt"))
	for _, f := range old {
		os.Remove(f)
	}
	var exports bytes.Buffer
	for _, p := range listed {
		pkg, err := imp.Import(p.path)
		if err != nil {
			log.Fatal(err)
		}
		g := &generator{pkg: pkg, p: p, listed: listed}
		if pkg.Name() == "sdk" {
			g.docs = fieldDocs("../../sdk")
		}
		write("stubs/"+strings.ReplaceAll(p.path, "/", "_")+".txt", g.stub())
		exports.Write(g.exports())
	}
	write("symbols.go", symbols(listed, exports.String()))
}

func write(name, source string) {
	b, err := format.Source([]byte(source))
	if err != nil {
		log.Fatalf("%s: %v\n%s", name, err, source)
	}
	if err := os.WriteFile(filepath.Join(out, name), b, 0o644); err != nil {
		log.Fatal(err)
	}
}

// listing is a package of allow.txt.
type listing struct {
	path   string
	keep   map[string]bool // nil means all
	refuse map[string]bool
}

func (l listing) offers(name string) bool {
	return !l.refuse[name] && (l.keep == nil || l.keep[name])
}

// parse reads what concerns the generator; script.readAllow reads all.
func parse(text string) (out []listing) {
	for _, line := range strings.Split(text, "\n") {
		words, _, _ := strings.Cut(line, ":")
		f := strings.Fields(words)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "package":
			out = append(out, listing{path: f[1], refuse: map[string]bool{}})
		case "keep":
			last := &out[len(out)-1]
			last.keep = map[string]bool{}
			for _, n := range f[1:] {
				last.keep[n] = true
			}
		case "refuse":
			for _, n := range f[1:] {
				out[len(out)-1].refuse[n] = true
			}
		}
	}
	return out
}

// generator writes one package.
type generator struct {
	pkg     *types.Package
	p       listing
	listed  []listing
	docs    map[string]string // on fields; only of sdk
	imports map[string]bool
}

// name qualifies a type of another package.
func (g *generator) name(p *types.Package) string {
	if p == g.pkg {
		return ""
	}
	g.imports[p.Path()] = true
	return p.Name()
}

// str is the type as it is written in the stub.
func (g *generator) str(t types.Type) string { return types.TypeString(t, g.name) }

// known reports whether all that t mentions can be written: nothing of
// packages that plugins do not get, and no unexported name.
func (g *generator) known(t types.Type) bool {
	ok := true
	text := types.TypeString(t, func(p *types.Package) string {
		found := false
		for _, l := range g.listed {
			found = found || l.path == p.Path()
		}
		ok = ok && found
		return p.Name()
	})
	return ok && !unexported.MatchString(text)
}

var unexported = regexp.MustCompile(`\w\.[a-z_]`)

// objects are the exported ones that the interpreter can have: nothing generic.
func (g *generator) objects() (out []types.Object) {
	for _, name := range g.pkg.Scope().Names() {
		o := g.pkg.Scope().Lookup(name)
		if o.Exported() && !generic(o) && g.knows(o) {
			out = append(out, o)
		}
	}
	return out
}

func (g *generator) knows(o types.Object) bool {
	if t, ok := o.(*types.TypeName); ok && !t.IsAlias() {
		return true
	}
	return g.known(o.Type())
}

func generic(o types.Object) bool {
	switch t := types.Unalias(o.Type()).(type) {
	case *types.Signature:
		return t.TypeParams().Len() > 0
	case *types.Named:
		if i, ok := t.Underlying().(*types.Interface); ok && !i.IsMethodSet() {
			return true
		}
		return t.TypeParams().Len() > 0
	}
	return false
}

func (g *generator) stub() string {
	g.imports = map[string]bool{}
	var body bytes.Buffer
	for _, o := range g.objects() {
		g.declare(&body, o)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "// Declarations of package %s, written by gen.go.\n\npackage %s\n\n", g.pkg.Path(), g.pkg.Name())
	for _, p := range sorted(g.imports) {
		fmt.Fprintf(&out, "import %q\n", p)
	}
	out.WriteString("\n")
	out.Write(body.Bytes())
	return out.String()
}

func (g *generator) declare(w *bytes.Buffer, o types.Object) {
	switch o := o.(type) {
	case *types.Const:
		typ := ""
		if !untyped(o.Type()) {
			typ = g.str(o.Type())
		}
		fmt.Fprintf(w, "const %s %s = %s\n", o.Name(), typ, literal(o.Val()))
	case *types.Var:
		fmt.Fprintf(w, "var %s %s\n", o.Name(), g.str(o.Type()))
	case *types.Func:
		fmt.Fprintf(w, "func %s%s\n", o.Name(), g.str(o.Type())[len("func"):])
	case *types.TypeName:
		if o.IsAlias() {
			fmt.Fprintf(w, "type %s = %s\n", o.Name(), g.str(types.Unalias(o.Type())))
			return
		}
		fmt.Fprintf(w, "type %s %s\n", o.Name(), g.underlying(o.Type()))
		g.methods(w, o.Type().(*types.Named))
	}
}

func literal(v constant.Value) string {
	switch v.Kind() {
	case constant.Float:
		return floatText(v)
	case constant.String:
		return fmt.Sprintf("%q", constant.StringVal(v))
	}
	return v.ExactString()
}

func floatText(v constant.Value) string {
	if f, ok := constant.Val(v).(*big.Float); ok {
		return f.Text('g', int(f.Prec()))
	}
	f := new(big.Float).SetPrec(512).SetRat(constant.Val(v).(*big.Rat))
	return f.Text('g', 150)
}

func untyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

// underlying is the type's structure without what plugins cannot see.
func (g *generator) underlying(t types.Type) string {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		if !g.known(t.Underlying()) {
			return "struct{ _ int }"
		}
		return g.str(t.Underlying())
	}
	var w bytes.Buffer
	w.WriteString("struct {\n")
	hidden := false
	for i := 0; i < s.NumFields(); i++ {
		f := s.Field(i)
		switch {
		case !f.Exported() || !g.known(f.Type()):
			hidden = true
		case f.Embedded():
			fmt.Fprintf(&w, "%s\n", g.str(f.Type()))
		default:
			fmt.Fprintf(&w, "%s %s %s%s\n", f.Name(), g.str(f.Type()), tag(s.Tag(i)), g.doc(t, f))
		}
	}
	switch {
	case hidden && types.Comparable(t):
		w.WriteString("_ int\n")
	case hidden:
		w.WriteString("_ []int\n")
	}
	w.WriteString("}")
	return w.String()
}

// doc is the comment on a field, for types that settings may be made of: it
// becomes the description of the setting.
func (g *generator) doc(t types.Type, f *types.Var) string {
	named, ok := t.(*types.Named)
	if !ok || g.docs == nil {
		return ""
	}
	if text := g.docs[named.Obj().Name()+"."+f.Name()]; text != "" {
		return " // " + text
	}
	return ""
}

// fieldDocs are the comments on the fields of all structs of a folder.
func fieldDocs(dir string) map[string]string {
	docs := map[string]string{}
	names, _ := filepath.Glob(dir + "/*.go")
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			log.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeSpec); ok {
				addDocs(docs, t)
			}
			return true
		})
	}
	return docs
}

func addDocs(docs map[string]string, t *ast.TypeSpec) {
	s, ok := t.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range s.Fields.List {
		for _, name := range field.Names {
			docs[t.Name.Name+"."+name.Name] = strings.Join(strings.Fields(field.Doc.Text()+" "+field.Comment.Text()), " ")
		}
	}
}

func tag(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// methods writes the methods of *t, but for those that it gets from embedded
// fields which are written too.
func (g *generator) methods(w *bytes.Buffer, t *types.Named) {
	if types.IsInterface(t) {
		return
	}
	set := types.NewMethodSet(types.NewPointer(t))
	for i := 0; i < set.Len(); i++ {
		m := set.At(i)
		f := m.Obj().(*types.Func)
		if !f.Exported() || !g.known(f.Type()) || g.promoted(t, m) {
			continue
		}
		recv := "*"
		if len(m.Index()) == 1 {
			if _, ptr := f.Signature().Recv().Type().(*types.Pointer); !ptr {
				recv = ""
			}
		}
		fmt.Fprintf(w, "func (%s%s) %s%s\n", recv, t.Obj().Name(), f.Name(), g.str(f.Type())[len("func"):])
	}
}

func (g *generator) promoted(t *types.Named, m *types.Selection) bool {
	if len(m.Index()) == 1 {
		return false
	}
	f := t.Underlying().(*types.Struct).Field(m.Index()[0])
	return f.Exported() && g.known(f.Type())
}

// exports writes the package's values as the interpreter wants them.
func (g *generator) exports() []byte {
	g.imports = map[string]bool{}
	var w bytes.Buffer
	// The interpreter loads the sources of generic packages, which no plugin
	// gets, when it sees the key "fmt/fmt". The dot avoids that.
	fmt.Fprintf(&w, "%q: {\n", g.pkg.Path()+"/./"+g.pkg.Name())
	for _, o := range g.objects() {
		if !g.p.offers(o.Name()) {
			continue
		}
		full := g.pkg.Name() + "." + o.Name()
		switch o := o.(type) {
		case *types.Const:
			fmt.Fprintf(&w, "%q: %s,\n", o.Name(), constantValue(full, o))
		case *types.Var:
			fmt.Fprintf(&w, "%q: reflect.ValueOf(&%s).Elem(),\n", o.Name(), full)
		case *types.Func:
			fmt.Fprintf(&w, "%q: reflect.ValueOf(%s),\n", o.Name(), full)
		case *types.TypeName:
			fmt.Fprintf(&w, "%q: reflect.ValueOf((*%s)(nil)),\n", o.Name(), full)
			if types.IsInterface(o.Type()) {
				fmt.Fprintf(&w, "%q: reflect.ValueOf((*%s)(nil)),\n", "_"+o.Name(), g.wrapper(o))
			}
		}
	}
	w.WriteString("},\n")
	return w.Bytes()
}

// constantValue keeps an untyped number exact.
func constantValue(full string, o *types.Const) string {
	switch {
	case untyped(o.Type()) && o.Val().Kind() == constant.Int:
		return fmt.Sprintf("untyped(%q, token.INT)", o.Val().ExactString())
	case untyped(o.Type()) && o.Val().Kind() == constant.Float:
		return fmt.Sprintf("untyped(%q, token.FLOAT)", floatText(o.Val()))
	case untyped(o.Type()) && o.Val().Kind() == constant.String:
		return fmt.Sprintf("untyped(%q, token.STRING)", literal(o.Val()))
	}
	return fmt.Sprintf("reflect.ValueOf(%s)", full)
}

// wrapper is the name of the type that makes an interpreted value an
// interface of the host's.
func (g *generator) wrapper(o types.Object) string {
	return "as" + strings.ReplaceAll(title(g.pkg.Path()), "/", "") + o.Name()
}

func title(path string) string {
	parts := strings.Split(filepath.Base(path), "/")
	for i, p := range parts {
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	if d := filepath.Dir(path); d != "." && !strings.Contains(d, ".") {
		return title(d) + parts[0]
	}
	return parts[0]
}

func symbols(listed []listing, exports string) string {
	var w bytes.Buffer
	w.WriteString("// Code generated by gen.go; DO NOT EDIT.\n\n//lint:file-ignore SA1019 what Go keeps, plugins may use\n\npackage script\n\nimport (\n")
	for _, p := range append([]string{"go/token", "reflect"}, paths(listed)...) {
		fmt.Fprintf(&w, "%q\n", p)
	}
	w.WriteString("\n\"github.com/traefik/yaegi/interp\"\n)\n\n")
	w.WriteString("// exports are all that interpreted code can reach.\n")
	fmt.Fprintf(&w, "func exports() interp.Exports {\nreturn interp.Exports{\n%s}\n}\n", exports)
	imp := importer.ForCompiler(token.NewFileSet(), "source", nil)
	for _, l := range listed {
		pkg, err := imp.Import(l.path)
		if err != nil {
			log.Fatal(err)
		}
		g := &generator{pkg: pkg, p: l, listed: listed, imports: map[string]bool{}}
		for _, o := range g.objects() {
			if _, ok := o.(*types.TypeName); ok && types.IsInterface(o.Type()) && l.offers(o.Name()) {
				g.wrap(&w, o)
			}
		}
	}
	return w.String()
}

func paths(listed []listing) (out []string) {
	for _, l := range listed {
		out = append(out, l.path)
	}
	return out
}

// wrap writes the wrapper of one interface. The interpreter fills the fields,
// whose names it knows.
func (g *generator) wrap(w *bytes.Buffer, o types.Object) {
	full := func(p *types.Package) string { return p.Name() }
	i := o.Type().Underlying().(*types.Interface)
	var fields, methods bytes.Buffer
	for k := 0; k < i.NumMethods(); k++ {
		m := i.Method(k)
		if !m.Exported() {
			continue
		}
		fmt.Fprintf(&fields, "W%s %s\n", m.Name(), types.TypeString(m.Type(), full))
		params, args := signature(m.Signature(), full)
		ret := ""
		if m.Signature().Results().Len() > 0 {
			ret = "return "
		}
		fmt.Fprintf(&methods, "func (w %s) %s(%s) %s { %sw.W%s(%s) }\n", g.wrapper(o), m.Name(), params, types.TypeString(m.Signature().Results(), full), ret, m.Name(), args)
	}
	fmt.Fprintf(w, "\ntype %s struct {\nIValue interface{}\n%s}\n\n%s", g.wrapper(o), &fields, &methods)
}

func signature(s *types.Signature, full types.Qualifier) (params, args string) {
	var ps, as []string
	for i := 0; i < s.Params().Len(); i++ {
		name, typ := fmt.Sprintf("a%d", i), types.TypeString(s.Params().At(i).Type(), full)
		if s.Variadic() && i == s.Params().Len()-1 {
			ps, as = append(ps, name+" ..."+typ[2:]), append(as, name+"...")
			continue
		}
		ps, as = append(ps, name+" "+typ), append(as, name)
	}
	return strings.Join(ps, ", "), strings.Join(as, ", ")
}

func sorted(m map[string]bool) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
