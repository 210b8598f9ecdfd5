package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/worker"
)

func doctorCommand() *cobra.Command {
	var file string
	var js bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is right, what is missing, and where to change it",
		Long: `Look at the configuration, the sandbox, the instance files, the services that make
calls, take mail and say what texts are about, and the workspace, and change nothing. Of each thing that is not right it says what
does not work because of it, who needs it, and what to do.

The exit status is 1 when something is missing that Bellhop, or an instance that
is on, can't work without.`,
		Example: "  bellhop doctor\n  bellhop doctor --json | jq '.[] | select(.verdict != \"right\")'",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(file)
			if err != nil {
				return err
			}
			all, err := examine(cmd.Context(), c)
			if err != nil {
				return err
			}
			return tell(cmd.OutOrStdout(), all, js)
		},
	}
	cmd.Flags().StringVar(&file, "config", "config.yaml", "configuration file")
	cmd.Flags().BoolVar(&js, "json", false, "print a JSON array of {what, verdict, is, stops, do, who}")
	return cmd
}

// examine looks at this machine and at the workspace.
func examine(ctx context.Context, c config.Config) ([]bridge.Finding, error) {
	b, err := newBridge(c, logger(slog.LevelError, "text"))
	if err != nil {
		return nil, err
	}
	all := append([]bridge.Finding{sandboxFinding(ctx, c), dataFinding(c.Data)}, instanceFindings(c.Data)...)
	all = append(all, serviceFindings(ctx, c, uses(c.Data))...)
	all = append(all, b.Examine(ctx, uses(c.Data))...)
	if f, wanted := webhookFinding(ctx, c.WorkspaceWebhooks, b); wanted && loggedIn(all) {
		all = append(all, f)
	}
	return all, nil
}

// loggedIn reports whether the workspace can be asked at all.
func loggedIn(all []bridge.Finding) bool {
	return slices.ContainsFunc(all, func(f bridge.Finding) bool { return f.What == "login" && f.Verdict == bridge.Right })
}

// uses are the instances that are on, by the effects and reads that they may ask
// for.
func uses(data string) bridge.Uses {
	all, _ := instances(data) // what is wrong with files is a finding of its own
	u := bridge.Uses{}
	for name, i := range all {
		if i.Mode != host.On && i.Mode != host.Confirm {
			continue
		}
		for _, kind := range i.Grants.Effects {
			u[string(kind)] = append(u[string(kind)], "instance "+name)
		}
		for _, kind := range i.Grants.Reads {
			u[kind] = append(u[kind], "instance "+name)
		}
	}
	return u
}

func sandboxFinding(ctx context.Context, c config.Config) bridge.Finding {
	f := bridge.Finding{What: "sandbox", Verdict: bridge.Right}
	hold, absent, err := layers(ctx, c)
	switch {
	case err != nil:
		f.Verdict, f.Is, f.Stops, f.Do = bridge.Missing, err.Error(), "all plugins", noSandbox
	case c.Sandbox == "none":
		f.Verdict, f.Is, f.Stops = bridge.Doubtful, "off: sandbox is none in the configuration", "protection of this machine from plugins"
		f.Do = "remove the line sandbox: none, on a machine that has a sandbox"
	case len(absent) > 0:
		f.Verdict, f.Is, f.Stops, f.Do = bridge.Doubtful, "not there: "+joinKinds(absent), "nothing: the layers that are required hold", "a newer kernel has it"
	default:
		f.Is = "all layers hold: " + joinKinds(hold)
	}
	return f
}

// noSandbox is what to do where no sandbox can be had.
const noSandbox = "run Bellhop on Linux with seccomp; `sandbox: none` in the configuration is the only way round, for plugins that you have read"

// layers are those of the sandbox that hold on this machine, and those that do
// not.
func layers(ctx context.Context, c config.Config) (hold, absent []worker.Layer, err error) {
	if c.Sandbox == "none" {
		return nil, worker.AllLayers, nil
	}
	hold, err = worker.Layers(ctx, worker.Options{})
	for _, l := range worker.AllLayers {
		if !slices.Contains(hold, l) {
			absent = append(absent, l)
		}
	}
	return hold, absent, err
}

func dataFinding(dir string) bridge.Finding {
	f := bridge.Finding{What: "data folder", Verdict: bridge.Right, Is: dir}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		f.Is = dir + " is made at the first start"
	case err != nil:
		f.Verdict, f.Is, f.Stops, f.Do = bridge.Missing, err.Error(), "everything", "let Bellhop's user have the folder"
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		f.Verdict, f.Is = bridge.Doubtful, fmt.Sprintf("%s can be read by others (mode %o)", dir, info.Mode().Perm())
		f.Stops, f.Do = "secrecy of chats on this machine", "chmod 700 "+dir
	}
	return f
}

func instanceFindings(data string) []bridge.Finding {
	good, faults := instances(data)
	var all []bridge.Finding
	for _, err := range faults {
		all = append(all, bridge.Finding{What: "instance " + faulty(err), Verdict: bridge.Missing, Is: err.Error(), Stops: "this instance", Do: "correct its file"})
	}
	for name, i := range good {
		all = append(all, bridge.Finding{What: "instance " + name, Verdict: bridge.Right, Is: fmt.Sprintf("%s %s, %s", i.Plugin, i.Version, cmp.Or(i.Mode, host.Shadow))})
	}
	slices.SortFunc(all, func(a, b bridge.Finding) int { return strings.Compare(a.What, b.What) })
	if len(all) == 0 {
		all = append(all, bridge.Finding{What: "instances", Verdict: bridge.Doubtful, Is: "none", Stops: "everything that plugins would do", Do: "write one into " + data + "/instances, such as forwarding.yaml with the line `plugin: forwarding`"})
	}
	return all
}

// marks stand before findings.
var marks = map[bridge.Verdict]string{bridge.Right: "ok", bridge.Missing: "MISSING", bridge.Doubtful: "doubtful", bridge.Unknown: "unknown"}

// tell prints the findings, and fails when something is missing.
func tell(out io.Writer, all []bridge.Finding, js bool) error {
	missing := 0
	for _, f := range all {
		if f.Verdict == bridge.Missing {
			missing++
		}
	}
	if js {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		if err := e.Encode(all); err != nil {
			return err
		}
	} else {
		for _, f := range all {
			tellOne(out, f)
		}
	}
	if missing > 0 {
		return fmt.Errorf("%d of %d things that Bellhop needs are missing: see above", missing, len(all))
	}
	return nil
}

func tellOne(out io.Writer, f bridge.Finding) {
	fmt.Fprintf(out, "%-9s %s: %s\n", marks[f.Verdict], f.What, f.Is)
	if f.Stops != "" {
		fmt.Fprintf(out, "%-9s stops: %s\n", "", f.Stops)
	}
	if f.Who != "" && f.Verdict != bridge.Right {
		fmt.Fprintf(out, "%-9s for:   %s\n", "", f.Who)
	}
	if f.Do != "" && f.Verdict != bridge.Right {
		fmt.Fprintf(out, "%-9s do:    %s\n", "", f.Do)
	}
}
