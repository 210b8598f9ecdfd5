//go:build ignore

// This program packs the drawings of emoji, see fonts/README.md:
//
//	npm pack @iconify-json/twemoji@1.2.5 && tar xzf iconify-json-twemoji-1.2.5.tgz
//	go run gen_emoji.go package fonts/emoji.zip
package main

import (
	"archive/zip"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

type drawing struct {
	Body   string `json:"body"`
	Parent string `json:"parent"`
}

func main() {
	var set struct {
		Icons   map[string]drawing
		Aliases map[string]map[string]any
	}
	read(os.Args[1], "icons.json", &set)
	var chars map[string]string // "1f600": "grinning-face"
	read(os.Args[1], "chars.json", &chars)
	packed := map[string]map[string]string{}
	for code, name := range chars {
		if alias := set.Aliases[name]; len(alias) == 1 { // others are turned or mirrored
			name, _ = alias["parent"].(string)
		}
		body := set.Icons[name].Body
		if body == "" || strings.Contains(body, "stroke") || strings.Contains(body, "clip-path") {
			continue // what package transcript does not draw
		}
		file, emoji := key(code)
		if packed[file] == nil {
			packed[file] = map[string]string{}
		}
		packed[file][emoji] = body
	}
	write(os.Args[2], packed)
}

func read(folder, name string, into any) {
	data, err := os.ReadFile(filepath.Join(folder, name))
	check(err)
	check(json.Unmarshal(data, into))
}

// key is the emoji without variation selectors, and the file that it is in.
func key(code string) (file, emoji string) {
	for i, hex := range strings.Split(code, "-") {
		r, err := strconv.ParseUint(hex, 16, 32)
		check(err)
		if i == 0 {
			file = fmt.Sprintf("%x", r>>4)
		}
		if r != 0xfe0f {
			emoji += string(rune(r))
		}
	}
	return file, emoji
}

func write(name string, packed map[string]map[string]string) {
	out, err := os.Create(name)
	check(err)
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, file := range slices.Sorted(maps.Keys(packed)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: file, Method: zip.Deflate, Modified: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		check(err)
		for _, emoji := range slices.Sorted(maps.Keys(packed[file])) {
			fmt.Fprintf(w, "%s\t%s\n", emoji, packed[file][emoji])
		}
	}
	check(z.Close())
	check(out.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
