package lobby

import "time"

// tx is one request's work on the world. What it changed, what it tells and
// what it states leave together when it ends: first the state file, then the
// log, then the events, then the answer.
type tx struct {
	*world
	s      *Server
	now    time.Time
	puts   []entity
	isPut  map[entity]bool
	gone   []entity
	events []event
	facts  []Fact
}

// entity is something that the state file keeps.
type entity interface {
	key() (kind, id string)
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

type (
	counter string
	setting string
)

func (c counter) key() (string, string)       { return "counter", string(c) }
func (c setting) key() (string, string)       { return "setting", string(c) }
func (u *user) key() (string, string)         { return "user", u.ID }
func (d *department) key() (string, string)   { return "department", d.ID }
func (v *visitor) key() (string, string)      { return "visitor", v.ID }
func (r *room) key() (string, string)         { return "room", r.ID }
func (q *inquiry) key() (string, string)      { return "inquiry", q.ID }
func (s *subscription) key() (string, string) { return "subscription", s.ID }
func (m *message) key() (string, string)      { return "message", m.ID }
func (f *upload) key() (string, string)       { return "upload", f.ID }
func (f *customField) key() (string, string)  { return "field", f.ID }

// do runs one request's work alone in the world and lets out what came of it.
func (s *Server) do(work func(*tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{world: s.world, s: s, now: s.tick(), isPut: map[entity]bool{}}
	err := work(t)
	if lost := s.commit(t); lost != nil {
		return lost
	}
	return err
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
	return nil
}
