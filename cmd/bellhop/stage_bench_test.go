package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// openChats is how many chats are open while one is measured.
const openChats = 1000

// BenchmarkGuestMessageToForward measures what a guest feels, through the whole
// of Bellhop: from the workspace's having the guest's message to its having
// moved the chat, while a thousand chats are open and three other guests write
// what moves nothing.
func BenchmarkGuestMessageToForward(b *testing.B) {
	s, err := newStage(b.TempDir(), quiet)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.close)
	w := &stopwatch{said: map[string]time.Time{}}
	s.ledger.each = w.line
	err = s.run(b.Context(), nil, func(ctx context.Context) error {
		p := *s.player
		p.leaveOpen, p.settle = true, nil
		if err := openMany(ctx, &p, openChats); err != nil {
			return err
		}
		if err := s.host.Quiet(ctx); err != nil {
			return err
		}
		b.ResetTimer()
		for n := 0; b.Loop(); n++ {
			if err := writeInvoice(ctx, s, &p, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(w.percentile(50), "p50-ms")
	b.ReportMetric(w.percentile(95), "p95-ms")
}

// openMany opens chats in Sales, in which guests have said hello.
func openMany(ctx context.Context, p *player, n int) error {
	var g errgroup.Group
	g.SetLimit(lanes)
	for i := range n {
		g.Go(func() error {
			_, err := p.play(ctx, fmt.Sprint("open ", i), chatOf("Guest", "hello there"))
			return err
		})
	}
	return g.Wait()
}

func chatOf(guest string, says ...string) convo.Chat {
	c := convo.Chat{Steps: []convo.Step{{Kind: convo.Visitor, Who: guest, Fields: map[string]string{"department": "Sales"}}}}
	for _, text := range says {
		c.Steps = append(c.Steps, convo.Step{Kind: convo.Say, Who: guest, From: sdk.Guest, Text: text})
	}
	return c
}

// writeInvoice has a new guest write what moves his chat, and three others of
// those that wait go on talking meanwhile.
func writeInvoice(ctx context.Context, s *stage, p *player, n int) error {
	var g errgroup.Group
	for i := range 3 {
		name := fmt.Sprint("open ", (3*n+i)%openChats)
		g.Go(func() error {
			t := turn{player: p, room: sdk.ChatID(idOf("room", name)), token: idOf("token", name), id: sdk.MessageID(idOf("more", fmt.Sprint(name, n))),
				step: convo.Step{Kind: convo.Say, From: sdk.Guest, Text: "is anybody there?"}}
			return t.say(ctx)
		})
	}
	room, err := p.play(ctx, fmt.Sprint("measured ", n), chatOf("Maya", "my invoice is wrong"))
	if err := firstOf(err, g.Wait()); err != nil {
		return err
	}
	return s.ledger.reach(ctx, room, 1)
}

// stopwatch takes times from the workspace's log. It is called by one writer at
// a time.
type stopwatch struct {
	said  map[string]time.Time // by room
	times []time.Duration
}

func (w *stopwatch) line(l logLine) {
	switch l.Fact.Fact {
	case "message":
		if l.Guest {
			w.said[l.RID] = l.TS
		}
	case "forwarded":
		w.times = append(w.times, l.TS.Sub(w.said[l.RID]))
	}
}

// percentile is in milliseconds.
func (w *stopwatch) percentile(p int) float64 {
	slices.Sort(w.times)
	return float64(w.times[len(w.times)*p/100].Microseconds()) / 1000
}
