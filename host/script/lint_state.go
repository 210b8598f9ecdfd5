package script

import (
	"go/ast"
	"go/types"
	"strings"
)

// A worker may be started again at any time, and a handler run again: what
// must be remembered may not be in variables.

// registered are the methods of the plugin's own that are given to a wiring
// verb, such as p.OnMessage(b.message).
func (g *gate) registered() map[types.Object]bool {
	found := map[types.Object]bool{}
	for _, f := range g.files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !g.wires(call) {
				return true
			}
			for _, arg := range call.Args {
				if sel, ok := arg.(*ast.SelectorExpr); ok {
					found[g.info.Uses[sel.Sel]] = true
				}
			}
			return true
		})
	}
	return found
}

// wires reports whether the call is of a verb such as p.OnMessage.
func (g *gate) wires(call *ast.CallExpr) bool {
	fn := g.callee(call)
	return fn != nil && strings.HasPrefix(fn.Name(), "On") && fn.Signature().Recv() != nil && isSDK(fn.Signature().Recv().Type(), "Plugin")
}

// assignment finds writes to what outlives the handler.
func assignment(g *gate, n ast.Node, outer []ast.Node) {
	switch s := n.(type) {
	case *ast.AssignStmt:
		for _, e := range s.Lhs {
			g.assigned(e, outer)
		}
	case *ast.IncDecStmt:
		g.assigned(s.X, outer)
	case *ast.RangeStmt:
		for _, e := range []ast.Expr{s.Key, s.Value} {
			if e != nil {
				g.assigned(e, outer)
			}
		}
	case *ast.CallExpr:
		if b := g.builtin(s); (b == "delete" || b == "copy") && len(s.Args) > 0 {
			g.assigned(s.Args[0], outer)
		}
		g.writtenBy(s, outer)
	}
}

// writtenBy finds what a call writes to.
func (g *gate) writtenBy(call *ast.CallExpr, outer []ast.Node) {
	handler := handlerAround(g, outer)
	for _, e := range g.written(call) {
		v := g.root(e)
		if v == nil {
			continue
		}
		if refers(v.Type()) || !isIdent(e) {
			v = g.origin(v)
		}
		if g.outlives(v, handler, outer) {
			g.remembers(call, e, v)
		}
	}
}

func (g *gate) remembers(call *ast.CallExpr, e ast.Expr, v *types.Var) {
	fn := g.callee(call)
	if fn.Pkg().Path() == "math/rand" {
		g.fault(e.Pos(), "%s outlives the handler, and so does where it is in its numbers: they differ on every retry; use c.Rand()", v.Name())
		return
	}
	g.fault(e.Pos(), "%s writes to %s, which outlives the handler: it is lost when the plugin is started again; what is to be remembered goes into c.State() or p.State()", fn.Name(), v.Name())
}

// outlives reports whether the variable is there before and after the handler,
// or the call of a function that no handler is known to be.
func (g *gate) outlives(v *types.Var, handler ast.Node, outer []ast.Node) bool {
	switch {
	case isPackageLevel(v):
		return v.Pkg() == g.pkg && (handler != nil || !beforeFirstEvent(outer))
	case handler == nil:
		return false
	}
	return !within(v.Pos(), handler) || g.isReceiver(v, handler)
}

func (g *gate) assigned(e ast.Expr, outer []ast.Node) {
	v := g.root(e)
	if v == nil {
		return
	}
	if !isIdent(e) {
		v = g.origin(v)
	}
	const remember = "what is to be remembered goes into c.State() or p.State()"
	handler := handlerAround(g, outer)
	switch {
	case isPackageLevel(v) && v.Pkg() != g.pkg:
		g.fault(e.Pos(), "assignment to %s.%s: it belongs to another package", v.Pkg().Name(), v.Name())
	case isPackageLevel(v) && !beforeFirstEvent(outer):
		g.fault(e.Pos(), "assignment to %s, a variable of the package: it is lost when the plugin is started again; %s", v.Name(), remember)
	case handler != nil && !isPackageLevel(v) && !within(v.Pos(), handler):
		g.fault(e.Pos(), "assignment to %s, which is declared outside the handler: it is lost when the plugin is started again; %s", v.Name(), remember)
	case g.isReceiver(v, handler) && !isIdent(e):
		g.fault(e.Pos(), "assignment to what %s points to, in a handler: it is lost when the plugin is started again; %s", v.Name(), remember)
	}
}

func isIdent(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.Ident)
	return ok
}

// beforeFirstEvent reports whether the code runs in init or Register, or
// outside all functions.
func beforeFirstEvent(outer []ast.Node) bool {
	for i := len(outer) - 1; i >= 0; i-- {
		switch f := outer[i].(type) {
		case *ast.FuncLit:
			return false
		case *ast.FuncDecl:
			return f.Recv == nil && (f.Name.Name == "init" || f.Name.Name == "Register")
		}
	}
	return true
}

// handlerAround is the outermost function around that is run for events: one
// that gets a *sdk.Chat, or one that Register makes and does not call itself.
// It is nil when there is none.
func handlerAround(g *gate, outer []ast.Node) ast.Node {
	registering := false
	for i, n := range outer {
		switch f := n.(type) {
		case *ast.FuncLit:
			if g.getsChat(f.Type.Params) || registering && !isCalled(f, outer[i-1]) && !g.endsWithRound(f, outer[:i]) {
				return n
			}
		case *ast.FuncDecl:
			if g.getsChat(f.Type.Params) {
				return n
			}
			registering = f.Recv == nil && f.Name.Name == "Register"
		}
	}
	return nil
}

func isCalled(f *ast.FuncLit, by ast.Node) bool {
	call, ok := by.(*ast.CallExpr)
	return ok && call.Fun == f
}

func (g *gate) getsChat(params *ast.FieldList) bool {
	for _, p := range params.List {
		if t := g.info.TypeOf(p.Type); t != nil && isSDK(t, "Chat") {
			return true
		}
	}
	return false
}

// isReceiver reports whether v is the receiver, a pointer, of a method that is
// registered as a handler.
func (g *gate) isReceiver(v *types.Var, handler ast.Node) bool {
	f, ok := handler.(*ast.FuncDecl)
	if !ok || f.Recv == nil || !g.handlers[g.info.Defs[f.Name]] {
		return false
	}
	_, pointer := v.Type().(*types.Pointer)
	return pointer && within(v.Pos(), f.Recv)
}
