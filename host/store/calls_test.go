package store

import (
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestCallAndItsStepAreKeptTogether(t *testing.T) {
	path := t.TempDir() + "/bellhop.db"
	db := open(t, path)
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := Call{Chat: "c1", Is: sdk.Conference{ID: "room", State: sdk.CallOffered, Started: at}, Asked: at, Patience: at.Add(time.Minute), Expires: at.Add(time.Hour)}
	e := sdk.Event{ID: bridge.CallStepID("room", "offered"), Kind: sdk.EventCall, Chat: "c1", At: at, Conference: &c.Is}
	entry, ticket, err := db.StepCall(c, e, at)
	if err != nil || entry == nil || ticket.Wait() != nil {
		t.Fatalf("%v, %v", entry, err)
	}
	if entry, _, err := db.StepCall(c, e, at); err != nil || entry != nil {
		t.Errorf("the same step again: %v, %v", entry, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, path)
	all, err := db.Calls()
	if err != nil || len(all) != 1 || all[0] != c {
		t.Errorf("calls are %+v, %v, want %+v", all, err, c)
	}
	if got, err := db.EntryOf(e.ID); err != nil || got == nil || got.Event.Conference.State != sdk.CallOffered || got.Picture.Conference.ID != "room" {
		t.Errorf("entry is %+v, %v", got, err)
	}
	if err := db.DropCall(c).Wait(); err != nil {
		t.Fatal(err)
	}
	if all, err := db.Calls(); err != nil || len(all) > 0 {
		t.Errorf("calls are %+v, %v", all, err)
	}
}
