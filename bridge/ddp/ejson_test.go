package ddp

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123e6, time.UTC)

// TestDatesAreRead in every form in which servers write them; what is none is
// unknown, and costs nothing else.
func TestDatesAreRead(t *testing.T) {
	for text, want := range map[string]time.Time{
		`{"$date":1795348800123}`:              noon,
		`1795348800123`:                        noon,
		`1795348800123.9`:                      noon,
		`"2026-11-22T12:00:00.123Z"`:           noon,
		`"2026-11-22T13:00:00.123+01:00"`:      noon,
		`{"$date":"2026-11-22T12:00:00.123Z"}`: noon,
		`{"$date":-62135596800000}`:            {}, // the year 1 begins, and so does what is unknown
		`0`:                                    time.UnixMilli(0).UTC(),
		`null`:                                 {},
		`{"$date":null}`:                       {},
		`{"$date":{}}`:                         {},
		`{}`:                                   {},
		`[]`:                                   {},
		`true`:                                 {},
		`""`:                                   {},
		`"yesterday"`:                          {},
		`"Invalid date"`:                       {},
		`1e300`:                                {},
		`9e14`:                                 {},
		`-1e15`:                                {},
		`{"$date":1e17}`:                       {},
		`"99999-01-01T00:00:00Z"`:              {},
	} {
		at := Time{noon.AddDate(1, 0, 0)}
		if err := at.UnmarshalJSON([]byte(text)); err != nil || !at.Equal(want) || at.Location() != time.UTC {
			t.Errorf("%s is %s, %v; want %s", text, at, err, want)
		}
	}
}

func TestDatesAreWrittenAsEJSON(t *testing.T) {
	for want, at := range map[string]time.Time{`{"$date":1795348800123}`: noon, `{"$date":null}`: {}, `{"$date":-1}`: time.UnixMilli(-1)} {
		if got, err := Marshal(struct{ T Time }{Time{at}}); err != nil || string(got) != `{"T":`+want+`}` {
			t.Errorf("%s is written %s, %v", at, got, err)
		}
	}
}

// forms are values and how EJSON writes them.
var forms = map[string]any{
	`null`:                      nil,
	`true`:                      true,
	`"a"`:                       "a",
	`1.5`:                       1.5,
	`{"$date":1795348800123}`:   noon,
	`{"$binary":"AP8="}`:        []byte{0, 255},
	`{"$InfNaN":1}`:             math.Inf(1),
	`{"$InfNaN":-1}`:            math.Inf(-1),
	`[{"a":{"$date":0}}]`:       []any{map[string]any{"a": time.UnixMilli(0).UTC()}},
	`{"$escape":{"$date":"x"}}`: map[string]any{"$date": "x"},
	`{"$date":1,"more":true}`:   map[string]any{"$date": 1.0, "more": true},
	`{"$unheard":1}`:            map[string]any{"$unheard": 1.0},
	`{"$escape":{"$escape":{"$binary":"AA=="}}}`: map[string]any{"$escape": []byte{0}},
}

func TestValuesAreWrittenAndReadBack(t *testing.T) {
	for text, v := range forms {
		if got, err := MarshalString(v); err != nil || got != text {
			t.Errorf("%#v is written %s, %v; want %s", v, got, err, text)
		}
		if got, err := Unmarshal([]byte(text)); err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%s is read %#v, %v; want %#v", text, got, err, v)
		}
	}
	nan, err := Unmarshal([]byte(`{"$InfNaN":0}`))
	if f, _ := nan.(float64); err != nil || !math.IsNaN(f) {
		t.Errorf("no number is read %v, %v", nan, err)
	}
	if got, err := MarshalString(math.NaN()); err != nil || got != `{"$InfNaN":0}` {
		t.Errorf("no number is written %s, %v", got, err)
	}
}

// TestWhatOnlyLooksLikeAFormIsKept.
func TestWhatOnlyLooksLikeAFormIsKept(t *testing.T) {
	for text, want := range map[string]any{
		`{"$date":"x"}`:      map[string]any{"$date": "x"},
		`{"$binary":"%%"}`:   map[string]any{"$binary": "%%"},
		`{"$InfNaN":7}`:      map[string]any{"$InfNaN": 7.0},
		`{"$escape":"text"}`: map[string]any{"$escape": "text"},
	} {
		if got, err := Unmarshal([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read %#v, %v", text, got, err)
		}
	}
}

// TestEJSONInAString is how method.call answers.
func TestEJSONInAString(t *testing.T) {
	got, err := UnmarshalString([]byte(`"{\"at\":{\"$date\":1795348800123}}"`))
	if want := map[string]any{"at": noon}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("it is read %#v, %v", got, err)
	}
	for _, bad := range []string{`{"at":1}`, `"{"`, `7`, ``} {
		if got, err := UnmarshalString([]byte(bad)); err == nil || !strings.HasPrefix(err.Error(), "read EJSON") {
			t.Errorf("%s is read %v, %v", bad, got, err)
		}
	}
}

// TestInvalidTextIsMendedWhenWritten: a server would end the connection for it.
func TestInvalidTextIsMendedWhenWritten(t *testing.T) {
	if got, err := MarshalString(map[string]any{"a": "x\xffy"}); err != nil || got != `{"a":"x\ufffdy"}` {
		t.Errorf("it is written %s, %v", got, err)
	}
	if got, err := Marshal(map[string]any{"a": make(chan int)}); err == nil {
		t.Errorf("a channel is written %s", got)
	}
}
