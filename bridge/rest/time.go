package rest

import (
	"encoding/json"
	"math"
	"time"
)

// Time is a point in time as any of Rocket.Chat's interfaces writes it: it
// reads an ISO 8601 text, {"$date": ms}, {"$date": null}, a number of
// milliseconds and null. What is none of these, or not within the years 1 to
// 9999, is the zero time: unknown. It has milliseconds and is in UTC.
type Time struct{ time.Time }

// MarshalJSON writes ISO 8601 as REST does; the zero time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + iso(t.Time) + `"`), nil
}

// UnmarshalJSON never fails: one bad date must not cost the whole document.
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
		if math.Abs(v) <= 1e15 {
			t.Time = within(time.UnixMilli(int64(v)))
		}
	case string:
		at, _ := time.Parse(time.RFC3339, v)
		t.Time = within(at)
	}
	return nil
}

func within(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// iso is a time as queries take it.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
