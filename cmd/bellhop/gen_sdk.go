//go:build ignore

// This program writes sdk.txtar: the SDK's sources as a module of their own, for
// `bellhop plugin new`, so that authors need no network.
package main

import (
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
)

func main() {
	all := &txtar.Archive{Files: []txtar.File{
		{Name: "go.mod", Data: []byte("module github.com/bellhop-chat/bellhop\n\ngo 1.20\n")},
		{Name: "LICENSE", Data: read("../../LICENSE")},
	}}
	for _, dir := range []string{"sdk", "sdk/convo", "sdk/sdktest"} {
		names, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		check(err)
		for _, n := range names {
			if !strings.HasSuffix(n, "_test.go") {
				all.Files = append(all.Files, txtar.File{Name: dir + "/" + filepath.Base(n), Data: read(n)})
			}
		}
	}
	check(os.WriteFile("sdk.txtar", txtar.Format(all), 0o644))
}

func read(name string) []byte {
	data, err := os.ReadFile(name)
	check(err)
	return data
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
