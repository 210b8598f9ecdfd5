package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/model"
)

// shownWords is how many words of each topic are shown.
const shownWords = 8

func topicsExplainCommand() *cobra.Command {
	var d desk
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [--model FILE] [TEXT]",
		Short: "Say which words spoke for the topic of a text, or for each topic",
		Long: `Say which topic a text has, how sure that is, and what each of its words spoke
for it (+) or against it (-). Without a text, say of each topic which words
speak most for it.`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			file, err := topicsFile(file, &d)
			if err != nil {
				return err
			}
			t, err := model.Load(file)
			switch {
			case err != nil:
				return err
			case len(a) == 0:
				return explainTopics(cmd.OutOrStdout(), t, asJSON)
			}
			return explainText(cmd.OutOrStdout(), t.Explain(a[0]), asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "model", "", "file that bellhop topics train has written; by default what the workspace's chats taught")
	shelfFlags(cmd, &d)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func explainText(w io.Writer, e model.Explanation, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(e)
	}
	sure := "sure"
	switch {
	case !e.Sure && e.Needed > 1:
		sure = "never sure"
	case !e.Sure:
		sure = fmt.Sprintf("not sure: that takes %.0f %%", 100*e.Needed)
	}
	fmt.Fprintf(w, "%s %.0f %%, %s; next %s %.0f %%\n", e.Label, 100*e.Confidence, sure, e.Next, 100*e.NextHas)
	for _, s := range e.Words {
		fmt.Fprintf(w, "  %+6.2f  %s\n", s.For, s.Word)
	}
	return nil
}

func explainTopics(w io.Writer, t *model.Topics, asJSON bool) error {
	all := map[string][]model.SpokenWord{}
	for _, l := range t.Labels() {
		all[l] = t.Speaking(l, shownWords)
	}
	if asJSON {
		return json.NewEncoder(w).Encode(all)
	}
	for _, l := range t.Labels() {
		var words []string
		for _, s := range all[l] {
			words = append(words, s.Word)
		}
		fmt.Fprintf(w, "%s: %s\n", l, strings.Join(words, ", "))
	}
	return nil
}
