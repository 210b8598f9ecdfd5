package script_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host/script"
)

// within is what stands in the middle of n others.
func within(n int, before, middle, after string) string {
	return strings.Repeat(before, n) + middle + strings.Repeat(after, n)
}

func TestSourceWithinSourceIsRefusedBeforeItTakesStackAndTime(t *testing.T) {
	for name, src := range map[string]string{
		"brackets":    "var x = " + within(50000, "(", "1", ")"),
		"operators":   "var y = 1\n\nvar x = y" + strings.Repeat("+y", 50000),
		"negations":   "var x = " + within(50000, "!", "true", ""),
		"slices":      "var x " + within(50000, "[]", "int", ""),
		"ifs":         "func f() {" + within(20000, "if true {", "", "}") + "}",
		"elses":       "func f(a int) {" + within(20000, "if a == 1 {} else ", "{}", "") + "}",
		"funcs":       "func f() {" + within(20000, "func() {", "", "}()") + "}",
		"elements":    "var a []int\n\nvar x = " + within(20000, "a[", "0", "]"),
		"calls":       "func f(a int) int { return 1 }\n\nvar x = " + within(20000, "f(", "1", ")"),
		"composities": "type t []t\n\nvar x = " + within(20000, "t{", "", "}"),
	} {
		r := script.Check(files("package p\n\n" + src + "\n"))
		if len(r.Faults) != 1 || !strings.Contains(r.Faults[0].Says, "more than 1000 things within each other: make functions") || r.Faults[0].Line < 3 {
			t.Errorf("%s: %.300v", name, r.Faults)
		}
	}
}

func TestLongTextsAndListsOfElsesPass(t *testing.T) {
	var src strings.Builder
	src.WriteString("package p\n\nimport \"github.com/bellhop-chat/bellhop/sdk\"\n\nconst text = \"\"")
	for i := range 300 {
		fmt.Fprintf(&src, " +\n\t\"line %d\\n\"", i)
	}
	src.WriteString("\n\nfunc Register(p *sdk.Plugin) error { return nil }\n\nfunc name(n int) string {\n\tif n == 0 {\n\t\treturn text\n\t}")
	for i := range 200 {
		fmt.Fprintf(&src, " else if n == %d {\n\t\treturn \"%d\"\n\t}", i, i)
	}
	src.WriteString("\n\treturn \"\"\n}\n")
	if r := script.Check(files(src.String())); len(r.Faults) > 0 {
		t.Error(r.Faults)
	}
}

// Each level has two types, and each of them embeds both of the next: there
// are a million ways down.
func TestEmbeddedTypesAreLookedIntoOnceAndAllTheWayDown(t *testing.T) {
	const levels = 20
	var src strings.Builder
	src.WriteString("package p\n\nfunc f(x top) (string, string) { return x.near, x.deep }\n\ntype top struct {\n\tbeside\n\t*a0\n}\n\ntype beside struct{ near, deep string }\n\n")
	for i := range levels {
		for _, name := range []string{"a", "b"} {
			fmt.Fprintf(&src, "type %s%d struct {\n\t*a%d\n\t*b%d\n}\n\n", name, i, i+1, i+1)
		}
	}
	fmt.Fprintf(&src, "type a%d struct{ deep string }\n\ntype b%d struct{ other string }\n", levels, levels)
	if got, want := faults(src.String()), "3:51: deep stands in several embedded types: the interpreter takes the wrong one; name the field that it comes from\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
