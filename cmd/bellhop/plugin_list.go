package main

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/bundle"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/plugins"
)

// listed is an instance, or a plugin without one.
type listed struct {
	Instance string `json:"instance,omitempty"`
	Plugin   string `json:"plugin"`
	Version  string `json:"version"` // that the instance runs; of a plugin without one, the newest
	Mode     string `json:"mode,omitempty"`
	Newest   string `json:"newest"` // installed, or shipped
	Title    string `json:"title"`
	Fault    string `json:"fault,omitempty"` // why it can't run
}

func listCommand() *cobra.Command {
	var d desk
	var js bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List instances, and the plugins that can be installed",
		Example: "  bellhop plugin list",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, _, err := d.folder()
			if err != nil {
				return err
			}
			all, err := listPlugins(data)
			switch {
			case err != nil:
				return err
			case js:
				return printJSON(cmd.OutOrStdout(), all)
			}
			return tellPlugins(cmd.OutOrStdout(), all)
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&js, "json", false, "print a JSON array")
	return cmd
}

func listPlugins(data string) ([]listed, error) {
	files, faults := config.LoadInstances(filepath.Join(data, "instances"))
	all := []listed{}
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		used[f.Plugin] = true
		l := listed{Instance: name, Plugin: f.Plugin, Version: f.Version, Mode: f.Mode}
		if s, err := findPlugin(data, f.Plugin, f.Version); err != nil {
			l.Fault = err.Error()
		} else {
			l.Version, l.Title = s.Version, s.Title
		}
		l.Newest = newest(data, f.Plugin)
		all = append(all, l)
	}
	for _, err := range faults {
		all = append(all, listed{Instance: faulty(err), Fault: err.Error()})
	}
	ids, err := shelf(data).IDs()
	for _, id := range union(ids, plugins.IDs) {
		if s, err := findPlugin(data, id, newest(data, id)); err == nil && !used[id] {
			all = append(all, listed{Plugin: id, Version: s.Version, Newest: s.Version, Title: s.Title})
		}
	}
	return all, err
}

// newest is the newest version of a plugin that is installed or shipped; "" when
// there is none.
func newest(data, id string) string {
	versions, _ := shelf(data).Versions(id)
	if slices.Contains(plugins.IDs, id) {
		if s, err := shippedPlugin(id); err == nil {
			versions = append(versions, s.Version)
		}
	}
	if len(versions) == 0 {
		return ""
	}
	return slices.MaxFunc(versions, bundle.Compare)
}

func tellPlugins(out io.Writer, all []listed) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "INSTANCE\tPLUGIN\tVERSION\tMODE\tWHAT")
	for _, l := range all {
		what := plainly(l.Title)
		switch {
		case l.Fault != "":
			what = plainly(l.Fault)
		case l.Newest != l.Version:
			what += fmt.Sprintf(" (%s is there: `bellhop plugin upgrade`)", l.Newest)
		case l.Instance == "":
			what += fmt.Sprintf(" (`bellhop plugin install %s`)", l.Plugin)
		}
		fmt.Fprintln(w, strings.Join([]string{dash(l.Instance), dash(l.Plugin), dash(l.Version), dash(l.Mode), what}, "\t"))
	}
	return w.Flush()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
