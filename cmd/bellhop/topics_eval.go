package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/model"
)

func topicsEvalCommand() *cobra.Command {
	var d desk
	var data, file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "eval [--model FILE] --data FILE",
		Short: "Say how often learned topics are right, on texts not learned from",
		Long: `Say how often learned topics are right, on texts whose topics are known.

` + examplesHelp + `

Texts that were learned from flatter: evaluate on others.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := topicsFile(file, &d)
			if err != nil {
				return err
			}
			e, err := evaluate(file, data)
			if err != nil {
				return err
			}
			return e.print(cmd.OutOrStdout(), asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "model", "", "file that bellhop topics train has written; by default what the workspace's chats taught")
	shelfFlags(cmd, &d)
	required(cmd, &data, "data", "file with texts and their topics")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	return cmd
}

// An evaluation is what a model file is worth. Accuracy counts the likeliest
// topic of every text, sure or not.
type evaluation struct {
	Accuracy         float64  `json:"accuracy"`
	Coverage         float64  `json:"coverage"`           // texts whose topic was told
	AccuracyWhenSure *float64 `json:"accuracy_when_sure"` // of these; null if there are none
	TrainSeconds     float64  `json:"train_s"`            // 0 when the model's facts are not beside it
	ClassifyMicros   float64  `json:"classify_us"`        // of one text, on average
	ModelBytes       int64    `json:"model_bytes"`
}

func evaluate(file, data string) (evaluation, error) {
	t, err := model.Load(file)
	if err != nil {
		return evaluation{}, err
	}
	facts, err := model.ReadFacts(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return evaluation{}, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return evaluation{}, fmt.Errorf("read topics: %w", err)
	}
	examples, err := readExamples(data)
	if err != nil {
		return evaluation{}, err
	}
	return summarise(t.Evaluate(examples), facts.TrainS, info.Size()), nil
}

func summarise(r model.Report, train float64, size int64) evaluation {
	e := evaluation{
		Accuracy:       float64(r.Right) / float64(r.Texts),
		Coverage:       float64(r.Told) / float64(r.Texts),
		TrainSeconds:   train,
		ClassifyMicros: float64(r.Took.Nanoseconds()) / 1000 / float64(r.Texts),
		ModelBytes:     size,
	}
	if r.Told > 0 {
		right := float64(r.ToldTrue) / float64(r.Told)
		e.AccuracyWhenSure = &right
	}
	return e
}

func (e evaluation) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(e)
	}
	sure := "never sure"
	if e.AccuracyWhenSure != nil {
		sure = fmt.Sprintf("sure of %.1f %%, right in %.1f %% of these", 100*e.Coverage, 100**e.AccuracyWhenSure)
	}
	_, err := fmt.Fprintf(w, "right in %.1f %%; %s; %.0f µs a text; learned in %.1f s; %d bytes\n",
		100*e.Accuracy, sure, e.ClassifyMicros, e.TrainSeconds, e.ModelBytes)
	return err
}
