package worker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// Limits of what a plugin may print while its worker lives. More is dropped by
// the worker itself: p.Log is the place for what matters.
const (
	maxPrinted = 256 << 10          // bytes
	maxTail    = 64 << 10           // bytes that are kept to see what a process died of: Go says it before many stacks
	maxHeard   = maxPrinted + 1<<20 // bytes that the host reads; a worker that writes more does not keep to the rules
)

var errFlood = errors.New("it prints more than a worker may")

// capped passes on what a plugin prints, until it is too much.
type capped struct {
	to   io.Writer
	left int // bytes
}

// Write never fails.
func (c *capped) Write(b []byte) (int, error) {
	if c.left <= 0 {
		return len(b), nil
	}
	c.left -= len(b)
	if c.left > 0 {
		c.to.Write(b)
		return len(b), nil
	}
	c.to.Write(b[:len(b)+c.left])
	io.WriteString(c.to, "\nplugin prints too much: the rest is dropped\n")
	return len(b), nil
}

// printer puts what a worker prints into the log, line by line, up to a limit.
// The words may be a visitor's, so they are for debugging only.
type printer struct {
	log      *slog.Logger
	instance string

	mu    sync.Mutex // guards what follows
	last  []byte     // the last maxTail bytes or more
	open  []byte     // a line that has not ended
	heard int        // bytes
}

func newPrinter(o Options) *printer {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &printer{log: log, instance: o.Init.Instance}
}

// Write fails when it is too much. The pipe is closed then, so that it costs
// the host nothing more.
func (p *printer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard += len(b)
	if p.heard > maxHeard {
		p.log.Warn("worker prints without end: it is not listened to any more", "instance", p.instance)
		return 0, errFlood
	}
	p.last = append(p.last, b[max(0, len(b)-maxTail):]...)
	if len(p.last) > 2*maxTail {
		p.last = append(p.last[:0], p.last[len(p.last)-maxTail:]...)
	}
	p.open = append(p.open, b...)
	for {
		one, rest, ended := bytes.Cut(p.open, []byte("\n"))
		if !ended && len(p.open) < maxLine {
			return len(b), nil
		}
		p.line(string(one))
		p.open = append(p.open[:0], rest...)
	}
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
