package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

func lobbyCommand() *cobra.Command {
	var listen, state, log, accounts, routing, as, watched string
	var online []string
	var world worldFlags
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
			o := lobby.Options{As: as, Licensed: licensed, PDF: paper, StateFile: state, Routing: routing, Online: online, NoLimits: noLimits}
			if err := world.over(&o); err != nil {
				return &usageError{cmd, err}
			}
			return runLobby(cmd, listen, accounts, watched, o, log)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:3300", "address to listen on")
	f.StringVar(&as, "as", "3.11", "version as which it poses: "+strings.Join(lobby.Releases(), ", "))
	f.BoolVar(&licensed, "licensed", false, "have the paid omnichannel features: chats on hold, and PDFs of chats that are over")
	f.StringVar(&state, "state", "", "file that keeps the workspace over restarts")
	f.StringVar(&log, "log", "", "file that gets every request and event as JSON lines")
	f.StringVar(&accounts, "accounts", "", "file that gets base URL, users, passwords and departments as JSON")
	f.StringVar(&routing, "routing", "manual", "how chats find agents: manual or auto")
	f.StringSliceVar(&online, "online", nil, "usernames that are online without being connected, such as alice,carol")
	f.StringVar(&watched, "bellhop", "", "data folder of the Bellhop that watches the workspace: the desk then shows in each chat what it did")
	world.flags(f)
	f.BoolVar(&noLimits, "no-limits", false, "answer any number of calls, unlike a real server")
	return cmd
}

// worldFlags are what can be said of the workspace that a real one's admin
// would say in it, and that its clock is wrong.
type worldFlags struct {
	settings, roles []string
	demandTags      []string
	clock           time.Duration
}

func (w *worldFlags) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&w.settings, "set", nil, "a setting of the workspace as ID=VALUE, the value in JSON or as a text, such as Hide_System_Messages='[\"livechat-close\"]'; may be given again")
	f.StringArrayVar(&w.roles, "roles", nil, "all roles of an account as USERNAME=ROLE,ROLE, such as bot=bot,user; may be given again")
	f.StringSliceVar(&w.demandTags, "demand-tags", nil, "departments that want a tag before a chat ends and have none of their own, such as Billing")
	f.DurationVar(&w.clock, "clock", 0, "by how much the workspace's clock is ahead of this machine's, such as -5m")
}

// over puts them over the options.
func (w worldFlags) over(o *lobby.Options) error {
	o.Settings, o.Roles, o.DemandTags = map[string]any{}, deskRoles(), w.demandTags
	for _, s := range w.settings {
		id, text, ok := strings.Cut(s, "=")
		if !ok || id == "" {
			return fmt.Errorf("--set %q: write ID=VALUE", s)
		}
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			v = text
		}
		o.Settings[id] = v
	}
	for _, s := range w.roles {
		name, list, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return fmt.Errorf("--roles %q: write USERNAME=ROLE,ROLE", s)
		}
		o.Roles[name] = strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
	}
	if w.clock != 0 {
		o.Now = func() time.Time { return time.Now().Add(w.clock) }
	}
	return nil
}

// runLobby serves a workspace until it is stopped.
func runLobby(cmd *cobra.Command, listen, accounts, watched string, o lobby.Options, log string) error {
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
	pages, stop := watchedPages(cmd.Context(), s, watched)
	defer stop()
	defer pages.Close()
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
