package script

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// What the standard library writes to on a plugin's behalf.

// libraryWriters are the functions that write through an argument, by full
// name, and which that is; what reads texts writes through all from there on.
var libraryWriters = map[string]int{
	"sort.Strings": 0, "sort.Ints": 0, "sort.Float64s": 0, "sort.Slice": 0, "sort.SliceStable": 0, "sort.Sort": 0, "sort.Stable": 0,
	"container/heap.Init": 0, "container/heap.Push": 0, "container/heap.Pop": 0, "container/heap.Fix": 0, "container/heap.Remove": 0,
	"encoding/json.Unmarshal": 1, "(*encoding/json.Decoder).Decode": 0, "encoding/json.Indent": 0, "encoding/json.Compact": 0, "encoding/json.HTMLEscape": 0,
	"encoding/hex.Encode": 0, "encoding/hex.Decode": 0, "(*encoding/base64.Encoding).Encode": 0, "(*encoding/base64.Encoding).Decode": 0,
	"fmt.Sscan": 1, "fmt.Sscanln": 1, "fmt.Sscanf": 2, "fmt.Fscan": 1, "fmt.Fscanln": 1, "fmt.Fscanf": 2,
	"fmt.Fprint": 0, "fmt.Fprintln": 0, "fmt.Fprintf": 0,
	"io.WriteString": 0, "io.Copy": 0, "io.CopyN": 0, "io.ReadFull": 1, "io.ReadAtLeast": 1, "io.ReadAll": 0,
	"(*regexp.Regexp).Longest": -1,
}

// changing are the types whose methods change them, and those that do not.
var changing = map[string]string{
	"strings.Builder":       "Cap Len String",
	"strings.Reader":        "Len Size",
	"bytes.Buffer":          "Available Bytes Cap Len String",
	"bytes.Reader":          "Len Size",
	"bufio.Reader":          "",
	"bufio.Writer":          "",
	"bufio.Scanner":         "",
	"container/list.List":   "Back Front Len",
	"container/ring.Ring":   "Len",
	"encoding/csv.Reader":   "",
	"encoding/csv.Writer":   "",
	"encoding/json.Decoder": "",
	"encoding/json.Encoder": "",
	"hash.Hash":             "BlockSize Size Sum",
	"hash.Hash32":           "BlockSize Size Sum Sum32",
	"hash.Hash64":           "BlockSize Size Sum Sum64",
	"io.Reader":             "",
	"io.Writer":             "",
	"math/rand.Rand":        "",
	"math/rand.Zipf":        "",
	"net/url.Values":        "Encode Get Has",
	"text/tabwriter.Writer": "",
}

// changesItself reports whether the selected method changes the value of the
// library's type that it is called on.
func (g *gate) changesItself(sel *ast.SelectorExpr) bool {
	if sel == nil || g.info.Selections[sel] == nil {
		return false
	}
	t := g.info.TypeOf(sel.X)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	looks, ok := changing[named.Obj().Pkg().Path()+"."+named.Obj().Name()]
	return ok && !slices.Contains(strings.Fields(looks), sel.Sel.Name)
}

// maxAliases is how many names of the same value are followed.
const maxAliases = 20

// origin is the variable whose value v leads to, when v is only another name
// of it: v := x.f, v := &x, or for _, v := range x.
func (g *gate) origin(v *types.Var) *types.Var {
	if g.aliases == nil {
		g.findAliases()
	}
	for range maxAliases {
		from := g.aliases[v]
		if from == nil {
			break
		}
		v = from
	}
	return v
}

func (g *gate) findAliases() {
	g.aliases = map[*types.Var]*types.Var{}
	for _, f := range g.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch s := n.(type) {
			case *ast.AssignStmt:
				for i := range s.Lhs {
					if s.Tok == token.DEFINE && len(s.Lhs) == len(s.Rhs) {
						g.alias(s.Lhs[i], s.Rhs[i])
					}
				}
			case *ast.ValueSpec:
				for i := range s.Names {
					if len(s.Names) == len(s.Values) {
						g.alias(s.Names[i], s.Values[i])
					}
				}
			case *ast.RangeStmt:
				if s.Tok == token.DEFINE && s.Value != nil {
					g.alias(s.Value, s.X)
				}
			}
			return true
		})
	}
}

// alias notes that the name leads to what the expression begins with, unless
// it is given another value later.
func (g *gate) alias(name, is ast.Expr) {
	id, ok := name.(*ast.Ident)
	if !ok {
		return
	}
	v, ok := g.info.Defs[id].(*types.Var)
	if !ok || !refers(v.Type()) || g.assignedAfter(v, token.NoPos, false) {
		return
	}
	if a, ok := ast.Unparen(is).(*ast.UnaryExpr); ok && a.Op == token.AND {
		is = a.X
	}
	if from := g.root(is); from != nil && from != v {
		g.aliases[v] = from
	}
}
