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
	switch x := n.(type) {
	case *ast.Ident, *ast.IndexExpr:
	case *ast.SelectorExpr:
		if g.isMethod(x) {
			return // methods are looked at where they are called
		}
	default:
		return
	}
	e := n.(ast.Expr)
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
	return sig
}

// isMethod reports whether the selector is of a method, and not of a field.
func (g *gate) isMethod(sel *ast.SelectorExpr) bool {
	s := g.info.Selections[sel]
	return s != nil && s.Kind() != types.FieldVal
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
