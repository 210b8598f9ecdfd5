package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/host/worker"
)

func pluginCommand() *cobra.Command {
	return group("plugin", "Make, test, install and configure plugins",
		newCommand(), checkCommand(), testCommand(), packCommand(), installCommand(), listCommand(), showCommand(),
		configureCommand(), enableCommand(), disableCommand(), upgradeCommand(), rollbackCommand(), webhooksCommand(), logsCommand(), removeCommand())
}

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Say what is wrong with a plugin, before it runs",
		Long: `Check a plugin's manifest and source, and load it in the sandbox.

All faults are reported at once, each with file, line, column and what to write
instead. What the plugin uses and does not ask for is a fault; what it asks for and
never uses is named, and so are departments that none of its conversations has.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			return checkPlugin(cmd.Context(), cmd.OutOrStdout(), a[0])
		},
	}
}

func checkPlugin(ctx context.Context, out io.Writer, dir string) error {
	s, err := readPluginDir(dir)
	if err != nil {
		return err
	}
	w, err := loadPlugin(ctx, out, dir, s)
	if err != nil {
		return err
	}
	defer w.Stop()
	if err := host.CheckOffers(host.Instance{}, w.Offers()); err != nil {
		return fmt.Errorf("load %s: %w", dir, err)
	}
	notes, err := agrees(s, w)
	for _, n := range append(notes, unplayed(dir, s)...) {
		fmt.Fprintln(out, n)
	}
	if err != nil {
		return fmt.Errorf("%s has faults:\n%w", dir, err)
	}
	_, err = fmt.Fprintf(out, "%s %s is right; it hears of: %s\n", s.ID, s.Version, joinKinds(w.Handles()))
	return err
}

// loadPlugin starts the plugin once, with its default settings. All that can be
// said of its source without running it is said first, but for one that keeps the
// gate busy without end: only a process of its own can be ended.
func loadPlugin(ctx context.Context, out io.Writer, dir string, s source) (host.Worker, error) {
	w, loadErr := trials(ctx, worker.Options{Init: worker.Init{Instance: s.ID, Sources: s.files, Settings: s.Defaults, Reads: s.Needs.Reads}})
	var end *worker.EndError
	if errors.As(loadErr, &end) && end.Cause == worker.Hung {
		return nil, fmt.Errorf("load %s: %w", dir, loadErr)
	}
	report := script.Check(s.files)
	for _, name := range report.LeftOut {
		fmt.Fprintf(out, "%s: left out by its build constraints\n", name)
	}
	if len(report.Faults) > 0 {
		if w != nil {
			w.Stop()
		}
		return nil, fmt.Errorf("%s has faults:\n%w", dir, report.Faults)
	}
	if loadErr != nil {
		return nil, fmt.Errorf("load %s: %w", dir, loadErr)
	}
	return w, nil
}

// loads reports what keeps a plugin from being loaded, whatever its settings.
func loads(ctx context.Context, out io.Writer, dir string) error {
	s, err := readPluginDir(dir)
	if err != nil {
		return err
	}
	w, err := loadPlugin(ctx, out, dir, s)
	var end *worker.EndError
	switch {
	case err == nil:
		w.Stop()
	case errors.As(err, &end) && end.Cause == worker.Unloadable: // conversations bring settings of their own
		return nil
	}
	return err
}

func joinKinds[T ~string](kinds []T) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// readPluginDir reads a plugin from a folder that a person has named.
func readPluginDir(dir string) (source, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return source{}, fmt.Errorf("read plugin: %s is no folder: name the one that holds plugin.yaml", dir)
	}
	s, err := readPlugin(os.DirFS(dir))
	if err != nil {
		return source{}, fmt.Errorf("read plugin %s: %w", dir, err)
	}
	return s, nil
}
