//go:build ignore

// What the gate knows of a package: its exported declarations without bodies.

package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"log"
	"math/big"
	"path/filepath"
	"strings"
)

// stub is the source of the package's stub.
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
