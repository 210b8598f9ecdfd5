package host

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// inUse is how many bytes are in use.
func inUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// A mailbox is a position in the journal: what waits for an instance that does
// not get on costs disk, not memory. Held in memory these events would take
// 1 KiB each, for each instance.
func TestHundredThousandEventsThatWaitTakeNoMemory(t *testing.T) {
	const events, bound = manyEvents, manyEvents * 320 // bytes
	var gate chan struct{}
	stuck := onMessage(func(*sdk.Chat, sdk.Message) error { <-gate; return nil })
	play(t, map[string]plugin{"stuck": stuck, "paused": stuck}, func(w *world) {
		gate = make(chan struct{})
		defer close(gate)
		w.quiet()
		w.ok(w.host.Pause("paused", "for a test"))
		before := inUse()
		text := strings.Repeat("x", 100)
		for n := range events {
			id := sdk.ChatID(fmt.Sprint("c", n%100))
			m := sdk.Message{ID: sdk.MessageID(fmt.Sprint("m", n)), From: sdk.Guest, Text: text, At: time.Now()}
			w.ok(w.host.accept(bridge.Event{
				Event:   sdk.Event{ID: bridge.MessageEventID(m.ID), Kind: sdk.EventMessage, Chat: id, At: m.At, Message: &m},
				Picture: sdk.Chat{ID: id, Status: sdk.Taken, Last: []sdk.Message{m}},
			}))
		}
		w.ok(w.store.Flush().Wait())
		if more := inUse() - before; more > bound {
			t.Errorf("%d events that wait take %d MiB", events, more>>20)
		} else {
			t.Logf("%d events that wait take %d KiB", events, more>>10)
		}
		for _, s := range w.host.Status() {
			if waiting := int(s.Waiting) + s.Open; waiting < events {
				t.Errorf("%d events wait for %s", waiting, s.Name)
			}
		}
	})
}
