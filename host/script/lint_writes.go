package script

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Which of its arguments a function of the plugin's own writes through.

// writers are the functions that write through their receiver (at -1) or a
// parameter.
type writers map[*types.Func]map[int]bool

// written are the expressions of a call that the function writes through.
func (g *gate) written(call *ast.CallExpr) (list []ast.Expr) {
	fn := g.callee(call)
	if fn == nil {
		return nil
	}
	sel, _ := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if sel != nil && g.writesThrough(fn, -1) || g.changesItself(sel) {
		list = append(list, sel.X)
	}
	for i, arg := range call.Args {
		if !g.writesThrough(fn, i) {
			continue
		}
		if a, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok && a.Op == token.AND {
			arg = a.X
		}
		list = append(list, arg)
	}
	return list
}

// writesThrough reports whether the function writes through its receiver (at
// -1) or an argument.
func (g *gate) writesThrough(fn *types.Func, at int) bool {
	if fn.Pkg() != g.pkg {
		first, writes := libraryWriters[fn.FullName()]
		return writes && (at == first || at > first && fn.Signature().Variadic() && first > 0)
	}
	if g.writers == nil {
		g.findWriters()
	}
	return g.writers[fn][at] || g.anyWrites(fn, at)
}

// anyWrites reports whether fn is an interface's method and one of the types
// that have it writes.
func (g *gate) anyWrites(fn *types.Func, at int) bool {
	recv := fn.Signature().Recv()
	if recv == nil || !types.IsInterface(recv.Type()) {
		return false
	}
	of := recv.Type().Underlying().(*types.Interface)
	for w, places := range g.writers {
		if r := w.Signature().Recv(); r != nil && places[at] && w.Name() == fn.Name() && types.Implements(r.Type(), of) {
			return true
		}
	}
	return false
}

// maxRounds is how long a chain of calls is followed.
const maxRounds = 50

// findWriters goes on until it finds no more: one may call another.
func (g *gate) findWriters() {
	g.writers = writers{}
	more := true
	for round := 0; more && round < maxRounds; round++ {
		more = false
		for _, f := range g.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && g.addWriter(fn) {
					more = true
				}
			}
		}
	}
}

// addWriter reports whether something new was found.
func (g *gate) addWriter(d *ast.FuncDecl) (found bool) {
	fn, ok := g.info.Defs[d.Name].(*types.Func)
	if !ok {
		return false
	}
	places := parameters(fn.Signature())
	write := func(e ast.Expr) {
		at, ok := places[g.root(e)]
		if !ok || isIdent(e) && !refers(g.info.TypeOf(e)) || g.writers[fn][at] {
			return
		}
		if g.writers[fn] == nil {
			g.writers[fn] = map[int]bool{}
		}
		g.writers[fn][at] = true
		found = true
	}
	g.eachWrite(d.Body, func(e ast.Expr, called bool) {
		if called || !isIdent(e) {
			write(e)
		}
	})
	return found
}

// eachWrite calls fn for each expression that the code writes to, and says
// whether a call does it.
func (g *gate) eachWrite(code ast.Node, fn func(e ast.Expr, called bool)) {
	ast.Inspect(code, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.AssignStmt:
			for _, e := range s.Lhs {
				fn(e, false)
			}
		case *ast.IncDecStmt:
			fn(s.X, false)
		case *ast.CallExpr:
			if b := g.builtin(s); (b == "delete" || b == "copy") && len(s.Args) > 0 {
				fn(s.Args[0], true)
			}
			for _, e := range g.written(s) {
				fn(e, true)
			}
		}
		return true
	})
}

// parameters are the receiver (at -1) and the parameters through which a
// caller's values can be reached.
func parameters(s *types.Signature) map[*types.Var]int {
	at := map[*types.Var]int{}
	if r := s.Recv(); r != nil && refers(r.Type()) {
		at[r] = -1
	}
	for i := range s.Params().Len() {
		if v := s.Params().At(i); refers(v.Type()) {
			at[v] = i
		}
	}
	return at
}

// refers reports whether a copy of such a value still leads to what it held.
func refers(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice, *types.Interface:
		return true
	}
	return false
}
