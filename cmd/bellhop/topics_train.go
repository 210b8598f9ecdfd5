package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/model"
)

func topicsTrainCommand() *cobra.Command {
	var d desk
	var data, file string
	var o model.LearnOptions
	cmd := &cobra.Command{
		Use:   "train [--data FILE --model FILE]",
		Short: "Learn topics from the workspace's chats, or from texts whose topics are known",
		Long: `Learn topics from the chats of the workspace that have ended and that people have
tagged, as far as Bellhop still has their texts: the guest's first two messages with
the tags that at least five chats have. What Bellhop has tagged itself teaches nothing. A
running host does so each night; what was learned is used at once, unless the figures
of cross-validation are worse than the former ones'.

With --data and --model, learn from a file instead, and write to a file that
model.topics_file in config.yaml may name, and a few facts beside it into a file
with .json behind its name. The same file of texts gives the same topics, byte for
byte.

` + examplesHelp + `

A word, or a part of one, that fewer than --least texts hold is forgotten. Five
keep names and addresses out; lower it only for texts that hold none.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case (data == "") != (file == ""):
				return &usageError{cmd, fmt.Errorf("give --data and --model, or neither to learn from the workspace's chats")}
			case o.Least < 1:
				return &usageError{cmd, fmt.Errorf("--least must be at least 1")}
			case o.Precision <= 0 || o.Precision >= 1:
				return &usageError{cmd, fmt.Errorf("--precision must be between 0 and 1")}
			case data == "":
				return trainFromChats(cmd, &d)
			}
			return train(cmd, data, file, o)
		},
	}
	shelfFlags(cmd, &d)
	cmd.Flags().StringVar(&data, "data", "", "file to learn from")
	cmd.Flags().StringVar(&file, "model", "", "file to write")
	cmd.Flags().IntVar(&o.Least, "least", 5, "of a file: texts that must hold a word for it to be kept")
	cmd.Flags().Float64Var(&o.Precision, "precision", 0.95, "of a file: how often a topic that is told must be right")
	return cmd
}

func trainFromChats(cmd *cobra.Command, d *desk) error {
	v, err := post[model.Version](cmd.Context(), d, "/topics/train", struct{}{})
	if err != nil {
		return err
	}
	return tellLearned(cmd.OutOrStdout(), v)
}

func tellLearned(out io.Writer, v model.Version) error {
	if v.NotInUse != "" {
		return fmt.Errorf("version %d of the topics was learned from %d chats and is not used: %s", v.Number, v.Texts, v.NotInUse)
	}
	_, err := fmt.Fprintf(out, "version %d of the topics is in use: %d topics from %d chats; right in %s, told %s, of these right %s\n",
		v.Number, v.Topics, v.Texts, percent(v.Right, v.Texts), percent(v.Told, v.Texts), percent(v.ToldTrue, v.Told))
	return err
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
	f, err := t.Save(file, model.Facts{Made: time.Now()})
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %d topics from %d texts in %s, %d bytes; %s\n",
		file, len(t.Labels()), t.Texts(), t.Took().Round(100*time.Millisecond), f.Bytes, tells(t))
	return nil
}

func tells(t *model.Topics) string {
	if t.Sure() > 1 {
		return "never sure: give more texts of each topic"
	}
	return fmt.Sprintf("sure from %.0f %%", 100*t.Sure())
}
