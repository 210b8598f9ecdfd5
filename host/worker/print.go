package worker

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// Limits of what a plugin may print while its worker lives. More is dropped:
// p.Log is the place for what matters.
const (
	maxPrinted = 256 << 10 // bytes
	maxTail    = 64 << 10  // bytes that are kept to see what a process died of: Go says it before many stacks
)

// printer puts what a worker prints into the log, line by line, up to a limit.
// The words may be a visitor's, so they are for debugging only.
type printer struct {
	log      *slog.Logger
	instance string

	mu      sync.Mutex // guards what follows
	last    []byte     // the last maxTail bytes or more
	open    []byte     // a line that has not ended
	printed int        // bytes
}

func newPrinter(o Options) *printer {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &printer{log: log, instance: o.Init.Instance}
}

// Write never fails.
func (p *printer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = append(p.last, b[max(0, len(b)-maxTail):]...)
	if len(p.last) > 2*maxTail {
		p.last = append(p.last[:0], p.last[len(p.last)-maxTail:]...)
	}
	if p.printed >= maxPrinted {
		return len(b), nil
	}
	p.printed += len(b)
	p.open = append(p.open, b[:min(len(b), maxPrinted)]...)
	for {
		one, rest, ended := bytes.Cut(p.open, []byte("\n"))
		if !ended && len(p.open) < maxLine {
			break
		}
		p.line(string(one))
		p.open = append(p.open[:0], rest...)
	}
	if p.printed >= maxPrinted {
		p.log.Warn("plugin prints too much: the rest is dropped", "instance", p.instance)
	}
	return len(b), nil
}

func (p *printer) line(s string) {
	if s = strings.TrimSpace(s); s != "" {
		p.log.Log(context.Background(), slog.LevelDebug, "plugin printed", "instance", p.instance, "text", line(s, maxLine))
	}
}

// tail is the last of what was printed.
func (p *printer) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.last)
}
