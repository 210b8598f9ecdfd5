package transcript

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// BenchmarkMessages shows the time, and the memory at its peak beyond that of
// the conversation itself, for so many messages in seven scripts.
func BenchmarkMessages(b *testing.B) {
	for _, n := range []string{"50", "500", "5000"} {
		for form, f := range forms {
			b.Run(form+"/"+n, func(b *testing.B) {
				c := long(map[string]int{"50": 50, "500": 500, "5000": 5000}[n])
				if _, err := f(io.Discard, c, Options{}); err != nil { // unpacks the fonts
					b.Fatal(err)
				}
				runtime.GC()
				var peak gauge
				peak.read()
				base := peak.most
				pages := 0
				for b.Loop() {
					r, err := f(&peak, c, Options{})
					if err != nil {
						b.Fatal(err)
					}
					pages += r.Pages
				}
				if pages > 0 {
					b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
				}
				b.ReportMetric(float64(peak.most-base)/(1<<20), "peak-MiB")
				b.ReportMetric(float64(peak.written)/float64(b.N)/(1<<10), "KiB/transcript")
			})
		}
	}
}

// gauge looks at the heap while a transcript is written.
type gauge struct {
	most    uint64
	written int
}

func (g *gauge) Write(p []byte) (int, error) {
	if g.written/(1<<18) != (g.written+len(p))/(1<<18) {
		g.read()
	}
	g.written += len(p)
	return len(p), nil
}

func (g *gauge) read() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	g.most = max(g.most, m.HeapAlloc)
}

// BenchmarkBesideChromium prints the same 500 messages by Chromium, if it is
// there, and says how many times faster and smaller our PDF is.
func BenchmarkBesideChromium(b *testing.B) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		b.Skip("no chromium to compare with")
	}
	c := long(500)
	page, err := os.Create(filepath.Join(b.TempDir(), "page.html"))
	if err != nil {
		b.Fatal(err)
	}
	_, err = HTML(page, c, Options{})
	if err = errors.Join(err, page.Close()); err != nil {
		b.Fatal(err)
	}
	if _, err := PDF(io.Discard, c, Options{}); err != nil { // unpacks the fonts
		b.Fatal(err)
	}
	var ours gauge
	for b.Loop() {
		ours = gauge{}
		if _, err := PDF(&ours, c, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	size := printed(b, chromium, page.Name())
	b.ReportMetric(float64(time.Since(began))/float64(b.Elapsed())*float64(b.N), "times-faster")
	b.ReportMetric(float64(size)/float64(ours.written), "times-smaller")
}

// printed is the size of a page that the browser prints.
func printed(b *testing.B, chromium, page string) int64 {
	b.Helper()
	out := filepath.Join(b.TempDir(), "page.pdf")
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+b.TempDir(), "--print-to-pdf="+out, page)
	if log, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, log)
	}
	info, err := os.Stat(out)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}
