package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// demoFiles are the conversations that the demo plays.
//
//go:embed demo
var demoFiles embed.FS

// demoOptions are what the command line says of the demo.
type demoOptions struct {
	exit          bool   // end when the conversations are over
	conversations string // file to play instead of the demo's own; "" means those
	out           string // folder that stays; "" means a temporary one
	verbose       bool
	chaos         bool
	kills         int // with chaos
	chats         int // with chaos
}

func demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch chats being forwarded, tagged, mailed and called, on this machine alone",
		Long: `Start a small workspace, a mail server that keeps what it gets, and Bellhop with
its four plugins, in a temporary folder. Then guests write, agents answer, and
each automated action is printed: time, plugin, what, chat, why.

It goes on until it is stopped. Meanwhile a browser can join in: the first lines
say where the agents' desk and the guests' page are. With --exit it plays each conversation once at
full speed and ends with a line of counts, taken from the workspace's and the
mail server's own logs. Its exit status is 0 only if Bellhop's own records say
the same.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.conversations != "" && !o.exit && !o.chaos {
				return &usageError{cmd, errors.New("--conversations needs --exit or --chaos")}
			}
			return runDemo(cmd.Context(), cmd.OutOrStdout(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.exit, "exit", false, "play each conversation once, at full speed, and end with counts")
	f.StringVar(&o.conversations, "conversations", "", "file of conversations to play: one JSON object a line, or Bellhop's own format (.txt)")
	f.StringVar(&o.out, "out", "", "folder that keeps mails, PDFs, logs and the store")
	f.BoolVar(&o.chaos, "chaos", false, "play, then play again while Bellhop is killed again and again, and compare")
	f.IntVar(&o.kills, "kills", 20, "with --chaos: how often Bellhop is killed")
	f.IntVar(&o.chats, "chats", 60, "with --chaos: how many chats are played")
	f.BoolVar(&o.verbose, "verbose", false, "log what the host does")
	return cmd
}

func runDemo(ctx context.Context, out io.Writer, o demoOptions) error {
	chats, err := demoChats(o.conversations)
	if err != nil {
		return err
	}
	dir, err := demoFolder(o.out)
	if err != nil {
		return err
	}
	if o.out == "" {
		defer os.RemoveAll(dir)
	}
	level := slog.LevelError
	if o.verbose {
		level = slog.LevelInfo
	}
	log := logger(level, "text")
	if o.chaos {
		return runChaos(ctx, out, dir, again(chats, o.chats), o.kills, log)
	}
	s, err := newStage(dir, log)
	if err != nil {
		return err
	}
	defer s.close()
	show := newShow(out, s)
	if o.exit {
		return playOnce(ctx, s, show, chats)
	}
	return playOn(ctx, s, show, chats)
}

// playOnce plays everything at full speed and counts.
func playOnce(ctx context.Context, s *stage, show *show, chats []convo.Chat) error {
	var played []playedChat
	err := s.run(ctx, show.action, func(ctx context.Context) error {
		show.welcome(false)
		played = s.playAll(ctx, chats, lanes, 0)
		return s.quiet(ctx)
	})
	if err != nil {
		return err
	}
	if err := s.keepPDFs(); err != nil {
		return err
	}
	return s.account(show, played)
}

// playOn plays everything at a person's pace, again and again, for people to join
// in by the pages.
func playOn(ctx context.Context, s *stage, show *show, chats []convo.Chat) error {
	deeds, forget := deedsOf(s)
	defer forget()
	defer servePages(s.lobby, deeds).Close()
	var played []playedChat
	err := s.run(ctx, show.action, func(ctx context.Context) error {
		if err := s.talk(ctx); err != nil {
			return err
		}
		show.welcome(true)
		for round := 1; ctx.Err() == nil; round++ {
			played = append(played, s.playAll(ctx, renamed(chats, round), strollers, pace)...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	show.line("stopped: %d chats were played", len(played))
	return nil
}

// renamed are the chats by other names, so that they can be played once more.
func renamed(chats []convo.Chat, round int) []convo.Chat {
	all := slices.Clone(chats)
	for n := range all {
		all[n].Name = fmt.Sprintf("%s round %d", all[n].Name, round)
	}
	return all
}

// again are n chats: those that are given, over and over.
func again(chats []convo.Chat, n int) []convo.Chat {
	var all []convo.Chat
	for round := 1; len(all) < n; round++ {
		all = append(all, renamed(chats, round)...)
	}
	return all[:n]
}

const (
	lanes     = 4                       // conversations at a time, at full speed
	strollers = 2                       // the same at a person's pace
	pace      = 1500 * time.Millisecond // between two steps of a conversation
)

// demoChats are the conversations to play: the file's, or the demo's own.
func demoChats(file string) ([]convo.Chat, error) {
	if file != "" {
		return readConversations(file)
	}
	names, err := demoFiles.ReadDir("demo/chats")
	if err != nil {
		return nil, err
	}
	var all []convo.Chat
	for _, n := range names {
		data, err := demoFiles.ReadFile("demo/chats/" + n.Name())
		if err != nil {
			return nil, err
		}
		f, err := convo.Parse(n.Name(), data)
		if err != nil {
			return nil, err
		}
		all = append(all, named(f.Chats, n.Name())...)
	}
	return all, nil
}

// demoFolder is where everything of the demo goes.
func demoFolder(out string) (string, error) {
	if out == "" {
		return os.MkdirTemp("", "bellhop-demo")
	}
	out, err := filepath.Abs(out) // what the configuration calls relative starts elsewhere
	if err != nil {
		return "", fmt.Errorf("make --out folder: %w", err)
	}
	if err := os.MkdirAll(out, 0o700); err != nil {
		return "", fmt.Errorf("make --out folder: %w", err)
	}
	if old, _ := filepath.Glob(filepath.Join(out, "lobby.jsonl")); len(old) > 0 {
		return "", fmt.Errorf("%s holds an earlier demo: name another folder, or remove it", out)
	}
	return out, nil
}
