package lobby

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// entry is one line of a recording.
type entry struct {
	Dir     string          `json:"dir"`
	Kind    string          `json:"kind"`
	Conn    string          `json:"conn"`
	Who     string          `json:"who"`
	Step    string          `json:"step"`
	TS      time.Time       `json:"ts"`
	Payload json.RawMessage `json:"payload"`

	frame map[string]any // the payload, when it is an object
	text  string         // when it is a text
}

func recording(t *testing.T, name string) []*entry {
	t.Helper()
	f, err := os.Open("testdata/" + name + ".jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []*entry
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		e := &entry{}
		if err := json.Unmarshal(lengthen(lines.Bytes()), e); err != nil {
			t.Fatal(err)
		}
		json.Unmarshal(e.Payload, &e.frame) // a text stays a text
		json.Unmarshal(e.Payload, &e.text)
		out = append(out, e)
	}
	if len(out) == 0 {
		t.Fatalf("recording %s is empty", name)
	}
	return out
}

// shortened is how the recorder wrote a long run of one letter.
var shortened = regexp.MustCompile(`(?:x+|y+)\.\.\.\((\d+) times \\?"([xy])\\?"\)`)

func lengthen(line []byte) []byte {
	return shortened.ReplaceAllFunc(line, func(s []byte) []byte {
		m := shortened.FindSubmatch(s)
		n, _ := strconv.Atoi(string(m[1]))
		return bytes.Repeat(m[2], n)
	})
}

// restCall is a recorded REST call or answer.
type restCall struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Form    map[string]any    `json:"form"`
}
