package script

import (
	"go/ast"
	"go/token"
	"go/types"
)

// What the interpreter gets wrong about interfaces: inside one it does not
// know the plugin's own types by name, and those of compiled Go do not see
// their methods.

// ownError: a value of such a type is not found again in an error.
func ownError(g *gate, n ast.Node, _ []ast.Node) {
	fn, ok := n.(*ast.FuncDecl)
	if ok && fn.Recv != nil && fn.Name.Name == "Error" && fn.Type.Params.NumFields() == 0 {
		g.fault(fn.Name.Pos(), "an error type of the plugin's own: the interpreter does not compare it or find it again; use var ErrX = errors.New(\"x\"), fmt.Errorf(\"...: %%w\", ErrX) and errors.Is, and return what else is to be known beside the error")
	}
}

// assertion: x.(T), and the cases of switch x.(type).
func assertion(g *gate, n ast.Node, _ []ast.Node) {
	switch x := n.(type) {
	case *ast.TypeAssertExpr:
		if x.Type != nil {
			g.asserted(x.Type, g.info.TypeOf(x.X))
		}
	case *ast.TypeSwitchStmt:
		from := g.info.TypeOf(switched(x))
		for _, c := range x.Body.List {
			for _, e := range c.(*ast.CaseClause).List {
				g.asserted(e, from)
			}
		}
	}
}

// switched is the expression that a type switch is about.
func switched(s *ast.TypeSwitchStmt) ast.Expr {
	switch a := s.Assign.(type) {
	case *ast.AssignStmt:
		return ast.Unparen(a.Rhs[0]).(*ast.TypeAssertExpr).X
	case *ast.ExprStmt:
		return ast.Unparen(a.X).(*ast.TypeAssertExpr).X
	}
	return nil
}

func (g *gate) asserted(e ast.Expr, from types.Type) {
	t := g.info.TypeOf(e)
	if t == nil || from == nil || g.info.Types[e].IsNil() {
		return
	}
	named := g.own(t)
	switch {
	case types.IsInterface(t):
		g.fault(e.Pos(), "%s is an interface type: the interpreter panics at such an assertion, or takes another case; ask for the types that it can be", g.typeText(t))
	case named == nil:
	case !isAny(from) && !g.isOwn(from):
		g.fault(e.Pos(), "%s out of %s: the interpreter does not find the plugin's own types in there; keep the value in a variable of type %s", g.typeText(t), g.typeText(from), g.typeText(t))
	case g.twin(named) != "":
		g.fault(e.Pos(), "%s looks like %s inside an interface: the interpreter takes one for the other; give one of them another field, or use a struct with a field that says what it is", named.Obj().Name(), g.twin(named))
	}
}

