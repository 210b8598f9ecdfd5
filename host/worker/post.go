package worker

import (
	"bytes"
	"sync"
)

// maxGathered is how many bytes may wait to be written; beyond it who sends
// waits.
const maxGathered = 1 << 20

// post writes frames to a worker from a goroutine of its own. While it writes,
// all that is sent gathers, and goes out with the next write: a worker that is
// given many events is woken once for several of them.
type post struct {
	wire *wire

	mu    sync.Mutex // guards what follows
	moved *sync.Cond // of what follows
	out   bytes.Buffer
	sent  int64 // bytes so far
	gone  int64 // of them, those that are written
	err   error // of a write, or why nothing is to be written any more
	ended chan struct{}
}

func newPost(w *wire) *post {
	p := &post{wire: w, ended: make(chan struct{})}
	p.moved = sync.NewCond(&p.mu)
	go p.run()
	return p
}

// send gives the frame to the post if it fits and before, which is called then,
// agrees. It does not wait until the frame is written.
func (p *post) send(message any, before func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.out.Len() > maxGathered && p.err == nil {
		p.moved.Wait()
	}
	if p.err != nil {
		return p.err
	}
	at := p.out.Len()
	err := frame(&p.out, message)
	if err == nil {
		err = before()
	}
	if err != nil {
		p.out.Truncate(at)
		return err
	}
	p.sent += int64(p.out.Len() - at)
	p.moved.Broadcast()
	return nil
}

// flush waits until all that was sent is written.
func (p *post) flush() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for all := p.sent; p.gone < all && p.err == nil; {
		p.moved.Wait()
	}
	return p.err
}

func (p *post) run() {
	defer close(p.ended)
	var batch bytes.Buffer
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil {
		if p.out.Len() == 0 {
			p.moved.Wait()
			continue
		}
		batch, p.out = p.out, batch
		p.out.Reset()
		p.mu.Unlock()
		_, err := p.wire.conn.Write(batch.Bytes())
		p.mu.Lock()
		p.gone += int64(batch.Len())
		if p.err == nil {
			p.err = err
		}
		if batch.Cap() > maxKept {
			batch = bytes.Buffer{}
		}
		p.moved.Broadcast()
	}
}

// close ends the post, whose connection is closed already.
func (p *post) close() {
	p.mu.Lock()
	if p.err == nil {
		p.err = ErrEnded
	}
	p.moved.Broadcast()
	p.mu.Unlock()
	<-p.ended
}
