package bridge

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// TestEveryFieldOfAMessageIsReadQuickly, or it would be empty in frames.
func TestEveryFieldOfAMessageIsReadQuickly(t *testing.T) {
	var all []string
	for f := range reflect.TypeFor[rest.Message]().Fields() {
		all = append(all, f.Tag.Get("json"))
	}
	if !reflect.DeepEqual(slices.Sorted(slices.Values(all)), slices.Sorted(slices.Values(messageNames))) {
		t.Errorf("a message has the fields %q, and read are %q", all, messageNames)
	}
	if got := reflect.TypeFor[rest.Ref]().NumField(); got != len(refNames) {
		t.Errorf("a user has %d fields, and read are %q", got, refNames)
	}
}

// oddMessages are written as servers may write them, or never do.
var oddMessages = []string{
	`{}`, `[]`, `null`, `[null]`, `5`, `[5,"x"]`, `[{}]`, `[{},{}]`, ` [ { "_id" : "a" } ] `, `[{"_id":"a"}`, `[{"_id":"a"}]x`, `[{"_id":"a"},]`,
	`{"_id":"a","_id":"b"}`, `{"_ID":"a"}`, `{"_id":null}`, `{"\u005fid":"a"}`, `{"msg":"a\nb\u00e9\ud83d\ude00\ud800"}`, "{\"msg\":\"a\xffb\"}", "{\"msg\":\"a\x00b\"}", `{"mſg":"a"}`,
	`{"u":{"_id":"a"},"u":{"username":"b"}}`, `{"u":null}`, `{"u":"x"}`, `{"u":{"_id":5}}`, `{"u":{"_ID":"a"}}`,
	`{"ts":1795329022468}`, `{"ts":{"$date":1795329022468}}`, `{"ts":{"$date":-1}}`, `{"ts":{"$date":00}}`, `{"ts":{"$date":1e3}}`, `{"ts":{"$date":null}}`, `{"ts":{ "$date":5}}`, `{"ts":{"$date":99999999999999999999}}`, `{"ts":"2026-11-22T06:30:22.468Z"}`, `{"ts":null}`, `{"ts":{"$date":5,"x":6}}`,
	`{"_hidden":true}`, `{"_hidden":"x"}`, `{"file":{"_id":"f","size":5}}`, `{"file":null}`, `{"files":[{"_id":"f"},null]}`, `{"attachments":[{"title":"x"}]}`, `{"attachments":{}}`,
	`{"transferData":{"scope":"queue","ts":{"$date":1}}}`, `{"editedBy":{"_id":"x"},"editedAt":{"$date":2}}`, `{"mentions":[{"a":[1.5e-3,-0,true,false,null]}]}`, `{"x":01}`, `{"x":-}`, `{"x":1.}`, `{"x":tru}`,
	`{"x":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
}

// FuzzMessages: what is read quickly is what encoding/json reads, and what it
// finds fault with is not read.
func FuzzMessages(f *testing.F) {
	for _, m := range oddMessages {
		f.Add([]byte(m))
	}
	for _, name := range []string{"manual", "auto"} {
		for _, s := range recording(f, name) {
			for _, l := range s.lines {
				if collection, _, _ := frameOf(f, l.Payload); collection == streamMessages {
					f.Add([]byte(argumentsOf(f, l.Payload)[0]))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		quick, ok := quickMessages(data)
		if !ok {
			return
		}
		var slow []rest.Message
		err := json.Unmarshal(data, &slow)
		if len(data) > 0 && strings.TrimLeft(string(data), " \t\r\n")[0] == '{' {
			slow = make([]rest.Message, 1)
			err = json.Unmarshal(data, &slow[0])
		}
		if err != nil || len(slow) != len(quick) {
			t.Fatalf("%q is read as %+v, and by encoding/json as %+v, %v", data, quick, slow, err)
		}
		for n := range quick {
			if !reflect.DeepEqual(quick[n].Message, slow[n]) {
				t.Errorf("%q is read as %+v, and by encoding/json as %+v", data, quick[n].Message, slow[n])
			}
			if err := lacking(&slow[n]); (err == nil) != (quick[n].err == nil) {
				t.Errorf("%q lacks %v, want %v", data, quick[n].err, err)
			}
		}
	})
}

// argumentsOf are the arguments of a recorded frame.
func argumentsOf(t testing.TB, payload json.RawMessage) []json.RawMessage {
	var f struct {
		Fields struct{ Args []json.RawMessage }
	}
	if err := json.Unmarshal(payload, &f); err != nil {
		t.Fatal(err)
	}
	return f.Fields.Args
}
