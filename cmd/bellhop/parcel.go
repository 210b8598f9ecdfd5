package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/bundle"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/plugins"
	"github.com/bellhop-chat/bellhop/sdk"
)

// parcel is a plugin that somebody wants to have installed. The gate and the
// sandbox have seen it.
type parcel struct {
	source
	all      bundle.Files
	leftOut  []string
	handles  []sdk.EventKind
	settings *script.Schema // nil when it has none
}

// openParcel opens a bundle, a folder, or a plugin that the binary carries, and
// loads it once.
func openParcel(ctx context.Context, out io.Writer, what string) (parcel, error) {
	p, err := readParcel(what)
	if err != nil {
		return p, err
	}
	w, err := loadPlugin(ctx, out, what, p.source)
	if err != nil {
		return p, err
	}
	defer w.Stop()
	p.handles = w.Handles()
	p.settings = script.Check(p.source.files).Settings // the sandbox has seen that the gate ends
	return p, nil
}

func readParcel(what string) (p parcel, err error) {
	info, statErr := os.Stat(what)
	switch {
	case statErr == nil && info.IsDir():
		p.all, p.leftOut, err = bundle.Read(os.DirFS(what))
	case statErr == nil:
		p.all, err = readBundle(what)
	case slices.Contains(plugins.IDs, what):
		dir, _ := fs.Sub(plugins.FS, what)
		p.all, p.leftOut, err = bundle.Read(dir)
	default:
		return p, fmt.Errorf("read plugin: %s is neither a bundle (%s), nor a folder, nor one of the plugins that Bellhop ships: %s", what, bundle.Ext, strings.Join(plugins.IDs, ", "))
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", what, err)
	}
	p.Manifest, err = config.LoadManifest(p.all[script.Manifest])
	if err != nil {
		return p, fmt.Errorf("%s: %w", what, err)
	}
	p.source.files = map[string][]byte{}
	for name, data := range p.all {
		if path.Ext(name) == ".go" && !strings.Contains(name, "/") && !strings.HasSuffix(name, "_test.go") {
			p.source.files[name] = data
		}
	}
	return p, nil
}

func readBundle(name string) (bundle.Files, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, bundle.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return bundle.Unpack(data)
}

// describe says what the plugin is and what it needs.
func (p parcel) describe(out io.Writer) {
	fmt.Fprintf(out, "%s %s: %s\n", p.ID, p.Version, plainly(p.Title))
	if p.Description != "" {
		fmt.Fprintf(out, "  %s\n", wrapped(plainly(p.Description), "  "))
	}
	fmt.Fprintf(out, "  hears of   %s\n", joinKinds(p.handles))
	fmt.Fprintf(out, "  sha256     %s\n", p.all.Sum())
	lines(out, "it may, once it is on:", rights(p.Needs))
	lines(out, "settings:", settingLines(p.settings))
}

// lines prints a list under its heading, if there is one.
func lines(out io.Writer, heading string, list []string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(out, heading)
	for _, l := range list {
		fmt.Fprintln(out, "  "+plainly(l))
	}
}

// settingLines are the settings' names with what they are and mean.
func settingLines(s *script.Schema) []string {
	if s == nil {
		return nil
	}
	var all []string
	for _, name := range s.Order {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%-14s %s", name, s.Properties[name].Description)))
	}
	return all
}

// wrapped breaks a text into lines of about 80 characters.
func wrapped(text, indent string) string {
	var b strings.Builder
	width := 0
	for n, word := range strings.Fields(text) {
		switch {
		case n > 0 && width+len(word) > 76:
			b.WriteString("\n" + indent)
			width = 0
		case n > 0:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}

// agreed asks a question that is answered by y or n, unless yes answers it in
// advance.
func agreed(cmd *cobra.Command, yes bool, format string, args ...any) (bool, error) {
	if yes {
		return true, nil
	}
	fmt.Fprintf(cmd.OutOrStdout(), format+" [y/N] ", args...)
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		fmt.Fprintln(cmd.OutOrStdout())
		return false, errors.New("nobody answers: say --yes to agree in advance")
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes", nil
}