func isAny(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

// isOwn reports whether the type is declared by the plugin.
func (g *gate) isOwn(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() == g.pkg
}

// twin is the name of another type with the same structure; "" when there is
// none.
func (g *gate) twin(t *types.Named) string {
	if b, ok := t.Underlying().(*types.Basic); ok {
		return b.Name()
	}
	if g.declared == nil {
		g.declared = []*types.Named{}
		for _, o := range g.info.Defs {
			if name, ok := o.(*types.TypeName); ok && !name.IsAlias() {
				if named, ok := name.Type().(*types.Named); ok {
					g.declared = append(g.declared, named)
				}
			}
		}
	}
	found := ""
	for _, other := range g.declared {
		name := other.Obj().Name()
		if other != t && types.IdenticalIgnoreTags(other.Underlying(), t.Underlying()) && (found == "" || name < found) {
			found = name
		}
	}
	return found
}

// comparedInterfaces: two of the plugin's own interface type are never equal.
func comparedInterfaces(g *gate, n ast.Node, _ []ast.Node) {
	b, ok := n.(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL && b.Op != token.NEQ || g.info.Types[b.X].IsNil() || g.info.Types[b.Y].IsNil() {
		return
	}
	for _, e := range []ast.Expr{b.X, b.Y} {
		if t := g.info.TypeOf(e); t != nil && types.IsInterface(t) && !isAny(t) && !g.isHost(t) {
			g.fault(b.OpPos, "comparison of values of type %s: the interpreter finds no two equal; compare a field or what a method returns", g.typeText(t))
			return
		}
	}
}

// isHost reports whether the type is one of compiled Go.
func (g *gate) isHost(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != g.pkg
}

// interfaceKey: a map cannot find the plugin's own values behind an interface.
func interfaceKey(g *gate, n ast.Node, _ []ast.Node) {
	m, ok := n.(*ast.MapType)
	if !ok {
		return
	}
	if t := g.info.TypeOf(m.Key); t != nil && types.IsInterface(t) && !isAny(t) {
		g.fault(m.Key.Pos(), "map with keys of interface type %s: the interpreter panics at it; use a text or a number as the key", g.typeText(t))
	}
}

// embedded: an interface in a struct, and names that two embedded types have.
func embedded(g *gate, n ast.Node, _ []ast.Node) {
	switch x := n.(type) {
	case *ast.StructType:
		for _, f := range x.Fields.List {
			if t := g.info.TypeOf(f.Type); len(f.Names) == 0 && t != nil && types.IsInterface(t) {
				g.fault(f.Pos(), "an interface that is embedded in a struct: the interpreter panics when the struct is used as one; give the field a name, and write its methods out")
			}
		}
	case *ast.SelectorExpr:
		s := g.info.Selections[x]
		if s != nil && len(s.Index()) > 1 && occurrences(s.Recv(), x.Sel.Name, map[types.Type]int{}) > 1 {
			g.fault(x.Sel.Pos(), "%s stands in several embedded types: the interpreter takes the wrong one; name the field that it comes from", x.Sel.Name)
		}
	}
}

// occurrences counts the fields and methods of that name in t and in all that
// it embeds, up to 2. Known are the types that it has looked into: they may
// embed themselves by a pointer, and each other in more ways than anyone could
// walk.
func occurrences(t types.Type, name string, known map[types.Type]int) (n int) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	t = types.Unalias(t)
	if n, ok := known[t]; ok {
		return n
	}
	known[t] = 0
	defer func() {
		n = min(n, 2)
		known[t] = n
	}()
	if named, ok := t.(*types.Named); ok {
		for i := range named.NumMethods() {
			if named.Method(i).Name() == name {
				n++
			}
		}
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return n
	}
	for i := range s.NumFields() {
		f := s.Field(i)
		if f.Name() == name {
			n++
		}
		if f.Embedded() {
			n += occurrences(f.Type(), name, known)
		}
	}
	return n
}

// conversion: error(x) and Own(x) panic.
func conversion(g *gate, n ast.Node, _ []ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok || !g.info.Types[call.Fun].IsType() {
		return
	}
	if t := g.info.TypeOf(call.Fun); t != nil && types.IsInterface(t) && !isAny(t) {
		g.fault(n.Pos(), "%s(x): the interpreter panics at a conversion to an interface; write var v %s = x", g.typeText(t), g.typeText(t))
	}
}

// intoInterface: an operator whose result goes straight into an interface ends
// the function there and then, without a word.
func intoInterface(g *gate, n ast.Node, outer []ast.Node) {
	switch x := n.(type) {
	case *ast.AssignStmt:
		for i, e := range x.Lhs {
			if x.Tok == token.ASSIGN && len(x.Lhs) == len(x.Rhs) {
				g.operator(x.Rhs[i], g.info.TypeOf(e), true)
			}
		}
	case *ast.ValueSpec:
		for _, e := range x.Values {
			if x.Type != nil && !isAny(g.info.TypeOf(x.Type)) { // there it is right
				g.operator(e, g.info.TypeOf(x.Type), true)
			}
		}
	case *ast.ReturnStmt:
		results := g.results(outer)
		for i, e := range x.Results {
			if results != nil && results.Len() == len(x.Results) {
				g.operator(e, results.At(i).Type(), false)
			}
		}
	}
}

// operator looks at one value that goes into a type. Assigned is whether it is
// kept in a variable and not returned: then the result of a comparison is right.
func (g *gate) operator(e ast.Expr, to types.Type, assigned bool) {
	if to == nil || !types.IsInterface(to) || g.info.Types[e].Value != nil {
		return
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return
		}
	case *ast.BinaryExpr:
		if isAny(to) && (assigned || arithmetic[x.Op]) {
			return
		}
	default:
		return
	}
	g.fault(e.Pos(), "the result of an operator goes straight into %s: the interpreter leaves the function there; put it into a variable first, and use that", g.typeText(to))
}

var arithmetic = map[token.Token]bool{
	token.ADD: true, token.SUB: true, token.MUL: true, token.QUO: true, token.REM: true,
	token.AND: true, token.OR: true, token.XOR: true, token.SHL: true, token.SHR: true, token.AND_NOT: true,
}

// results are those of the innermost function around.
func (g *gate) results(outer []ast.Node) *types.Tuple {
	for i := len(outer) - 1; i >= 0; i-- {
		var t types.Type
		switch f := outer[i].(type) {
		case *ast.FuncLit:
			t = g.info.TypeOf(f)
		case *ast.FuncDecl:
			if o := g.info.Defs[f.Name]; o != nil {
				t = o.Type()
			}
		default:
			continue
		}
		if s, ok := t.(*types.Signature); ok {
			return s.Results()
		}
		return nil
	}
	return nil
}
