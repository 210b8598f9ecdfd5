package main

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
)

// TestOnePluginUsesEveryVerb: what the SDK offers and the plugin of plugin_verbs.txtar
// does not use may differ between the interpreter and the compiler unseen.
func TestOnePluginUsesEveryVerb(t *testing.T) {
	script, err := os.ReadFile("testdata/script/plugin_verbs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, source, _ := strings.Cut(string(script), "-- verbs.go --")
	for _, of := range []reflect.Type{reflect.TypeFor[*sdk.Plugin](), reflect.TypeFor[*sdk.Chat](), reflect.TypeFor[*sdk.Command](), reflect.TypeFor[*sdk.State]()} {
		for n := range of.NumMethod() {
			if name := of.Method(n).Name; !strings.Contains(source, "."+name+"(") {
				t.Errorf("it does not call %v.%s", of, name)
			}
		}
	}
	for _, option := range []string{"Because", "By", "NotAfter", "Otherwise", "PublicText", "WithHeader", "Skip", "Department", "Agent"} {
		if !strings.Contains(source, "sdk."+option+"(") {
			t.Errorf("it does not say sdk.%s", option)
		}
	}
}
