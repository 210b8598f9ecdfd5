package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/console"
)

func outboxCommand() *cobra.Command {
	var d desk
	var js bool
	cmd := &cobra.Command{
		Use:     "outbox",
		Short:   "List what waits to be carried out, since when and why",
		Example: "  bellhop outbox\n  bellhop outbox --json | jq length",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := get[[]console.Action](cmd.Context(), &d, "/outbox", nil)
			switch {
			case err != nil:
				return err
			case js:
				return printJSON(cmd.OutOrStdout(), all)
			}
			return tellOutbox(cmd.OutOrStdout(), all)
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&js, "json", false, "print a JSON array")
	return cmd
}

func tellOutbox(out io.Writer, all []console.Action) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SINCE\tINSTANCE\tWHAT\tCHAT\tNEXT\tWAITS BECAUSE")
	for _, a := range all {
		next := "-"
		if a.Next != nil {
			next = a.Next.Local().Format("15:04:05")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.At.Local().Format("2 Jan 15:04:05"), a.Instance, plainly(a.What), a.Chat, next, plainly(a.Because))
	}
	return w.Flush()
}
