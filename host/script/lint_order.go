package script

import (
	"go/ast"
	"go/token"
	"go/types"
)

// What the interpreter gets wrong about the order in which values are taken
// and stored: it stores the first before it looks at the second.

// tupleAssignment: a, b = f(b), f(a) uses the new a for the second call.
func tupleAssignment(g *gate, n ast.Node, _ []ast.Node) {
	a, ok := n.(*ast.AssignStmt)
	if !ok || len(a.Lhs) < 2 {
		return
	}
	for i, e := range a.Lhs {
		if v := g.movedPlace(e, a.Lhs[:i]); v != nil {
			g.fault(e.Pos(), "%s is assigned in the same statement, before it says where this goes: the interpreter uses the new value; write two statements", v.Name())
		}
		if x, ok := ast.Unparen(e).(*ast.IndexExpr); ok && len(a.Rhs) == 1 && g.isMap(x.X) {
			g.fault(e.Pos(), "an entry of a map among several values: the interpreter loses it; assign to variables, and then to the map")
		}
		if t := g.info.TypeOf(e); len(a.Rhs) > 1 && a.Tok == token.ASSIGN && t != nil && isAny(t) {
			g.fault(e.Pos(), "a variable of type interface{} among several values: the interpreter panics at it; write a statement for each")
		}
	}
	if len(a.Rhs) < 2 {
		return
	}
	roots := g.roots(a.Lhs)
	for i, e := range a.Rhs {
		if v := g.mentions([]ast.Expr{e}, roots); v != nil && g.anyWorks(a.Rhs) {
			g.fault(a.Rhs[i].Pos(), "%s is assigned in the same statement: the interpreter stores it before all values are there; put the new values into variables of their own first", v.Name())
			return
		}
	}
	if e := g.lost(a); e != nil {
		g.fault(e.Pos(), "among several values one of which is a call or a literal: the interpreter loses this one; write a statement for each")
	}
}

// lost is a value that is no call and no literal beside one that is: when both are
// assigned to variables that there are, the interpreter stores only the latter.
func (g *gate) lost(a *ast.AssignStmt) (value ast.Expr) {
	made := false
	for _, e := range a.Rhs {
		if g.isMade(ast.Unparen(e)) {
			made = true
		} else if value == nil {
			value = e
		}
	}
	if !made || a.Tok != token.ASSIGN {
		return nil
	}
	return value
}

// isMade reports whether the expression is a call or a composite literal.
func (g *gate) isMade(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.CompositeLit:
		return true
	case *ast.CallExpr:
		return !g.info.Types[x.Fun].IsType()
	}
	return false
}

// movedPlace is a variable that says where the value of a left side goes and
// that an earlier left side assigns; nil when there is none.
func (g *gate) movedPlace(e ast.Expr, before []ast.Expr) types.Object {
	whole := map[types.Object]bool{}
	for _, b := range before {
		if id, ok := ast.Unparen(b).(*ast.Ident); ok {
			whole[g.info.ObjectOf(id)] = true
		}
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		if v := g.mentions(g.elements(x.Index), g.roots(before)); v != nil {
			return v
		}
		return g.mentions([]ast.Expr{x.X, x.Index}, whole)
	case *ast.SelectorExpr:
		return g.mentions([]ast.Expr{x.X}, whole)
	case *ast.StarExpr:
		return g.mentions([]ast.Expr{x.X}, whole)
	}
	return nil
}

// elements are the parts of e that look into something, such as s[i] and p.x.
func (g *gate) elements(e ast.Expr) (list []ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.IndexExpr, *ast.SelectorExpr, *ast.StarExpr:
			list = append(list, x.(ast.Expr))
		}
		return true
	})
	return list
}

// roots are the variables that are assigned as a whole or in part.
func (g *gate) roots(list []ast.Expr) map[types.Object]bool {
	roots := map[types.Object]bool{}
	for _, e := range list {
		if v := g.root(e); v != nil {
			roots[v] = true
		}
	}
	return roots
}

// mentions is one of the variables that stands in the expressions; nil when
// none does.
func (g *gate) mentions(list []ast.Expr, vars map[types.Object]bool) (found types.Object) {
	for _, e := range list {
		ast.Inspect(e, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && vars[g.info.Uses[id]] {
				found = g.info.Uses[id]
			}
			return found == nil
		})
	}
	return found
}

