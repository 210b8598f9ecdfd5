package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/model"
)

func topicsCommand() *cobra.Command {
	return group("topics", "Learn to tell the topic of a chat, and see how well",
		topicsTrainCommand(), topicsEvalCommand(), topicsExplainCommand())
}

// examplesHelp says what --data can be.
const examplesHelp = `The data is a CSV file with the header text,category, or, if its name ends in
.jsonl, conversations in JSON, one a line, with topics and turns: of these the
guest's first two messages are the text.`

// readExamples reads a file of texts whose topics are known.
func readExamples(path string) ([]model.Example, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read examples: %w", err)
	}
	defer f.Close()
	read := model.ReadCSV
	if filepath.Ext(path) == ".jsonl" {
		read = model.ReadConversations
	}
	all, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// loadTopics reads a file that bellhop topics train has written.
func loadTopics(path string) (*model.Topics, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read topics: %w", err)
	}
	defer f.Close()
	t, err := model.ReadTopics(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// saveTopics replaces the file at once, so that a running host never reads half of it.
func saveTopics(path string, t *model.Topics) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new*")
	if err != nil {
		return 0, fmt.Errorf("write topics: %w", err)
	}
	defer os.Remove(f.Name()) // what is left of it if something fails
	if size, err = writeAndClose(f, t); err != nil {
		return 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, fmt.Errorf("write topics: %w", err)
	}
	return size, nil
}

func writeAndClose(f *os.File, t io.WriterTo) (size int64, err error) {
	size, err = t.WriteTo(f)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return 0, fmt.Errorf("write topics: %w", err)
	}
	return size, nil
}

// required declares a flag for a file that must be given.
func required(cmd *cobra.Command, to *string, name, usage string) {
	cmd.Flags().StringVar(to, name, "", usage)
	if err := cmd.MarkFlagRequired(name); err != nil {
		panic(err)
	}
}
