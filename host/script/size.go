package script

import (
	"go/ast"
	"go/token"
	"strconv"
)

// maxNesting is how many expressions, statements and types may stand within
// each other. What walks through them takes stack for each, and time for each
// and all that stand around it.
const maxNesting = 1000

// shallow reports whether nothing stands too deep.
func (g *gate) shallow() bool {
	for _, f := range g.files {
		depth, at := 0, token.NoPos
		ast.Inspect(f, func(n ast.Node) bool {
			switch {
			case n == nil:
				depth--
				return false
			case depth > maxNesting && !at.IsValid():
				at = n.Pos()
			}
			if depth > maxNesting {
				return false
			}
			depth++
			return true
		})
		if at.IsValid() {
			g.fault(at, "more than %d things within each other: make functions of the inner ones, or a table", maxNesting)
			return false
		}
	}
	return true
}

// maxConstant is how large a constant text may become by adding others, in
// bytes. Twenty lines of const b = a + a are beyond all memory otherwise, and
// the gate itself would have to work them out.
const maxConstant = 1 << 20

// small reports whether no constant text is too large. It goes by names alone,
// since types cannot be looked at before.
func (g *gate) small() bool {
	size := map[string]int{}
	for round := 0; round < 64; round++ {
		grown := false
		for _, f := range g.files {
			ast.Inspect(f, func(n ast.Node) bool {
				v, ok := n.(*ast.ValueSpec)
				if !ok {
					return true
				}
				for i := 0; i < min(len(v.Names), len(v.Values)); i++ {
					name := v.Names[i].Name
					if s := textSize(v.Values[i], size); s > size[name] {
						size[name] = s
						grown = true
					}
				}
				return true
			})
		}
		if at := tooLarge(g.files, size); at.IsValid() {
			g.fault(at, "a text of more than %d KiB: build it when it is needed, with strings.Repeat", maxConstant>>10)
			return false
		}
		if !grown {
			break
		}
	}
	return true
}

// textSize is at least how large the text of e is, going by literals and
// names, in bytes.
func textSize(e ast.Expr, names map[string]int) int {
	switch x := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(x.Value); x.Kind == token.STRING && err == nil {
			return len(s)
		}
	case *ast.Ident:
		return names[x.Name]
	case *ast.ParenExpr:
		return textSize(x.X, names)
	case *ast.BinaryExpr:
		if x.Op == token.ADD {
			return min(textSize(x.X, names)+textSize(x.Y, names), 2*maxConstant)
		}
	case *ast.CallExpr: // a conversion, or something that only looks like one
		if len(x.Args) == 1 {
			return textSize(x.Args[0], names)
		}
	}
	return 0
}

// tooLarge is the name of a constant that is; NoPos when none is.
func tooLarge(files []*ast.File, size map[string]int) (at token.Pos) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			d, ok := n.(*ast.GenDecl)
			if !ok || d.Tok != token.CONST {
				return true
			}
			for _, s := range d.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					if size[name.Name] > maxConstant && !at.IsValid() {
						at = name.Pos()
					}
				}
			}
			return true
		})
	}
	return at
}
