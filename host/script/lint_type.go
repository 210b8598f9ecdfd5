package script

import (
	"go/ast"
	"go/types"
	"reflect"
)

// What the interpreter gets wrong about types: its own are not those of
// compiled Go, and the standard library sees the difference.

func methodExpression(g *gate, n ast.Node, _ []ast.Node) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return
	}
	if s := g.info.Selections[sel]; s != nil && s.Kind() == types.MethodExpr {
		g.fault(n.Pos(), "method expression: the interpreter panics at it; write func(x T) { x.%s() }", sel.Sel.Name)
	}
}

// ownJSON: the methods are called on the outermost value only.
func ownJSON(g *gate, n ast.Node, _ []ast.Node) {
	fn, ok := n.(*ast.FuncDecl)
	if !ok || fn.Recv == nil {
		return
	}
	switch fn.Name.Name {
	case "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText":
		g.fault(fn.Name.Pos(), "%s: the interpreter does not call it on a value within another; use fields of simple types and convert by hand", fn.Name.Name)
	}
}

// selfReturningFunc: type f func() f panics.
func selfReturningFunc(g *gate, n ast.Node, _ []ast.Node) {
	spec, ok := n.(*ast.TypeSpec)
	if !ok {
		return
	}
	fn, ok := spec.Type.(*ast.FuncType)
	if !ok {
		return
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && g.info.Uses[id] != nil && g.info.Uses[id] == g.info.Defs[spec.Name] {
			g.fault(id.Pos(), "func type %s names itself: the interpreter panics at it; use numbers or strings for states, and a switch", spec.Name.Name)
		}
		return true
	})
}

// variadicField: a literal of the struct does not compile.
func variadicField(g *gate, n ast.Node, _ []ast.Node) {
	s, ok := n.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range s.Fields.List {
		t := g.info.TypeOf(f.Type)
		if t == nil {
			continue
		}
		if sig, ok := t.Underlying().(*types.Signature); ok && sig.Variadic() {
			g.fault(f.Pos(), "field of a func type with ...: the interpreter does not understand it; let the func take a slice")
		}
	}
}

// encoders are the functions that look into the types of their last argument
// but one (at), by full name.
var encoders = map[string]int{
	"encoding/json.Marshal":           0,
	"encoding/json.MarshalIndent":     0,
	"encoding/json.Unmarshal":         1,
	"(*encoding/json.Encoder).Encode": 0,
	"(*encoding/json.Decoder).Decode": 0,
}

// jsonOfStruct: JSON of the interpreter's structs is another when they embed
// or hide fields.
func jsonOfStruct(g *gate, n ast.Node, _ []ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return
	}
	fn := g.callee(call)
	if fn == nil {
		return
	}
	at, ok := encoders[fn.FullName()]
	if !ok || at >= len(call.Args) {
		return
	}
	g.plainForJSON(g.info.TypeOf(call.Args[at]), map[types.Type]bool{})
}

// plainForJSON looks into t. Seen are the types that it has looked into.
func (g *gate) plainForJSON(t types.Type, seen map[types.Type]bool) {
	if t == nil || seen[t] {
		return
	}
	seen[t] = true
	if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != g.pkg {
		return
	}
	switch u := t.Underlying().(type) {
	case interface{ Elem() types.Type }: // pointer, slice, array, map
		g.plainForJSON(u.Elem(), seen)
	case *types.Struct:
		for i := range u.NumFields() {
			if g.plainField(u.Field(i), u.Tag(i)) {
				g.plainForJSON(u.Field(i).Type(), seen)
			}
		}
	}
}

// plainField reports whether the field is part of the JSON.
func (g *gate) plainField(f *types.Var, tag string) bool {
	hidden := reflect.StructTag(tag).Get("json") == "-"
	switch {
	case f.Embedded():
		g.fault(f.Pos(), "%s is embedded, and the struct is used as JSON: the interpreter nests it instead; give it a name", f.Name())
	case !f.Exported() && !hidden:
		g.fault(f.Pos(), "%s is unexported, and the struct is used as JSON: the interpreter shows it as X%s; export it, or add `json:\"-\"`", f.Name(), f.Name())
	}
	return !hidden && f.Exported() && !f.Embedded()
}

// partInList: []string{c.Last[0].Text} panics when the plugin is loaded, and so
// does person{c.Last[0].By.Name}; with a field's name before it it does not.
func partInList(g *gate, n ast.Node, _ []ast.Node) {
	list, ok := n.(*ast.CompositeLit)
	if !ok || g.info.TypeOf(list) == nil {
		return
	}
	switch g.info.TypeOf(list).Underlying().(type) {
	case *types.Slice, *types.Array, *types.Struct:
	default:
		return
	}
	for _, e := range list.Elts {
		if g.isPart(e) {
			g.fault(e.Pos(), "part of an element of a list of another package's structs, in a literal: the interpreter panics at it; put it into a variable first, and use that")
		}
	}
}

// isPart reports whether the expression is a field or a method's result of a
// list's element, which is a struct of another package.
func (g *gate) isPart(e ast.Expr) bool {
	for part := false; ; {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			part, e = true, x.X
		case *ast.CallExpr:
			e = x.Fun
		case *ast.IndexExpr:
			return part && g.isForeignList(g.info.TypeOf(x.X))
		default:
			return false
		}
	}
}

func (g *gate) isForeignList(t types.Type) bool {
	var of types.Type
	switch list := t.Underlying().(type) {
	case *types.Slice:
		of = list.Elem()
	case *types.Array:
		of = list.Elem()
	default:
		return false
	}
	if p, ok := of.(*types.Pointer); ok {
		of = p.Elem()
	}
	named, ok := types.Unalias(of).(*types.Named)
	if !ok || named.Obj().Pkg() == g.pkg {
		return false
	}
	_, isStruct := named.Underlying().(*types.Struct)
	return isStruct
}
