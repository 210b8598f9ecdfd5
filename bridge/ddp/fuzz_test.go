package ddp

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"
)

// FuzzFrame: no frame makes the connection panic, end but as promised, or give
// an event that cannot be read.
func FuzzFrame(f *testing.F) {
	for _, frame := range append(recordedFrames(f), odd...) {
		f.Add([]byte(frame))
	}
	f.Add([]byte(`{"msg":"nosub","id":"s1"}`))
	f.Add([]byte(`{"msg":"result","id":"m2","error":{"error":"too-many-requests","details":{"timeToReset":1e9}}}`))
	o := serve(f, (*peer).rest)
	o.OnEvent = make(mailbox).put
	c := dial(f, o)
	f.Fuzz(func(t *testing.T, data []byte) {
		c.mu.Lock()
		answer := make(chan outcome, 1)
		c.waiting["m2"], c.subs["s1"] = answer, "stream-x"
		c.mu.Unlock()
		if quick, ok := eventOf(data); ok {
			f, err := parse(data)
			slow, odd := f.event()
			if err != nil || odd != nil || f.Msg != "changed" || !reflect.DeepEqual(quick, slow) {
				t.Fatalf("%q is the event %+v, by encoding/json %+v, %v, %v", data, quick, slow, err, odd)
			}
		}
		err := c.handle(data)
		if refused := new(*RefusedError); err != nil && !errors.As(err, refused) && !errors.As(err, new(*Error)) {
			t.Fatalf("%q ends the connection: %v", data, err)
		}
		select {
		case e := <-c.events:
			c.queued.Add(-int64(e.size))
			if e.Name == "" || e.size != len(data) {
				t.Errorf("%q is the event %+v", data, e)
			}
			for _, a := range e.Args {
				if !json.Valid(a) {
					t.Errorf("%q has the argument %q", data, a)
				}
			}
		case o := <-answer:
			if o.err != nil && o.err.Error() == "" {
				t.Errorf("%q is an empty refusal", data)
			}
		default:
		}
	})
}

// FuzzEJSON: what can be read can be written, and reads the same again.
func FuzzEJSON(f *testing.F) {
	for text := range forms {
		f.Add([]byte(text))
	}
	for _, frame := range recordedFrames(f) {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Unmarshal(data)
		if err != nil {
			return
		}
		text, err := Marshal(v)
		if err != nil {
			t.Fatalf("%q is read %#v, which cannot be written: %v", data, v, err)
		}
		again, err := Unmarshal(text)
		if err != nil || !reflect.DeepEqual(numbered(again), numbered(v)) {
			t.Errorf("%q is read %#v, written %s and read %#v, %v", data, v, text, again, err)
		}
	})
}

// numbered is the value with a word for what equals nothing.
func numbered(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) {
			return "not a number"
		}
	case []any:
		for i := range v {
			v[i] = numbered(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbered(v[k])
		}
	}
	return v
}

// FuzzTime: a date is one or unknown, and what is written reads the same.
func FuzzTime(f *testing.F) {
	for _, text := range []string{`{"$date":1795348800123}`, `{"$date":null}`, `1795348800123`, `"2026-11-22T12:00:00.123Z"`, `null`, `1e300`, `[]`, `"x"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var at Time
		if err := at.UnmarshalJSON(data); err != nil || at.Location() != time.UTC || at.Year() < 1 || at.Year() > 9999 || at.Nanosecond()%1e6 != 0 {
			t.Fatalf("%q is %s, %v", data, at, err)
		}
		text, err := json.Marshal(at)
		if err != nil {
			t.Fatal(err)
		}
		var again Time
		if err := json.Unmarshal(text, &again); err != nil || !again.Equal(at.Time) {
			t.Errorf("%q is %s, written %s and read %s, %v", data, at, text, again, err)
		}
	})
}
