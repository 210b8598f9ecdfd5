package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// relay passes webhooks on to Bellhop, and kills it in the middle of some.
type relay struct {
	t       *testing.T
	address string // Bellhop's
	server  *httptest.Server

	mu       sync.Mutex // guards what follows
	bellhop  *exec.Cmd
	when     string // it is to die: "received" or "answered"; "" means not
	statuses []int
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r := &relay{t: t, address: l.Addr().String()}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

// die has Bellhop killed at the next webhook.
func (r *relay) die(when string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.when = when
}

// ready waits until Bellhop knows the chats: it takes what is no chat, too.
func (r *relay) ready(secret string) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); pause(r.t.Context(), 20*time.Millisecond) {
		req, err := http.NewRequest(http.MethodPost, "http://"+r.address+"/rc", strings.NewReader(`{"type":"LivechatSessionStart","_id":"nobody"}`))
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("X-RocketChat-Livechat-Token", secret)
		if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
	r.t.Fatal("no webhook is taken")
}

// kill kills Bellhop if it is to die now.
func (r *relay) kill(when string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.when != when {
		return false
	}
	r.when = ""
	r.bellhop.Process.Kill()
	return true
}

func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	on, err := http.NewRequest(http.MethodPost, "http://"+r.address+req.URL.Path, &killer{bytes.NewReader(body), func() { r.kill("received") }})
	if err != nil {
		r.t.Error(err)
		return
	}
	on.Header = req.Header.Clone()
	on.ContentLength = int64(len(body))
	res, err := http.DefaultTransport.RoundTrip(on)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	res.Body.Close()
	if r.kill("answered") {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	r.mu.Lock()
	r.statuses = append(r.statuses, res.StatusCode)
	r.mu.Unlock()
	w.WriteHeader(res.StatusCode)
}

// killer does something when all of a body was read.
type killer struct {
	io.Reader
	then func()
}

func (k *killer) Read(p []byte) (int, error) {
	n, err := k.Reader.Read(p)
	if err == io.EOF {
		k.then()
	}
	return n, err
}

// TestHostThatIsKilledOverAWebhookDoesAllOnce: between its coming and its answer,
// and between its answer and the workspace.
func TestHostThatIsKilledOverAWebhookDoesAllOnce(t *testing.T) {
	r := newRelay(t)
	const secret = "a secret of the workspace"
	s, err := newServers(t.TempDir(), quiet, func(o *lobby.Options) {
		o.HookPause = 50 * time.Millisecond
		o.Settings = map[string]any{"Livechat_webhookUrl": r.server.URL + "/rc", "Livechat_secret_token": secret}
		for _, what := range []string{"start", "close", "chat_taken", "chat_queued", "forward", "visitor_message", "agent_message"} {
			o.Settings["Livechat_webhook_on_"+what] = true
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := os.RemoveAll(s.path("data")); err != nil {
		t.Fatal(err)
	}
	s.put(t, "plugins/greeter/1.0.0/plugin.yaml", greeterManifest)
	s.put(t, "plugins/greeter/1.0.0/greeter.go", greeterSource)
	s.put(t, "instances/greeter.yaml", "plugin: greeter\nmode: on\ngrants: {effects: [reply]}\n")
	ctx := serving(t, s)
	c := s.config()
	text := fmt.Sprintf("workspace: {url: %q, user: %q, password: %q}\ndata: %q\nworkspace_webhooks: {address: %q, path: /rc, token: %q, sources: [127.0.0.1]}\n",
		c.Workspace.URL, c.Workspace.User, c.Workspace.Password.Reveal(), s.path("data"), r.address, secret)
	file := s.path("hooked.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.player.leaveOpen = true
	var rooms []sdk.ChatID
	for n, when := range []string{"received", "answered", "received", ""} {
		cmd := bellhop(t, ctx, []string{"run", "--config", file})
		says := runProcess(t, s, ctx, cmd)
		r.mu.Lock()
		r.bellhop = cmd
		r.mu.Unlock()
		says("instance runs instance=greeter")
		r.ready(secret)
		for _, room := range rooms { // also those in which it died
			if err := s.ledger.reach(ctx, room, 1); err != nil {
				t.Fatal(err)
			}
		}
		r.die(when)
		room, err := s.player.play(ctx, fmt.Sprint("hooked", n), convo.Chat{Steps: []convo.Step{
			{Kind: convo.Visitor, Who: "Maya", Fields: map[string]string{"department": "Sales"}}, {Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "hello"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		rooms = append(rooms, room)
		if when != "" {
			cmd.Wait()
		}
	}
	for _, room := range rooms {
		if err := s.ledger.reach(ctx, room, 1); err != nil {
			t.Fatal(err)
		}
		if n := s.ledger.count(room); n != 1 {
			t.Errorf("%s: %d greetings", room, n)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.statuses) == 0 {
		t.Error("no webhook was answered")
	}
	for _, status := range r.statuses {
		if status != http.StatusOK && status != http.StatusServiceUnavailable {
			t.Errorf("a webhook was answered with %d", status)
		}
	}
}

// TestWebhooksComeInByTLS, with a certificate that is read anew when it changes,
// and none that is not there.
func TestWebhooksComeInByTLS(t *testing.T) {
	dir := t.TempDir()
	c := config.WorkspaceWebhooks{Address: "127.0.0.1:0", Path: "/rc", Token: "a secret of the workspace", CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	b, err := bridge.New(bridge.Options{URL: "http://127.0.0.1:1", User: "bot", Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(dir, "bellhop.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := newDoorbell(c, b, db, quiet); err == nil {
		t.Fatal("it listens without a certificate")
	}
	roots := x509.NewCertPool()
	writeCertificate(t, c, roots)
	bell, err := newDoorbell(c, b, db, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); bell.run(ctx) }()
	ring := func() int {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		defer client.CloseIdleConnections()
		req, err := http.NewRequest(http.MethodPost, "https://"+bell.listener.Addr().String()+"/rc", strings.NewReader(`{"type":"LivechatOfflineMessage"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-RocketChat-Livechat-Token", c.Token.Reveal())
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if status := ring(); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	roots = x509.NewCertPool() // that know the new certificate alone
	writeCertificate(t, c, roots)
	if status := ring(); status != http.StatusOK {
		t.Errorf("with a new certificate: %d", status)
	}
	stop()
	<-ended
	if bell, err := newDoorbell(config.WorkspaceWebhooks{}, b, db, quiet); bell != nil || err != nil {
		t.Errorf("without an address: %v, %v", bell, err)
	}
}

// writeCertificate makes a certificate of this machine's, which signs itself.
func writeCertificate(t *testing.T, c config.WorkspaceWebhooks, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	roots.AppendCertsFromPEM(text)
	for file, data := range map[string][]byte{c.CertFile: text, c.KeyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
