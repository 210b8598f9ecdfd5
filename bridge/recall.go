package bridge

import (
	"context"
	"sync"
	"time"
)

// lately is how long an answer of the server is given again. Many chats may ask
// the same at a time, and each call counts against a limit.
const lately = 15 * time.Second

// recall keeps what was asked lately. Who asks the same meanwhile waits for one
// answer. The zero value is empty.
type recall[T any] struct {
	mu  sync.Mutex // guards the map
	all map[string]*recalled[T]
}

type recalled[T any] struct {
	mu    sync.Mutex // held while the server is asked
	at    time.Time  // zero before there is an answer
	value T
}

// of is the answer to what the key names. A failure is not kept.
func (r *recall[T]) of(ctx context.Context, key string, ask func(context.Context) (T, error)) (T, error) {
	e := r.entry(key)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.at.IsZero() && time.Since(e.at) < lately {
		return e.value, nil
	}
	value, err := ask(ctx)
	if err == nil {
		e.value, e.at = value, time.Now()
	}
	return value, err
}

// forget has the server be asked again for what the key names.
func (r *recall[T]) forget(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, key)
}

// maxRecalled is how many answers are kept; then all are forgotten.
const maxRecalled = 1000

func (r *recall[T]) entry(key string) *recalled[T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil || len(r.all) >= maxRecalled && r.all[key] == nil {
		r.all = map[string]*recalled[T]{}
	}
	if r.all[key] == nil {
		r.all[key] = &recalled[T]{}
	}
	return r.all[key]
}
