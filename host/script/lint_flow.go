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

// lateDefer: the interpreter evaluates the arguments when the deferred call
// runs, not when defer does.
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
}

func jump(g *gate, n ast.Node, _ []ast.Node) {
	if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
		g.fault(n.Pos(), "goto: what it does in loops cannot be checked; write a for loop")
	}
}

// loopWithoutCondition: what the body writes to the variables is lost.
func loopWithoutCondition(g *gate, n ast.Node, _ []ast.Node) {
	if f, ok := n.(*ast.ForStmt); ok && f.Init != nil && f.Cond == nil {
		g.fault(n.Pos(), "for with variables and without a condition: the interpreter loses what the body writes to them; declare them before the loop, or give it a condition")
	}
}

func rangeOverMap(g *gate, n ast.Node, _ []ast.Node) {
	r, ok := n.(*ast.RangeStmt)
	if !ok {
		return
	}
	t := g.info.TypeOf(r.X)
	if t == nil {
		return
	}
	m, ok := t.Underlying().(*types.Map)
	if !ok || g.collectsKeys(r) {
		return
	}
	advice := "collect its keys with nothing but keys = append(keys, k) in the loop, sort them, and range over those"
	if isString(m.Key()) && isString(m.Elem()) {
		advice = "range over sdk.Keys(m)"
	}
	g.fault(r.Range, "range over a map: its order differs on every run; %s", advice)
}

func isString(t types.Type) bool { return types.Identical(t, types.Typ[types.String]) }

// collectsKeys reports whether the loop is for k := range m { x = append(x, k) }.
func (g *gate) collectsKeys(r *ast.RangeStmt) bool {
	key, ok := r.Key.(*ast.Ident)
	if !ok || r.Value != nil || len(r.Body.List) != 1 {
		return false
	}
	a, ok := r.Body.List[0].(*ast.AssignStmt)
	if !ok || len(a.Lhs) != 1 || len(a.Rhs) != 1 {
		return false
	}
	call, ok := a.Rhs[0].(*ast.CallExpr)
	if !ok || g.builtin(call) != "append" || len(call.Args) != 2 {
		return false
	}
	added, ok := call.Args[1].(*ast.Ident)
	return ok && g.info.ObjectOf(added) == g.info.ObjectOf(key)
}

// closureInLoop: all functions that are made in a loop see its variables as
// they are in the end.
func closureInLoop(g *gate, n ast.Node, outer []ast.Node) {
	fn, ok := n.(*ast.FuncLit)
	if !ok || !inLoop(outer) {
		return
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if v, ok := g.info.Uses[id].(*types.Var); ok && !within(v.Pos(), fn) && declaredInLoop(v, outer) {
			g.fault(id.Pos(), "%s belongs to a loop, and so does the func that uses it: in the interpreter all of them see its last value; make the func in a function of its own that gets %s as an argument", v.Name(), v.Name())
		}
		return true
	})
}

// methodValueInLoop: x.Method keeps the place of x and not its value.
func methodValueInLoop(g *gate, n ast.Node, outer []ast.Node) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok || !inLoop(outer) {
		return
	}
	if s := g.info.Selections[sel]; s == nil || s.Kind() != types.MethodVal {
		return
	}
	if call, ok := outer[len(outer)-1].(*ast.CallExpr); ok && call.Fun == sel {
		return
	}
	if v := g.root(sel.X); v != nil && declaredInLoop(v, outer) {
		g.fault(sel.Pos(), "%s.%s as a value in a loop: in the interpreter all of them see the last %s; make it in a function of its own that gets %s as an argument", v.Name(), sel.Sel.Name, v.Name(), v.Name())
	}
}

func inLoop(outer []ast.Node) bool {
	for _, n := range outer {
		if isLoop(n) {
			return true
		}
	}
	return false
}

func isLoop(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return true
	}
	return false
}

func declaredInLoop(v *types.Var, outer []ast.Node) bool {
	for _, n := range outer {
		if isLoop(n) && !v.IsField() && within(v.Pos(), n) {
			return true
		}
	}
	return false
}
