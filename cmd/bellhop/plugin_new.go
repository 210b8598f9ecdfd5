package main

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"
)

//go:generate go run gen_sdk.go

// skeleton is a plugin whose name is NAME everywhere.
//
//go:embed skeleton
var skeleton embed.FS

// sdkSources are the SDK as a module of its own.
//
//go:embed sdk.txtar
var sdkSources []byte

// sdkFolder is where a plugin's go.mod looks for the SDK.
const sdkFolder = "bellhop-sdk"

// pluginName is what can be an id, a folder and a Go package at once.
var pluginName = regexp.MustCompile(`^[a-z][a-z0-9]{0,30}$`)

func newCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new NAME",
		Short: "Make a folder with a plugin that passes its test",
		Long: `Make the folder NAME with a small plugin, its manifest, README and conversations,
and beside it the folder bellhop-sdk with the SDK's sources, so that gopls, go vet
and go test work without a network. Nothing is replaced.`,
		Example: "  bellhop plugin new greeter\n  bellhop plugin test greeter",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			return newPlugin(cmd.OutOrStdout(), a[0])
		},
	}
}

func newPlugin(out io.Writer, dir string) error {
	name := filepath.Base(dir)
	if !pluginName.MatchString(name) {
		return fmt.Errorf("make plugin: %q is no name for one: use a letter, then letters and digits, all small", name)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make plugin: %s is there already: name another folder", dir)
	}
	if err := writeSkeleton(dir, name); err != nil {
		return fmt.Errorf("make plugin: %w", err)
	}
	beside := filepath.Join(filepath.Dir(dir), sdkFolder)
	if err := writeSDK(beside); err != nil {
		return fmt.Errorf("lay out the SDK: %w", err)
	}
	_, err := fmt.Fprintf(out, "made %s, and %s beside it\nnext: bellhop plugin test %s\n", dir, beside, dir)
	return err
}

func writeSkeleton(dir, name string) error {
	return fs.WalkDir(skeleton, "skeleton", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := skeleton.ReadFile(path)
		if err != nil {
			return err
		}
		to := strings.TrimSuffix(strings.TrimPrefix(path, "skeleton/"), ".tmpl")
		return writeFile(filepath.Join(dir, strings.ReplaceAll(to, "NAME", name)), strings.ReplaceAll(string(text), "NAME", name))
	})
}

// writeSDK lays the SDK out. What is there of an earlier layout is brought up to
// date; a folder of another kind is left alone.
func writeSDK(dir string) error {
	files := txtar.Parse(sdkSources).Files
	if old, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && string(old) != string(files[0].Data) {
		return fmt.Errorf("%s is something else: move it away", dir)
	}
	for _, f := range files {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(f.Name)), string(f.Data)); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644)
}
