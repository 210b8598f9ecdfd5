package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// This machine's clock may be years ahead until the workspace has told the time.
func TestNothingIsTooOldBeforeTheWorkspaceHasToldTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(filepath.Join(t.TempDir(), "bellhop.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		closed := time.Now().Add(-40 * 24 * time.Hour)
		e := bridge.Event{
			Event:   sdk.Event{ID: "closed/c", Kind: sdk.EventClosed, Chat: "c", At: closed},
			Picture: sdk.Chat{ID: "c", Status: sdk.Closed, ClosedAt: closed},
		}
		if _, _, err := db.Append(e, closed); err != nil {
			t.Fatal(err)
		}
		h, err := host.New(host.Options{Workspace: newTreadmill(benchOptions{inflight: 1}), Store: db, Start: processes(worker.Limits{})})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		go beside{config: config.Config{Retention: 30 * 24 * time.Hour}, host: h, db: db, log: slog.New(slog.DiscardHandler)}.retain(ctx)

		time.Sleep(3 * retainEvery)
		synctest.Wait()
		if k, err := db.Chat("c"); err != nil || k.Chat.ID == "" {
			t.Fatalf("the chat is gone before the workspace was heard (%v)", err)
		}
		go h.Run(ctx)
		time.Sleep(2 * retainEvery)
		synctest.Wait()
		if k, err := db.Chat("c"); err != nil || k.Chat.ID != "" {
			t.Fatalf("the chat is still there: %+v (%v)", k, err)
		}
	})
}
