package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/console"
)

// maxListed is how many effects that wait are listed before a question.
const maxListed = 20

func resumeCommand() *cobra.Command {
	var d desk
	var all, do, drop bool
	cmd := &cobra.Command{
		Use:   "resume [INSTANCE | --all]",
		Short: "Let an instance, or all, go on, with what waits or without it",
		Long: `Let an instance that is paused or set aside go on. What waits for it is listed
first, and you are asked: "do" carries it out as far as it is not too late, "drop"
takes it away for good. --do and --drop answer in advance.

With --all, what bellhop pause --all began ends; instances that pause for reasons of
their own stay paused, unless nothing else is paused.`,
		Example: "  bellhop resume --all\n  bellhop resume forwarding --drop",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, names []string) error {
			name, err := oneOrAll(cmd, names, all)
			if err != nil {
				return err
			}
			if do && drop {
				return &usageError{cmd, fmt.Errorf("--do or --drop, not both")}
			}
			if !do && !drop {
				if drop, err = askAboutWaiting(cmd, &d, name); err != nil {
					return err
				}
			}
			got, err := post[console.Resumed](cmd.Context(), &d, "/resume", console.Resume{Instance: name, Drop: drop, By: whoAsks()})
			if err != nil {
				return err
			}
			tellResumed(cmd.OutOrStdout(), name, drop, got.Dropped)
			return nil
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all instances")
	cmd.Flags().BoolVar(&do, "do", false, "carry out what waits")
	cmd.Flags().BoolVar(&drop, "drop", false, "drop what waits")
	return cmd
}

func tellResumed(out io.Writer, name string, drop bool, d host.Dropped) {
	if drop {
		fmt.Fprintf(out, "dropped %s and %s\n", count(d.Effects, "effect"), count(d.Events, "event"))
	}
	if name == "" {
		name = "all that was paused"
	}
	fmt.Fprintf(out, "%s goes on\n", name)
}

// askAboutWaiting lists what waits and asks whether to drop it.
func askAboutWaiting(cmd *cobra.Command, d *desk, name string) (drop bool, err error) {
	effects, events, err := waitingFor(cmd.Context(), d, name)
	if err != nil || len(effects)+events == 0 {
		return false, err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s wait to be carried out, %s to be decided on:\n", count(len(effects), "effect"), count(events, "event"))
	for n, a := range effects {
		if n == maxListed {
			fmt.Fprintf(out, "  ... and %d more (bellhop outbox)\n", len(effects)-n)
			break
		}
		fmt.Fprintf(out, "  %s  %s  %s  %s  %s\n", a.At.Local().Format("2 Jan 15:04:05"), a.Instance, plainly(a.What), a.Chat, plainly(a.Reason))
	}
	answers := bufio.NewScanner(cmd.InOrStdin())
	for {
		fmt.Fprint(out, "do them, or drop them? [do/drop] ")
		if !answers.Scan() {
			return false, fmt.Errorf("nobody answers, so all stays paused: say --do or --drop")
		}
		switch strings.TrimSpace(answers.Text()) {
		case "do":
			return false, nil
		case "drop":
			return true, nil
		}
	}
}

// waitingFor is what waits for an instance; "" means all.
func waitingFor(ctx context.Context, d *desk, name string) (effects []console.Action, events int, err error) {
	s, err := get[console.Status](ctx, d, "/status", nil)
	if err != nil {
		return nil, 0, err
	}
	for _, i := range s.Instances {
		if name == "" || i.Name == name {
			events += int(i.Waiting) + i.Open
		}
	}
	all, err := get[[]console.Action](ctx, d, "/outbox", nil)
	for _, a := range all {
		if name == "" || a.Instance == name {
			effects = append(effects, a)
		}
	}
	return effects, events, err
}
