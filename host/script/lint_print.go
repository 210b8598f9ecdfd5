package script

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// What the interpreter prints in another way, and what differs on every run.

// printed: the interpreter's types have other names, and only the outermost
// value's String and Error are called.
func printed(g *gate, n ast.Node, _ []ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok || call.Ellipsis.IsValid() {
		return
	}
	if fn := g.callee(call); fn != nil && strings.Contains(fn.Name(), "Sscan") || fn != nil && strings.HasPrefix(fn.Name(), "Fscan") {
		return // it reads
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
		return
	}
	if addressed(t, 0, map[types.Type]bool{}) {
		g.fault(arg.Pos(), "%s is printed with addresses in it, which differ on every run; print the parts that matter", g.typeText(t))
	}
}

// addressed reports whether fmt prints an address somewhere in such a value.
func addressed(t types.Type, depth int, seen map[types.Type]bool) bool {
	if seen[t] || speaks(t) || types.IsInterface(t) {
		return false // what an interface holds cannot be known
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Signature, *types.Chan:
		return true
	case *types.Pointer:
		switch u.Elem().Underlying().(type) {
		case *types.Struct, *types.Slice, *types.Array, *types.Map:
			return depth > 0 || addressed(u.Elem(), depth, seen)
		}
		return true
	case *types.Slice:
		return addressed(u.Elem(), depth+1, seen)
	case *types.Array:
		return addressed(u.Elem(), depth+1, seen)
	case *types.Map:
		return addressed(u.Key(), depth+1, seen) || addressed(u.Elem(), depth+1, seen)
	case *types.Struct:
		for i := range u.NumFields() {
			f := u.Field(i)
			if addressed(f.Type(), depth+1, seen) || f.Name() == "_" { // the stubs' word for what is hidden
				return true
			}
		}
	}
	return false
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
