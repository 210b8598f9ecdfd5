package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/model"
)

func topicsTrainCommand() *cobra.Command {
	var data, file string
	var o model.LearnOptions
	cmd := &cobra.Command{
		Use:   "train --data FILE --model FILE",
		Short: "Learn topics from texts whose topics are known",
		Long: `Learn topics from texts whose topics are known, and write them to a file that
model.topics_file in config.yaml may name.

` + examplesHelp + `

A word, or a part of one, that fewer than --least texts hold is forgotten. Five
keep names and addresses out; lower it only for texts that hold none.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.Least < 1:
				return &usageError{cmd, fmt.Errorf("--least must be at least 1")}
			case o.Precision <= 0 || o.Precision >= 1:
				return &usageError{cmd, fmt.Errorf("--precision must be between 0 and 1")}
			}
			return train(cmd, data, file, o)
		},
	}
	required(cmd, &data, "data", "file to learn from")
	required(cmd, &file, "model", "file to write")
	cmd.Flags().IntVar(&o.Least, "least", 5, "texts that must hold a word for it to be kept")
	cmd.Flags().Float64Var(&o.Precision, "precision", 0.95, "how often a topic that is told must be right")
	return cmd
}

func train(cmd *cobra.Command, data, file string, o model.LearnOptions) error {
	examples, err := readExamples(data)
	if err != nil {
		return err
	}
	t, err := model.Learn(cmd.Context(), examples, o)
	if err != nil {
		return fmt.Errorf("%s: %w", data, err)
	}
	size, err := saveTopics(file, t)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %d topics from %d texts in %s, %d bytes; %s\n",
		file, len(t.Labels()), t.Texts(), t.Took().Round(100*time.Millisecond), size, tells(t))
	return nil
}

func tells(t *model.Topics) string {
	if t.Sure() > 1 {
		return "never sure: give more texts of each topic"
	}
	return fmt.Sprintf("sure from %.0f %%", 100*t.Sure())
}
