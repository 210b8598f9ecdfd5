package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/model"
)

func topicsCommand() *cobra.Command {
	return group("topics", "Learn to tell the topic of a chat, and see how well",
		topicsTrainCommand(), topicsListCommand(), topicsUseCommand(), topicsRollbackCommand(), topicsEvalCommand(), topicsExplainCommand())
}

// examplesHelp says what --data can be.
const examplesHelp = `The data is a CSV file with the header text,category (columns of other names are
passed over), or, if its name ends in .jsonl, conversations in JSON, one a line,
with topics and turns: of these the guest's first two messages are the text.`

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

// topicsFile is the file or, where none is named, that of the topics which the
// workspace's chats taught and which are in use.
func topicsFile(file string, d *desk) (string, error) {
	if file != "" {
		return file, nil
	}
	s, err := shelfOf(d)
	if err != nil {
		return "", err
	}
	if file = s.InUse(); file == "" {
		return "", errors.New("no topics were learned from chats yet: bellhop topics train, or name a file by --model")
	}
	return file, nil
}

// required declares a flag for a file that must be given.
func required(cmd *cobra.Command, to *string, name, usage string) {
	cmd.Flags().StringVar(to, name, "", usage)
	if err := cmd.MarkFlagRequired(name); err != nil {
		panic(err)
	}
}
