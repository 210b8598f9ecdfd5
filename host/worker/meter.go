package worker

import (
	"sync"
	"time"
)

// meterSpan is how often a worker's use of the processor is looked at, and
// idleWork how much of it may be beside its events, for the collector of
// garbage and such.
var (
	meterSpan = 10 * time.Second
	idleWork  = 2 * time.Second
)

// meter ends a worker that computes although it has nothing to do. A plugin
// that has passed the gate can't; this is for what has got around it.
type meter struct {
	span, idle time.Duration

	mu    sync.Mutex // guards what follows
	timer *time.Timer
	ended bool
	used  time.Duration // of the processor, at the last look
	busy  time.Duration // with events, at the last look
}

func (m *meter) start(p *Process) {
	used, ok := processorTime(p.other.pid)
	if !ok {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.span, m.idle = meterSpan, idleWork
	m.used = used
	if !m.ended {
		m.timer = time.AfterFunc(m.span, func() { m.look(p) })
	}
}

func (m *meter) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	if m.timer != nil {
		m.timer.Stop()
	}
}

func (m *meter) look(p *Process) {
	m.mu.Lock()
	defer m.mu.Unlock()
	used, ok := processorTime(p.other.pid)
	if !ok || m.ended {
		return
	}
	busy := p.busyTime()
	if used-m.used > busy-m.busy+m.idle {
		p.end(&EndError{Cause: Broken, Says: "it computes although it has nothing to do, which no plugin can that has passed the gate: do not trust it"})
		return
	}
	m.used, m.busy = used, busy
	m.timer.Reset(m.span)
}

// busyTime is how long the worker has had something to do.
func (p *Process) busyTime() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.pending) == 0 {
		return p.busy
	}
	return p.busy + time.Since(p.since)
}
