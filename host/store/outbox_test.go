package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestSettledEffectLeavesTheOutboxWithTheLast(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	r := forward("rules", e)
	tag := r.Effects[0]
	tag.Effect.Kind, tag.Effect.Key, tag.Effect.Tags = sdk.EffectTag, r.Effects[0].Effect.Key[:len(r.Effects[0].Effect.Key)-1]+"1", []string{"billing"}
	r.Effects = append(r.Effects, tag)
	r.Decision.Effects = append(r.Decision.Effects, tag.Effect.Key)
	n := committed(t, db, r)

	if err := db.Begin(n, 0).Wait(); err != nil {
		t.Fatal(err)
	}
	answer := &Entry{Accepted: noon, Event: sdk.Event{ID: bridge.ResultID(r.Effects[0].Effect.Key), Kind: sdk.EventResult, Chat: "c", Instance: "rules"}}
	settle(t, db, Settlement{Number: n, Index: 0, Outcome: sdk.Outcome{State: sdk.Done, At: noon}, Answers: []*Entry{answer}})
	if box, _ := db.Outbox(); len(box) != 1 || !box[0].Effects[0].Begun || box[0].Effects[0].Outcome == nil {
		t.Errorf("outbox after the first of two: %+v", box)
	}
	if got, _ := db.EntryOf(answer.Event.ID); got == nil || got.Event.Instance != "rules" {
		t.Errorf("answer: %+v", got)
	}
	settle(t, db, Settlement{Number: n, Index: 1, Outcome: sdk.Outcome{State: sdk.Done, At: noon}, Tags: tag.Effect.Tags})
	if box, _ := db.Outbox(); len(box) != 0 {
		t.Errorf("outbox after the last: %+v", box)
	}
	if tags, _ := db.OurTags("c"); !cmp.Equal(tags, []string{"billing"}) {
		t.Errorf("our tags: %v", tags)
	}
	if at, _ := db.Moves(sdk.EffectForward, "c"); len(at) != 1 || db.Ours(Moved("c")) != r.Effects[0].Effect.Key {
		t.Errorf("forwards: %v, moved by %q", at, db.Ours(Moved("c")))
	}
}

func settle(t *testing.T, db *DB, s Settlement) {
	t.Helper()
	ticket, err := db.Settle(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := ticket.Wait(); err != nil {
		t.Fatal(err)
	}
}
