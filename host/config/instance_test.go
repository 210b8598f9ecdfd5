package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const instanceText = `plugin: forwarding
version: 1.0.0
mode: on
settings:
  rules:
    - name: billing words
      words: [invoice, "no", 007x]
      since: 2026-01-01
      to: {department: Billing}
  limit: 12
  ratio: 0.5
  deep: ~
  really: true
grants:
  effects: [forward, tell]
  departments: [Billing]
`

func TestInstancesLoadByName(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"billing.yaml":     instanceText,
		"quiet.yaml":       "plugin: autotag\n",
		"billing.yaml.bak": "old: nonsense",
		".hidden.yaml":     "nonsense",
		"notes.txt":        "nonsense",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, errs := LoadInstances(dir)
	want := map[string]Instance{
		"billing": {
			Plugin: "forwarding", Version: "1.0.0", Mode: "on",
			Settings: json.RawMessage(`{"deep":null,"limit":12,"ratio":0.5,"really":true,"rules":[{"name":"billing words","since":"2026-01-01","to":{"department":"Billing"},"words":["invoice","no","007x"]}]}`),
			Grants:   Grants{Effects: []string{"forward", "tell"}, Departments: []string{"Billing"}},
		},
		"quiet": {Plugin: "autotag", Mode: "shadow"},
	}
	if diff := cmp.Diff(want, got); diff != "" || errs != nil {
		t.Error(errs, diff)
	}
}

func TestNoFolderMeansNoInstances(t *testing.T) {
	if got, errs := LoadInstances(filepath.Join(t.TempDir(), "none")); len(got) != 0 || errs != nil {
		t.Error(got, errs)
	}
}

func TestAFaultyInstanceLeavesTheOthersAlone(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"good.yaml":  instanceText,
		"bad.yaml":   "plugn: forwarding\nmode: ask\nversion: newest\nsettings: [a]\ngrants:\n  effect: [forward]\n  tags: vip\n",
		"worse.yaml": "plugin: Forwarding\nsettings:\n  a: .inf\n  b: !odd x\n  a: 1\n  c: 0x1F\n",
		"Odd.yaml":   instanceText,
		"old.yml":    instanceText,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, errs := LoadInstances(dir)
	if _, ok := got["good"]; !ok || len(got) != 1 {
		t.Errorf("loaded %v", got)
	}
	says := map[string]string{}
	for _, err := range errs {
		var e *InstanceError
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		says[e.Name] = strings.ReplaceAll(e.Err.Error(), dir+"/", "")
	}
	want := map[string]string{
		"bad": `bad.yaml: plugin: is missing: write the id of a plugin, such as forwarding
bad.yaml:1: plugn: there is no such key: did you mean plugin?
bad.yaml:2: mode: wants off, shadow, confirm or on, not "ask"
bad.yaml:3: version: "newest" is no version: write it like 1.0.0
bad.yaml:4: settings: wants keys with values, not a list
bad.yaml:6: grants.effect: there is no such key: did you mean effects?
bad.yaml:7: grants.tags: wants a list such as [a, b], not the text "vip"`,
		"worse": `worse.yaml:1: plugin: "Forwarding" is no id: use a-z, 0-9, - and _
worse.yaml:3: settings.a: !!float .inf is no value for settings: write a text, number, list or keys
worse.yaml:4: settings.b: !odd x is no value for settings: write a text, number, list or keys
worse.yaml:5: settings.a: is given twice, first in line 3: keep one`,
		"Odd": `"Odd" is no name for an instance: use a-z, 0-9, - and _`,
		"old": "old.yml is not read: rename it to old.yaml",
	}
	if diff := cmp.Diff(want, says); diff != "" {
		t.Error(diff)
	}
}

func TestAliasesMayRepeatSettingsButNotWithoutEnd(t *testing.T) {
	i, err := ParseInstance("x.yaml", []byte("plugin: p\nsettings: {a: &a [1, 2], b: *a}\n"))
	if err != nil || string(i.Settings) != `{"a":[1,2],"b":[1,2]}` {
		t.Errorf("%s, %v", i.Settings, err)
	}
	bomb := "plugin: p\nsettings:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for n := 1; n < 9; n++ {
		bomb += fmt.Sprintf("  a%d: &a%d [%s]\n", n, n, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", n-1), 9), ", "))
	}
	_, err = ParseInstance("x.yaml", []byte(bomb))
	if err == nil || !strings.Contains(err.Error(), "has too many values") {
		t.Error(err)
	}
}

