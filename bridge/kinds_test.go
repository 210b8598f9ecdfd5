package bridge

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
)

func TestEachKindOfEffectHasItsGuarantee(t *testing.T) {
	documented := guarantees(t)
	for _, k := range sdk.EffectKinds {
		if documented[k] == "" {
			t.Errorf("%s has no row in the table of the package comment", k)
		}
		if _, ok := kinds[k]; !ok && documented[k] != "-" && documented[k] != "Blind" {
			t.Errorf("%s is %s, but the workspace does not carry it out", k, documented[k])
		}
	}
	for k, row := range kinds {
		if string(row.guarantee) != documented[k] {
			t.Errorf("%s is %s, and %q in the table of the package comment", k, row.guarantee, documented[k])
		}
	}
}

// guarantees is the table of the package comment.
func guarantees(t *testing.T) map[sdk.EffectKind]string {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "//	kind        guarantee  how\n")
	table, _, _ := strings.Cut(rest, "//\n")
	rows := map[sdk.EffectKind]string{}
	for _, row := range regexp.MustCompile(`(?m)^//\t(\w+)  +(\S+)  +\S`).FindAllStringSubmatch(table, -1) {
		rows[sdk.EffectKind(row[1])] = row[2]
	}
	return rows
}
