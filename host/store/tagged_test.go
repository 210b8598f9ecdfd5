package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// ended is a chat in which the texts were written and that ended with the tags.
func ended(t *testing.T, db *DB, chat sdk.ChatID, tags []string, from sdk.Sender, texts ...string) {
	t.Helper()
	for n, text := range texts {
		e := message(chat, n)
		e.Message.Text, e.Message.From = text, from
		appended(t, db, e)
	}
	e := closed(chat)
	e.Picture.Tags, e.Picture.Department = tags, "Sales"
	if chat == "b" {
		e.Picture.ClosedAt = noon.Add(-time.Hour)
	}
	appended(t, db, e)
}

func TestTaggedChatsAreThoseThatPeopleTagged(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	appended(t, db, message("open", 0))
	ended(t, db, "b", []string{"billing", "ours"}, sdk.Guest, "my invoice", "", "is wrong", "hello?")
	ended(t, db, "a", []string{"parcel"}, sdk.Guest, "where is it")
	ended(t, db, "untagged", nil, sdk.Guest, "hello")
	ended(t, db, "silent", []string{"parcel"}, sdk.Human, "hello?")
	ended(t, db, "robot", []string{"ours"}, sdk.Guest, "hello")
	for _, chat := range []sdk.ChatID{"b", "robot"} {
		entry, err := db.EntryOf(bridge.ClosedID(chat))
		if err != nil {
			t.Fatal(err)
		}
		r := forward("rules", entry)
		r.Effects[0].Effect.Effect = sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"ours"}}
		settle(t, db, Settlement{Number: committed(t, db, r), Outcome: sdk.Outcome{State: sdk.Done, At: noon}, Tags: []string{"ours"}})
	}
	got, err := db.Tagged(2)
	want := []Tagged{{"b", noon.Add(-time.Hour), "Sales", []string{"billing"}, []string{"my invoice", "is wrong"}}, {"a", noon, "Sales", []string{"parcel"}, []string{"where is it"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestManyTaggedChatsAreReadInOneGo(t *testing.T) {
	db := fresh(t)
	for n := range 2 * scanSpan {
		e := message(sdk.ChatID(fmt.Sprint("c", n%100)), n)
		e.Picture.Status = sdk.Closed
		appended(t, db, e)
	}
	got, err := db.Tagged(5)
	if err != nil || len(got) != 100 || len(got[99].Says) != 5 {
		t.Errorf("%d chats, %v", len(got), err)
	}
}