func TestSaveKeepsTheFormerFileBeside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "instances")
	first := Instance{Plugin: "forwarding", Mode: "shadow"}
	second := Instance{Plugin: "forwarding", Mode: "on", Settings: json.RawMessage(`{"a":"on"}`)}
	for _, i := range []Instance{first, second} {
		if err := SaveInstance(dir, "billing", i); err != nil {
			t.Fatal(err)
		}
	}
	got, errs := LoadInstances(dir)
	if diff := cmp.Diff(map[string]Instance{"billing": second}, got); diff != "" || errs != nil {
		t.Error(errs, diff)
	}
	former, err := os.ReadFile(filepath.Join(dir, "billing.yaml.bak"))
	if err != nil || !strings.Contains(string(former), "shadow") {
		t.Errorf("%s, %v", former, err)
	}
	want := map[string]fs.FileMode{".": 0o700, "billing.yaml": 0o600, "billing.yaml.bak": 0o600}
	modes := map[string]fs.FileMode{}
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		modes[path] = info.Mode().Perm()
		return err
	})
	if diff := cmp.Diff(want, modes); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestSaveWritesNothingThatWouldNotBeRead(t *testing.T) {
	dir := t.TempDir()
	for name, i := range map[string]Instance{
		"../x": {Plugin: "p"}, "x": {}, "y": {Plugin: "p", Mode: "loud"}, "z": {Plugin: "p", Settings: json.RawMessage(`[1]`)}, "w": {Plugin: "p", Settings: json.RawMessage(`{`)},
	} {
		if err := SaveInstance(dir, name, i); err == nil {
			t.Errorf("saved %s: %+v", name, i)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Error(files, err)
	}
}

func TestWhatIsSavedIsLoaded(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		settings := map[string]any{}
		for _, k := range rapid.SliceOfN(anyText, 1, 5).Draw(t, "keys") {
			settings[k] = anySetting(2).Draw(t, "value")
		}
		data, err := json.Marshal(settings)
		if err != nil {
			t.Fatal(err)
		}
		want := Instance{Plugin: "p", Mode: "off", Settings: data, Grants: Grants{Tags: rapid.SliceOfN(anyText, 0, 3).Draw(t, "tags")}}
		if err := SaveInstance(dir, "x", want); err != nil {
			t.Fatal(err)
		}
		got, errs := LoadInstances(dir)
		if diff := cmp.Diff(map[string]Instance{"x": want}, got); diff != "" || errs != nil {
			t.Fatal(errs, diff)
		}
	})
}

func TestAnEmptyListOfGrantsIsNotNoList(t *testing.T) {
	dir := t.TempDir()
	want := Instance{Plugin: "p", Mode: "on", Grants: Grants{Effects: []string{"forward"}, Departments: []string{}}}
	if err := SaveInstance(dir, "x", want); err != nil {
		t.Fatal(err)
	}
	got, errs := LoadInstances(dir)
	if diff := cmp.Diff(want, got["x"]); diff != "" || errs != nil {
		t.Error(errs, diff)
	}
}

func TestNumbersInSettingsStayAsTheyAreWritten(t *testing.T) {
	for written, want := range map[string]string{
		"0": "0", "-0": "-0", "-0.0": "-0.0", "1.0": "1.0", "1e3": "1e3", "1E-7": "1E-7", "5e-324": "5e-324", "!!float 1e400": "1e400",
		"123456789012345678901234567890": "123456789012345678901234567890", "0.1000": "0.1000",
		"0x1F": "31", "0b11": "3", "1_000": "1000", "+7": "7", ".5": "0.5",
	} {
		i, err := ParseInstance("x.yaml", []byte("plugin: p\nsettings: {a: "+written+"}\n"))
		if err != nil || string(i.Settings) != `{"a":`+want+`}` {
			t.Errorf("%s: %s, %v; want %s", written, i.Settings, err, want)
		}
		dir := t.TempDir()
		if err := SaveInstance(dir, "x", i); err != nil {
			t.Fatal(err)
		}
		if again, errs := LoadInstances(dir); errs != nil || string(again["x"].Settings) != string(i.Settings) {
			t.Errorf("%s: saved %s, loaded %s, %v", written, i.Settings, again["x"].Settings, errs)
		}
	}
}

// anyText is often one whose marks and white space mean something in YAML.
var anyText = rapid.OneOf(rapid.String(), rapid.StringMatching(`[ \t\n\r\x85a:#"'|>&*!%@{}\[\],?-]{0,8}`))

func anySetting(depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.Just[any](nil),
		rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), anyText.AsAny(),
		rapid.SampledFrom([]any{"yes", "on", "~", "null", "2026-12-24", "0x1F", "1e3", "*a", "&a", "- x", "a: b", "<<", " ", "a\nb\n", "\u0085", "\t", "#c", ""}),
	}
	if depth > 0 {
		inner := anySetting(depth - 1)
		kinds = append(kinds, rapid.SliceOfN(inner, 0, 3).AsAny(), rapid.MapOfN(anyText, inner, 0, 3).AsAny())
	}
	return rapid.OneOf(kinds...)
}

