//go:build ignore

// This program writes licences.txt: the licence of each module that is linked
// into bellhop on Linux, of each embedded font, and of each script of the desk.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	var out bytes.Buffer
	fmt.Fprint(&out, "Bellhop contains the following third-party parts.\n")
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	check(err)
	write(&out, "The Go standard library and runtime", filepath.Join(strings.TrimSpace(string(goroot)), "LICENSE"))
	for _, m := range modules() {
		write(&out, m[0]+" "+m[1], texts(m[2])...)
	}
	fonts, err := filepath.Glob("../../host/transcript/fonts/*LICEN*")
	check(err)
	more, err := filepath.Glob("../../host/transcript/fonts/*.txt")
	check(err)
	for _, f := range slices.Compact(slices.Sorted(slices.Values(append(fonts, more...)))) {
		write(&out, "Font: "+filepath.Base(f), f)
	}
	scripts, err := filepath.Glob("../../bridge/lobby/desk/static/LICENSE-*.txt")
	check(err)
	for _, f := range scripts {
		write(&out, "Script: "+strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "LICENSE-"), ".txt"), f)
	}
	check(os.WriteFile("licences.txt", out.Bytes(), 0o644))
}

// modules are path, version and folder of what is linked, in order.
func modules() [][3]string {
	cmd := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`, ".")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	if _, err := os.Stat("licences.txt"); err != nil {
		check(os.WriteFile("licences.txt", nil, 0o644)) // go list refuses a package whose embedded file is missing
	}
	list, err := cmd.Output()
	check(err)
	lines := strings.Split(strings.TrimSpace(string(list)), "\n")
	slices.Sort(lines)
	var ms [][3]string
	for _, l := range slices.Compact(lines) {
		if f := strings.Fields(l); len(f) == 3 {
			ms = append(ms, [3]string(f))
		}
	}
	return ms
}

// texts are the licence files in a module's folder.
func texts(dir string) []string {
	entries, err := os.ReadDir(dir)
	check(err)
	var found []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		for _, word := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "PATENTS"} {
			if !e.IsDir() && strings.HasPrefix(name, word) && !strings.HasSuffix(name, ".GO") {
				found = append(found, filepath.Join(dir, e.Name()))
				break
			}
		}
	}
	if len(found) == 0 {
		log.Fatalf("%s has no licence file", dir)
	}
	return found
}

func write(out *bytes.Buffer, title string, files ...string) {
	fmt.Fprintf(out, "\n%s\n%s\n%s\n", strings.Repeat("=", 78), title, strings.Repeat("=", 78))
	for _, f := range files {
		b, err := os.ReadFile(f)
		check(err)
		for line := range strings.Lines(strings.ReplaceAll(string(b), "\r\n", "\n")) {
			fmt.Fprintln(out, strings.TrimRight(line, " \t\n\f"))
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
