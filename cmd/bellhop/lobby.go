package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

func lobbyCommand() *cobra.Command {
	var listen, state, log, accounts, routing, as string
	var online []string
	var noLimits, licensed bool
	cmd := &cobra.Command{
		Use:   "lobby",
		Short: "Run the embedded workspace alone, to write and test against",
		Long: `Run a small workspace that speaks Rocket.Chat's realtime and REST APIs, as
version 3.11 or, with --as, as another one. In a browser it has a desk for agents
and a page for guests: the first lines say where.

It has the agents alice and carol (online while they are connected, or set
online) and dave (never), the accounts bot and admin, and the departments Sales,
Support, Billing and Empty. It lives in memory unless --state names a file. Its
passwords stand in the file that --accounts names.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runLobby(cmd, listen, accounts, lobby.Options{As: as, Licensed: licensed, StateFile: state, Routing: routing, Online: online, NoLimits: noLimits}, log)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:3300", "address to listen on")
	f.StringVar(&as, "as", "3.11", "version as which it poses: "+strings.Join(lobby.Releases(), ", "))
	f.BoolVar(&licensed, "licensed", false, "have the paid omnichannel feature of holding chats")
	f.StringVar(&state, "state", "", "file that keeps the workspace over restarts")
	f.StringVar(&log, "log", "", "file that gets every request and event as JSON lines")
	f.StringVar(&accounts, "accounts", "", "file that gets base URL, users, passwords and departments as JSON")
	f.StringVar(&routing, "routing", "manual", "how chats find agents: manual or auto")
	f.StringSliceVar(&online, "online", nil, "usernames that are online without being connected, such as alice,carol")
	f.BoolVar(&noLimits, "no-limits", false, "answer any number of calls, unlike a real server")
	return cmd
}

// runLobby serves a workspace until it is stopped.
func runLobby(cmd *cobra.Command, listen, accounts string, o lobby.Options, log string) error {
	if o.Routing = map[string]string{"manual": lobby.Manual, "auto": lobby.Auto}[o.Routing]; o.Routing == "" {
		return &usageError{cmd, errors.New("--routing is manual or auto")}
	}
	if !slices.Contains(lobby.Releases(), o.As) {
		return &usageError{cmd, fmt.Errorf("--as is one of %s", strings.Join(lobby.Releases(), ", "))}
	}
	if log != "" {
		f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("open --log file: %w", err)
		}
		defer f.Close()
		o.Log = f
	}
	s, err := lobby.New(o)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen for the workspace: %w: name another address by --listen", err)
	}
	base := "http://" + l.Addr().String()
	if err := writeAccounts(accounts, s.Accounts(base)); err != nil {
		l.Close()
		return err
	}
	defer servePages(s).Close()
	fmt.Fprintf(cmd.OutOrStdout(), "workspace   %s\ndesk        %s (agent alice, password %s)\nguest page  %s\n", base, deskPage(base), s.Accounts(base).Alice.Password, guestPage(base))
	return s.Run(cmd.Context(), l)
}

// writeAccounts writes who can log in, into a file that only its owner reads.
// The file appears whole, so that whoever waits for it never reads half.
func writeAccounts(file string, a lobby.Accounts) error {
	if file == "" {
		return nil
	}
	data, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write --accounts file: %w", err)
	}
	return os.Rename(file+".new", file)
}
