package ddp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWorkspaceAddressLeadsToItsWebsocket(t *testing.T) {
	for address, want := range map[string]string{
		"https://chat.example.com":                 "wss://chat.example.com/websocket",
		"https://chat.example.com/":                "wss://chat.example.com/websocket",
		"http://127.0.0.1:3000":                    "ws://127.0.0.1:3000/websocket",
		"https://example.com/chat":                 "wss://example.com/chat/websocket",
		"https://example.com/chat/?a=b#c":          "wss://example.com/chat/websocket",
		"wss://chat.example.com/websocket":         "wss://chat.example.com/websocket",
		"https://user:secret@chat.example.com/x//": "wss://chat.example.com/x/websocket",
	} {
		if got, err := endpoint(address); got != want || err != nil {
			t.Errorf("%s leads to %s, %v; want %s", address, got, err, want)
		}
	}
	for _, address := range []string{"", "chat.example.com", "ftp://chat.example.com", "https://%zz", "localhost:3000"} {
		if got, err := endpoint(address); err == nil || !strings.HasPrefix(err.Error(), "read workspace url") {
			t.Errorf("%s leads to %s, %v", address, got, err)
		}
	}
}

// TestNobodyThere: refused connections, and names that nobody has.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, err = Dial(t.Context(), Options{URL: "http://" + l.Addr().String()})
	var away *UnreachableError
	if !errors.As(err, &away) || !strings.Contains(err.Error(), "check workspace.url, the network and the proxy") {
		t.Errorf("dialling ended with %v", err)
	}
}

// TestOtherServersAreTold from a Rocket.Chat, and from one that is away.
func TestOtherServersAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		away   bool
		say    string
	}{
		"a page":     {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, false, "status 200, text/html; charset=utf-8: no websocket there (check workspace.url"},
		"nothing":    {http.NotFound, false, "status 404"},
		"a redirect": {http.RedirectHandler("https://chat.example.com/", http.StatusMovedPermanently).ServeHTTP, false, "it redirects to https://chat.example.com/ (set workspace.url"},
		"a proxy":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, true, "status 502: the server is not up"},
		"a limit":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, true, "status 429"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(c.answer)
			defer s.Close()
			_, err := Dial(t.Context(), Options{URL: s.URL})
			var other *NotDDPError
			if !errors.As(err, &other) || other.Away() != c.away || !strings.Contains(err.Error(), c.say) {
				t.Errorf("dialling ended with %v", err)
			}
		})
	}
}

// TestOtherWebsocketsAreTold from one that speaks DDP.
func TestOtherWebsocketsAreTold(t *testing.T) {
	noise := func(p *peer) {
		for range 200 {
			p.say(`{"tick":1}`)
		}
		p.rest()
	}
	for name, c := range map[string]struct {
		play func(*peer)
		say  string
	}{
		"plain text": {func(p *peer) { p.say("welcome"); p.rest() }, "the answer is not DDP: read frame:"},
		"noise":      {noise, "no answer among the first 100 frames"},
		"a refusal":  {func(p *peer) { p.say(`{"msg":"error","reason":"Bad request"}`); p.rest() }, "Bad request"},
		"an end":     {func(*peer) {}, "connection"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Dial(t.Context(), listenHere(t, c.play))
			var other *NotDDPError
			if !errors.As(err, &other) || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), "is this a Rocket.Chat server?") {
				t.Errorf("dialling ended with %v", err)
			}
		})
	}
}

// listenHere plays on a loopback address, from the first frame on.
func listenHere(t *testing.T, play func(*peer)) Options {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listen(t, l, play)
}

func TestOtherVersionIsTold(t *testing.T) {
	_, err := Dial(t.Context(), listenHere(t, func(p *peer) {
		p.play(`
			> {"msg":"connect","version":"1","support":["1"]}
			< {"msg":"failed","version":"pre2"}
		`)
	}))
	var version *VersionError
	if !errors.As(err, &version) || version.Offered != "pre2" {
		t.Errorf("dialling ended with %v", err)
	}
}

func TestSessionHasTheServersName(t *testing.T) {
	if got := dial(t, serve(t, (*peer).rest)).Session(); got != "s1" {
		t.Errorf("the session is %q", got)
	}
}

// TestSilentHandshakeIsGivenUp after 20 seconds.
func TestSilentHandshakeIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), over: make(chan struct{})}
		o := listen(t, p, (*peer).rest)
		o.dial = p.dial
		began := time.Now()
		_, err := Dial(t.Context(), o)
		var away *UnreachableError
		if took := time.Since(began); !errors.As(err, &away) || took != handshakeWait {
			t.Errorf("dialling ended after %s with %v", took, err)
		}
	})
}

func TestDiallingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Dial(ctx, listenHere(t, func(p *peer) { cancel(); p.rest() }))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("dialling ended with %v", err)
	}
}
