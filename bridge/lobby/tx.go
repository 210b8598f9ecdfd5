package lobby

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// tx is one request's work on the world. What it changed, what it states and
// what it tells leave together when it ends: first to the state file, then to the
// log, then as events, then as the answer.
type tx struct {
	*world
	s      *Server
	now    time.Time
	puts   []entity
	isPut  map[entity]bool
	gone   []entity
	events []event
	facts  []Fact
	hooks  []hook
}

// put marks something as changed.
func (t *tx) put(e entity) {
	if !t.isPut[e] {
		t.isPut[e] = true
		t.puts = append(t.puts, e)
	}
}

// remove marks something as gone.
func (t *tx) remove(e entity) { t.gone = append(t.gone, e) }

// count adds one to a counter that survives.
func (t *tx) count(name string) int {
	t.counters[name]++
	t.put(counter(name))
	return t.counters[name]
}

// prepend takes over what an earlier request could not let out.
func (t *tx) prepend(late *tx) {
	for _, e := range t.puts {
		late.put(e)
	}
	t.puts, t.isPut = late.puts, late.isPut
	t.gone = append(late.gone, t.gone...)
	t.facts = append(late.facts, t.facts...)
	t.events = append(late.events, t.events...)
	t.hooks = append(late.hooks, t.hooks...)
}

// errCrashed is what a caller learns of a mistake in this package; the log has more.
//
//lint:ignore ST1005 the server's own words
var errCrashed = errors.New("Internal server error")

// do runs one request's work alone in the world and lets out what came of it.
func (s *Server) do(work func(*tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{world: s.world, s: s, now: s.tick(), isPut: map[entity]bool{}}
	err := s.attempt(t, work)
	t.hookFacts()
	if lost := s.commit(t); lost != nil {
		s.log.line("lost", doc{"error": lost.Error()})
		return errCrashed
	}
	return err
}

// attempt keeps a panic to the request that met it. What the request had changed by
// then stays, in the world and in the file alike.
func (s *Server) attempt(t *tx, work func(*tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.line("panic", doc{"panic": fmt.Sprint(p), "stack": string(debug.Stack())})
			err = errCrashed
		}
	}()
	return work(t)
}

// tick is the server's time, which never runs backwards.
func (s *Server) tick() time.Time {
	now := s.opt.Now().UTC().Truncate(time.Millisecond)
	if now.Before(s.world.last) {
		now = s.world.last
	}
	s.world.last = now
	return now
}

// stamp is a date for a message of the room: later than all that the room has, so
// that sorting by date is sorting by what came first.
func (t *tx) stamp(r *room) time.Time {
	at := t.now
	if n := len(r.log); n > 0 && !at.After(r.log[n-1].TS) {
		at = r.log[n-1].TS.Add(time.Millisecond)
	}
	t.last = later(t.last, at)
	return at
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s *Server) commit(t *tx) error {
	if err := s.state.write(t); err != nil {
		return err
	}
	s.log.tx(t)
	for _, e := range t.events {
		for _, c := range e.to {
			c.send(e.frame)
		}
	}
	s.sendHooks(t.hooks)
	return nil
}