func TestManifest(t *testing.T) {
	got, err := LoadManifest([]byte(`id: forwarding
version: 1.2.0
sdk: 1
title: Forwards chats by rules
description: |
  The first rule that holds decides.
needs: {effects: [forward], reads: [departments]}
defaults: {rules: []}
`))
	want := Manifest{
		ID: "forwarding", Version: "1.2.0", SDK: 1, Title: "Forwards chats by rules",
		Description: "The first rule that holds decides.\n",
		Needs:       Grants{Effects: []string{"forward"}, Reads: []string{"departments"}},
		Defaults:    json.RawMessage(`{"rules":[]}`),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestManifestFaultsAreReportedAtOnce(t *testing.T) {
	_, err := LoadManifest([]byte("id: My Plugin\nversion: 1.0\nsdk: 2\ntitel: x\nneeds: [forward]\n"))
	want := `plugin.yaml: title: is missing: say in a few words what the plugin does
plugin.yaml:1: id: "My Plugin" is no id: use a-z, 0-9, - and _
plugin.yaml:2: version: wants a text, not a number: put it in quotes
plugin.yaml:3: sdk: wants 1, the SDK that this Bellhop has, not 2
plugin.yaml:4: titel: there is no such key: did you mean title?
plugin.yaml:5: needs: wants keys with values, not a list`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
	if _, err := LoadManifest(make([]byte, maxFile+1)); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Error(err)
	}
}

func TestSavingKeepsWhatPeopleWroteBeside(t *testing.T) {
	dir := t.TempDir()
	const file = `# Ana looks after this one.
plugin: forwarding # ours
mode: shadow
settings:
  # the words of the summer
  words: [ice, "sun"]
grants:
  effects: [forward]
`
	if err := os.WriteFile(filepath.Join(dir, "x.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	all, errs := LoadInstances(dir)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	i := all["x"]
	i.Mode, i.Version = "on", "1.2.0"
	if err := SaveInstance(dir, "x", i); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "x.yaml"))
	if want := strings.Replace(file, "shadow", "on", 1) + "version: 1.2.0\n"; err != nil || string(got) != want {
		t.Errorf("got %s\nwant %s, err %v", got, want, err)
	}
}

func TestHostsThatMeanNothingAreFaults(t *testing.T) {
	_, err := ParseInstance("x.yaml", []byte("plugin: x\ngrants:\n  reads: [fetch]\n  hosts: [api.example.com, \"*\"]\n"))
	if err == nil || !strings.Contains(err.Error(), `x.yaml:4: grants.hosts: "*": only the beginning may be *.`) {
		t.Errorf("told %v", err)
	}
	_, err = LoadManifest([]byte("id: x\nversion: 1.0.0\nsdk: 1\ntitle: x\nneeds: {hosts: [api.example.com/path]}\n"))
	if err == nil || !strings.Contains(err.Error(), "needs.hosts") {
		t.Errorf("told %v", err)
	}
}

func TestCommandsAreLeftToRolesAndPeople(t *testing.T) {
	i, err := ParseInstance("x", []byte("plugin: desk\nzone: Europe/Berlin\nsecret_file: s\ncommands: {forward: [livechat-manager, \"@alice\"], call: [], \"*\": [admin]}\n"))
	if err != nil || strings.Join(i.Commands["forward"], " ") != "livechat-manager @alice" || i.Commands["call"] == nil || i.Commands["*"][0] != "admin" {
		t.Fatalf("%+v, %v", i, err)
	}
	text, err := encodeInstance("desk", i, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseInstance("x", text)
	if err != nil || !cmp.Equal(i, again) {
		t.Errorf("%s: %s", cmp.Diff(i, again), text)
	}
	for _, c := range []struct{ text, want string }{
		{"plugin: desk\ncommands: {forward: [alice]}\n", `x:2: commands.forward: "alice" is neither one of the roles livechat-agent, livechat-manager, admin, nor a person: for the user alice write "@alice"`},
		{"plugin: desk\ncommands: [a]\n", `x:2: commands: wants keys with values`},
		{"plugin: desk\nzone: Middle/Earth\n", `x:2: zone: "Middle/Earth" is no time zone`},
	} {
		if _, err := ParseInstance("x", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

func TestAddressForHooksIsChecked(t *testing.T) {
	for text, want := range map[string]string{
		"plugin_webhooks: {address: 8377}":                             "plugin_webhooks.address: wants a text",
		`plugin_webhooks: {address: "8377"}`:                           `plugin_webhooks.address: "8377" is no address: write it like 127.0.0.1:8377`,
		"plugin_webhooks: {path: hooks/}":                              `plugin_webhooks.path: "hooks/" is no path`,
		"plugin_webhooks: {address: 127.0.0.1:8377, cert_file: c.pem}": "plugin_webhooks.cert_file: needs a key",
	} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestKeyWithItsFormerNameIsToldTheNewOne(t *testing.T) {
	t.Setenv("BELLHOP_HOOKS_ADDRESS", "127.0.0.1:8377")
	t.Setenv("BELLHOP_WEBHOOKS_TOKEN", "0123456789abcdef")
	_, err := load(t, "hooks: {address: 127.0.0.1:8377}\nwebhooks: {path: /rc}\n")
	for _, want := range []string{
		"hooks: there is no such key: it is called plugin_webhooks now",
		"webhooks: there is no such key: it is called workspace_webhooks now",
		"BELLHOP_HOOKS_ADDRESS: there is no such variable: it is called BELLHOP_PLUGIN_WEBHOOKS_ADDRESS now",
		"BELLHOP_WEBHOOKS_TOKEN: there is no such variable: it is called BELLHOP_WORKSPACE_WEBHOOKS_TOKEN now",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: does not say %q", err, want)
		}
	}
}
