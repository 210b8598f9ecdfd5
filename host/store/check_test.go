package store

import (
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestCheckFindsWhatDoesNotAgree(t *testing.T) {
	for name, damage := range map[string]func(*bbolt.Tx) error{
		"is known as": func(tx *bbolt.Tx) error { return tx.Bucket(knownBucket).Delete([]byte("message/c-m1")) },
		"which is no entry": func(tx *bbolt.Tx) error {
			return tx.Bucket(knownBucket).Put([]byte("message/x"), number(99))
		},
		"follows entry": func(tx *bbolt.Tx) error { return tx.Bucket(journalBucket).Delete(number(2)) },
		"through 99":    func(tx *bbolt.Tx) error { return put(tx, instancesBucket, []byte("rules"), Progress{Through: 99}) },
		"asked for 1 effects and has 0": func(tx *bbolt.Tx) error {
			return tx.Bucket(outboxBucket).Delete(number(1))
		},
		"belongs to no decision": func(tx *bbolt.Tx) error {
			return put(tx, outboxBucket, number(9), Parcel{Effects: []Carried{{}}})
		},
		"which is not known": func(tx *bbolt.Tx) error {
			return put(tx, stateBucket, join("nobody", "c"), map[string]string{"a": "b"})
		},
		"which is closed": func(tx *bbolt.Tx) error {
			return put(tx, chatsBucket, []byte("c"), bridge.Known{Chat: sdk.Chat{Status: sdk.Closed}})
		},
		"settled: true": func(tx *bbolt.Tx) error {
			return put(tx, outboxBucket, number(1), Parcel{Effects: []Carried{{Outcome: &sdk.Outcome{}}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(filepath.Join(t.TempDir(), "bellhop.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			enroll(t, db, "rules")
			committed(t, db, forward("rules", appended(t, db, message("c", 1))))
			appended(t, db, message("c", 2))
			if err := db.Check(); err != nil {
				t.Fatal(err)
			}
			if err := db.write(true, damage).Wait(); err != nil {
				t.Fatal(err)
			}
			if err := db.Check(); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("check says %v", err)
			}
		})
	}
}
