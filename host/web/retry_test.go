package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestAnswerSaysHowLongItsSystemIsToBeLeftAlone(t *testing.T) {
	const date = "Thu, 26 Nov 2026 10:00:00 GMT"
	for says, want := range map[string]time.Duration{
		"":                              0,
		"90":                            90 * time.Second,
		"-5":                            0,
		"soon":                          0,
		"999999":                        longestRest,
		"99999999999999999999":          0,
		"Thu, 26 Nov 2026 10:02:00 GMT": 2 * time.Minute,
		"Thu, 26 Nov 2026 09:00:00 GMT": 0,
		"Fri, 27 Nov 2026 10:00:00 GMT": longestRest,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", date)
			if says != "" {
				w.Header().Set("Retry-After", says)
			}
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, "later")
		}))
		got, err := get(s.URL)(New(Options{Private: []string{"127.0.0.1"}}), s.URL)
		if s.Close(); err != nil || time.Duration(got.RetryAfter) != want {
			t.Errorf("%q: %v, %v; want %s", says, got.RetryAfter, err, want)
		}
	}
}
