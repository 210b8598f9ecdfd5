package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
)

// holding is the account that one host acts as at a time.
type holding struct {
	bridge   *bridge.Bridge
	db       *store.DB
	takeOver bool
	lease    time.Duration // how long its host may be silent
	log      *slog.Logger
	other    atomic.Pointer[bridge.Holder] // that acts instead; nil when none does
}

// run runs the host as soon as it holds the account, and until it does no more.
func (h *holding) run(ctx context.Context, host func(context.Context) error) error {
	me, err := h.holder()
	if err != nil {
		return err
	}
	err = h.bridge.Hold(ctx, me, bridge.LeaseOptions{TakeOver: h.takeOver, Lasts: h.lease, Idle: h.other.Store}, func(ctx context.Context, before *bridge.Holder) error {
		if err := h.begin(me, before); err != nil {
			return err
		}
		return host(ctx)
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (h *holding) holder() (bridge.Holder, error) {
	machine, err := os.Hostname()
	if err != nil {
		return bridge.Holder{}, fmt.Errorf("name this machine: %w", err)
	}
	folder, err := filepath.Abs(filepath.Dir(h.db.Path()))
	if err != nil {
		return bridge.Holder{}, fmt.Errorf("name data folder: %w", err)
	}
	return bridge.Holder{Install: h.db.Install(), Host: machine, Folder: folder, Run: rand.Text()}, nil
}

// begin has the chats become known without events when another store has seen to
// them: it has done what there was to do, and to catch up would do it again.
func (h *holding) begin(me bridge.Holder, before *bridge.Holder) error {
	if before == nil || before.Install == me.Install {
		return nil
	}
	h.log.Warn("another host has acted as this account: what happened until now was its, and chats become known without events", "host", before.Host, "folder", before.Folder, "since", before.Since)
	return h.db.SetSeen(time.Time{}).Wait()
}

// idle says who acts instead; "" means that nobody does.
func (h *holding) idle() string {
	if other := h.other.Load(); other != nil {
		return fmt.Sprintf("another host acts as this account: it runs %s", *other)
	}
	return ""
}
