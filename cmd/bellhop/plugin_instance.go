package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/worker"
)

// tried is one instance as its file says, and its plugin.
type tried struct {
	name   string
	data   string // folder
	file   config.Instance
	plugin source
}

// findInstance reads an instance's file and finds its plugin.
func findInstance(data, name string) (tried, error) {
	files, faults := config.LoadInstances(filepath.Join(data, "instances"))
	f, there := files[name]
	if !there {
		for _, err := range faults {
			if faulty(err) == name {
				return tried{}, err
			}
		}
		return tried{}, fmt.Errorf("there is no instance %q in %s: `bellhop plugin list` shows them", name, filepath.Join(data, "instances"))
	}
	s, err := findPlugin(data, f.Plugin, f.Version)
	return tried{name, data, f, s}, err
}

// instance is findInstance in the data folder that the command means.
func (d *desk) instance(name string) (tried, error) {
	data, _, err := d.folder()
	if err != nil {
		return tried{}, err
	}
	return findInstance(data, name)
}

// save writes the file, which a running host reads at once.
func (t tried) save() error {
	return config.SaveInstance(filepath.Join(t.data, "instances"), t.name, t.file)
}

// schedules are the names of those that rules may name, as far as the
// configuration tells.
func (d *desk) schedules() []string {
	c, err := config.Load(d.file)
	if err != nil {
		return nil // with --data there need be none
	}
	return keys(c.Hours)
}

// tryInstance loads a plugin with an instance's settings, in the sandbox.
func (d *desk) tryInstance(ctx context.Context, s source, i config.Instance) error {
	settings := i.Settings
	if settings == nil {
		settings = s.Defaults
	}
	w, err := trials(ctx, worker.Options{Init: worker.Init{Instance: s.ID, Sources: s.files, Settings: settings, Hours: d.schedules(), Reads: i.Grants.Reads}})
	if err != nil {
		return fmt.Errorf("%s %s does not load with these settings: %w", s.ID, s.Version, err)
	}
	defer w.Stop()
	if err := host.CheckOffers(instance(s, i), w.Offers()); err != nil {
		return fmt.Errorf("%s %s does not go with this instance: %w", s.ID, s.Version, err)
	}
	return nil
}

func readSettings(file string) (json.RawMessage, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	settings, err := config.ParseSettings(string(text), 1)
	if err != nil {
		return nil, fmt.Errorf("read settings %s: %w", file, err)
	}
	return settings, nil
}

func showCommand() *cobra.Command {
	var d desk
	cmd := &cobra.Command{
		Use:     "show INSTANCE|FILE|DIR|ID",
		Short:   "Show what a plugin is, what it may do, and its settings",
		Example: "  bellhop plugin show forwarding\n  bellhop plugin show gold-1.0.0.bhp",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			data, _, err := d.folder()
			if err != nil {
				return err
			}
			if t, err := findInstance(data, a[0]); err == nil {
				return t.show(cmd)
			} else if exists(instancePath(data, a[0])) {
				return err
			}
			p, err := openParcel(cmd.Context(), cmd.OutOrStdout(), a[0])
			if err == nil {
				p.describe(cmd.OutOrStdout())
			}
			return err
		},
	}
	d.flags(cmd)
	return cmd
}

func (t tried) show(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s: %s %s, mode %s\n  %s\n", t.name, t.plugin.ID, t.plugin.Version, t.file.Mode, wrapped(plainly(t.plugin.Title), "  "))
	may := rights(t.file.Grants)
	if len(may) == 0 {
		may = []string{"nothing: write `grants:` into " + instancePath(t.data, t.name)}
	}
	lines(out, "it may:", may)
	if short := newRights(t.plugin.Needs, t.file.Grants); len(short) > 0 {
		lines(out, "it needs, and may not:", short)
	}
	lines(out, "its commands may be used by:", commandLines(t.file.Commands))
	versions, err := shelf(t.data).Versions(t.plugin.ID)
	if len(versions) > 0 {
		fmt.Fprintf(out, "versions installed: %s\n", strings.Join(versions, ", "))
	}
	settings := t.file.Settings
	if settings == nil {
		fmt.Fprintln(out, "settings: the plugin's defaults")
		settings = t.plugin.Defaults
	} else {
		fmt.Fprintln(out, "settings:")
	}
	if settings == nil {
		return err
	}
	text, yamlErr := config.FormatSettings(settings)
	for line := range strings.Lines(text) {
		fmt.Fprintf(out, "  %s\n", plainly(strings.TrimSuffix(line, "\n")))
	}
	if err == nil {
		err = yamlErr
	}
	return err
}

// commandLines say who may use which command; the last line is about all others.
func commandLines(all map[string][]string) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name != "*" {
			lines = append(lines, fmt.Sprintf("%-14s %s", name, strings.Join(all[name], ", ")))
		}
	}
	if who, said := all["*"]; said {
		lines = append(lines, fmt.Sprintf("%-14s %s", "all others", strings.Join(who, ", ")))
	}
	return lines
}

func enableCommand() *cobra.Command {
	mode := "on"
	cmd := modeCommand("enable INSTANCE", "Switch an instance on, or into another mode", &mode)
	cmd.Flags().StringVar(&mode, "mode", "on", "shadow, confirm or on")
	return cmd
}

func disableCommand() *cobra.Command {
	off := "off"
	return modeCommand("disable INSTANCE", "Switch an instance off", &off)
}

func modeCommand(use, short string, mode *string) *cobra.Command {
	var d desk
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			t, err := d.instance(a[0])
			if err != nil {
				return err
			}
			if !slices.Contains(config.Modes, *mode) {
				return &usageError{cmd, fmt.Errorf("%q is no mode: there are %s", *mode, strings.Join(config.Modes, ", "))}
			}
			t.file.Mode = *mode
			if err := t.save(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is in mode %s\n", t.name, *mode)
			return err
		},
	}
	d.flags(cmd)
	return cmd
}

func removeCommand() *cobra.Command {
	var d desk
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove INSTANCE",
		Short: "Take an instance away, and its plugin if nothing else runs it",
		Long: `Take an instance's file away; a running host stops it at once, and what waits of it
is not carried out. The plugin's versions go too if no other instance runs them. What
the instance remembered stays in the store until the retention ends, and what it did
stays done.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			data, _, err := d.folder()
			if err != nil {
				return err
			}
			path := instancePath(data, a[0])
			t, err := findInstance(data, a[0])
			if err != nil && !exists(path) {
				return err
			}
			if ok, err := agreed(cmd, yes, "Remove instance %s?", a[0]); err != nil || !ok {
				return err
			}
			if err := os.Rename(path, path+".bak"); err != nil {
				return fmt.Errorf("remove instance: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is removed; its file is kept as %s\n", a[0], path+".bak")
			return takeUnused(data, t.plugin.ID)
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// takeUnused removes the versions of a plugin that no instance runs.
func takeUnused(data, id string) error {
	files, faults := config.LoadInstances(filepath.Join(data, "instances"))
	if id == "" || len(faults) > 0 { // a file that can't be read may name it
		return nil
	}
	for _, f := range files {
		if f.Plugin == id {
			return nil
		}
	}
	versions, err := shelf(data).Versions(id)
	for _, v := range versions {
		if err := shelf(data).Take(id, v); err != nil {
			return err
		}
	}
	return err
}
