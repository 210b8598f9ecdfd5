package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/store"
)

func restoreCommand() *cobra.Command {
	var d desk
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Begin from a backup, with everything paused",
		Long: `Put what a backup holds into a data folder that has no store yet. The host that
runs on it next catches up with the workspace and does nothing until bellhop resume
--all: what was done since the backup is looked for before it is done again.

What nothing can tell is mail: a transcript that was mailed since the backup is mailed
again under the same Message-ID, which most mail programs show once.`,
		Example: "  bellhop restore bellhop-2026-11-26.tar.gz --data ./data\n  bellhop run\n  bellhop resume --all",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			data, _, err := d.folder()
			if err != nil {
				return err
			}
			if err := restore(given[0], data); err != nil {
				return fmt.Errorf("restore %s: %w", given[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is restored, and all is paused: start `bellhop run`, look at `bellhop status`, then `bellhop resume --all`\n", data)
			return nil
		},
	}
	d.flags(cmd)
	return cmd
}

// restore unpacks beside, readies the store, and moves all into place, the
// store last: before that there is nothing that runs.
func restore(file, data string) error {
	for _, part := range append([]string{storeName}, kept...) {
		if _, err := os.Stat(filepath.Join(data, part)); err == nil {
			return fmt.Errorf("%s is there already: move %s away, or name another folder by --data", filepath.Join(data, part), data)
		}
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(data, restoreFolder)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := unpack(file, dir); err != nil {
		return err
	}
	if err := ready(filepath.Join(dir, storeName), file); err != nil {
		return err
	}
	for _, part := range append(kept[:len(kept):len(kept)], storeName) {
		err := os.Rename(filepath.Join(dir, part), filepath.Join(data, part))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// ready has the store know that it was a backup.
func ready(path, file string) error {
	if _, err := os.Stat(path); err != nil {
		return errors.New("it is no backup of Bellhop: there is no store in it")
	}
	db, err := store.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(db.Check(), db.Restored("restored from "+filepath.Base(file), time.Now()), db.Close())
}
