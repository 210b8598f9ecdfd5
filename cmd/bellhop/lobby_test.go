package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// TestFlagsOfTheLobbySayWhatIsWrongInIt: values are JSON, or a text where they
// are none.
func TestFlagsOfTheLobbySayWhatIsWrongInIt(t *testing.T) {
	read := func(args ...string) (o lobby.Options, err error) {
		var w worldFlags
		f := pflag.NewFlagSet("lobby", pflag.ContinueOnError)
		w.flags(f)
		if err := f.Parse(args); err != nil {
			t.Fatal(err)
		}
		err = w.over(&o)
		return o, err
	}
	o, err := read("--set", `Hide_System_Messages=["livechat-close","ul"]`, "--set", "Livechat_enabled=false", "--set", "Site_Name=My = desk", "--set", "API_Upper_Count_Limit=20",
		"--roles", "bot=bot,user", "--roles", "alice=", "--demand-tags", "Billing,Sales", "--clock", "-5m")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]any{"Hide_System_Messages": []any{"livechat-close", "ul"}, "Livechat_enabled": false, "Site_Name": "My = desk", "API_Upper_Count_Limit": 20.0}, o.Settings); d != "" {
		t.Error(d)
	}
	for name, want := range map[string][]string{"bot": {"bot", "user"}, "alice": {}} {
		if d := cmp.Diff(want, o.Roles[name]); d != "" {
			t.Error(name, d)
		}
	}
	if d := cmp.Diff([]string{"Billing", "Sales"}, o.DemandTags); d != "" {
		t.Error(d)
	}
	if behind := time.Since(o.Now()); behind < 5*time.Minute || behind > 6*time.Minute {
		t.Errorf("the clock is %s behind", behind)
	}
	for _, wrong := range [][]string{{"--set", "Livechat_enabled"}, {"--set", "=1"}, {"--roles", "bot"}} {
		if _, err := read(wrong...); err == nil || !strings.Contains(err.Error(), "write ") {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
