package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/sdk"
)

func logCommand() *cobra.Command {
	var d desk
	var since, plugin string
	var js, asCSV bool
	cmd := &cobra.Command{
		Use:     "log",
		Short:   "List what was done, in which chat, by which rule and why",
		Example: "  bellhop log --since 2h\n  bellhop log --since 7d --plugin forwarding --csv > forwards.csv",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			span, err := config.ParseDuration(since)
			if err == nil && js && asCSV {
				err = fmt.Errorf("--json or --csv, not both")
			}
			if err != nil {
				return &usageError{cmd, err}
			}
			query := url.Values{"since": {time.Now().Add(-span).Format(time.RFC3339Nano)}, "plugin": {plugin}}
			all, err := get[[]console.Action](cmd.Context(), &d, "/log", query)
			switch {
			case err != nil:
				return err
			case js:
				return printJSON(cmd.OutOrStdout(), all)
			case asCSV:
				return writeCSV(cmd.OutOrStdout(), all)
			}
			return tellActions(cmd.OutOrStdout(), all)
		},
	}
	d.flags(cmd)
	cmd.Flags().StringVar(&since, "since", "24h", "how far back, such as 2h or 7d")
	cmd.Flags().StringVar(&plugin, "plugin", "", "only of this plugin or instance")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print CSV")
	cmd.Flags().BoolVar(&js, "json", false, "print a JSON array")
	return cmd
}

func tellActions(out io.Writer, all []console.Action) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tINSTANCE\tWHAT\tCHAT\tOUTCOME\tWHY")
	for _, a := range all {
		why := a.Reason
		if a.Outcome != sdk.Done && a.Because != "" {
			why = a.Because + " (asked because " + a.Reason + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.At.Local().Format("2 Jan 15:04:05"), a.Instance, plainly(a.What), a.Chat, a.Outcome, plainly(why))
	}
	return w.Flush()
}

var csvHead = []string{"time", "instance", "plugin", "what", "chat", "link", "from", "to", "rule", "reason", "outcome", "because"}

func writeCSV(out io.Writer, all []console.Action) error {
	w := csv.NewWriter(out)
	w.Write(csvHead)
	for _, a := range all {
		row := []string{a.At.UTC().Format(time.RFC3339), a.Instance, a.Plugin, a.What, string(a.Chat), a.Link, a.From, a.To, a.Rule, a.Reason, string(a.Outcome), a.Because}
		for i := range row {
			row[i] = cell(row[i])
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}

// cell keeps a spreadsheet from taking a guest's words for a formula.
func cell(text string) string {
	text = plainly(text)
	if strings.ContainsAny(text[:min(1, len(text))], "=+-@") {
		return "'" + text
	}
	return text
}
