package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/bundle"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/host/store"
)

func upgradeCommand() *cobra.Command {
	var d desk
	var names []string
	var yes bool
	cmd := &cobra.Command{
		Use:   "upgrade FILE|DIR|ID",
		Short: "Install a newer version, and show what is new in rights and settings",
		Long: `Install a newer version of a plugin and have its instances run it. Of what it may do
and of its settings only what is new is shown. If it needs rights that an instance does
not have you are asked, and until you agree the instance stays as it is. A version that
does not load, with the instance's settings, changes nothing.`,
		Example: "  bellhop plugin upgrade gold-1.1.0.bhp\n  bellhop plugin upgrade gold-1.1.0.bhp --instance gold-sales --yes",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			data, _, err := d.folder()
			if err != nil {
				return err
			}
			p, err := openParcel(cmd.Context(), cmd.OutOrStdout(), a[0])
			if err != nil {
				return err
			}
			if names, err = instancesOf(data, p.ID, names); err != nil {
				return err
			}
			var faults []error
			for _, name := range names {
				if err := upgrade(cmd, &d, data, name, p, yes); err != nil {
					faults = append(faults, fmt.Errorf("upgrade %s: %w", name, err))
				}
			}
			return errors.Join(faults...)
		},
	}
	d.flags(cmd)
	cmd.Flags().StringArrayVar(&names, "instance", nil, "only this instance; may be given several times")
	cmd.Flags().BoolVar(&yes, "yes", false, "agree in advance to new rights")
	return cmd
}

// instancesOf are the instances of a plugin, or those of them that are named.
func instancesOf(data, id string, named []string) ([]string, error) {
	files, _ := config.LoadInstances(filepath.Join(data, "instances"))
	var of []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if files[name].Plugin == id {
			of = append(of, name)
		}
	}
	for _, name := range named {
		if !slices.Contains(of, name) {
			return nil, fmt.Errorf("upgrade %s: %s is no instance of it: there are %q", id, name, of)
		}
	}
	switch {
	case len(named) > 0:
		return named, nil
	case len(of) == 0:
		return nil, fmt.Errorf("upgrade %s: no instance runs it: `bellhop plugin install` makes one", id)
	}
	return of, nil
}

func upgrade(cmd *cobra.Command, d *desk, data, name string, p parcel, yes bool) error {
	out := cmd.OutOrStdout()
	t, err := findInstance(data, name)
	if err != nil {
		return err
	}
	from := t.plugin.Version
	switch c := bundle.Compare(p.Version, from); {
	case c == 0:
		fmt.Fprintf(out, "%s runs %s %s already\n", name, p.ID, from)
		return nil
	case c < 0:
		return fmt.Errorf("it runs %s, which is newer than %s: write `version: %s` into its file to go back", from, p.Version, p.Version)
	}
	if err := d.tryInstance(cmd.Context(), p.source, t.file); err != nil {
		return fmt.Errorf("%w\nit stays at %s: change its settings, or upgrade to another version", err, from)
	}
	more := newRights(p.Needs, t.file.Grants)
	fmt.Fprintf(out, "%s: %s %s -> %s\n", name, p.ID, from, p.Version)
	lines(out, "new: it may also", more)
	lines(out, "new settings:", newSettings(script.Check(t.plugin.files).Settings, p.settings))
	if len(more) > 0 {
		ok, err := agreed(cmd, yes, "Grant that to %s?", name)
		if err == nil && !ok {
			fmt.Fprintf(out, "%s stays at %s\n", name, from)
		}
		if err != nil || !ok {
			return err
		}
	}
	if err := shelf(data).Put(p.ID, p.Version, p.all); err != nil {
		return err
	}
	former := t.file
	t.file.Version, t.file.Grants = p.Version, both(t.file.Grants, p.Needs)
	if err := t.save(); err != nil {
		return err
	}
	if err := d.taken(cmd.Context(), data, name, instance(p.source, t.file)); err != nil {
		t.file = former
		return errors.Join(fmt.Errorf("%w\nit stays at %s", err, from), t.save())
	}
	fmt.Fprintf(out, "%s runs %s %s; `bellhop plugin rollback %s` goes back\n", name, p.ID, p.Version, name)
	return nil
}

// newSettings are lines on settings that only the newer of two versions has.
func newSettings(was, now *script.Schema) []string {
	all := settingLines(now)
	return slices.DeleteFunc(all, func(line string) bool {
		name, _, _ := strings.Cut(line, " ")
		return was != nil && was.Properties[name] != nil
	})
}

// takeOver is how long a running host has for what its files say.
const takeOver = 15 * time.Second

// taken has the instance's new version take over, and waits until it has: in a
// running host, or else in the store, if there is one.
func (d *desk) taken(ctx context.Context, data, name string, to host.Instance) error {
	client, err := console.Dial(ctx, console.Socket(data))
	if errors.Is(err, console.ErrNobody) {
		return d.takenAtRest(ctx, data, name, to)
	}
	if err != nil {
		return err
	}
	var now host.InstanceStatus
	for end := time.Now().Add(takeOver); time.Now().Before(end); {
		var s console.Status
		if err := client.Get(ctx, "/status", nil, &s); err != nil {
			return err
		}
		for _, i := range s.Instances {
			if i.Name == name {
				now = i
			}
		}
		if u := now.Unfit; u != nil && u.Version == to.Version {
			return errors.New(u.Why)
		}
		if now.Version == to.Version && now.State != host.Starting {
			return nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the host still runs %s, %s %s: its log says why", now.Version, now.State, now.Why)
}

func (d *desk) takenAtRest(ctx context.Context, data, name string, to host.Instance) error {
	if !exists(filepath.Join(data, "bellhop.db")) {
		return nil // no host has run: there is nothing to take over
	}
	db, err := restedStore(data, "--data", store.Open)
	if err != nil {
		return err
	}
	err = (&host.Rested{Store: db}).Upgrade(ctx, name, to, trials, d.schedules())
	return errors.Join(err, db.Close())
}
