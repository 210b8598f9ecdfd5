package model

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestABusyEndpointIsLeftAloneAsLongAsItAsks(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for after, rests := range map[string]time.Duration{
		"30": 30 * time.Second, "Mon, 02 Mar 2026 12:01:00 GMT": time.Minute, "99999": mostRest,
		"": 0, "soon": 0, "-5": 0, "0": 0, "Mon, 02 Mar 2026 11:00:00 GMT": 0, "99999999999999999999": 0,
	} {
		now := noon
		e := serve(t, func(w http.ResponseWriter, r request) {
			w.Header().Set("Retry-After", after)
			failing(429, "slow down")(w, r)
		})
		m := e.model(t, func(o *Options) { o.Now = func() time.Time { return now }; o.DailyTokens = 1 << 20 })
		ask := func() error {
			_, err := m.Choose(t.Context(), question)
			if !errors.Is(err, ErrBusy) {
				t.Fatalf("%q: %v", after, err)
			}
			return err
		}
		ask()
		if err := ask(); strings.Contains(err.Error(), "asked again in") != (rests > 0) || m.budget.used > 0 {
			t.Errorf("%q: %v, %d tokens are spent", after, err, m.budget.used)
		}
		now = now.Add(rests)
		ask()
		want := 3
		if rests > 0 {
			want = 2
		}
		if len(e.requests) != want {
			t.Errorf("%q: it is asked %d times, want %d", after, len(e.requests), want)
		}
	}
}
