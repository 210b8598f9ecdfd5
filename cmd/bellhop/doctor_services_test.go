package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/mail"
)

// site answers all with a text.
func site(t *testing.T, text string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }))
	t.Cleanup(s.Close)
	return s.URL
}

// mailServer is one that takes mail; its port.
func mailServer(t *testing.T) int {
	t.Helper()
	sink, err := mail.NewSink(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sink.Run(ctx, on) }()
	t.Cleanup(func() { stop(); <-ended })
	return on.Addr().(*net.TCPAddr).Port
}

func freeAddress(t *testing.T) string {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	return on.Addr().String()
}

// TestDoctorAsksTheServices: what an instance needs is missing where it is not
// there, what nobody needs is doubtful, and nothing is said of what is neither
// configured nor needed.
func TestDoctorAsksTheServices(t *testing.T) {
	refuses := site(t, "<response><returncode>FAILED</returncode><messageKey>checksumError</messageKey><message>Checksums do not match</message></response>")
	takes := site(t, "<response><returncode>SUCCESS</returncode><meetings/></response>")
	own := freeAddress(t)
	all := bridge.Uses{"call": {"instance callapp"}, "transcript": {"instance transcript"}}
	calls := func(provider, link, secret string) config.Calls {
		return config.Calls{Provider: provider, Link: link, Secret: config.Secret(secret)}
	}
	page := func(public string) config.Calls {
		return config.Calls{Provider: "template", Link: takes + "/{room}", PublicURL: public, Address: own}
	}
	for name, c := range map[string]struct {
		calls config.Calls
		mail  config.Mail
		uses  bridge.Uses
		want  string
	}{
		"nothing":           {},
		"needed calls":      {uses: all, want: "missing calls: no service is configured|doubtful mail: no server is configured"},
		"wrong secret":      {calls: calls("bigbluebutton", refuses, "secret"), uses: bridge.Uses{"call": {"x"}}, want: "missing calls: BigBlueButton refuses getMeetings: Checksums do not match (checksumError)"},
		"unused":            {calls: calls("bigbluebutton", refuses, "secret"), want: "doubtful calls: BigBlueButton refuses"},
		"right secret":      {calls: calls("bigbluebutton", takes, "secret"), want: "right calls: bigbluebutton answers"},
		"no BigBlueButton":  {calls: calls("bigbluebutton", site(t, "<html>"), "secret"), want: "doubtful calls: BigBlueButton answers getMeetings with status 200 and no answer of its API"},
		"nobody there":      {calls: calls("jitsi", "http://127.0.0.1:1/{room}", ""), want: "doubtful calls: 127.0.0.1:1 does not answer|right page of calls: none"},
		"not the workspace": {calls: calls("workspace", "", ""), want: "doubtful calls: " + takes + " is not|right page"},
		"unsound":           {calls: calls("bigbluebutton", takes, ""), want: "missing services: call secret is missing"},
		"page":              {calls: page("http://" + own + "/calls"), want: "right calls|doubtful page of calls: http://" + own + "/calls answers"},
		"page of others":    {calls: page(takes), uses: bridge.Uses{"call": {"x"}}, want: "right calls|missing page of calls: " + takes + "/c/ is answered with status 200"},
		"page is nowhere":   {calls: page("http://127.0.0.1:1"), want: "right calls|doubtful page of calls: http://127.0.0.1:1 cannot be reached"},
		"mail":              {mail: config.Mail{Host: "127.0.0.1", Port: mailServer(t), From: "a@example.org", TLS: "none"}, want: "right mail: 127.0.0.1 takes mail"},
		"mail without TLS":  {mail: config.Mail{Host: "127.0.0.1", Port: mailServer(t), From: "a@example.org"}, uses: all, want: "missing calls|missing mail"},
		"mail is nowhere":   {mail: config.Mail{Host: "127.0.0.1", Port: 1, From: "a@example.org"}, uses: bridge.Uses{"mail": {"x"}}, want: "missing mail"},
	} {
		whole := config.Default()
		whole.Data, whole.Workspace.URL, whole.Calls, whole.Mail = t.TempDir(), takes, c.calls, c.mail
		var got []string
		for _, f := range serviceFindings(t.Context(), whole, c.uses) {
			got = append(got, fmt.Sprintf("%s %s: %s", f.Verdict, f.What, f.Is))
			if f.Verdict == bridge.Missing && f.Do == "" {
				t.Errorf("%s: nobody is told what to do: %+v", name, f)
			}
		}
		want := strings.Split(c.want, "|")
		if c.want == "" {
			want = nil
		}
		ok := len(got) == len(want)
		for i := range want {
			ok = ok && strings.HasPrefix(got[i], want[i])
		}
		if !ok {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// endpoint is one that serves the models, for who has the key; its base URL.
func endpoint(t *testing.T, key string, models ...string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/v1/models":
			http.NotFound(w, r)
		case r.Header.Get("Authorization") != "Bearer "+key:
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"error":{"message":"no such key","type":"invalid_request_error"}}`)
		default:
			list := []map[string]string{}
			for _, name := range models {
				list = append(list, map[string]string{"id": name, "object": "model"})
			}
			json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": list})
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1"
}

// TestDoctorAsksTheModel: for its list alone, which costs nothing.
func TestDoctorAsksTheModel(t *testing.T) {
	base := endpoint(t, "key", "small", "qwen3:8b")
	used := bridge.Uses{"classify": {"instance forwarding"}, "ask": {"instance desk"}}
	for name, c := range map[string]struct {
		base, key, model string
		uses             bridge.Uses
		want, who        string // "" is no finding
	}{
		"none":            {uses: used},
		"answers":         {base: base, key: "key", model: "small", uses: used, want: "right model: " + base + " serves small"},
		"wrong key":       {base: base, key: "secret", model: "small", uses: used, want: "missing model: ask for models: the endpoint refuses the key (401): check model.key", who: "instance desk, instance forwarding"},
		"wrong key, idle": {base: base, key: "secret", model: "small", want: "doubtful model: ask for models: the endpoint refuses the key"},
		"not reachable":   {base: "http://127.0.0.1:1/v1", model: "small", uses: used, want: "missing model: ask for models: the endpoint cannot be reached", who: "instance desk, instance forwarding"},
		"another model":   {base: base, key: "key", model: "qwen3:8", uses: used, want: "doubtful model: " + base + " answers and does not list qwen3:8: did you mean qwen3:8b?"},
		"no list":         {base: base + "/no", key: "key", model: "small", uses: used, want: "unknown model: ask for models: the endpoint rejects the question (404)"},
		"no API":          {base: site(t, "<html>"), model: "small", uses: used, want: "missing model: ask for models: the answer makes no sense", who: "instance desk, instance forwarding"},
	} {
		whole := config.Default()
		whole.Data = t.TempDir()
		whole.Model.BaseURL, whole.Model.Key, whole.Model.Name = c.base, config.Secret(c.key), c.model
		var got, who string
		for _, f := range modelFindings(t.Context(), whole, needing(c.uses, "classify", "ask")) {
			got, who = fmt.Sprintf("%s %s: %s", f.Verdict, f.What, f.Is), f.Who
			if f.Verdict != bridge.Right && f.Do == "" {
				t.Errorf("%s: nobody is told what to do: %+v", name, f)
			}
		}
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" || who != c.who {
			t.Errorf("%s: got %q for %q, want %q for %q", name, got, who, c.want, c.who)
		}
		if strings.Contains(got, "secret") {
			t.Errorf("%s: the key is told: %s", name, got)
		}
	}
}
