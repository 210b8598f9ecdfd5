package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/host/store"
)

// service is a host with all that it needs: what `bellhop run` runs.
type service struct {
	config  config.Config
	flags   runFlags
	alarm   *host.Alarm
	log     *slog.Logger
	sandbox console.Sandbox
	db      *store.DB
	bridge  *bridge.Bridge
	host    *host.Host
	tell    func(context.Context, string) error // what needs somebody; nil when nobody is to be told
	bell    *doorbell                           // where the workspace calls; nil means nowhere
	hooks   net.Listener                        // where plugins' webhooks are called; nil means nowhere
	calls   net.Listener                        // where people come to calls; nil means nowhere
	opened  []io.Closer
}

// open makes the parts, in the order in which they need each other.
func (s *service) open(ctx context.Context) error {
	steps := []func(context.Context) error{s.openLog, s.trySandbox, s.openStore, s.makeBridge, s.makeHost, s.openDoors}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// close lets go what was opened, the last first.
func (s *service) close() {
	for n := len(s.opened) - 1; n >= 0; n-- {
		s.opened[n].Close()
	}
}

func (s *service) openLog(context.Context) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.config.Log.Level)); err != nil {
		return fmt.Errorf("log.level: %w", err)
	}
	s.alarm = host.NewAlarm(logger(level, s.config.Log.Format).Handler(), nil)
	s.log = slog.New(s.alarm)
	return nil
}

func (s *service) trySandbox(ctx context.Context) error {
	hold, absent, err := layers(ctx, s.config)
	if err != nil {
		return fmt.Errorf("start sandbox: %w: %s", err, noSandbox)
	}
	s.log.Info("sandbox of plugins", "holds", joinKinds(hold), "absent", joinKinds(absent))
	if len(absent) > 0 && s.config.Sandbox != "none" {
		s.log.Error("a layer of the sandbox is missing: a newer kernel has it", "err", joinKinds(absent))
	}
	s.sandbox = console.Sandbox{Holds: layerNames(hold), Absent: layerNames(absent)}
	return nil
}

func (s *service) openStore(context.Context) (err error) {
	if s.db, err = openStore(s.config); err != nil {
		return err
	}
	s.opened = append(s.opened, s.db)
	return nil
}

func (s *service) makeBridge(context.Context) error {
	record, err := s.flags.recording()
	if err != nil {
		return err
	}
	if record != nil {
		s.opened = append(s.opened, record)
	}
	s.bridge, err = newBridge(s.config, s.log, func(o *bridge.Options) {
		o.Renew = s.flags.token
		if record != nil {
			o.Record = record
		}
	})
	return err
}

func (s *service) makeHost(context.Context) (err error) {
	if s.host, err = newHost(s.config, s.db, s.bridge, workers(s.config), s.log); err != nil {
		return err
	}
	s.bridge.Obey(orders(s.host))
	s.tell, err = alerts(s.config, s.bridge.Post, s.log)
	return err
}

// openDoors listens where somebody calls this host.
func (s *service) openDoors(context.Context) (err error) {
	if s.bell, err = newDoorbell(s.config.WorkspaceWebhooks, s.bridge, s.db, s.log); err != nil {
		return err
	}
	if s.calls, err = listenForCalls(s.config.Calls, s.log); err != nil {
		return err
	}
	if s.calls != nil {
		s.opened = append(s.opened, s.calls)
	}
	if s.config.PluginWebhooks.Address == "" {
		return nil
	}
	if s.hooks, err = listenForHooks(s.config.PluginWebhooks, s.log); err == nil {
		s.opened = append(s.opened, s.hooks)
	}
	return err
}

// run serves the workspace until ctx ends.
func (s *service) run(ctx context.Context) error {
	defer s.host.Watch(func(r host.Report) {
		s.log.Info(r.What(), "instance", r.Effect.Instance, "chat", r.Effect.Chat, "outcome", r.Outcome.State, "reason", r.Outcome.Reason)
	})()
	account := &holding{bridge: s.bridge, db: s.db, takeOver: s.flags.take, lease: s.config.Workspace.Lease, log: s.log}
	ctx, stop := context.WithCancel(ctx)
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	others.Go(func() { reloads{data: s.config.Data, host: s.host, log: s.log}.run(ctx) })
	others.Go(func() {
		beside{s.config, s.host, s.db, s.sandbox, account.idle, s.hooks, s.tell, s.alarm, s.log}.run(ctx)
	})
	if s.calls != nil {
		others.Go(func() { serveCalls(ctx, s.calls, s.host.Calls(), s.host, s.log) })
	}
	if s.bell != nil {
		others.Go(func() { s.bell.run(ctx) })
	}
	others.Go(func() { targets{host: s.host, at: s.bridge, log: s.log}.run(ctx) })
	s.bridge.Meet(ctx)
	return account.run(ctx, func(ctx context.Context) error {
		others.Go(func() { notice(ctx, s.bridge, s.config.Data, s.log) })
		return s.host.Run(ctx)
	})
}
