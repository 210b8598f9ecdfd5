package script

import (
	"go/ast"
	"go/token"
	"go/types"
)

// What the interpreter gets wrong about the order in which things happen, and
// what a plugin has no use for.

func goroutine(g *gate, n ast.Node, _ []ast.Node) {
	switch n.(type) {
	case *ast.GoStmt:
		g.fault(n.Pos(), "go: a handler runs alone and is over when it returns; call the function, or use c.SetTimer for later")
	case *ast.SelectStmt:
		g.fault(n.Pos(), "select: a handler must not wait, and the interpreter gets it wrong; use c.SetTimer and p.OnTimer")
	}
}

func channel(g *gate, n ast.Node, _ []ast.Node) {
	if _, ok := n.(*ast.ChanType); ok {
		g.fault(n.Pos(), "chan: a plugin has one goroutine, so a channel can only make it wait for ever; use a slice")
	}
}

func recovered(g *gate, n ast.Node, _ []ast.Node) {
	if call, ok := n.(*ast.CallExpr); ok && g.builtin(call) == "recover" {
		g.fault(n.Pos(), "recover: a handler that panics keeps nothing and is run again; check the value before it is used instead")
	}
}

// lateDefer: the interpreter evaluates the function and the arguments when the
// deferred call runs, not when defer does.
func lateDefer(g *gate, n ast.Node, _ []ast.Node) {
	d, ok := n.(*ast.DeferStmt)
	if !ok {
		return
	}
	for _, arg := range d.Call.Args {
		if g.info.Types[arg].Value == nil {
			g.fault(arg.Pos(), "defer with an argument: the interpreter looks at it too late; keep it in a variable that does not change, and write defer func() { ... }()")
			return
		}
	}
	if v := g.lateReceiver(d.Call); v != nil {
		g.fault(d.Call.Pos(), "defer of a call by way of %s: the interpreter looks at %s too late; write defer func() { ... }()", v.Name(), v.Name())
	}
}

// lateReceiver is the variable that says what is called, when it can be
// another by then; nil when it cannot.
func (g *gate) lateReceiver(call *ast.CallExpr) *types.Var {
	fun := ast.Unparen(call.Fun)
	if _, literal := fun.(*ast.FuncLit); literal {
		return nil
	}
	v := g.root(fun)
	if v == nil || isPointer(v.Type()) && !g.assignedAfter(v, token.NoPos, false) {
		return nil
	}
	return v
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// assignedAfter reports whether the variable gets another value, in whole or
// also in part, after its declaration and after pos.
func (g *gate) assignedAfter(v *types.Var, pos token.Pos, inPart bool) bool {
	if g.changes == nil {
		g.findChanges()
	}
	for _, c := range g.changes[v] {
		if c.at >= pos && (c.whole || inPart) {
			return true
		}
	}
	return false
}

// change is an assignment to a variable.
type change struct {
	at    token.Pos
	whole bool // and not to a part of it
}

func (g *gate) findChanges() {
	g.changes = map[*types.Var][]change{}
	add := func(e ast.Expr) {
		id, whole := ast.Unparen(e).(*ast.Ident)
		if v := g.root(e); v != nil && !(whole && g.info.Defs[id] != nil) {
			g.changes[v] = append(g.changes[v], change{e.Pos(), whole})
		}
	}
	for _, f := range g.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch s := n.(type) {
			case *ast.AssignStmt:
				for _, e := range s.Lhs {
					add(e)
				}
			case *ast.IncDecStmt:
				add(s.X)
			}
			return true
		})
	}
}

// lateMethod: a method as a value takes its receiver when it is called, not
// when it is made.
func lateMethod(g *gate, n ast.Node, outer []ast.Node) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return
	}
	s := g.info.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return
	}
	if call, ok := outer[len(outer)-1].(*ast.CallExpr); ok && call.Fun == sel {
		return
	}
	copied := !isPointer(s.Obj().(*types.Func).Signature().Recv().Type())
	v := g.root(sel.X)
	if v != nil && (copied || isPointer(v.Type())) && g.assignedAfter(v, sel.Pos(), copied) {
		g.fault(sel.Pos(), "%s.%s as a value, and %s is assigned afterwards: the interpreter looks at %s when it is called; write func(...) { %s.%s(...) }, or assign before", v.Name(), sel.Sel.Name, v.Name(), v.Name(), v.Name(), sel.Sel.Name)
	}
}

func jump(g *gate, n ast.Node, _ []ast.Node) {
	if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
		g.fault(n.Pos(), "goto: what it does in loops cannot be checked; write a for loop")
	}
}
