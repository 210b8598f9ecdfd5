package script

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
)

// What the interpreter does not know of the language, or knows only in part.

// generics: user-defined ones work in simple cases, and fail or do something
// else in others.
func generics(g *gate, n ast.Node, _ []ast.Node) {
	var params *ast.FieldList
	switch x := n.(type) {
	case *ast.FuncDecl:
		params = x.Type.TypeParams
	case *ast.TypeSpec:
		params = x.TypeParams
	}
	if params != nil {
		g.fault(params.Pos(), "type parameters: the interpreter gets them wrong in many ways; write it out for the types that you use")
	}
}

// namelessParameter: its place is given to a variable of the func too.
func namelessParameter(g *gate, n ast.Node, _ []ast.Node) {
	var params *ast.FieldList
	switch x := n.(type) {
	case *ast.FuncDecl:
		params = x.Type.Params
	case *ast.FuncLit:
		params = x.Type.Params
	default:
		return
	}
	for _, f := range params.List {
		if len(f.Names) == 0 {
			g.fault(f.Pos(), "a parameter without a name: the interpreter mixes it up with the func's variables; write _ before its type")
			return
		}
	}
}

// complexNumber: they panic in many places.
func complexNumber(g *gate, n ast.Node, _ []ast.Node) {
	e, ok := n.(ast.Expr)
	if !ok {
		return
	}
	switch n.(type) {
	case *ast.Ident, *ast.BasicLit:
	default:
		return
	}
	if b, ok := g.info.TypeOf(e).(*types.Basic); ok && b.Info()&types.IsComplex != 0 {
		g.fault(n.Pos(), "complex numbers: the interpreter gets them wrong; use two float64")
	}
}

// bigConstant: the interpreter works out constants as int64.
func bigConstant(g *gate, n ast.Node, _ []ast.Node) {
	b, ok := n.(*ast.BinaryExpr)
	if !ok {
		return
	}
	tv := g.info.Types[b]
	if tv.Value == nil || tv.Value.Kind() != constant.Int || !isUnsigned(tv.Type) {
		return
	}
	if constant.Compare(tv.Value, token.GTR, constant.MakeInt64(math.MaxInt64)) {
		g.fault(n.Pos(), "a constant beyond %d by way of an operator: the interpreter panics at it; write the number %s", int64(math.MaxInt64), tv.Value)
	}
}

// repeatedConstants: A, B repeated without values.
func repeatedConstants(g *gate, n ast.Node, outer []ast.Node) {
	v, ok := n.(*ast.ValueSpec)
	if !ok || len(v.Names) < 2 || len(v.Values) > 0 || v.Type != nil {
		return
	}
	if d, ok := outer[len(outer)-1].(*ast.GenDecl); ok && d.Tok == token.CONST {
		g.fault(v.Pos(), "several constants that repeat the line before: the interpreter does not understand it; write their values")
	}
}

// predeclared: a type of the plugin's own by the name of one of Go's.
func predeclared(g *gate, n ast.Node, _ []ast.Node) {
	spec, ok := n.(*ast.TypeSpec)
	if ok && types.Universe.Lookup(spec.Name.Name) != nil {
		g.fault(spec.Name.Pos(), "a type called %s: the interpreter still takes the name for Go's own; use another", spec.Name.Name)
	}
}

// textOfNumber: string(n) is the character with that number.
func textOfNumber(g *gate, n ast.Node, _ []ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || !g.info.Types[call.Fun].IsType() {
		return
	}
	to, ok := g.info.TypeOf(call.Fun).Underlying().(*types.Basic)
	if !ok || to.Info()&types.IsString == 0 {
		return
	}
	from, ok := g.info.TypeOf(call.Args[0]).Underlying().(*types.Basic)
	if !ok || from.Info()&types.IsInteger == 0 {
		return
	}
	switch from.Kind() {
	case types.Byte, types.Rune, types.UntypedRune:
		return
	}
	g.fault(n.Pos(), "string of a number is the character with that number, and the interpreter gets some of them wrong; use strconv.Itoa(n) for its digits, or string(rune(n))")
}

func isUnsigned(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsUnsigned != 0
}

// maxArray is how large an array may be, in bytes. The interpreter makes it as
// soon as the plugin is loaded.
const maxArray = 16 << 20

var sizes = types.SizesFor("gc", "amd64")

func largeArray(g *gate, n ast.Node, _ []ast.Node) {
	a, ok := n.(*ast.ArrayType)
	if !ok || a.Len == nil {
		return
	}
	t := g.info.TypeOf(a)
	if t == nil || t.Underlying() == types.Typ[types.Invalid] {
		return
	}
	if size := sizes.Sizeof(t); size < 0 || size > maxArray { // below 0 when it is beyond int64
		g.fault(a.Pos(), "an array of more than %d MiB: use a slice that grows as it must", maxArray>>20)
	}
}