// anyWorks reports whether one of the expressions is more than arithmetic:
// a call or a literal, whose value goes straight to where it is assigned.
func (g *gate) anyWorks(list []ast.Expr) (works bool) {
	for _, e := range list {
		ast.Inspect(e, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CompositeLit, *ast.FuncLit:
				works = true
			case *ast.CallExpr:
				b := g.builtin(x)
				works = works || !g.info.Types[x.Fun].IsType() && b != "len" && b != "cap"
			}
			return !works
		})
	}
	return works
}

func (g *gate) isMap(e ast.Expr) bool {
	t := g.info.TypeOf(e)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// namedReturn: the values of return go one by one into the named results, so
// that one which is looked at afterwards is new already.
func namedReturn(g *gate, n ast.Node, outer []ast.Node) {
	r, ok := n.(*ast.ReturnStmt)
	if !ok || len(r.Results) < 2 {
		return
	}
	names := g.resultNames(outer)
	if len(names) != len(r.Results) {
		return
	}
	stored := map[types.Object]bool{}
	for i, e := range r.Results {
		if v := g.mentions([]ast.Expr{e}, stored); v != nil {
			g.fault(e.Pos(), "%s is a named result that this return has stored already: the interpreter uses the new value; put it into another variable first", v.Name())
		}
		if id, ok := ast.Unparen(e).(*ast.Ident); !ok || g.info.Uses[id] != names[i] {
			stored[names[i]] = true
		}
	}
}

// resultNames are the named results of the innermost function around.
func (g *gate) resultNames(outer []ast.Node) (names []types.Object) {
	var results *ast.FieldList
	for i := len(outer) - 1; i >= 0 && results == nil; i-- {
		switch f := outer[i].(type) {
		case *ast.FuncLit:
			results = f.Type.Results
		case *ast.FuncDecl:
			results = f.Type.Results
		default:
			continue
		}
		if results == nil {
			return nil
		}
	}
	if results == nil {
		return nil
	}
	for _, f := range results.List {
		for _, name := range f.Names {
			names = append(names, g.info.Defs[name])
		}
	}
	return names
}

// ownElements: append(s[:i], x, s[j]) looks at s[j] when it has been written.
func ownElements(g *gate, n ast.Node, _ []ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok || g.builtin(call) != "append" || len(call.Args) < 3 {
		return
	}
	base, ok := ast.Unparen(call.Args[0]).(*ast.SliceExpr)
	if !ok {
		return
	}
	if v := g.mentions(call.Args[1:], g.roots([]ast.Expr{base})); v != nil {
		g.fault(call.Pos(), "append to a part of %s of what %s holds: the interpreter writes before it has looked; keep the elements in variables first", v.Name(), v.Name())
	}
}

// spread: a built-in function that gets all values of a call sees the first.
func spread(g *gate, n ast.Node, _ []ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok || g.builtin(call) == "" || len(call.Args) != 1 {
		return
	}
	if _, several := g.info.TypeOf(call.Args[0]).(*types.Tuple); several {
		g.fault(call.Args[0].Pos(), "%s of all values of a call: the interpreter sees only the first; assign them to variables", g.builtin(call))
	}
}

// packageOrder: the interpreter sets the variables of a package in the order
// of the source, whatever they need.
func (g *gate) packageOrder() {
	last := token.NoPos
	var lastName string
	for _, i := range g.info.InitOrder {
		v := i.Lhs[0]
		if v.Pos() < last {
			g.fault(v.Pos(), "%s needs %s, which stands after it: the interpreter sets variables in the order of the source; move %s up", v.Name(), lastName, lastName)
			continue
		}
		last, lastName = v.Pos(), v.Name()
	}
}

// packagePair: var a, b = f() outside functions panics.
func packagePair(g *gate, n ast.Node, outer []ast.Node) {
	v, ok := n.(*ast.ValueSpec)
	if ok && len(v.Names) > 1 && len(v.Values) == 1 && len(outer) == 2 {
		g.fault(v.Pos(), "several variables of the package from one value: the interpreter does not set them; set them in Register, or write a func that gives one of them")
	}
}
