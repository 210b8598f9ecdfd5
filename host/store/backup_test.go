package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
)

func TestBackupIsAStoreAsItWasOnDisk(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	committed(t, db, forward("rules", appended(t, db, message("c", 1))))
	release := held(t, db)
	appended(t, db, message("c", 2)) // not on disk
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := db.Backup(path); err != nil {
		t.Fatal(err)
	}
	release()
	c := open(t, path)
	if box, _ := c.Outbox(); c.End() != 2 || len(box) != 1 || c.Install() != db.Install() {
		t.Errorf("the copy ends at %d with %d parcels", c.End(), len(box))
	}
	if err := db.Backup(path); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a backup over a file: %v", err)
	}
}

func TestBackupsUnderLoadAreSound(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	dir := t.TempDir()
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			if err := db.Backup(filepath.Join(dir, fmt.Sprint(n))); err != nil {
				t.Error(err)
			}
		})
		for m := range 50 {
			committed(t, db, forward("rules", appended(t, db, message(sdk.ChatID(fmt.Sprint(n)), m))))
		}
	}
	all.Wait()
	for n := range 4 {
		if err := open(t, filepath.Join(dir, fmt.Sprint(n))).Check(); err != nil {
			t.Error(err)
		}
	}
}
