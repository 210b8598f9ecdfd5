package main

import (
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
)

func logsCommand() *cobra.Command {
	var d desk
	var since string
	var js bool
	cmd := &cobra.Command{
		Use:   "logs INSTANCE",
		Short: "List what an instance's plugin logged, and what it failed with",
		Long: `List what an instance's plugin printed by p.Log, with the event and the chat, and the
errors with which its handlers failed. What it did is listed by ` + "`bellhop log`" + `.`,
		Example: "  bellhop plugin logs forwarding --since 2h",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			span, err := config.ParseDuration(since)
			if err != nil {
				return &usageError{cmd, err}
			}
			if _, err := d.instance(a[0]); err != nil {
				return err
			}
			query := url.Values{"since": {time.Now().Add(-span).Format(time.RFC3339Nano)}, "instance": {a[0]}}
			all, err := get[[]console.Line](cmd.Context(), &d, "/logs", query)
			switch {
			case err != nil:
				return err
			case js:
				return printJSON(cmd.OutOrStdout(), all)
			}
			return tellLines(cmd.OutOrStdout(), all)
		},
	}
	d.flags(cmd)
	cmd.Flags().StringVar(&since, "since", "24h", "how far back, such as 2h or 7d")
	cmd.Flags().BoolVar(&js, "json", false, "print a JSON array")
	return cmd
}

func tellLines(out io.Writer, all []console.Line) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tVERSION\tEVENT\tCHAT\tLINE")
	for _, l := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.At.Local().Format("2 Jan 15:04:05"), l.Version, plainly(string(l.Event)), l.Chat, plainly(l.Text))
	}
	return w.Flush()
}
