package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
)

// runFlags are what `bellhop run` is told beside the configuration.
type runFlags struct {
	file   string // the configuration's
	record string // file for the requests; "" means none
	take   bool   // the account from the host that acts as it
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Connect to a workspace and run the instances of the data folder",
		Long: `Connect to the Rocket.Chat workspace that the configuration names and run what
data/instances holds. An instance file that changes is loaded again at once; one
that is wrong leaves its former version running, with a word.

An instance whose file names no mode is in shadow: it decides, and only records.
One in mode confirm asks the chat's agent by a direct message first, and does what
the agent says yes to.

At its start the log says what the workspace lacks that an instance which is on
can't do without; bellhop doctor says all else.

One host acts as a workspace's account at a time. A second one stays idle, says
where the first runs, and begins when that has ended, or has been silent for as
long as workspace.lease says. With --take-over it begins at once, and the first
one ends.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(f.file)
			if err != nil {
				return err
			}
			s := &service{config: c, flags: f}
			defer s.close()
			if err := s.open(cmd.Context()); err != nil {
				return err
			}
			return s.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&f.file, "config", "config.yaml", "configuration file")
	cmd.Flags().BoolVar(&f.take, "take-over", false, "begin although another host acts as the account: that one ends")
	cmd.Flags().StringVar(&f.record, "record-requests", "", "file to which each REST request is added as a line of JSON {method, path, query, body}: secrets are masked, texts of chats are not")
	return cmd
}

// loadConfig reads the configuration; without a file, the variables alone.
func loadConfig(file string) (config.Config, error) {
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) && file == "config.yaml" {
		file = ""
	}
	c, err := config.Load(file)
	if err != nil {
		return c, err
	}
	return c, c.Workspace.Ready()
}

// openStore opens the store of the data folder, and makes the folder where
// there is none.
func openStore(c config.Config) (*store.DB, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	return store.Open(filepath.Join(c.Data, "bellhop.db"))
}

// token reads whose token it is, and the token, from where the configuration has
// them: people replace one that was revoked while all goes on.
func (f runFlags) token() (userID, token string, err error) {
	c, err := loadConfig(f.file)
	return c.Workspace.UserID, c.Workspace.Token.Reveal(), err
}

// recording opens the file for the requests; nil means that there is none.
func (f runFlags) recording() (*os.File, error) {
	if f.record == "" {
		return nil, nil
	}
	file, err := os.OpenFile(f.record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("record requests: %w", err)
	}
	return file, nil
}

// newBridge makes the way to the workspace of the configuration; more changes
// what the configuration does not say.
func newBridge(c config.Config, log *slog.Logger, more ...func(*bridge.Options)) (*bridge.Bridge, error) {
	w := c.Workspace
	way, err := transport(w)
	if err != nil {
		return nil, err
	}
	o := bridge.Options{
		URL: w.URL, UserID: w.UserID, Token: w.Token.Reveal(), User: w.User, Password: w.Password.Reveal(),
		HTTP: &http.Client{Transport: way}, Reconcile: w.Reconcile, Log: log,
	}
	for _, change := range more {
		change(&o)
	}
	return bridge.New(o)
}

// newHost makes a host of the configuration, the instance files and their
// plugins. An instance that is wrong is logged, and the others run.
func newHost(c config.Config, db *store.DB, w workspace, start host.Start, log *slog.Logger) (*host.Host, error) {
	all, faults := instances(c.Data)
	for _, err := range faults {
		log.Error("instance does not run: correct its file", "err", err)
	}
	if len(all) == 0 {
		log.Warn("no instance runs: write one into " + filepath.Join(c.Data, "instances") + ", such as forwarding.yaml with the line `plugin: forwarding`")
	}
	o := host.Options{Workspace: w, Directory: w, Clock: workspaceClock{w}, Store: db, Site: c.Workspace.URL, Start: start, Instances: all, Log: log}
	o.Former = func(plugin, version string) (map[string][]byte, error) {
		s, err := findPlugin(c.Data, plugin, version)
		return s.files, err
	}
	if err := serve(&o, c, db.Secret()); err != nil {
		return nil, err
	}
	return host.New(o)
}

// workspace tells the time too: what happens there is dated by its clock.
type workspace interface {
	host.Workspace
	host.Directory
	Now() time.Time
}

// workspaceClock has the host live by the workspace's clock, so that a wrong one
// of ours makes nothing late.
type workspaceClock struct{ workspace }

// After sends once when d has passed.
func (workspaceClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// workers starts workers as the configuration says.
func workers(c config.Config) host.Start {
	return processes(worker.Limits{MemoryMiB: c.Limits.MemoryMiB, NoSandbox: c.Sandbox == "none"})
}
