package ddp

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// Time is a point in time as any of Rocket.Chat's interfaces writes it: reads
// {"$date": ms}, {"$date": null}, an ISO 8601 string, a number of milliseconds
// and null; writes {"$date": ms}. What is none of these, or not within the
// years 1 to 9999, is the zero time: unknown. It has millisecond precision and
// is in UTC.
type Time struct{ time.Time }

// MarshalJSON writes {"$date": ms}; the zero time is {"$date": null}.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte(`{"$date":null}`), nil
	}
	return []byte(`{"$date":` + strconv.FormatInt(t.UnixMilli(), 10) + `}`), nil
}

// UnmarshalJSON never fails: one bad date must not cost the whole message.
func (t *Time) UnmarshalJSON(data []byte) error {
	*t = Time{}
	var v any
	if json.Unmarshal(data, &v) != nil {
		return nil
	}
	if m, ok := v.(map[string]any); ok {
		v = m["$date"]
	}
	switch v := v.(type) {
	case float64:
		t.Time = atMillis(v)
	case string:
		at, _ := time.Parse(time.RFC3339, v)
		t.Time = inRange(at)
	}
	return nil
}

// atMillis is a number of milliseconds since 1970.
func atMillis(ms float64) time.Time {
	if math.IsNaN(ms) || math.Abs(ms) > 1e15 {
		return time.Time{}
	}
	return inRange(time.UnixMilli(int64(ms)))
}

func inRange(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
