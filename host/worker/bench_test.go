package worker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/worker"
)

// usual is a plugin such as people install: it looks at words and answers.
const usual = `if strings.Contains(strings.ToLower(m.Text), "invoice") {
			c.Forward(sdk.Department("Billing"), sdk.Because("words"))
		}
		return nil`

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		w, err := worker.Start(b.Context(), plugin(usual, ""))
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		w.Stop()
		b.StartTimer()
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	for _, inFlight := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
			w, err := worker.Start(b.Context(), plugin(usual, ""))
			if err != nil {
				b.Fatal(err)
			}
			defer w.Stop()
			d := says(1, "hello, my invoice is wrong, and nobody has answered me since Monday")
			waiting := 0
			for b.Loop() {
				if waiting == inFlight {
					<-w.Results()
					waiting--
				}
				if err := w.Send(d); err != nil {
					b.Fatal(err)
				}
				waiting++
			}
			for ; waiting > 0; waiting-- {
				<-w.Results()
			}
			b.StopTimer()
			kib, err := w.PrivateKiB()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(kib), "private-KiB")
		})
	}
}

// BenchmarkNeighbour is the time of an event at an instance that behaves: by
// itself, and while attacks of all kinds run, one after the other.
func BenchmarkNeighbour(b *testing.B) {
	b.Run("alone", func(b *testing.B) { askNeighbour(b) })
	b.Run("beside attacks", func(b *testing.B) {
		done, ended := make(chan struct{}), make(chan int)
		go func() { ended <- attackUntil(b, done) }()
		askNeighbour(b)
		close(done)
		b.ReportMetric(float64(<-ended), "attacks")
	})
}

func askNeighbour(b *testing.B) {
	good := neighbour{t: b}
	good.start()
	var took []time.Duration
	for b.Loop() {
		took = append(took, good.ask("what is going on"))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}

// attackUntil runs attacks until done is closed, and counts them.
func attackUntil(b *testing.B, done chan struct{}) int {
	for n := 0; ; n++ {
		select {
		case <-done:
			return n
		default:
		}
		list := slices.Concat(greedy(), byRogues())
		list[n*7%len(list)].run(b)
	}
}
