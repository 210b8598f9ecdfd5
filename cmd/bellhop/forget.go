package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/console"
)

// sweep takes away what a backup or a restore that was killed has left in the
// data folder.
func sweep(d *desk) error {
	data, _, err := d.folder()
	for _, pattern := range []string{backupFolder, restoreFolder} {
		left, _ := filepath.Glob(filepath.Join(data, pattern))
		for _, dir := range left {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	return err
}

func forgetCommand() *cobra.Command {
	var d desk
	var visitor string
	cmd := &cobra.Command{
		Use:   "forget --visitor ID",
		Short: "Take all that is kept of a visitor's chats out of the data folder",
		Long: `Take all that belongs to a visitor's chats out of the journal, of what instances
remember, of outbox, outcomes and dead letters, and write the store anew without
it. Everything stops for that moment. The visitor's chats must be closed.

Backups that were made before still hold it, and so do the workspace, mailboxes, and
logs that were written with log.level debug.`,
		Example: "  bellhop forget --visitor 5f1b0c9d2a4e8b0012345678",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if visitor == "" {
				return &usageError{cmd, fmt.Errorf("name the visitor's id by --visitor: `bellhop why CHAT --json` of one of their chats tells it")}
			}
			got, err := post[console.Forgotten](cmd.Context(), &d, "/forget", console.Forget{Visitor: visitor})
			if err == nil {
				err = sweep(&d)
			}
			if err != nil {
				return err
			}
			if len(got.Chats) == 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "nothing is kept of a visitor with the id %s\n", visitor)
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s forgotten\n", count(len(got.Chats), "chat"))
			return nil
		},
	}
	d.flags(cmd)
	cmd.Flags().StringVar(&visitor, "visitor", "", "the visitor's id")
	return cmd
}
