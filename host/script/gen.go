//go:build ignore

// This program writes what the gate and the interpreter know of the packages
// in allow.txt: stubs/*.txt, the packages' exported declarations without
// bodies, and symbols.go, their values for the interpreter.
//
// The stubs are Go source and not the compiler's export data, because that
// changes with every toolchain, holds paths and is a hundred times larger.
package main

import (
	"go/build"
	"go/format"
	"go/importer"
	"go/token"
	"go/types"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// out is where the files go; the test names another folder.
var out = "."

func main() {
	log.SetFlags(0)
	build.Default.CgoEnabled = false
	if len(os.Args) > 1 {
		out = os.Args[1]
	}
	text, err := os.ReadFile("allow.txt")
	if err != nil {
		log.Fatal(err)
	}
	old, _ := filepath.Glob(filepath.Join(out, "stubs/*.txt"))
	for _, f := range old {
		os.Remove(f)
	}
	all := generators(parse(string(text)))
	for _, g := range all {
		write("stubs/"+strings.ReplaceAll(g.p.path, "/", "_")+".txt", g.stub())
	}
	write("symbols.go", symbols(all))
}

// generators are one for each package.
func generators(listed []listing) (all []*generator) {
	imp := importer.ForCompiler(token.NewFileSet(), "source", nil)
	for _, p := range listed {
		pkg, err := imp.Import(p.path)
		if err != nil {
			log.Fatal(err)
		}
		g := &generator{pkg: pkg, p: p, listed: listed}
		if pkg.Name() == "sdk" {
			g.docs = fieldDocs("../../sdk")
		}
		all = append(all, g)
	}
	return all
}

func write(name, source string) {
	b, err := format.Source([]byte(source))
	if err != nil {
		log.Fatalf("%s: %v\n%s", name, err, source)
	}
	if err := os.WriteFile(filepath.Join(out, name), b, 0o644); err != nil {
		log.Fatal(err)
	}
}

// listing is a package of allow.txt.
type listing struct {
	path   string
	keep   map[string]bool // nil means all
	refuse map[string]bool
}

func (l listing) offers(name string) bool {
	return !l.refuse[name] && (l.keep == nil || l.keep[name])
}

// parse reads what concerns the generator; the gate reads all.
func parse(text string) (out []listing) {
	for _, line := range strings.Split(text, "\n") {
		words, _, _ := strings.Cut(line, ":")
		f := strings.Fields(words)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "package":
			out = append(out, listing{path: f[1], refuse: map[string]bool{}})
		case "keep":
			last := &out[len(out)-1]
			last.keep = map[string]bool{}
			for _, n := range f[1:] {
				last.keep[n] = true
			}
		case "refuse":
			for _, n := range f[1:] {
				out[len(out)-1].refuse[n] = true
			}
		}
	}
	return out
}

// generator writes one package.
type generator struct {
	pkg     *types.Package
	p       listing
	listed  []listing
	docs    map[string]string // on fields; only of sdk
	imports map[string]bool
}

// name qualifies a type of another package.
func (g *generator) name(p *types.Package) string {
	if p == g.pkg {
		return ""
	}
	g.imports[p.Path()] = true
	return p.Name()
}

// str is the type as it is written in the stub.
func (g *generator) str(t types.Type) string { return types.TypeString(t, g.name) }

// known reports whether all that t mentions can be written: nothing of
// packages that plugins do not get, and no unexported name.
func (g *generator) known(t types.Type) bool {
	ok := true
	text := types.TypeString(t, func(p *types.Package) string {
		found := false
		for _, l := range g.listed {
			found = found || l.path == p.Path()
		}
		ok = ok && found
		return p.Name()
	})
	return ok && !unexported.MatchString(text)
}

var unexported = regexp.MustCompile(`\w\.[a-z_]`)

// objects are the exported ones that the interpreter can have: nothing generic.
func (g *generator) objects() (out []types.Object) {
	for _, name := range g.pkg.Scope().Names() {
		o := g.pkg.Scope().Lookup(name)
		if o.Exported() && !generic(o) && g.knows(o) {
			out = append(out, o)
		}
	}
	return out
}

func (g *generator) knows(o types.Object) bool {
	if t, ok := o.(*types.TypeName); ok && !t.IsAlias() {
		return true
	}
	return g.known(o.Type())
}

func generic(o types.Object) bool {
	switch t := types.Unalias(o.Type()).(type) {
	case *types.Signature:
		return t.TypeParams().Len() > 0
	case *types.Named:
		if i, ok := t.Underlying().(*types.Interface); ok && !i.IsMethodSet() {
			return true
		}
		return t.TypeParams().Len() > 0
	}
	return false
}

func sorted(m map[string]bool) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
