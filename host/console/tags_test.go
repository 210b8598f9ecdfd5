package console

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestTagThatNoEffectOfOursHasSetIsAPersons(t *testing.T) {
	db, err := store.Open(filepath.Join(t.TempDir(), "bellhop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := &chronicle{server: &server{Options: Options{Store: db}}}
	var tagged store.Carried
	tagged.Effect.Key, tagged.Effect.Instance = "autotag/e/0", "autotag"
	tagged.Effect.Effect = sdk.Effect{Kind: sdk.EffectTag, Rule: "words", Reason: "it said so"}
	ours := store.Explained{Effects: []store.Carried{tagged}}
	open := sdk.Chat{ID: "r1", OpenedAt: time.Now(), Tags: []string{"VIP"}}
	got, err := c.tags(open, []store.Explained{ours})
	if diff := cmp.Diff([]Tag{{Tag: "VIP"}}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff(Tag{Tag: "billing", Instance: "autotag", Rule: "words", Reason: "it said so", Effect: "autotag/e/0"}, setBy("autotag/e/0", "billing", []store.Explained{ours})); diff != "" {
		t.Error(diff)
	}
}
