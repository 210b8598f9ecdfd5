package main

import (
	"fmt"
	"io"
	"net/url"
	"path"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/console"
)

func whyCommand() *cobra.Command {
	var d desk
	var js bool
	cmd := &cobra.Command{
		Use:   "why CHAT",
		Short: "Tell what happened in a chat, what was decided on it, and why",
		Long: `Tell what is recorded of a chat: its tags and where they come from, each event,
what each instance decided on it and why, also why it did nothing, what it asked
for, and how that ended. The chat is
named by its id or by the link to it.`,
		Example: "  bellhop why LmXb2Ye6Hd8QmkmoX\n  bellhop why https://chat.example.com/live/LmXb2Ye6Hd8QmkmoX --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			s, err := get[console.Story](cmd.Context(), &d, "/why", url.Values{"chat": {path.Base(given[0])}})
			switch {
			case err != nil:
				return err
			case js:
				return printJSON(cmd.OutOrStdout(), s)
			}
			tellStory(cmd.OutOrStdout(), s)
			return nil
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&js, "json", false, "print JSON")
	return cmd
}

func tellStory(out io.Writer, s console.Story) {
	fmt.Fprintf(out, "chat %s %s\n", s.Chat, s.Link)
	for _, t := range s.Tags {
		tellTag(out, t)
	}
	for _, h := range s.Events {
		fmt.Fprintf(out, "\n%s  %s\n", h.At.Local().Format("2 Jan 15:04:05"), plainly(h.What))
		if h.Cause != "" {
			fmt.Fprintf(out, "  brought about by %s\n", plainly(string(h.Cause)))
		}
		if h.Late {
			fmt.Fprintln(out, "  learned long after it happened")
		}
		for _, d := range h.Decisions {
			tellDecided(out, d)
		}
	}
}

// tellTag says where a tag comes from. Of one that neither an instance nor what
// remains of its decision accounts for, a person is the likeliest.
func tellTag(out io.Writer, t console.Tag) {
	by := "set by a person, or by another program of the workspace"
	switch {
	case t.Instance != "":
		by = "set by " + t.Instance + " because " + t.Reason
	case t.Effect != "":
		by = "set by Bellhop; why is kept no more"
	}
	fmt.Fprintf(out, "tag %s: %s\n", plainly(t.Tag), plainly(by))
}

func tellDecided(out io.Writer, d console.Decided) {
	fmt.Fprintf(out, "  %s %s (%s)\n", d.Instance, d.Version, d.Mode)
	for _, part := range []struct {
		what  string
		texts []string
	}{{"tried", d.Rules}, {"did nothing:", d.Skips}, {"log:", d.Log}} {
		for _, text := range part.texts {
			fmt.Fprintf(out, "    %s %s\n", part.what, plainly(text))
		}
	}
	if d.Error != "" {
		fmt.Fprintf(out, "    failed too often: %s (bellhop dead list)\n", plainly(d.Error))
	}
	for _, a := range d.Effects {
		outcome := string(a.Outcome)
		if outcome == "" {
			outcome = "waits (bellhop outbox)"
		}
		if a.Because != "" {
			outcome += ": " + a.Because
		}
		fmt.Fprintf(out, "    %s because %s\n      -> %s\n", plainly(a.What), plainly(a.Reason), plainly(outcome))
		if a.Consent != "" {
			fmt.Fprintf(out, "         %s\n", plainly(a.Consent))
		}
	}
}
