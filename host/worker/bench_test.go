package worker_test

import (
	"fmt"
	"testing"

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
