package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
)

// BenchmarkHundredInstances measures a host with a hundred instances that each
// hear of every message and tag its chat: how long until all are ready, what the
// largest worker's own memory is, how long the reload of one takes while all go
// on, and how many decisions a second the others make before and meanwhile.
func BenchmarkHundredInstances(b *testing.B) {
	db, err := store.Open(filepath.Join(b.TempDir(), storeName))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const many = 100
	w := newTreadmill(benchOptions{plugins: many, inflight: 64, events: 1 << 40})
	h, err := host.New(host.Options{Workspace: w, Store: db, Start: processes(worker.Limits{}), Instances: alike(many)})
	if err != nil {
		b.Fatal(err)
	}
	var others atomic.Int64
	defer h.Watch(func(r host.Report) {
		if r.Effect.Instance != "bench7" {
			others.Add(1)
		}
	})()
	ctx, stop := context.WithCancel(b.Context())
	var g errgroup.Group
	g.Go(func() error { return h.Run(ctx) })
	g.Go(func() error {
		defer stop()
		began := time.Now()
		if err := h.Quiet(ctx); err != nil {
			return err
		}
		started := time.Since(began)
		close(w.begin)
		before := rate(&others, func() { time.Sleep(time.Second) })
		var took []time.Duration
		var fault error
		meanwhile := rate(&others, func() { took, fault = reloadOne(ctx, b, h) })
		if fault != nil {
			return fault
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(started.Seconds()*1000, "start-ms")
		b.ReportMetric(before, "decisions/s")
		b.ReportMetric(meanwhile, "meanwhile/s")
		b.ReportMetric(took[len(took)/2].Seconds()*1000, "reload-ms")
		b.ReportMetric(float64(workerPrivate())/1024, "worker-MiB")
		return nil
	})
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}

// rate is how fast the counter grows while do does something, a second.
func rate(counter *atomic.Int64, do func()) float64 {
	began, before := time.Now(), counter.Load()
	do()
	return float64(counter.Load()-before) / time.Since(began).Seconds()
}

// reloadOne upgrades one instance again and again, and says how long each time
// took, the shortest first.
func reloadOne(ctx context.Context, b *testing.B, h *host.Host) (took []time.Duration, err error) {
	all := alike(len(h.Instances()))
	for n := 1; b.Loop(); n++ {
		one := all["bench7"]
		one.Version = fmt.Sprint("1.0.", n)
		next := maps.Clone(all)
		next["bench7"] = one
		began := time.Now()
		if err := h.Reload(ctx, next); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took, nil
}
