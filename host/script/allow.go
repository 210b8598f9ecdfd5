package script

import (
	_ "embed"
	"strings"
	"sync"
)

//go:generate go run gen.go gen_stub.go gen_symbols.go

//go:embed allow.txt
var allowText string

// allowed is allow.txt in memory.
type allowed struct {
	packages map[string]*offer // by import path
	denied   map[string]string // advice by import path; also for what is below it
}

// offer is what plugins may use of a package.
type offer struct {
	keep   map[string]bool   // nil means all
	refuse map[string]string // advice by name, "*" for what is not kept
}

var allow = sync.OnceValue(func() allowed {
	a := allowed{packages: map[string]*offer{}, denied: map[string]string{}}
	var last *offer
	for _, line := range strings.Split(allowText, "\n") {
		words, advice, _ := strings.Cut(line, ": ")
		f := strings.Fields(words)
		if len(f) < 2 || f[0] == "#" {
			continue
		}
		switch f[0] {
		case "package":
			last = &offer{refuse: map[string]string{}}
			a.packages[f[1]] = last
		case "keep":
			last.keep = map[string]bool{}
			for _, name := range f[1:] {
				last.keep[name] = true
			}
		case "refuse":
			for _, name := range f[1:] {
				last.refuse[name] = advice
			}
		case "deny":
			a.denied[f[1]] = advice
		}
	}
	return a
})

// whyNot is what stands against importing the path; "" when nothing does.
func (a allowed) whyNot(path string) string {
	if a.packages[path] != nil {
		return ""
	}
	for p := path; p != ""; p = parent(p) {
		if advice := a.denied[p]; advice != "" {
			return advice
		}
	}
	return "plugins get a part of the standard library and " + sdkPath
}

func parent(path string) string {
	return path[:max(strings.LastIndexByte(path, '/'), 0)]
}

// refuses is the advice against using name, or Type.Method, of the package;
// "" when it may be used.
func (a allowed) refuses(path, name string) string {
	o := a.packages[path]
	if o == nil {
		return ""
	}
	if advice := o.refuse[name]; advice != "" {
		return advice
	}
	if o.keep != nil && !o.keep[name] && !strings.Contains(name, ".") {
		return o.refuse["*"]
	}
	return ""
}
