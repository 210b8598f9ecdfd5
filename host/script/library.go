package script

import (
	"embed"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"sync"
)

//go:embed stubs
var stubs embed.FS

// library imports the packages of allow.txt from their stubs. What it has read
// stays in memory.
var library = &stubImporter{done: map[string]*types.Package{}}

// ForgetPackages drops what the gate has read of the packages in allow.txt,
// half a megabyte. It is for a process that checks no other plugin; Check reads
// it again when it must, within some milliseconds.
func ForgetPackages() {
	library.mu.Lock()
	defer library.mu.Unlock()
	library.done = map[string]*types.Package{}
}

// errNotAllowed is what Import says of other packages. The gate says more.
var errNotAllowed = errors.New("not allowed")

type stubImporter struct {
	mu   sync.Mutex // guards done
	done map[string]*types.Package
}

// Import gives an error for what is not in allow.txt.
func (l *stubImporter) Import(path string) (*types.Package, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.load(path)
}

func (l *stubImporter) load(path string) (*types.Package, error) {
	if p := l.done[path]; p != nil {
		return p, nil
	}
	b, err := stubs.ReadFile("stubs/" + strings.ReplaceAll(path, "/", "_") + ".txt")
	if err != nil {
		return nil, errNotAllowed
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, b, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	conf := types.Config{IgnoreFuncBodies: true, Importer: importerFunc(l.load)}
	p, err := conf.Check(path, fset, []*ast.File{f}, nil)
	if err != nil {
		return nil, err
	}
	l.done[path] = p
	return p, nil
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// sdkDocs are the comments on the fields of sdk's types, such as "Rule.Words".
var sdkDocs = sync.OnceValue(func() map[string]string {
	docs := map[string]string{}
	b, _ := stubs.ReadFile("stubs/" + strings.ReplaceAll(sdkPath, "/", "_") + ".txt")
	f, err := parser.ParseFile(token.NewFileSet(), "", b, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return docs // the importer says it
	}
	ast.Inspect(f, func(n ast.Node) bool {
		t, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if s, ok := t.Type.(*ast.StructType); ok {
			for _, field := range s.Fields.List {
				for _, name := range field.Names {
					docs[t.Name.Name+"."+name.Name] = comment(field.Doc, field.Comment)
				}
			}
		}
		return true
	})
	return docs
})
