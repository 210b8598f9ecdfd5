package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// ParseDuration takes what time.ParseDuration takes and, in front of it, whole
// days and weeks: "30d", "1w2d", "1d12h". A day has 24 hours. A duration is
// never negative.
func ParseDuration(s string) (time.Duration, error) {
	var total time.Duration
	rest := s
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"w", 7 * day}, {"d", day}} {
		before, after, ok := strings.Cut(rest, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(before, 10, 32)
		if err != nil || time.Duration(n) > (math.MaxInt64-total)/unit.size {
			return 0, fmt.Errorf("parse duration %q: write it like 20s, 5m, 2h, 30d or 1d12h", s)
		}
		total += time.Duration(n) * unit.size
		rest = after
	}
	if rest == "" && rest != s {
		return total, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || d > math.MaxInt64-total {
		return 0, fmt.Errorf("parse duration %q: write it like 20s, 5m, 2h, 30d or 1d12h", s)
	}
	return total + d, nil
}
