package host

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestEachKindOfEffectHasItsRow(t *testing.T) {
	if len(kinds) != len(sdk.EffectKinds) {
		t.Errorf("%d rows for %d kinds", len(kinds), len(sdk.EffectKinds))
	}
	contract := assumptions(t)
	for _, kind := range sdk.EffectKinds {
		k := kinds[kind]
		switch {
		case k.keep <= 0:
			t.Errorf("%s is too late at once", kind)
		case k.lane == nil || k.sound == nil:
			t.Errorf("%s has no lane, or nothing checks it", kind)
		case contract[kind] == "":
			t.Errorf("%s has no row in the contract's table of assumptions", kind)
		case (contract[kind] == "nothing") != (k.assume == nil):
			t.Errorf("%s assumes something, or the contract says %q wrongly", kind, contract[kind])
		}
	}
}

// assumptions is the table of point 5 of the contract.
func assumptions(t *testing.T) map[sdk.EffectKind]string {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "It assumes\n")
	table, _, _ := strings.Cut(rest, "\n// where ")
	rows := map[sdk.EffectKind]string{}
	for _, row := range regexp.MustCompile(`(?m)^//\t(\S+(?:, \S+)*)  +(.+)$`).FindAllStringSubmatch(table, -1) {
		for _, kind := range strings.Split(row[1], ", ") {
			rows[sdk.EffectKind(kind)] = row[2]
		}
	}
	return rows
}

// TestLaneOfAnUnknownKindIsTheChats: a newer binary may have left it in the
// store.
func TestLaneOfAnUnknownKindIsTheChats(t *testing.T) {
	e := bridge.Effect{Effect: sdk.Effect{Kind: "teleport"}, Chat: "c"}
	if !inChatLane(e) || laneOf(e).chat != "c" {
		t.Errorf("its lane is %+v", laneOf(e))
	}
}
