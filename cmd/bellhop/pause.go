package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/console"
)

func pauseCommand() *cobra.Command {
	var d desk
	var all bool
	var why string
	cmd := &cobra.Command{
		Use:   "pause [INSTANCE | --all]",
		Short: "Stop an instance, or all, from doing anything more",
		Long: `Stop an instance, or all of them, at once: nothing is decided and nothing that
waits is carried out any more, not after a restart either, until bellhop resume.
While no host runs, it holds the next.`,
		Example: "  bellhop pause --all --why \"wrong rule\"\n  bellhop pause forwarding",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, names []string) error {
			name, err := oneOrAll(cmd, names, all)
			if err != nil {
				return err
			}
			if why == "" {
				why = "by " + whoAsks()
			}
			if _, err := post[struct{}](cmd.Context(), &d, "/pause", console.Pause{Instance: name, Why: why}); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: nothing more is done until `bellhop resume %s`\n", pausedNow(name), orAll(name))
			return nil
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all instances, also those that are yet to come")
	cmd.Flags().StringVar(&why, "why", "", "what to say about it in status; by default who paused")
	return cmd
}

// oneOrAll is the instance that is meant; "" means all of them.
func oneOrAll(cmd *cobra.Command, names []string, all bool) (string, error) {
	switch {
	case all && len(names) > 0:
		return "", &usageError{cmd, fmt.Errorf("name an instance or say --all, not both")}
	case all:
		return "", nil
	case len(names) == 0:
		return "", &usageError{cmd, fmt.Errorf("name an instance, or say --all: `bellhop status` lists them")}
	}
	return names[0], nil
}

func orAll(name string) string {
	if name == "" {
		return "--all"
	}
	return name
}

func pausedNow(name string) string {
	if name == "" {
		return "all instances pause"
	}
	return name + " pauses"
}
