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

func undoCommand() *cobra.Command {
	var d desk
	var instance, since string
	var yes bool
	cmd := &cobra.Command{
		Use:   "undo --instance NAME --since SPAN",
		Short: "Take back what an instance has done",
		Long: `Take back the tags, fields, priorities, holds and forwards of an instance. First
all that it has done is listed, with what takes it back or why it stays, and you are
asked; --yes answers in advance. Chats that somebody has answered since are not moved,
and what a person has changed since is left as it is.

What takes it back is carried out as any other effect: bellhop log shows how it ended,
and bellhop why CHAT who asked for it. While no host runs, the next does it. Pause the
instance first, or it may do the same again.`,
		Example: "  bellhop undo --instance forwarding --since 2h\n  bellhop undo --instance autotag --since 1d --yes",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			span, err := config.ParseDuration(since)
			switch {
			case instance == "" || since == "":
				err = fmt.Errorf("name the instance and how far back: --instance NAME --since 2h")
			case err == nil && span <= 0:
				err = fmt.Errorf("--since %s is no span: write it like 2h", since)
			}
			if err != nil {
				return &usageError{cmd, err}
			}
			return undo(cmd, &d, console.Undo{Instance: instance, Since: time.Now().Add(-span), By: whoAsks()}, yes)
		},
	}
	d.flags(cmd)
	cmd.Flags().StringVar(&instance, "instance", "", "whose effects are meant")
	cmd.Flags().StringVar(&since, "since", "", "how far back, such as 2h or 1d")
	cmd.Flags().BoolVar(&yes, "yes", false, "take back without asking")
	return cmd
}

func undo(cmd *cobra.Command, d *desk, q console.Undo, yes bool) error {
	query := url.Values{"instance": {q.Instance}, "since": {q.Since.Format(time.RFC3339Nano)}}
	plan, err := get[[]console.Undoing](cmd.Context(), d, "/undo", query)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if err := tellUndoings(out, plan); err != nil {
		return err
	}
	backs := takenBack(plan)
	if backs == 0 {
		fmt.Fprintf(out, "nothing of %s can be taken back\n", q.Instance)
		return nil
	}
	agreed, err := agreed(cmd, yes, "take back %s?", count(backs, "effect"))
	if err != nil || !agreed {
		fmt.Fprintln(out, "nothing is taken back")
		return err
	}
	if plan, err = post[[]console.Undoing](cmd.Context(), d, "/undo", q); err != nil {
		return err
	}
	backs = takenBack(plan)
	fmt.Fprintf(out, "%s: %s to be taken back, %d stay: bellhop log --plugin bellhop shows how that ends\n", q.Instance, count(backs, "effect"), len(plan)-backs)
	return nil
}

func tellUndoings(out io.Writer, plan []console.Undoing) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tWHAT\tCHAT\tTAKEN BACK BY\tSTAYS BECAUSE")
	for _, u := range plan {
		back := u.Back
		if back == "" {
			back = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.At.Local().Format("2 Jan 15:04:05"), plainly(u.What), u.Chat, plainly(back), plainly(u.Stays))
	}
	return w.Flush()
}

func takenBack(plan []console.Undoing) (n int) {
	for _, u := range plan {
		if u.Back != "" {
			n++
		}
	}
	return n
}
