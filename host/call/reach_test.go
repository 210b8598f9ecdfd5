package call

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// serve answers all with a status, a type and a text.
func serve(t *testing.T, status int, kind, text string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, text)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestBigBlueButtonIsReachedOnlyWithItsSecret(t *testing.T) {
	eachChecksum(t, func(t *testing.T, b *bbb, l *Links) {
		if err := l.Reach(context.Background()); err != nil {
			t.Error(err)
		}
		l.o.Secret = "another"
		other := links(t, l.o)
		if err := other.Reach(context.Background()); err == nil || !strings.Contains(err.Error(), "shared secret or checksum") || strings.Contains(err.Error(), "checksum=") {
			t.Errorf("with another secret: %v", err)
		}
		if len(b.meetings) > 0 {
			t.Errorf("there are %d meetings now", len(b.meetings))
		}
	})
}

func TestServicesAreReachedWithoutEnteringARoom(t *testing.T) {
	ok, broken, html := serve(t, 404, "text/plain", ""), serve(t, 502, "text/html", ""), serve(t, 200, "text/html", "<html>")
	desk := serve(t, 200, "text/javascript; charset=utf-8", "")
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"jitsi":            {Options{Provider: Jitsi, Link: ok + "/{room}"}, ""},
		"jitsi is down":    {Options{Provider: Jitsi, Link: broken + "/{room}"}, "answers with status 502"},
		"nobody is there":  {Options{Provider: Template, Link: "http://127.0.0.1:1/{room}"}, "127.0.0.1:1 does not answer"},
		"template":         {Options{Provider: Template, Link: ok + "/a/{room}?x=1"}, ""},
		"workspace":        {Options{Provider: Workspace, Link: desk}, ""},
		"real Rocket.Chat": {Options{Provider: Workspace, Link: html}, "is not the embedded workspace"},
	} {
		err := links(t, c.o).Reach(context.Background())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestPageIsReachedWhereItAnswersItself(t *testing.T) {
	handler, err := Probe(Options{Provider: Jitsi, PublicURL: "http://127.0.0.1/calls"})
	if err != nil {
		t.Fatal(err)
	}
	page := httptest.NewServer(handler)
	defer page.Close()
	for at, want := range map[string]string{
		page.URL + "/calls":                     "",
		page.URL + "/other":                     "not by Bellhop's page",
		serve(t, 410, "text/html", "gone"):      "not by Bellhop's page",
		serve(t, 200, "text/html", "a website"): "answered with status 200",
		"http://127.0.0.1:1":                    "cannot be reached",
	} {
		err := links(t, Options{Provider: Jitsi, PublicURL: at}).ReachPage(context.Background())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || Strange(err) == strings.Contains(want, "reached")) {
			t.Errorf("%s: %v, want %q", at, err, want)
		}
	}
}

// TestProbeOpensNobodysCall: it stands where the page would, for a moment.
func TestProbeOpensNobodysCall(t *testing.T) {
	o := Options{Provider: Jitsi, PublicURL: "http://127.0.0.1/calls"}
	handler, err := Probe(o)
	if err != nil {
		t.Fatal(err)
	}
	l := links(t, o)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		got := httptest.NewRecorder()
		handler.ServeHTTP(got, httptest.NewRequest(method, l.Page(l.Room("chat", "key"), Guest, asked.AddDate(100, 0, 0)), nil))
		if got.Code != http.StatusGone {
			t.Errorf("%s is answered %d", method, got.Code)
		}
	}
}
