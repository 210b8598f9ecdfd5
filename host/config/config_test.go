package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// example is the documented configuration at the top of the source tree.
const example = "../../config.yaml"

// TestMain takes away the variables of whoever runs the tests.
func TestMain(m *testing.M) {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, envPrefix) {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string) (Config, error) {
	t.Helper()
	path := write(t, "config.yaml", text)
	c, err := Load(path)
	if err != nil {
		err = errors.New(strings.ReplaceAll(err.Error(), path, "config.yaml"))
	}
	return c, err
}

func TestExampleLoads(t *testing.T) {
	t.Setenv("BELLHOP_WORKSPACE_TOKEN", "t0ken")
	c, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Workspace.URL = "https://chat.example.com"
	want.Workspace.UserID = "aobEdbYhXfu5hkeqG"
	want.Workspace.Token = "t0ken"
	want.Data = "../../data"
	want.Hours = map[string]Hours{
		"support": {
			Zone:     "Europe/Berlin",
			Days:     map[string]string{"mon-thu": "09:00-12:00, 13:00-17:30", "fri": "09:00-15:00"},
			Holidays: []string{"de"},
			Closed:   []string{"2026-12-24", "2026-12-31"},
			Open:     map[string]string{"2026-12-23": "10:00-14:00"},
		},
		"nights": {Zone: "Europe/Berlin", Days: map[string]string{"mon-sun": "22:00-06:00"}},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if err := c.Workspace.Ready(); err != nil {
		t.Error(err)
	}
}

var commented = regexp.MustCompile(`(?m)^( *)# ([a-z_0-9]+: .*)$`)

// uncomment brings the keys to life whose comment fits.
func uncomment(t *testing.T, which func(line string) bool) string {
	t.Helper()
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return commented.ReplaceAllStringFunc(string(data), func(line string) string {
		if which(line) {
			return commented.ReplaceAllString(line, "$1$2")
		}
		return line
	})
}

func TestExampleStatesTheDefaults(t *testing.T) {
	text := uncomment(t, func(line string) bool {
		return !strings.Contains(line, "# example") && !strings.Contains(line, "# better")
	})
	if !strings.Contains(text, "\nretention: 30d") {
		t.Fatal("nothing uncommented")
	}
	c, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Workspace.URL, want.Workspace.UserID = c.Workspace.URL, c.Workspace.UserID
	want.Data, want.Hours = c.Data, c.Hours
	if diff := cmp.Diff(want, c); diff != "" || filepath.Base(c.Data) != "data" {
		t.Error(c.Data, diff)
	}
}

func TestExampleNamesEveryKeyAndItsExamplesLoad(t *testing.T) {
	text := uncomment(t, func(line string) bool { return !strings.Contains(line, "# user:") })
	path := write(t, "config.yaml", text)
	folder := filepath.Join(filepath.Dir(path), "secrets")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"token", "password", "mail", "calls", "model", "webhook"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("the secret of "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range leaves(&c) {
		if l.value.IsZero() && l.key != "workspace.user" {
			t.Errorf("%s is not in the example", l.key)
		}
	}
	hours := reflect.ValueOf(c.Hours["support"])
	for i := range hours.NumField() {
		if hours.Field(i).IsZero() {
			t.Errorf("hours.support.%s is not in the example", fieldName(hours.Type().Field(i)))
		}
	}
}

// A key is explained behind it or, where it stands alone, above it.
func TestExampleExplainsEveryKey(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(data), "\nhours:")
	entry := regexp.MustCompile(`^ *(?:# )?[a-z0-9_]+: +[^ #][^#]*`)
	keys, above := 0, ""
	for i, line := range strings.Split(text, "\n") {
		if found := entry.FindString(line); found != "" {
			keys++
			says := strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(line, found), "# example"), "#:; ")
			if says == "" && !strings.HasPrefix(above, "# ") {
				t.Errorf("config.yaml:%d: not explained: %s", i+1, line)
			}
		}
		above = line
	}
	if want := len(leaves(new(Config))); keys != want {
		t.Errorf("%d keys stand in the example, there are %d", keys, want)
	}
}

func TestEmptyFileIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "{}", "null", "mail:\nhours:\n"} {
		c, err := load(t, text)
		if err != nil {
			t.Fatal(err)
		}
		want := Default()
		want.Data = c.Data
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestAllFaultsAreReportedAtOnceWithLines(t *testing.T) {
	_, err := load(t, `workspace:
  ulr: https://chat.example.com
  url: chat.example.com
  user_id: 12
  user: bell
  reconcile: 60
retentoin: 30d
retention: fortnight
sandbox: on
log: {level: loud, format: xml}
mail:
  host: smtp.example.com:25
  port: abc
  from: nobody
  tls: "yes"
calls:
  provider: jitsi
  link: http://calls.example.com/x
  secret: s3cret
limits:
  memory_mib: 12
  memory_mib: 256
  forwards_per_chat: [3]
model: http://127.0.0.1
transcripts: {zone: Middle/Earth, redact: yes, colour: red}
hours:
  "a.b": {zone: UTC, days: {mon: "9-17"}}
  c: {zone: Moon, dyas: {}}
`)
	want := `config.yaml:2: workspace.ulr: there is no such key: did you mean url?
config.yaml:3: workspace.url: "chat.example.com" is not a URL: write it like https://chat.example.com
config.yaml:4: workspace.user_id: wants a text, not a number: put it in quotes
config.yaml:6: workspace.reconcile: wants a duration such as 20s, 5m, 2h or 30d, not "60"
config.yaml:7: retentoin: there is no such key: did you mean retention?
config.yaml:8: retention: wants a duration such as 20s, 5m, 2h or 30d, not "fortnight"
config.yaml:9: sandbox: wants strict or none, not "on"
config.yaml:10: log.level: wants debug, info, warn or error, not "loud"
config.yaml:10: log.format: wants text or json, not "xml"
config.yaml:12: mail.host: "smtp.example.com:25" is not a host name: write the name alone, the port goes into mail.port
config.yaml:13: mail.port: wants a whole number, not "abc"
config.yaml:14: mail.from: "nobody" is not an address: write help@example.com or Help <help@example.com>
config.yaml:15: mail.tls: wants starttls, tls or none, not "yes"
config.yaml:16: calls.app_id: and calls.secret belong together: give both, or neither for a server that admits everybody
config.yaml:18: calls.link: "http://calls.example.com/x" has no {room}: write it like https://meet.jit.si/{room}
config.yaml:18: calls.link: "http://calls.example.com/x" begins with http: it must be https
config.yaml:21: limits.memory_mib: wants from 64 to 16384, not 12
config.yaml:22: limits.memory_mib: is given twice, first in line 21: keep one
config.yaml:23: limits.forwards_per_chat: wants a whole number, not a list
config.yaml:24: model: wants keys with values, not the text "http://127.0.0.1"
config.yaml:25: transcripts.redact: wants true or false, not "yes"
config.yaml:25: transcripts.zone: "Middle/Earth" is no time zone: write one such as Europe/Berlin or UTC
config.yaml:25: transcripts.colour: "red" is no colour: write it in quotes like "#175aa8"
config.yaml:27: hours.a.b: "a.b" is no name for a schedule: use letters, digits, spaces, - and _
config.yaml:28: hours.c.dyas: there is no such key: did you mean days?
config.yaml:28: hours.c.zone: "Moon" is no time zone: write one such as Europe/Berlin or UTC
config.yaml:28: hours.c.days: is missing: write the opening hours like {mon-fri: "09:00-17:30"}`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// TestCallsThatCannotBeAreRefused, each with what to write instead.
func TestCallsThatCannotBeAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"calls: {provider: bigbluebutton, secret: s}":                                               "calls.link: is where BigBlueButton is",
		"calls: {provider: bigbluebutton, link: https://bbb.example.com/bigbluebutton/}":            "calls.secret: is missing",
		"calls: {provider: bigbluebutton, link: http://bbb.example.com, secret: s}":                 "calls.link: \"http://bbb.example.com\" begins with http: it must be https",
		"calls: {provider: bigbluebutton, link: https://bbb.example.com, secret: s, checksum: md5}": "calls.checksum: ",
		"calls: {provider: workspace, secret: s}":                                                   "calls.provider: is the workspace itself",
		"calls: {provider: rocketchat, public_url: https://calls.example.com}":                      "calls.public_url: can't stand before the workspace's own conferences",
		"calls: {public_url: https://calls.example.com}":                                            "calls.public_url: leads to no calls",
		"calls: {provider: jitsi, public_url: http://calls.example.com}":                            "calls.public_url: \"http://calls.example.com\" begins with http",
		"calls: {provider: jitsi, public_url: 'https://calls.example.com/?a'}":                      "calls.public_url: \"https://calls.example.com/?a\" is more than an address",
		"calls: {provider: jitsi, public_url: https://calls.example.com, address: nowhere}":         "calls.address: \"nowhere\" is no address",
		"calls: {provider: jitsi, missed_after: 1s}":                                                "calls.missed_after: ",
	} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{
		"calls: {provider: bigbluebutton, link: https://bbb.example.com/bigbluebutton/, secret: s, checksum: sha384, public_url: https://calls.example.com/x}",
		"calls: {provider: workspace, public_url: http://127.0.0.1:8378}",
	} {
		if _, err := load(t, text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"workspace:\n\turl: x\n":                          "config.yaml:2: is not YAML: found character that cannot start any token",
		"mail: {host: a\nlog: b":                          "is not YAML",
		"- a\n- b\n":                                      "config.yaml:1: wants keys with values, not a list",
		"just words":                                      "config.yaml:1: wants keys with values, not the text",
		"data: a\n---\ndata: b\n":                         "config.yaml:2: begins a second document",
		"mail: &m {host: *m}\n":                           "config.yaml:1: the alias *m stands inside of what it repeats",
		"mail: &m {port: 1}\nlog: {<<: *m}\n":             "config.yaml:2: log.<<: merging is not offered",
		"[a, b]: c\n":                                     "has a key that is not a plain text",
		"hours:\n  x:\n    zone: UTC\n    closed: [, ]\n": "is not YAML",
		"hours:\n  x:\n    zone: UTC\n    closed: [~]\n":  "config.yaml:4: hours.x.closed[0]: is empty",
		"data: \xff\xfe\n":                                "is not YAML",
		strings.Repeat("#", maxFile+1):                    "larger than 1 MiB",
		strings.Repeat("{a: ", 20000):                     "is not YAML",
	} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func TestAnAliasMayRepeatAValue(t *testing.T) {
	c, err := load(t, "hours:\n  a: {zone: UTC, days: &d {mon: \"09:00-10:00\"}}\n  b: {zone: UTC, days: *d}\n")
	if err != nil || !reflect.DeepEqual(c.Hours["a"], c.Hours["b"]) || len(c.Hours["b"].Days) != 1 {
		t.Errorf("%+v, %v", c.Hours, err)
	}
}

func TestMissingFileSaysWhatToDo(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "config.yaml"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "copy the config.yaml") {
		t.Error(err)
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Error(err)
	}
}

func TestVariablesGoBeforeTheFile(t *testing.T) {
	t.Setenv("BELLHOP_WORKSPACE_URL", "https://other.example.com/")
	t.Setenv("BELLHOP_LIMITS_MEMORY_MIB", "512")
	t.Setenv("BELLHOP_RETENTION", "7d")
	t.Setenv("BELLHOP_DATA", "elsewhere")
	t.Setenv("BELLHOP_LOG_LEVEL", "")
	t.Setenv("BELLHOP_TRANSCRIPTS_REDACT", "True")
	c, err := load(t, "workspace: {url: https://chat.example.com}\nlimits: {memory_mib: 128, forwards_per_chat: 2}\nlog: {level: warn}\n")
	if err != nil {
		t.Fatal(err)
	}
	if c.Workspace.URL != "https://other.example.com" || c.Limits.MemoryMiB != 512 || c.Limits.ForwardsPerChat != 2 ||
		c.Retention != 7*24*time.Hour || c.Data != "elsewhere" || c.Log.Level != "warn" || !c.Transcripts.Redact {
		t.Errorf("%v", c)
	}
}

func TestVariablesAloneAreEnough(t *testing.T) {
	t.Setenv("BELLHOP_WORKSPACE_URL", "https://chat.example.com")
	t.Setenv("BELLHOP_WORKSPACE_USER", "bell")
	t.Setenv("BELLHOP_WORKSPACE_PASSWORD", "pass")
	c, err := Load("")
	if err != nil || c.Workspace.Ready() != nil || c.Workspace.Password.Reveal() != "pass" {
		t.Errorf("%v, %v", c, err)
	}
}

func TestFaultyVariablesAreReportedWithTheFile(t *testing.T) {
	t.Setenv("BELLHOP_MAIL_PROT", "25")
	t.Setenv("BELLHOP_MAIL_PORT", "many")
	t.Setenv("BELLHOP_LOG_LEVEL", "loud")
	_, err := load(t, "limits: {memory_mib: 1}")
	want := []string{
		`BELLHOP_MAIL_PORT: wants a whole number, not "many"`,
		`BELLHOP_MAIL_PROT: there is no such variable: did you mean BELLHOP_MAIL_PORT?`,
		`BELLHOP_LOG_LEVEL: wants debug, info, warn or error, not "loud"`,
		`config.yaml:1: limits.memory_mib: wants from 64 to 16384, not 1`,
	}
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownVariablesAreNamed(t *testing.T) {
	t.Setenv("BELLHOP_RETENTOIN", "7d")
	t.Setenv("BELLHOP_COLOUR", "blue")
	t.Setenv("BELLHOP_EMPTY", "")
	for name, value := range map[string]string{ // of a service that is called bellhop
		"BELLHOP_SERVICE_HOST": "10.0.0.7", "BELLHOP_SERVICE_PORT": "80", "BELLHOP_SERVICE_PORT_HTTP": "80", "BELLHOP_PORT": "tcp://10.0.0.7:80",
		"BELLHOP_PORT_80_TCP": "tcp://10.0.0.7:80", "BELLHOP_PORT_80_TCP_PROTO": "tcp", "BELLHOP_PORT_80_TCP_PORT": "80", "BELLHOP_PORT_80_TCP_ADDR": "10.0.0.7",
	} {
		t.Setenv(name, value)
	}
	_, err := load(t, "")
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.Split(err.Error(), "\n")
	slices.Sort(got)
	want := []string{
		"BELLHOP_COLOUR: there is no such variable: config.yaml names every key, or take it out of the environment",
		"BELLHOP_RETENTOIN: there is no such variable: did you mean BELLHOP_RETENTION?",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsComeFromVariablesThenFiles(t *testing.T) {
	secret := write(t, "secret", "  from the file\n")
	text := "mail: {password_file: " + secret + "}"
	c, err := load(t, text)
	if err != nil || c.Mail.Password.Reveal() != "from the file" {
		t.Errorf("%q, %v", c.Mail.Password.Reveal(), err)
	}
	t.Setenv("BELLHOP_MAIL_PASSWORD", "from the variable")
	c, err = load(t, text)
	if err != nil || c.Mail.Password.Reveal() != "from the variable" {
		t.Errorf("%q, %v", c.Mail.Password.Reveal(), err)
	}
	t.Setenv("BELLHOP_MAIL_PASSWORD", "")
	t.Setenv("BELLHOP_MAIL_PASSWORD_FILE", secret)
	c, err = load(t, "mail: {password: from config}")
	if err != nil || c.Mail.Password.Reveal() != "from the file" {
		t.Errorf("%q, %v", c.Mail.Password.Reveal(), err)
	}
}

func TestFaultySecretsSayWhatToDo(t *testing.T) {
	for file, want := range map[string]string{
		write(t, "empty", "\n"):          "empty is empty: write the secret into it",
		write(t, "two", "a\nb\n"):        "two has more than one line",
		filepath.Join(t.TempDir(), "no"): "no such file",
	} {
		if _, err := load(t, "model:\n  key_file: "+file); err == nil || !strings.Contains(err.Error(), "config.yaml:2: model.key_file: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	_, err := load(t, "model: {key: a, key_file: b}")
	if err == nil || !strings.Contains(err.Error(), "model.key_file: is given together with model.key: keep one of them") {
		t.Error(err)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	const secret = "hunter2"
	c := Default()
	c.Workspace.Token, c.Mail.Password, c.Calls.Secret = secret, secret, secret
	c.Workspace.Proxy = "http://me:" + secret + "@proxy.example:3128"
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("start", "config", c, "token", c.Workspace.Token, "mail", c.Mail)
	}
	for name, text := range map[string]string{
		"log": log.String(), "String": c.String(), "%v": fmt.Sprintf("%v %+v %#v %v", c, c, c, c.Mail), "%q": fmt.Sprintf("%q", c.Mail.Password),
	} {
		if strings.Contains(text, secret) || !strings.Contains(text, hidden) {
			t.Errorf("%s: %s", name, text)
		}
	}
	if !strings.Contains(log.String(), "config.limits.memory_mib=256") || !strings.Contains(c.String(), "memory_mib: 256") {
		t.Errorf("%s\n%s", log.String(), c)
	}
	if c.Workspace.Token.Reveal() != secret || !strings.Contains(c.Workspace.Proxy, secret) {
		t.Error("showing the configuration changed it")
	}
}

func TestFaultsDoNotRepeatSecrets(t *testing.T) {
	for _, text := range []string{"mail: {password: 70077}", "mail: {password: *70077}", "mail:\n  password: &x70077 [a]", "workspace: {url: 'https://me:70077@chat.example.com'}", "workspace: {url: 'ftp://me:70077@chat.example.com:x'}"} {
		if _, err := load(t, text); err == nil || strings.Contains(err.Error(), "70077") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestReadySaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		w    Workspace
		want string
	}{
		{Workspace{}, "BELLHOP_WORKSPACE_URL"},
		{Workspace{URL: "https://x"}, "nobody to log in as"},
		{Workspace{URL: "https://x", User: "a"}, "BELLHOP_WORKSPACE_PASSWORD"},
		{Workspace{URL: "https://x", UserID: "a"}, "BELLHOP_WORKSPACE_TOKEN"},
		{Workspace{URL: "https://x", Token: "a"}, "workspace.user_id"},
	} {
		if err := c.w.Ready(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.w, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"30d": 30 * day, "20s": 20 * time.Second, "1w2d3h4m": 9*day + 3*time.Hour + 4*time.Minute,
		"1d12h": 36 * time.Hour, "0": 0, "0d": 0, "1.5h": 90 * time.Minute,
	} {
		if got, err := ParseDuration(s); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "30", "d", "1.5d", "-1h", "1d-1h", "2d1w", "1d1d", "99999999d", "30 days", "292471y"} {
		if got, err := ParseDuration(s); err == nil {
			t.Errorf("ParseDuration(%q) = %v", s, got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	data, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Default()
		r := newReader("config.yaml")
		r.read(data, &c)
		r.check(&c)
		if err := r.err(); err != nil && err.Error() == "" {
			t.Error("a fault without a word")
		}
	})
}

func TestTopicsFileStartsAtTheFolderOfTheConfiguration(t *testing.T) {
	path := write(t, "config.yaml", "model: {topics_file: topics.bin}")
	c, err := Load(path)
	if err != nil || c.Model.TopicsFile != filepath.Join(filepath.Dir(path), "topics.bin") {
		t.Errorf("%q, %v", c.Model.TopicsFile, err)
	}
	t.Setenv("BELLHOP_MODEL_TOPICS_FILE", "other.bin")
	c, err = Load(path)
	if err != nil || c.Model.TopicsFile != "other.bin" {
		t.Errorf("%q, %v: a variable's path stays as it is", c.Model.TopicsFile, err)
	}
}
