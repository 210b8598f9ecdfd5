package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/sdk"
)

func deadCommand() *cobra.Command {
	cmd := group("dead", "List, retry or drop events that an instance failed on too often",
		deadListCommand(),
		letterCommand("retry", "Give an event to the instance once more", "goes to %s once more"),
		letterCommand("drop", "Take an event away for good", "is dropped for %s"))
	cmd.Example = "  bellhop dead list\n  bellhop dead retry forwarding message/8sGpkMfRpEcsGWjMk"
	return cmd
}

func deadListCommand() *cobra.Command {
	var d desk
	var js bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the events that an instance failed on too often",
		Example: "  bellhop dead list\n  bellhop dead list --json",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := get[[]console.Letter](cmd.Context(), &d, "/dead", nil)
			switch {
			case err != nil:
				return err
			case js:
				return printJSON(cmd.OutOrStdout(), all)
			}
			return tellLetters(cmd.OutOrStdout(), all)
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&js, "json", false, "print a JSON array")
	return cmd
}

func tellLetters(out io.Writer, all []console.Letter) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tINSTANCE\tEVENT\tCHAT\tATTEMPTS\tERROR")
	for _, l := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", l.At.Local().Format("2 Jan 15:04:05"), l.Instance, plainly(string(l.Event)), l.Chat, l.Attempts, plainly(l.Error))
	}
	return w.Flush()
}

// letterCommand does something with one dead letter, or with all of them.
func letterCommand(verb, short, done string) *cobra.Command {
	var d desk
	var all bool
	cmd := &cobra.Command{
		Use:     verb + " [INSTANCE EVENT | --all]",
		Short:   short,
		Example: fmt.Sprintf("  bellhop dead %s forwarding message/8sGpkMfRpEcsGWjMk\n  bellhop dead %s --all", verb, verb),
		Args:    args(cobra.MaximumNArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			var letters []console.Letter
			var err error
			switch {
			case all && len(given) == 0:
				letters, err = get[[]console.Letter](cmd.Context(), &d, "/dead", nil)
			case !all && len(given) == 2:
				letters = []console.Letter{{Instance: given[0], Event: sdk.EventID(given[1])}}
			default:
				err = &usageError{cmd, fmt.Errorf("name an instance and an event, as `bellhop dead list` shows them, or say --all")}
			}
			for _, l := range letters {
				if _, err := post[struct{}](cmd.Context(), &d, "/dead/"+verb, l); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s "+done+"\n", plainly(string(l.Event)), l.Instance)
			}
			return err
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all dead letters")
	return cmd
}
