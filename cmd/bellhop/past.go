package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// replay is what `bellhop rehearse` is told.
type replay struct {
	desk
	instance string
	since    time.Duration
	chat     sdk.ChatID // "" means all
	plugin   string     // folder; "" means that the instance's file names it
	settings string     // file; "" means the instance's
}

func rehearseCommand() *cobra.Command {
	var r replay
	var since, chat string
	var js bool
	cmd := &cobra.Command{
		Use:   "rehearse INSTANCE",
		Short: "See what an instance would have done in the chats of the last days",
		Long: `Play what happened in the workspace, as the store holds it, to an instance as its
file is now, on a clock that jumps. Nothing is carried out, and nothing is sent
anywhere. With --settings or --plugin, try what you are still writing.

Each line is an effect that it would have asked for, and why. The last column holds
that against what happened: whether the instance did the same then, and if not, what
people did with the chat afterwards. What it did then and would not do now is listed
too.

Chats are played as they were: they do not go where the instance would have sent
them. A rehearsal knows what the store holds. Contacts, earlier chats, the web and
models behind an API are not asked; handlers that need them are counted in the end.`,
		Example: "  bellhop rehearse forwarding --since 7d\n  bellhop rehearse forwarding --settings new.yaml\n  bellhop rehearse greeter --plugin greeter --chat LmXb2Ye6Hd8QmkmoX",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) (err error) {
			if r.since, err = config.ParseDuration(since); err != nil {
				return &usageError{cmd, err}
			}
			r.instance = given[0]
			if chat != "" {
				r.chat = sdk.ChatID(path.Base(chat))
			}
			found, err := r.run(cmd.Context())
			switch {
			case err != nil:
				return err
			case js:
				return printJSON(cmd.OutOrStdout(), found)
			}
			return found.tell(cmd.OutOrStdout())
		},
	}
	r.flags(cmd)
	cmd.Flags().StringVar(&since, "since", "7d", "how far back, such as 2h or 7d")
	cmd.Flags().StringVar(&chat, "chat", "", "only this chat, by its id or the link to it")
	cmd.Flags().StringVar(&r.plugin, "plugin", "", "folder of a plugin to rehearse in the instance's place")
	cmd.Flags().StringVar(&r.settings, "settings", "", "file with settings to rehearse in place of the instance's")
	cmd.Flags().BoolVar(&js, "json", false, "print JSON")
	return cmd
}

func (r *replay) run(ctx context.Context) (*compared, error) {
	data, _, err := r.folder()
	if err != nil {
		return nil, err
	}
	spec, err := r.spec(data)
	if err != nil {
		return nil, err
	}
	was, err := r.past(ctx, data)
	if err != nil {
		return nil, fmt.Errorf("rehearse %s: %w", r.instance, err)
	}
	if len(was.entries) == 0 {
		return nil, fmt.Errorf("rehearse %s: the store holds nothing that happened since %s: go further back by --since", r.instance, was.since.Local().Format("2 Jan 15:04"))
	}
	would, err := was.play(ctx, r.instance, spec, r.knows(data))
	if err != nil {
		return nil, fmt.Errorf("rehearse %s: %w", r.instance, err)
	}
	return was.compare(r.instance, would), nil
}

// spec is the instance as it is to be rehearsed.
func (r *replay) spec(data string) (host.Instance, error) {
	files, faults := config.LoadInstances(filepath.Join(data, "instances"))
	file, there := files[r.instance]
	switch {
	case !there && r.plugin == "":
		return host.Instance{}, errors.Join(append(faults, fmt.Errorf("there is no instance %q: there are %q", r.instance, keys(files)))...)
	case r.settings != "":
		text, err := os.ReadFile(r.settings)
		if err != nil {
			return host.Instance{}, fmt.Errorf("read settings: %w", err)
		}
		if file.Settings, err = config.ParseSettings(string(text), 1); err != nil {
			return host.Instance{}, fmt.Errorf("%s: %w", r.settings, err)
		}
	}
	s, err := r.source(data, file)
	if err != nil {
		return host.Instance{}, err
	}
	spec := instance(s, file)
	spec.Mode = host.Shadow
	if !there {
		spec.Grants = grants(s.Needs)
	}
	return spec, nil
}

func (r *replay) source(data string, file config.Instance) (source, error) {
	if r.plugin != "" {
		return readPluginDir(r.plugin)
	}
	return findPlugin(data, file.Plugin, file.Version)
}

// knows is what of the configuration answers a rehearsal: schedules, and the
// topics that were learned here.
func (r *replay) knows(data string) host.Options {
	var o host.Options
	c, err := config.Load(r.file)
	if err != nil {
		return o // with --data there need be none
	}
	o.Hours, _ = schedules(c.Hours) // run says what is wrong with them
	o.Read, _ = reads(config.Model{TopicsFile: c.Model.TopicsFile}, data)
	return o
}

// past is what happened, and what came of it.
type past struct {
	since   time.Time
	entries []*store.Entry                 // of the workspace, in the journal's order
	of      map[sdk.ChatID][]*store.Entry  // the same, by chat
	done    map[sdk.ChatID][]store.Carried // by the instance that is rehearsed
}

// past copies the store, while the host goes on, and reads the copy.
func (r *replay) past(ctx context.Context, data string) (*past, error) {
	dir, err := os.MkdirTemp(data, backupFolder)
	if err != nil {
		return nil, fmt.Errorf("no data folder: %w: name it by --data", err)
	}
	defer os.RemoveAll(dir)
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	copied := filepath.Join(dir, storeName)
	if _, err := post[struct{}](ctx, &r.desk, "/backup", console.Backup{Path: copied}); err != nil {
		return nil, err
	}
	db, err := store.OpenReadOnly(copied)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	p := &past{since: time.Now().Add(-r.since), of: map[sdk.ChatID][]*store.Entry{}, done: map[sdk.ChatID][]store.Carried{}}
	return p, errors.Join(p.read(db, r.chat), p.readDone(db, r.instance, r.chat))
}

// always is further back than any store goes.
const always = 100 * 365 * 24 * time.Hour

const pastPage = 256 // entries that are read at a time

func (p *past) read(db *store.DB, chat sdk.ChatID) error {
	for after := uint64(0); ; {
		page, err := db.Entries(after, pastPage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Seq
		for _, e := range page {
			if p.plays(e) && (chat == "" || e.Event.Chat == chat) {
				p.entries = append(p.entries, e)
				p.of[e.Event.Chat] = append(p.of[e.Event.Chat], e)
			}
		}
	}
}

// madeByBellhop are for a rehearsal to make itself: what comes of timers, commands and
// outcomes.
var madeByBellhop = []sdk.EventKind{sdk.EventTimer, sdk.EventResult, sdk.EventCommand, store.Changed, store.Undo}

// plays reports whether the entry is something that happened in a chat.
func (p *past) plays(e *store.Entry) bool {
	return e.Event.Chat != "" && e.Event.Instance == "" && !e.Accepted.Before(p.since) && !slices.Contains(madeByBellhop, e.Event.Kind)
}

func (p *past) readDone(db *store.DB, instance string, chat sdk.ChatID) error {
	return db.Outcomes(p.since, func(c store.Carried) error {
		e := c.Effect
		if e.Instance == instance && (chat == "" || e.Chat == chat) && (c.Outcome.State == sdk.Done || c.Outcome.State == sdk.Undone) {
			p.done[e.Chat] = append(p.done[e.Chat], c)
		}
		return nil
	})
}
