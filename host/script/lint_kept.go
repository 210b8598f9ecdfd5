package script

import (
	"go/ast"
	"go/types"
)

// A func value can remember too: a closure that counts, or a method that is
// bound to what it writes to.

// keptFunc finds uses, in a handler, of func values that outlive it and that
// may be of the plugin's remembering ones: those of the same type.
func keptFunc(g *gate, n ast.Node, outer []ast.Node) {
	var e ast.Expr
	switch x := n.(type) {
	case *ast.Ident:
		e = x
	case *ast.IndexExpr:
		e = x
	case *ast.SelectorExpr:
		if s := g.info.Selections[x]; s == nil || s.Kind() == types.FieldVal { // methods are looked at where they are called
			e = x
		}
	}
	if e == nil {
		return
	}
	sig := g.funcType(e)
	v := g.root(e)
	if sig == nil || v == nil || v.IsField() || !g.outlives(g.origin(v), handlerAround(g, outer), outer) {
		return
	}
	for _, kept := range g.remembering() {
		if types.Identical(kept, sig) {
			g.fault(e.Pos(), "%s outlives the handler and may remember what it was called with: that is lost when the plugin is started again; what is to be remembered goes into c.State() or p.State()", v.Name())
			return
		}
	}
}

// funcType is the type of an expression that is a func, without its name; nil
// when it is none.
func (g *gate) funcType(e ast.Expr) *types.Signature {
	t := g.info.TypeOf(e)
	if t == nil {
		return nil
	}
	sig, _ := t.Underlying().(*types.Signature)
	if sig == nil {
		return nil
	}
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}

// remembering are the types of the plugin's func values that write to what is
// there before and after their calls.
func (g *gate) remembering() []*types.Signature {
	if g.memories != nil {
		return g.memories
	}
	g.memories = []*types.Signature{}
	for _, f := range g.files {
		ast.PreorderStack(f, nil, func(n ast.Node, outer []ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncLit:
				if g.writesOutside(x) {
					g.memories = append(g.memories, g.funcType(x))
				}
			case *ast.SelectorExpr:
				if g.binds(x, outer) {
					g.memories = append(g.memories, g.funcType(x))
				}
			}
			return true
		})
	}
	return g.memories
}

func (g *gate) writesOutside(f *ast.FuncLit) (writes bool) {
	g.eachWrite(f.Body, func(e ast.Expr, _ bool) {
		v := g.root(e)
		writes = writes || v != nil && !within(g.origin(v).Pos(), f)
	})
	return writes
}

// binds reports whether a method that writes to its receiver is used as a
// value, other than as a handler.
func (g *gate) binds(sel *ast.SelectorExpr, outer []ast.Node) bool {
	kind := g.info.Selections[sel]
	if kind == nil || kind.Kind() != types.MethodVal {
		return false
	}
	call, ok := outer[len(outer)-1].(*ast.CallExpr)
	return !(ok && (ast.Unparen(call.Fun) == sel || g.wires(call))) && g.writesThrough(kind.Obj().(*types.Func), -1)
}
