package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/host/model"
	"github.com/bellhop-chat/bellhop/host/store"
)

// learning learns topics from the workspace's own chats: those that have ended
// and that people have tagged.
type learning struct {
	db   *store.DB
	data string // folder
	log  *slog.Logger

	mu sync.Mutex // held while it learns
}

// mostChats is how many are learned from, the newest of them.
const mostChats = 20_000

// fewestChats is how many chats must have a tag for it to be learned. What
// fewer have may be a name.
const fewestChats = 5

// now learns and keeps what was learned. It keeps one processor busy for some
// seconds, and lets everything else go first.
func (l *learning) now(ctx context.Context) (model.Version, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tagged, err := l.db.Tagged(model.Opening)
	if err != nil {
		return model.Version{}, err
	}
	tagged = tagged[max(0, len(tagged)-mostChats):]
	examples := make([]model.Example, len(tagged))
	for i, t := range tagged {
		examples[i] = model.Example{Text: strings.Join(t.Says, "\n"), Labels: t.Tags}
	}
	dropUsual(tagged, examples)
	common := model.Common(examples, fewestChats)
	topics, err := model.Learn(ctx, common, model.LearnOptions{})
	if err != nil {
		return model.Version{}, fmt.Errorf("%w; people have tagged %d of the chats that ended, and %d have a tag that at least %d have",
			err, len(tagged), len(common), fewestChats)
	}
	return model.NewShelf(l.data).Put(topics, time.Now())
}

// usual is the share of a department's chats from which on a tag tells nothing
// of what they are about.
const usual = 0.9

// dropUsual takes out tags that nearly all chats of their department have, where
// a chat has another: the workspace itself adds some to each chat that is closed.
func dropUsual(tagged []store.Tagged, examples []model.Example) {
	chats, have := map[string]int{}, map[string]map[string]int{}
	for _, t := range tagged {
		if chats[t.Department]++; have[t.Department] == nil {
			have[t.Department] = map[string]int{}
		}
		for _, tag := range t.Tags {
			have[t.Department][tag]++
		}
	}
	for i, t := range tagged {
		telling := slices.DeleteFunc(slices.Clone(t.Tags), func(tag string) bool {
			return float64(have[t.Department][tag]) >= usual*float64(chats[t.Department])
		})
		if len(telling) > 0 {
			examples[i].Labels = telling
		}
	}
}

// told is now, for a console.
func (l *learning) told(ctx context.Context) (any, error) { return l.now(ctx) }

const (
	lookEvery = time.Hour
	nightFrom = 2              // o'clock, by this machine's zone
	nightTo   = 5              // o'clock, and no later
	oneNight  = 20 * time.Hour // since the last learning, so that there is one a night
	missed    = 44 * time.Hour // since the last learning: then it is made up for by day
)

// due reports whether it is time to learn again.
func due(last, now time.Time) bool {
	since := now.Sub(last)
	night := now.Hour() >= nightFrom && now.Hour() < nightTo
	return since > missed || night && since > oneNight
}

// nightly learns each night, until ctx ends. A host that is off at night learns
// by day.
func (l *learning) nightly(ctx context.Context) {
	last := l.last()
	for pause(ctx, lookEvery) == nil {
		now := time.Now()
		if !due(last, now) {
			continue
		}
		last = now
		v, err := l.now(ctx)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, model.ErrNothingNew):
		case err != nil:
			l.log.Debug("no topics are learned from the chats", "err", err)
		case v.NotInUse != "":
			l.log.Info("topics were learned from the chats, and are not used", "version", v.Number, "texts", v.Texts, "reason", v.NotInUse)
		default:
			l.log.Info("topics were learned from the chats", "version", v.Number, "texts", v.Texts, "topics", v.Topics, "took", time.Duration(v.TrainS*float64(time.Second)))
		}
	}
}

// last is when topics were last learned; zero when they never were.
func (l *learning) last() (at time.Time) {
	all, err := model.NewShelf(l.data).Versions()
	if err != nil {
		l.log.Warn("topics cannot be kept", "err", err)
	}
	for _, v := range all {
		at = v.Made
	}
	return at
}
