package script

import (
	"go/ast"
	"go/token"
	"go/types"
)

// What the interpreter gets wrong in loops.

// loopWithoutCondition: what the body writes to the variables is lost.
func loopWithoutCondition(g *gate, n ast.Node, _ []ast.Node) {
	if f, ok := n.(*ast.ForStmt); ok && f.Init != nil && f.Cond == nil {
		g.fault(n.Pos(), "for with variables and without a condition: the interpreter loses what the body writes to them; declare them before the loop, or give it a condition")
	}
}

// rangeAssignment: for i = range x leaves i as it was.
func rangeAssignment(g *gate, n ast.Node, _ []ast.Node) {
	r, ok := n.(*ast.RangeStmt)
	if !ok || r.Tok != token.ASSIGN {
		return
	}
	for _, e := range []ast.Expr{r.Key, r.Value} {
		if id, ok := e.(*ast.Ident); e != nil && !(ok && id.Name == "_") {
			g.fault(e.Pos(), "range that assigns to a variable with =: the interpreter leaves it as it was; use := and assign in the loop")
			return
		}
	}
}

func rangeOverMap(g *gate, n ast.Node, _ []ast.Node) {
	r, ok := n.(*ast.RangeStmt)
	if !ok || !g.isMap(r.X) || r.Key == nil || g.collectsKeys(r) {
		return
	}
	m := g.info.TypeOf(r.X).Underlying().(*types.Map)
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

// closureInLoop: a func that outlives its round of the loop sees the loop's
// variables as they are in the end, and one that is given to the host sees
// nothing but the last round's.
func closureInLoop(g *gate, n ast.Node, outer []ast.Node) {
	fn, ok := n.(*ast.FuncLit)
	if !ok || !inLoop(outer) || g.endsWithRound(fn, outer) {
		return
	}
	given := g.givenAway(outer)
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if v, ok := g.info.Uses[id].(*types.Var); ok && !within(v.Pos(), fn) && loopVariable(v, outer, given) {
			g.fault(id.Pos(), "%s belongs to a loop, and so does the func that uses it: in the interpreter all of them see its last value; make the func in a function of its own that gets %s as an argument", v.Name(), v.Name())
		}
		return true
	})
}

// endsWithRound reports whether the func is called before the round of the
// loop ends, and not afterwards: where it stands, by a function of the
// standard library, or by a name that is only called.
func (g *gate) endsWithRound(fn *ast.FuncLit, outer []ast.Node) bool {
	switch around := outer[len(outer)-1].(type) {
	case *ast.CallExpr:
		if _, deferred := outer[len(outer)-2].(*ast.DeferStmt); deferred {
			return false
		}
		callee := g.callee(around)
		return around.Fun == fn || callee != nil && callee.Pkg() != nil && callee.Pkg() != g.pkg && callee.Pkg().Path() != sdkPath
	case *ast.AssignStmt:
		return around.Tok == token.DEFINE && g.onlyCalled(around, fn, outer)
	}
	return false
}

// onlyCalled reports whether the name that the func is given is used for
// nothing but calls.
func (g *gate) onlyCalled(a *ast.AssignStmt, fn *ast.FuncLit, outer []ast.Node) bool {
	if len(a.Lhs) != 1 || a.Rhs[0] != fn {
		return false
	}
	name, ok := a.Lhs[0].(*ast.Ident)
	if !ok || g.info.Defs[name] == nil {
		return false
	}
	called := map[ast.Node]bool{}
	only := true
	ast.PreorderStack(outer[len(outer)-2], nil, func(n ast.Node, around []ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			called[x.Fun] = true
		case *ast.Ident:
			only = only && (g.info.Uses[x] != g.info.Defs[name] || called[x] && !postponed(around))
		}
		return true
	})
	return only
}

// postponed reports whether what stands there is done later.
func postponed(around []ast.Node) bool {
	for _, n := range around {
		switch n.(type) {
		case *ast.FuncLit, *ast.DeferStmt:
			return true
		}
	}
	return false
}

// givenAway reports whether the func is an argument of the host's function or
// of a conversion.
func (g *gate) givenAway(outer []ast.Node) bool {
	call, ok := outer[len(outer)-1].(*ast.CallExpr)
	if !ok || g.builtin(call) != "" {
		return false
	}
	fn := g.callee(call)
	return g.info.Types[call.Fun].IsType() || fn != nil && fn.Pkg() != g.pkg
}

// loopVariable reports whether v is made by the head of a loop around; or
// anywhere in one, when all is asked for.
func loopVariable(v *types.Var, outer []ast.Node, all bool) bool {
	for _, n := range outer {
		var body *ast.BlockStmt
		switch l := n.(type) {
		case *ast.ForStmt:
			body = l.Body
		case *ast.RangeStmt:
			body = l.Body
		default:
			continue
		}
		if !v.IsField() && within(v.Pos(), n) && (all || !within(v.Pos(), body)) {
			return true
		}
	}
	return false
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
	if v := g.root(sel.X); v != nil && loopVariable(v, outer, true) {
		g.fault(sel.Pos(), "%s.%s as a value in a loop: in the interpreter all of them see the last %s; make it in a function of its own that gets %s as an argument", v.Name(), sel.Sel.Name, v.Name(), v.Name())
	}
}

func inLoop(outer []ast.Node) bool {
	for _, n := range outer {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		}
	}
	return false
}

// switches: what the interpreter takes for a case is not always what it says.
func switches(g *gate, n ast.Node, _ []ast.Node) {
	s, ok := n.(*ast.SwitchStmt)
	if !ok {
		return
	}
	if t := g.info.TypeOf(s.Tag); s.Tag != nil && t != nil && types.IsInterface(t) && !isError(t) {
		g.fault(s.Tag.Pos(), "switch on a value of interface type %s: the interpreter panics at it; write switch v := x.(type), or if x == ...", g.typeText(t))
	}
	fallen := token.NoPos
	for i, c := range s.Body.List {
		c := c.(*ast.CaseClause)
		g.caseList(c, s.Tag != nil)
		if n := len(c.Body); n > 0 {
			if b, ok := c.Body[n-1].(*ast.BranchStmt); ok && b.Tok == token.FALLTHROUGH {
				fallen = b.Pos()
			}
		}
		if c.List == nil && i < len(s.Body.List)-1 {
			defer func() {
				if fallen.IsValid() {
					g.fault(fallen, "fallthrough in a switch whose default is not the last case: the interpreter goes on with another one; move default to the end")
				}
			}()
		}
	}
}

// caseList: of several values that must be worked out the interpreter tries
// the first only.
func (g *gate) caseList(c *ast.CaseClause, tagged bool) {
	if len(c.List) < 2 {
		return
	}
	for _, e := range c.List {
		if g.info.Types[e].Value == nil && !(tagged && g.isName(e)) {
			g.fault(e.Pos(), "several values in a case, one of which must be worked out: the interpreter tries only one; join the conditions with ||, or write a case for each")
			return
		}
	}
}

// isName reports whether e is a variable as a whole, nil, or a name of another
// package.
func (g *gate) isName(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		id, ok := x.X.(*ast.Ident)
		if !ok {
			return false
		}
		_, ok = g.info.Uses[id].(*types.PkgName)
		return ok
	}
	return false
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }
