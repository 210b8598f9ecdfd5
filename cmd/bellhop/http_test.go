package main

import (
	"encoding/base64"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/host/config"
)

// forwarder is a proxy that wants a password, and leads every name to one server.
type forwarder struct {
	to       string
	tunnels  atomic.Int32 // that were made
	forwards atomic.Int32 // requests that were passed on
	refusals atomic.Int32
}

func (p *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:pw")) {
		p.refusals.Add(1)
		http.Error(w, "who are you?", http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		p.forward(w, r)
		return
	}
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer server.Close()
	client, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	p.tunnels.Add(1)
	io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	io.Copy(client, server)
}

func (p *forwarder) forward(w http.ResponseWriter, r *http.Request) {
	p.forwards.Add(1)
	r.URL.Host, r.RequestURI = p.to, ""
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	io.Copy(w, resp.Body)
}

// outpost is a workspace below a path, in the clear and with a certificate of an
// authority that nobody knows, and the same kinds of proxies.
type outpost struct {
	plain, secret *httptest.Server
	account       lobby.Account
	authority     string // file
}

func newOutpost(t *testing.T) *outpost {
	t.Helper()
	s, err := lobby.New(lobby.Options{NoLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	below := http.StripPrefix("/chat", s.Handler())
	o := &outpost{plain: httptest.NewServer(below), secret: httptest.NewTLSServer(below), account: s.Accounts("").Bot, authority: filepath.Join(t.TempDir(), "ca.pem")}
	t.Cleanup(func() {
		s.Close()
		o.plain.Close()
		o.secret.Close()
	})
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: o.secret.Certificate().Raw})
	if err := os.WriteFile(o.authority, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// looked is what an examination by the configuration finds of login and
// websocket: what is wrong, or "".
func (o *outpost) looked(t *testing.T, w config.Workspace) (login, socket string) {
	t.Helper()
	c := config.Default()
	w.User, w.Password = o.account.User, config.Secret(o.account.Password)
	c.Workspace = w
	b, err := newBridge(c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	login, socket = "not looked at", "not looked at"
	for _, f := range b.Examine(t.Context(), nil) {
		is := f.Is + " " + f.Do
		if f.Verdict == bridge.Right {
			is = ""
		}
		switch f.What {
		case "server", "login":
			login = is
		case "realtime API":
			socket = is
		}
	}
	return login, socket
}

// TestWorkspaceIsReachedByAnyWay: below a path, by an authority of its own, and
// through proxies of both kinds, by REST and by the websocket alike.
func TestWorkspaceIsReachedByAnyWay(t *testing.T) {
	o := newOutpost(t)
	for name, c := range map[string]struct {
		server  *httptest.Server
		w       config.Workspace
		proxied string // "", plain or secret
	}{
		"below a path":                  {o.plain, config.Workspace{URL: o.plain.URL + "/chat"}, ""},
		"below a path, with a slash":    {o.plain, config.Workspace{URL: o.plain.URL + "/chat/"}, ""},
		"own authority":                 {o.secret, config.Workspace{URL: o.secret.URL + "/chat", CAFile: o.authority}, ""},
		"proxy":                         {o.plain, config.Workspace{URL: "http://example.com/chat"}, "plain"},
		"proxy, own authority":          {o.secret, config.Workspace{URL: "https://example.com/chat", CAFile: o.authority}, "plain"},
		"proxy with TLS":                {o.plain, config.Workspace{URL: "http://example.com/chat", CAFile: o.authority}, "secret"},
		"proxy with TLS, own authority": {o.secret, config.Workspace{URL: "https://example.com/chat", CAFile: o.authority}, "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &forwarder{to: c.server.Listener.Addr().String()}
			if c.proxied != "" {
				start := map[string]func(http.Handler) *httptest.Server{"plain": httptest.NewServer, "secret": httptest.NewTLSServer}[c.proxied]
				proxy := start(p)
				defer proxy.Close()
				c.w.Proxy = strings.Replace(proxy.URL, "://", "://me:pw@", 1)
			}
			if login, socket := o.looked(t, c.w); login+socket != "" {
				t.Errorf("login: %s, websocket: %s", login, socket)
			}
			if c.proxied != "" && (p.tunnels.Load() == 0 || p.tunnels.Load()+p.forwards.Load() < 2 || p.refusals.Load() > 0) {
				t.Errorf("the proxy made %d tunnels, passed on %d requests and refused %d", p.tunnels.Load(), p.forwards.Load(), p.refusals.Load())
			}
		})
	}
}

// TestWayThatLeadsNowhereIsNamed with the key of the configuration that is wrong.
func TestWayThatLeadsNowhereIsNamed(t *testing.T) {
	o := newOutpost(t)
	proxy := httptest.NewServer(&forwarder{to: o.secret.Listener.Addr().String()})
	defer proxy.Close()
	for name, c := range map[string]struct {
		w    config.Workspace
		says string
	}{
		"unknown authority":        {config.Workspace{URL: o.secret.URL + "/chat"}, "workspace.ca_file"},
		"no path":                  {config.Workspace{URL: o.plain.URL}, "the path in it"},
		"proxy without a password": {config.Workspace{URL: "https://example.com/chat", CAFile: o.authority, Proxy: proxy.URL}, "Proxy Authentication Required"},
		"no proxy there":           {config.Workspace{URL: "https://example.com/chat", Proxy: "http://127.0.0.1:1"}, "proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			if login, _ := o.looked(t, c.w); !strings.Contains(login, c.says) {
				t.Errorf("it says %q", login)
			}
		})
	}
}
