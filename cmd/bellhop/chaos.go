package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// chaos plays conversations twice: once undisturbed, and once while Bellhop's
// process is killed again and again. What Bellhop did must be the same.
type chaos struct {
	dir   string
	chats []convo.Chat
	kills int
	log   *slog.Logger
	// disturb changes the stage of the second run before it begins; nil means
	// that only Bellhop's process is disturbed.
	disturb func(s *stage) error

	// steps are how many deeds there were in a chat after each step of the
	// undisturbed run, so that the second run goes on no sooner.
	mu    sync.Mutex // guards steps
	steps map[sdk.ChatID][]int
}

// verdict is what came of a chaos.
type verdict struct {
	chats, kills  int
	moments       map[string]int // kills by when they came
	stages        map[string]int // kills by what the store held then
	lost, doubled []string
}

func (v verdict) String() string {
	return fmt.Sprintf("chaos: %d chats, %d kills, %d lost, %d doubled", v.chats, v.kills, len(v.lost), len(v.doubled))
}

// run plays both runs.
func (c *chaos) run(ctx context.Context, out io.Writer) (verdict, error) {
	fmt.Fprintf(out, "playing %d chats undisturbed\n", len(c.chats))
	calm, err := c.calm(ctx)
	if err != nil {
		return verdict{}, err
	}
	fmt.Fprintf(out, "%d actions; playing them again while Bellhop's process is killed %d times\n", len(calm), c.kills)
	return c.storm(ctx, calm)
}

// calm plays undisturbed and returns what was done.
func (c *chaos) calm(ctx context.Context) ([]string, error) {
	dir := filepath.Join(c.dir, "calm")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	s, err := newStage(dir, c.log)
	if err != nil {
		return nil, err
	}
	defer s.close()
	c.steps = map[sdk.ChatID][]int{}
	s.player.settle = func(ctx context.Context, room sdk.ChatID, step int, id sdk.MessageID) error {
		err := s.settle(ctx, room, step, id)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.steps[room] = append(c.steps[room], s.ledger.count(room))
		return err
	}
	var played []playedChat
	err = s.run(ctx, nil, func(ctx context.Context) error {
		played = s.playAll(ctx, c.chats, lanes, 0)
		return s.quiet(ctx)
	})
	if err := errors.Join(err, firstFailure(played)); err != nil {
		return nil, fmt.Errorf("undisturbed run: %w", err)
	}
	return s.done()
}

func firstFailure(played []playedChat) error {
	for _, p := range played {
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// done is all that was done: deeds in the workspace, and mails. A mail whose
// acceptance Bellhop did not live to hear comes again with the same Message-ID,
// by which mail programs know it, and counts once.
func (s *stage) done() ([]string, error) {
	all := s.ledger.all()
	mails, err := readMails(s.path("mails"))
	known := map[string]bool{}
	for _, m := range mails {
		if !known[m.MessageID] {
			known[m.MessageID] = true
			all = append(all, mailed(m))
		}
	}
	slices.Sort(all)
	return all, err
}

func mailed(m mail.Accepted) string {
	return fmt.Sprintf("mail %s %q", strings.Join(m.To, ","), m.Subject)
}

// storm plays again, with Bellhop in a process of its own that is killed.
func (c *chaos) storm(ctx context.Context, calm []string) (verdict, error) {
	v := verdict{chats: len(c.chats)}
	dir := filepath.Join(c.dir, "storm")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return v, err
	}
	s, err := newServers(dir, c.log)
	if err != nil {
		return v, err
	}
	defer s.close()
	s.player.settle = func(ctx context.Context, room sdk.ChatID, step int, _ sdk.MessageID) error {
		ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("nothing more comes of it"))
		defer cancel()
		return s.ledger.reach(ctx, room, c.steps[room][step])
	}
	victim, err := newVictim(s, c.kills)
	if err != nil {
		return v, err
	}
	s.ledger.each = victim.watch
	if c.disturb != nil {
		if err := c.disturb(s); err != nil {
			return v, err
		}
	}
	err = s.serve(ctx, func(ctx context.Context) error {
		if err := s.visit(ctx); err != nil {
			return err
		}
		return victim.during(ctx, func(ctx context.Context) error {
			if err := firstFailure(s.playAll(ctx, c.chats, lanes, 0)); err != nil {
				return err
			}
			return c.rest(ctx, s, calm)
		})
	})
	v.kills, v.moments, v.stages = victim.killed(), victim.moments, victim.stages
	if err != nil {
		return v, fmt.Errorf("run with kills: %w", err)
	}
	stormy, err := s.done()
	v.lost, v.doubled = less(calm, stormy), less(stormy, calm)
	return v, err
}

// visit has Bellhop at the workspace once: what a store that is new finds there
// is the past to it, and no kill may make the first chats so.
func (s *stage) visit(ctx context.Context) error {
	if err := s.openHost(); err != nil {
		return err
	}
	err := s.attend(ctx, func(context.Context) error { return nil })
	err = errors.Join(err, s.db.Close())
	s.db, s.host = nil, nil
	return err
}

// rest waits until as much is done as in the undisturbed run, and then for what
// would be too much.
func (c *chaos) rest(ctx context.Context, s *stage, calm []string) error {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		done, err := s.done()
		if err != nil {
			return err
		}
		if len(less(calm, done)) == 0 {
			break
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return pause(ctx, time.Second)
}

// runChaos plays the chats with kills and says what came of it.
func runChaos(ctx context.Context, out io.Writer, dir string, chats []convo.Chat, kills int, log *slog.Logger) error {
	c := &chaos{dir: dir, chats: chats, kills: kills, log: log}
	v, err := c.run(ctx, out)
	if err != nil {
		return err
	}
	for _, m := range moments {
		fmt.Fprintf(out, "killed %3d times when %s\n", v.moments[m.name], m.name)
	}
	for _, stage := range slices.Sorted(maps.Keys(v.stages)) {
		fmt.Fprintf(out, "the store held %3d times %s\n", v.stages[stage], stage)
	}
	for _, l := range v.lost {
		fmt.Fprintln(out, "lost:   ", l)
	}
	for _, d := range v.doubled {
		fmt.Fprintln(out, "doubled:", d)
	}
	fmt.Fprintln(out, v)
	if len(v.lost)+len(v.doubled) > 0 {
		return errors.New("what Bellhop did is not what it does undisturbed")
	}
	return nil
}
