package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
)

// reloads keeps a running host at what the instance files say.
type reloads struct {
	data string
	host *host.Host
	log  *slog.Logger
	last map[string]host.Instance // as they run
}

// run reloads when what the files hold changes, until ctx ends. It looks again
// and again rather than being told, because not every file system tells.
func (r reloads) run(ctx context.Context) {
	r.last, _ = instances(r.data) // its faults were told at the start
	was := fingerprint(r.data)
	for pause(ctx, time.Second) == nil {
		now := fingerprint(r.data)
		if now == was {
			continue
		}
		was = now
		r.reload(ctx)
	}
}

func (r *reloads) reload(ctx context.Context) {
	all, faults := instances(r.data)
	for _, err := range faults {
		name := faulty(err)
		if former, runs := r.last[name]; runs {
			all[name] = former
			r.log.Error("instance goes on as before: correct its file", "err", err)
			continue
		}
		r.log.Error("instance does not run: correct its file", "err", err)
	}
	if err := r.host.Reload(ctx, all); err != nil {
		r.log.Error("reload instances", "err", err)
	}
	r.last = maps.Clone(all)
}

// faulty is the instance that the error is about; "" means none.
func faulty(err error) string {
	var one *config.InstanceError
	if !errors.As(err, &one) {
		return ""
	}
	return one.Name
}

// fingerprint changes when an instance file does, or an installed plugin's.
func fingerprint(data string) [sha256.Size]byte {
	sum := sha256.New()
	files, _ := filepath.Glob(filepath.Join(data, "instances", "*"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		fmt.Fprintf(sum, "%s %d %v\n", f, len(text), err)
		sum.Write(text)
	}
	files, _ = filepath.Glob(filepath.Join(data, "plugins", "*", "*", "*"))
	for _, f := range files { // many, and big ones: their times do
		if info, err := os.Stat(f); err == nil {
			fmt.Fprintln(sum, f, info.Size(), info.ModTime().UnixNano())
		}
	}
	return [sha256.Size]byte(sum.Sum(nil))
}
