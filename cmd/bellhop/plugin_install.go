package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/config"
)

// installing are the flags of plugin install.
type installing struct {
	desk
	name     string // of the instance; "" means the plugin's id
	settings string // file; "" means the plugin's defaults
	mode     string
	yes      bool
}

func installCommand() *cobra.Command {
	var i installing
	cmd := &cobra.Command{
		Use:   "install FILE|DIR|ID",
		Short: "Install a plugin and say what it may do",
		Long: `Show what a plugin is and what it needs, ask, and install it: from a bundle, from a
folder, or one that Bellhop ships, by its id. What you agree to is written into
data/instances/NAME.yaml, which a running host reads at once; what stands there is all
that the plugin may do.

A new instance is in shadow: it decides, and only records. See what it would have
done by ` + "`bellhop log`" + `, then switch it on by ` + "`bellhop plugin enable NAME`" + `.

A plugin can be installed several times, each time under a name of its own and with
settings of its own.`,
		Example: "  bellhop plugin install forwarding\n  bellhop plugin install gold-1.0.0.bhp --as gold-sales --settings sales.yaml",
		Args:    args(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, a []string) error { return i.install(cmd, a[0]) },
	}
	i.flags(cmd)
	cmd.Flags().StringVar(&i.name, "as", "", "name of the instance, instead of the plugin's id")
	cmd.Flags().StringVar(&i.settings, "settings", "", "file with settings (YAML), instead of the plugin's defaults")
	cmd.Flags().StringVar(&i.mode, "mode", "shadow", "off, shadow, confirm or on")
	cmd.Flags().BoolVar(&i.yes, "yes", false, "agree in advance to what the plugin needs")
	return cmd
}

func (i *installing) install(cmd *cobra.Command, what string) error {
	out := cmd.OutOrStdout()
	data, _, err := i.folder()
	if err != nil {
		return err
	}
	p, err := openParcel(cmd.Context(), out, what)
	if err != nil {
		return err
	}
	if i.name == "" {
		i.name = p.ID
	}
	instance := config.Instance{Plugin: p.ID, Version: p.Version, Mode: i.mode, Settings: p.Defaults, Grants: p.Needs}
	if i.settings != "" {
		if instance.Settings, err = readSettings(i.settings); err != nil {
			return err
		}
	}
	if err := i.tryInstance(cmd.Context(), p.source, instance); err != nil {
		return err
	}
	if path := instancePath(data, i.name); exists(path) {
		return fmt.Errorf("install %s: there is an instance %s already: `bellhop plugin upgrade`, or install it again under another name with --as", p.ID, i.name)
	}
	p.describe(out)
	tellOtherVersions(out, data, p)
	switch ok, err := agreed(cmd, i.yes, "Install it as instance %s, mode %s?", i.name, i.mode); {
	case err != nil:
		return err
	case !ok:
		fmt.Fprintln(out, "nothing is installed")
		return nil
	}
	if err := shelf(data).Put(p.ID, p.Version, p.all); err != nil {
		return err
	}
	if err := config.SaveInstance(filepath.Join(data, "instances"), i.name, instance); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s %s is installed as instance %s, mode %s\n", p.ID, p.Version, i.name, i.mode)
	if i.mode == "shadow" {
		fmt.Fprintf(out, "next: `bellhop log` shows what it would do; `bellhop plugin enable %s` switches it on\n", i.name)
	}
	return nil
}

// tellOtherVersions names the instances that run another version under the plugin's id: it
// may not be the plugin that they run.
func tellOtherVersions(out io.Writer, data string, p parcel) {
	files, _ := config.LoadInstances(filepath.Join(data, "instances")) // a faulty file is told of by those who use it
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if f := files[name]; f.Plugin == p.ID && f.Version != p.Version {
			fmt.Fprintf(out, "note: instance %s runs %s %s and goes on with it; `bellhop plugin upgrade` would replace it\n", name, p.ID, f.Version)
		}
	}
}

func instancePath(data, name string) string { return filepath.Join(data, "instances", name+".yaml") }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
