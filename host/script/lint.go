package script

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// rule looks at one node; outer are the nodes around it, the file first.
type rule func(g *gate, n ast.Node, outer []ast.Node)

// rules are about what the compiler would take. Each names what it refuses and
// what to write instead. Those on the interpreter's faults were found by
// running the same code compiled and interpreted.
var rules = []rule{
	refusedName, noBody,
	goroutine, channel, recovered, lateDefer, lateMethod, jump,
	loopWithoutCondition, rangeAssignment, rangeOverMap, closureInLoop, methodValueInLoop, switches,
	tupleAssignment, namedReturn, ownElements, spread, packagePair,
	ownError, assertion, comparedInterfaces, interfaceKey, embedded, conversion, intoInterface,
	methodExpression, ownJSON, selfReturningFunc, variadicField, jsonOfStruct, printed, settings,
	generics, namelessParameter, complexNumber, bigConstant, repeatedConstants, predeclared, textOfNumber, largeArray, partInList,
	assignment,
	keptFunc,
}

// lint looks for what types cannot see.
func (g *gate) lint() {
	g.handlers = g.registered()
	g.packageOrder()
	for _, f := range g.files {
		g.directives(f)
		ast.PreorderStack(f, nil, func(n ast.Node, outer []ast.Node) bool {
			for _, r := range rules {
				r(g, n, outer)
			}
			return true
		})
	}
}

// directives refuses comments that steer a compiler.
func (g *gate) directives(f *ast.File) {
	for _, group := range f.Comments {
		for _, c := range group.List {
			name, ok := strings.CutPrefix(c.Text, "//go:")
			if ok && !strings.HasPrefix(name, "build ") && !strings.HasPrefix(name, "generate ") {
				word, _, _ := strings.Cut(name, " ")
				g.fault(c.Pos(), "//go:%s: the interpreter knows no compiler directives; remove it", word)
			}
		}
	}
}

// refusedName finds what allow.txt refuses of a package that it allows.
func refusedName(g *gate, n ast.Node, _ []ast.Node) {
	id, ok := n.(*ast.Ident)
	if !ok {
		return
	}
	o := g.info.Uses[id]
	if o == nil || o.Pkg() == nil || o.Pkg() == g.pkg {
		return
	}
	name := o.Name()
	if fn, ok := o.(*types.Func); ok && fn.Signature().Recv() != nil {
		name = typeName(fn.Signature().Recv().Type()) + "." + name
	} else if o.Parent() != o.Pkg().Scope() {
		return // a field
	}
	if advice := g.allow.refuses(o.Pkg().Path(), name); advice != "" {
		g.fault(id.Pos(), "%s.%s is not allowed: %s", o.Pkg().Name(), name, advice)
	}
}

// noBody: a func that assembly or the linker would complete.
func noBody(g *gate, n ast.Node, _ []ast.Node) {
	if f, ok := n.(*ast.FuncDecl); ok && f.Body == nil {
		g.fault(f.Pos(), "func %s has no body: a plugin is Go alone; write what it does", f.Name.Name)
	}
}

// typeName is the name of T or *T; "" when it has none.
func typeName(t types.Type) string {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// typeText is a type as the plugin writes it.
func (g *gate) typeText(t types.Type) string {
	return strings.ReplaceAll(types.TypeString(t, g.qualify), "interface {", "interface{")
}

func (g *gate) qualify(p *types.Package) string {
	if p == g.pkg {
		return ""
	}
	return p.Name()
}

// isSDK reports whether t is the sdk type by that name, or a pointer to it.
func isSDK(t types.Type, name string) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == sdkPath
}

// own is the plugin's own named type behind t or *t; nil when it is another.
func (g *gate) own(t types.Type) *types.Named {
	if t == nil {
		return nil
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() != g.pkg {
		return nil
	}
	return named
}

// builtin is the name of the built-in function that is called; "" when it is
// another.
func (g *gate) builtin(call *ast.CallExpr) string {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return ""
	}
	if b, ok := g.info.Uses[id].(*types.Builtin); ok {
		return b.Name()
	}
	return ""
}

// callee is the function or method that is called; nil when it is a value.
func (g *gate) callee(call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return nil
	}
	fn, _ := g.info.Uses[id].(*types.Func)
	return fn
}

// root is the variable that an expression such as x, x.f, x[i] or *x begins
// with; nil when it begins with something else.
func (g *gate) root(e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v, ok := g.info.Uses[x.Sel].(*types.Var); ok && !v.IsField() {
				return v // of another package
			}
			e = x.X
		case *ast.Ident:
			v, _ := g.info.ObjectOf(x).(*types.Var)
			return v
		default:
			return nil
		}
	}
}

// within reports whether pos is in the node.
func within(pos token.Pos, n ast.Node) bool { return n.Pos() <= pos && pos < n.End() }

// isPackageLevel reports whether the variable outlives all calls.
func isPackageLevel(v *types.Var) bool {
	return v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}
