package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/console"
)

func statusCommand() *cobra.Command {
	var d desk
	var js bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say how the instances fare, and what waits or is paused",
		Example: "  bellhop status\n  bellhop status --json | jq '.instances[] | select(.state != \"running\")'",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := get[console.Status](cmd.Context(), &d, "/status", nil)
			if err != nil {
				return err
			}
			if js {
				return printJSON(cmd.OutOrStdout(), s)
			}
			return tellStatus(cmd.OutOrStdout(), s, time.Now())
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&js, "json", false, "print JSON")
	return cmd
}

func tellStatus(out io.Writer, s console.Status, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "host\t%s\n", running(s, now))
	if len(s.Sandbox.Holds)+len(s.Sandbox.Absent) > 0 {
		fmt.Fprintf(w, "sandbox\t%s\n", sandboxed(s.Sandbox))
	}
	if s.Held != nil {
		fmt.Fprintf(w, "paused\tall instances, since %s: %s (bellhop resume --all)\n", s.Held.At.Local().Format("2 Jan 15:04:05"), plainly(s.Held.Why))
	}
	fmt.Fprintf(w, "outbox\t%s (bellhop outbox)\n", count(s.Outbox, "effect"))
	fmt.Fprintf(w, "dead\t%s (bellhop dead list)\n", count(s.Dead, "event"))
	fmt.Fprintf(w, "store\t%.1f MiB\n\n", float64(s.Bytes)/(1<<20))
	fmt.Fprintln(w, "INSTANCE\tPLUGIN\tMODE\tSTATE\tWAITING\tOPEN\tWHY")
	for _, i := range s.Instances {
		fmt.Fprintf(w, "%s\t%s %s\t%s\t%s\t%d\t%d\t%s\n", i.Name, i.Plugin, i.Version, i.Mode, i.State, i.Waiting, i.Open, plainly(whyOf(i)))
	}
	return w.Flush()
}

// whyOf is why an instance is not as it should be.
func whyOf(i host.InstanceStatus) string {
	var all []string
	if i.Why != "" {
		all = append(all, i.Why)
	}
	if i.Unfit != nil {
		all = append(all, fmt.Sprintf("it could not become %s: %s", i.Unfit.Version, i.Unfit.Why))
	}
	return strings.Join(append(all, i.Doubts...), "; ")
}

func running(s console.Status, now time.Time) string {
	switch {
	case !s.Running:
		return "does not run (bellhop run)"
	case s.Idle != "":
		return "stays idle; " + plainly(s.Idle) + " (bellhop run --take-over)"
	case s.Heard.IsZero():
		return fmt.Sprintf("runs; %s has not been heard since the start", s.Workspace)
	}
	return fmt.Sprintf("runs; %s was heard in full %s ago", s.Workspace, now.Sub(s.Heard).Round(time.Second))
}

func sandboxed(s console.Sandbox) string {
	text := "holds: " + strings.Join(s.Holds, ", ")
	if len(s.Absent) > 0 {
		text += "; absent: " + strings.Join(s.Absent, ", ")
	}
	return text
}
