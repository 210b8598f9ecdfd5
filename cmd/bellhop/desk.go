package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/host/store"
)

// desk is where a command asks and tells: the host that runs or, while none
// does, the store that it left.
type desk struct {
	file string // configuration
	data string // folder; "" means that the configuration names it
	flag string // that names the folder; "" means --data
}

// flags has the command say where the desk is.
func (d *desk) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.file, "config", "config.yaml", "configuration file, for the data folder that it names")
	cmd.Flags().StringVar(&d.data, "data", "", "data folder, instead of the configuration's")
}

// folder is the data folder, and the workspace's URL where it is known.
func (d *desk) folder() (data, workspace string, err error) {
	if d.data != "" {
		return d.data, "", nil
	}
	file := d.file
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) && file == "config.yaml" {
		file = ""
	}
	c, err := config.Load(file)
	if err != nil {
		return "", "", fmt.Errorf("%w\nor name the data folder by %s", err, cmp.Or(d.flag, "--data"))
	}
	return c.Data, c.Workspace.URL, nil
}

// opener opens a store that a host has left: for reading alone, any number of
// commands can.
type opener func(path string) (*store.DB, error)

// ask calls do with a client of the host.
func (d *desk) ask(ctx context.Context, open opener, do func(*console.Client) error) error {
	data, workspace, err := d.folder()
	if err != nil {
		return err
	}
	client, err := console.Dial(ctx, console.Socket(data))
	if err == nil {
		return do(client)
	}
	if !errors.Is(err, console.ErrNobody) {
		return err
	}
	db, err := restedStore(data, cmp.Or(d.flag, "--data"), open)
	if err != nil {
		return err
	}
	l := &learning{db: db, data: data, log: slog.New(slog.DiscardHandler)}
	err = do(console.Beside(console.New(console.Options{Host: &host.Rested{Store: db}, Store: db, Workspace: workspace, Learn: l.told})))
	return errors.Join(err, db.Close())
}

// restedStore is the store of a data folder in which no host runs.
func restedStore(data, flag string, open opener) (*store.DB, error) {
	path := filepath.Join(data, "bellhop.db")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no host runs, and there is no store in %s: start one by `bellhop run`, or name its data folder by %s", data, flag)
	}
	db, err := open(path)
	var locked *store.LockedError
	if errors.As(err, &locked) {
		return nil, fmt.Errorf("%s is in use, and nobody listens on %s: a host is starting or ending: try again in a moment", path, console.Socket(data))
	}
	return db, err
}

// get asks for something.
func get[T any](ctx context.Context, d *desk, path string, query url.Values) (answer T, err error) {
	err = d.ask(ctx, store.OpenReadOnly, func(c *console.Client) error { return c.Get(ctx, path, query, &answer) })
	return answer, err
}

// post tells something.
func post[T any](ctx context.Context, d *desk, path string, body any) (answer T, err error) {
	err = d.ask(ctx, store.Open, func(c *console.Client) error { return c.Post(ctx, path, body, &answer) })
	return answer, err
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// whoAsks is the person at this machine.
func whoAsks() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "somebody at this machine"
}

// plainly makes a text harmless on a terminal, and one line: guests write what
// they like.
func plainly(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, text)
}

// count is "1 effect" or "2 effects".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
