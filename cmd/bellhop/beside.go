package main

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
)

// beside is what runs beside a host: the console that commands ask, what keeps
// the store small, and who tells people.
type beside struct {
	config  config.Config
	host    *host.Host
	db      *store.DB
	sandbox console.Sandbox
	idle    func() string
	hooks   net.Listener                        // where plugins' webhooks are called; nil means nowhere
	tell    func(context.Context, string) error // what needs somebody; nil when nobody is to be told
	alarm   *host.Alarm
	log     *slog.Logger
}

// run lasts until ctx ends.
func (b beside) run(ctx context.Context) {
	var all sync.WaitGroup
	topics := &learning{db: b.db, data: b.config.Data, log: b.log}
	all.Go(func() { b.serve(ctx, topics) })
	all.Go(func() { b.retain(ctx) })
	if b.config.Model.Learn == "nightly" {
		all.Go(func() { topics.nightly(ctx) })
	}
	if b.hooks != nil {
		all.Go(func() { b.answer(ctx) })
	}
	if b.tell != nil {
		all.Go(func() { b.alarm.Run(ctx, b.tell) })
	}
	all.Wait()
}

// serve answers commands. A host that nobody can ask does its work all the
// same.
func (b beside) serve(ctx context.Context, topics *learning) {
	path := console.Socket(b.config.Data)
	l, err := console.Listen(path)
	if err == nil {
		h := console.New(console.Options{Host: b.host, Store: b.db, Workspace: b.config.Workspace.URL, Sandbox: b.sandbox, Hooks: hooksURL(b.config.PluginWebhooks, b.hooks), Idle: b.idle, Learn: topics.told})
		err = console.Serve(ctx, l, path, h)
	}
	if err != nil {
		b.log.Error("no command reaches this host: stop it to pause it", "err", err)
	}
}

// answer takes the calls of plugins' webhooks.
func (b beside) answer(ctx context.Context) {
	h := hooks{config: b.config.PluginWebhooks, host: b.host, log: b.log, secret: func(instance string) (string, error) {
		return webhookSecret(b.config.Data, b.db, instance)
	}}
	if err := h.run(ctx, b.hooks); err != nil {
		b.log.Error("webhooks of plugins can't be called any more: start the host again", "err", err)
	}
}

const (
	firstRetain = time.Minute // after the start, which has enough to do
	retainEvery = time.Hour
	keptAtLeast = 24 * time.Hour // however big the store is
)

// retain takes out of the store what is too old, again and again. How old a chat
// is, is a matter of the workspace's clock: one of ours that is a year ahead
// would take out everything.
func (b beside) retain(ctx context.Context) {
	for wait := firstRetain; pause(ctx, wait) == nil; {
		now, sure := b.host.Now()
		if !sure {
			continue // the workspace is away, and nothing new comes
		}
		wait = retainEvery
		oldest := now.Add(-b.config.Retention)
		t, err := b.db.Retain(oldest)
		if limit := int64(b.config.Limits.StoreMiB) << 20; err == nil && limit > 0 {
			var more store.Trimmed
			more, err = b.db.Shrink(limit, oldest, now.Add(-keptAtLeast))
			t.Chats, t.Entries = t.Chats+more.Chats, t.Entries+more.Entries
		}
		switch {
		case err != nil:
			b.log.Warn("take out what is too old: it is tried again", "err", err)
		case t != store.Trimmed{}:
			b.log.Info("what is too old is taken out of the store", "chats", t.Chats, "entries", t.Entries)
		}
	}
}

// layerNames are the names of layers of the sandbox.
func layerNames(all []worker.Layer) []string {
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = string(l)
	}
	return names
}
