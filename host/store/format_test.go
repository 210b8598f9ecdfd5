package store

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestStoreOfEachFormatOpens: what was given out can be read for ever. The
// files are frozen; see testdata/README.md.
func TestStoreOfEachFormatOpens(t *testing.T) {
	for format := oldest; format <= Format; format++ {
		t.Run(fmt.Sprint(format), func(t *testing.T) {
			db := open(t, unpacked(t, fmt.Sprintf("testdata/format%d.db.gz", format)))
			if err := db.Check(); err != nil {
				t.Fatal(err)
			}
			why, err := db.Why("c1")
			if err != nil || len(why) != 2 || why[0].Effects[0].Outcome == nil || why[0].Entry.Event.Message.Text != "hello" {
				t.Errorf("decisions %+v: %v", why, err)
			}
			hold, err := db.Hold()
			if err != nil || hold == nil || hold.Why != "frozen" {
				t.Errorf("hold %+v: %v", hold, err)
			}
			box, err := db.Outbox()
			if err != nil || len(box) != 1 || box[0].Effects[0].Effect.Chat != "c2" || box[0].Effects[0].Outcome != nil {
				t.Errorf("outbox %+v: %v", box, err)
			}
			due, err := db.Timers()
			if err != nil || len(due) != 1 || due[0].Name != "later" {
				t.Errorf("timers %+v: %v", due, err)
			}
			letters, err := db.Letters()
			if err != nil || len(letters) != 1 || letters[0].Error != "hello" {
				t.Errorf("dead letters %+v: %v", letters, err)
			}
			state, err := db.State("rules", "")
			if err != nil || state["v1"] != "hello" {
				t.Errorf("state %v: %v", state, err)
			}
		})
	}
}

func unpacked(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bellhop.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
