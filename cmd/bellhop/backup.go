package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/console"
)

// kept are the parts of a data folder that a backup holds besides the store.
var kept = []string{"instances", "plugins", "topics"}

const (
	storeName     = "bellhop.db"
	backupFolder  = ".backup-*" // for what is on its way, in the data folder
	restoreFolder = ".restore-*"
)

func backupCommand() *cobra.Command {
	var d desk
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write store, instances, plugins and topics into one file, while all goes on",
		Long: `Write the store as it is now, the instance files, the installed plugins and what was
learned from the chats into one file (tar, packed by gzip), while the host goes on. It is readable by you only: it
holds chats. The configuration and secrets are not in it.`,
		Example: "  bellhop backup bellhop-$(date +%F).tar.gz",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			data, _, err := d.folder()
			if err != nil {
				return err
			}
			dir, err := os.MkdirTemp(data, backupFolder)
			if err != nil {
				return fmt.Errorf("back up: no data folder: %w: name it by --data", err)
			}
			defer os.RemoveAll(dir)
			if dir, err = filepath.Abs(dir); err != nil {
				return err
			}
			copied := filepath.Join(dir, storeName)
			if _, err := post[struct{}](cmd.Context(), &d, "/backup", console.Backup{Path: copied}); err != nil {
				return err
			}
			size, err := pack(given[0], copied, data)
			if err != nil {
				return fmt.Errorf("back up: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %.1f MiB; `bellhop restore %s` begins from it\n", given[0], float64(size)/(1<<20), given[0])
			return nil
		},
	}
	d.flags(cmd)
	return cmd
}

// pack writes the backup. A file that is there is left alone, and one that is
// not whole is taken away.
func pack(file, db, data string) (size int64, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	z := gzip.NewWriter(f)
	t := tar.NewWriter(z)
	err = add(t, db, storeName)
	for _, part := range kept {
		err = errors.Join(err, addFolder(t, data, part))
	}
	err = errors.Join(err, t.Close(), z.Close(), f.Sync())
	if info, statErr := f.Stat(); statErr == nil {
		size = info.Size()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(file)
	}
	return size, err
}

func addFolder(t *tar.Writer, data, part string) error {
	root := filepath.Join(data, part)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(data, path)
		if err != nil {
			return err
		}
		return add(t, path, filepath.ToSlash(name))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func add(t *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// unpack writes what a backup holds into a folder. Names that lead elsewhere
// are refused.
func unpack(file, dir string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s is no backup: %w", file, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%s is no whole backup: %w", file, err)
		case h.Typeflag != tar.TypeReg:
			return fmt.Errorf("%s is no backup of Bellhop: it holds %q", file, h.Name)
		}
		if err := extract(root, h.Name, t); err != nil {
			return err
		}
	}
}

func extract(root *os.Root, name string, from io.Reader) error {
	if top, _, _ := strings.Cut(name, "/"); name != storeName && !slices.Contains(kept, top) {
		return fmt.Errorf("it is no backup of Bellhop: it holds %q", name)
	}
	if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Sync(), f.Close())
}
