package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// longestRest is what an answer can ask for: more is a mistake, or a way to keep an
// effect waiting for good.
const longestRest = time.Hour

// retryAfter reads for how long an answer asks to be left alone, in seconds or as a
// time (RFC 9110, 10.2.3), which is taken by the other side's clock; 0 when it does
// not say.
func retryAfter(h http.Header) sdk.Duration {
	says := h.Get("Retry-After")
	if n, err := strconv.ParseUint(says, 10, 31); err == nil {
		return sdk.Duration(min(time.Duration(n)*time.Second, longestRest))
	}
	at, err := http.ParseTime(says)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return sdk.Duration(min(max(at.Sub(now), 0), longestRest))
}
