package script

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
	"strings"
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
	"encoding/json.Marshal":              0,
	"encoding/json.MarshalIndent":        0,
	"encoding/json.Unmarshal":            1,
	"(*encoding/json.Encoder).Encode":    0,
	"(*encoding/json.Decoder).Decode":    0,
	"(*" + sdkPath + ".Plugin).Settings": 0,
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
	g.plainForJSON(g.info.TypeOf(call.Args[at]), fn.Name() == "Settings", map[types.Type]bool{})
}

// plainForJSON looks into t. Seen are the types around it, and true when they
// are done.
func (g *gate) plainForJSON(t types.Type, settings bool, seen map[types.Type]bool) {
	if t == nil {
		return
	}
	t = types.Unalias(t)
	if named, ok := t.(*types.Named); ok {
		done, known := seen[t]
		if settings && known && !done {
			g.fault(named.Obj().Pos(), "%s contains itself: settings must end somewhere; use a list of names instead", named.Obj().Name())
		}
		if known || named.Obj().Pkg() != g.pkg {
			return
		}
		seen[t] = false
		defer func() { seen[t] = true }()
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		g.plainForJSON(u.Elem(), settings, seen)
	case *types.Slice:
		g.plainForJSON(u.Elem(), settings, seen)
	case *types.Array:
		g.plainForJSON(u.Elem(), settings, seen)
	case *types.Map:
		g.plainForJSON(u.Elem(), settings, seen)
	case *types.Struct:
		for i := 0; i < u.NumFields(); i++ {
			g.plainField(u.Field(i), u.Tag(i), settings, seen)
		}
	}
}

func (g *gate) plainField(f *types.Var, tag string, settings bool, seen map[types.Type]bool) {
	hidden := reflect.StructTag(tag).Get("json") == "-"
	switch {
	case f.Embedded():
		g.fault(f.Pos(), "%s is embedded, and the struct is used as JSON: the interpreter nests it instead; give it a name", f.Name())
	case !f.Exported() && !hidden:
		g.fault(f.Pos(), "%s is unexported, and the struct is used as JSON: the interpreter shows it as X%s; export it, or add `json:\"-\"`", f.Name(), f.Name())
	case !hidden:
		g.plainForJSON(f.Type(), settings, seen)
	}
}

// printed: the interpreter's types have other names, and only the outermost
// value's String and Error are called.
func printed(g *gate, n ast.Node, _ []ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok || call.Ellipsis.IsValid() {
		return
	}
	sig, ok := g.signature(call)
	if !ok || !sig.Variadic() || !isAnySlice(sig.Params().At(sig.Params().Len()-1).Type()) {
		return
	}
	first := sig.Params().Len() - 1
	var verbs []byte
	if format, ok := g.format(call, sig); ok {
		verbs = formatVerbs(format)
		for _, v := range verbs {
			if v == 'T' || v == 'p' {
				g.fault(call.Args[first-1].Pos(), "%%%c shows what differs between runs or is not the plugin's own; print something else", v)
			}
		}
	}
	for i, arg := range call.Args[min(first, len(call.Args)):] {
		verb := byte('v')
		if verbs != nil && i < len(verbs) {
			verb = verbs[i]
		}
		g.printable(arg, verb)
	}
}

func (g *gate) signature(call *ast.CallExpr) (*types.Signature, bool) {
	t := g.info.TypeOf(call.Fun)
	if t == nil || g.info.Types[call.Fun].IsType() {
		return nil, false
	}
	fn := g.callee(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg() == g.pkg {
		return nil, false // the plugin's own functions see the interpreter's types as they are
	}
	sig, ok := t.Underlying().(*types.Signature)
	return sig, ok
}

func isAnySlice(t types.Type) bool {
	s, ok := t.(*types.Slice)
	return ok && isAny(s.Elem())
}

// format is the constant format of the call, when it has one.
func (g *gate) format(call *ast.CallExpr, sig *types.Signature) (string, bool) {
	at := sig.Params().Len() - 2
	if at < 0 || at >= len(call.Args) || sig.Params().At(at).Name() != "format" {
		return "", false
	}
	v := g.info.Types[call.Args[at]].Value
	if v == nil || v.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(v), true
}

// formatVerbs are the verbs of a format, one for each argument; a width or
// precision by argument counts as one.
func formatVerbs(format string) (verbs []byte) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("+-# 0123456789.[]*", format[i]) >= 0; i++ {
			if format[i] == '*' {
				verbs = append(verbs, '*')
			}
		}
		if i < len(format) && format[i] != '%' {
			verbs = append(verbs, format[i])
		}
	}
	return verbs
}

func (g *gate) printable(arg ast.Expr, verb byte) {
	t := g.info.TypeOf(arg)
	if t == nil {
		return
	}
	if named := g.own(t); named != nil && speaks(t) {
		if !strings.ContainsRune("vsq", rune(verb)) {
			g.fault(arg.Pos(), "%%%c of a %s, which has a method for printing: the interpreter prints what is inside; convert it first, such as int(x)", verb, named.Obj().Name())
		}
		return
	}
	if inner := g.speaksWithin(t, map[types.Type]bool{}); inner != "" {
		g.fault(arg.Pos(), "a %s within what is printed: the interpreter does not call its String or Error there; print the parts one by one", inner)
	}
}

// speaks reports whether fmt would call a method of t's.
func speaks(t types.Type) bool {
	set := types.NewMethodSet(t)
	return set.Lookup(nil, "String") != nil || set.Lookup(nil, "Error") != nil
}

// speaksWithin is the name of a type of the plugin's own inside t that fmt
// would call a method of.
func (g *gate) speaksWithin(t types.Type, seen map[types.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	var inner []types.Type
	switch u := t.Underlying().(type) {
	case *types.Slice:
		inner = append(inner, u.Elem())
	case *types.Array:
		inner = append(inner, u.Elem())
	case *types.Map:
		inner = append(inner, u.Key(), u.Elem())
	case *types.Pointer:
		if s, ok := u.Elem().Underlying().(*types.Struct); ok {
			inner = append(inner, s)
		}
	case *types.Struct:
		for i := 0; i < u.NumFields(); i++ {
			if token.IsExported(u.Field(i).Name()) { // fmt calls no methods of others
				inner = append(inner, u.Field(i).Type())
			}
		}
	}
	for _, i := range inner {
		if named := g.own(i); named != nil && speaks(i) {
			return named.Obj().Name()
		}
		if name := g.speaksWithin(i, seen); name != "" {
			return name
		}
	}
	return ""
}
