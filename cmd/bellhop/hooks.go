package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	answerWithin = 5 * time.Second // after it a caller is told no more than that its call is kept
	maxCalls     = 64              // that are answered at a time
	maxHeaders   = 16 << 10        // bytes
)

// hooks serve what other systems call.
type hooks struct {
	config config.PluginWebhooks
	host   *host.Host
	secret func(instance string) (string, error)
	log    *slog.Logger
	slots  chan struct{} // of calls that are answered
}

// listenForHooks opens the address.
func listenForHooks(c config.PluginWebhooks, log *slog.Logger) (net.Listener, error) {
	on, err := net.Listen("tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("plugin_webhooks.address: %w", err)
	}
	log.Info("webhooks of plugins can be called", "address", on.Addr().String(), "path", c.Path+"/hooks/")
	if ip := on.Addr().(*net.TCPAddr).IP; c.CertFile == "" && !ip.IsLoopback() {
		log.Warn("webhooks are called without TLS: secrets are readable on the way unless a proxy speaks it (plugin_webhooks.cert_file)")
	}
	return on, nil
}

// hooksURL is where the webhooks of plugins are called; "" means nowhere.
func hooksURL(c config.PluginWebhooks, on net.Listener) string {
	switch {
	case on == nil:
		return ""
	case c.CertFile != "":
		return "https://" + on.Addr().String() + c.Path
	}
	return "http://" + on.Addr().String() + c.Path
}

// run listens until ctx ends.
func (l *hooks) run(ctx context.Context, on net.Listener) error {
	s := &http.Server{
		Handler: l.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		MaxHeaderBytes: maxHeaders, ErrorLog: slog.NewLogLogger(l.log.Handler(), slog.LevelDebug),
	}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	var err error
	if l.config.CertFile != "" {
		err = s.ServeTLS(on, l.config.CertFile, l.config.KeyFile)
	} else {
		err = s.Serve(on)
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// handler answers calls.
func (l *hooks) handler() http.Handler {
	l.slots = make(chan struct{}, maxCalls)
	mux := http.NewServeMux()
	mux.HandleFunc(l.config.Path+"/hooks/{instance}/{path...}", l.hook)
	return mux
}

// refusal is why a call is not taken.
type refusal struct {
	status int
	why    string
}

// hook takes the call of a plugin's webhook.
func (l *hooks) hook(w http.ResponseWriter, r *http.Request) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	default:
		refuse(w, refusal{http.StatusServiceUnavailable, "too many calls at a time: try again"})
		return
	}
	// Whoever does not know the secret learns nothing, not even which instances there are.
	if !l.knows(r) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		refuse(w, refusal{http.StatusUnauthorized, "the secret is missing or wrong: send Authorization: Bearer SECRET"})
		return
	}
	call, no := readCall(w, r)
	if no != nil {
		refuse(w, *no)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	v, err := l.host.Hook(ctx, r.PathValue("instance"), r.Header.Get("Idempotency-Key"), call)
	switch {
	case errors.Is(err, host.ErrNoWebhook):
		refuse(w, refusal{http.StatusNotFound, err.Error()})
	case err != nil:
		l.log.Warn("call of a webhook is not taken", "instance", r.PathValue("instance"), "err", err)
		refuse(w, refusal{http.StatusServiceUnavailable, "it can't be kept now: try again"})
	default:
		say(w, statusOf[v.Outcome], v)
	}
}

// statusOf is what a caller is told. What failed is ours to mend: it is kept as a
// dead letter, and a repeat would fail again.
var statusOf = map[string]int{
	host.Handled: http.StatusOK, host.Skipped: http.StatusOK, host.Accepted: http.StatusAccepted, host.Failed: http.StatusAccepted,
}

func refuse(w http.ResponseWriter, no refusal) {
	if no.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "10")
	}
	say(w, no.status, map[string]string{"error": no.why})
}

func say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // who has gone hears nothing
}

// secretHeader may hold the secret, where a caller can't set Authorization.
const secretHeader = "X-Bellhop-Secret"

// knows reports whether the caller knows the instance's secret. It takes as long
// for one that there is not.
func (l *hooks) knows(r *http.Request) bool {
	said := r.Header.Get(secretHeader)
	if token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); bearer {
		said = token
	}
	secret, err := l.secret(r.PathValue("instance"))
	if err != nil {
		l.log.Error("webhooks of an instance have no secret: nobody can call them", "instance", r.PathValue("instance"), "err", err)
		return false
	}
	a, b := sha256.Sum256([]byte(said)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && secret != ""
}

// notForPlugins are headers that no plugin gets: they hold secrets, or are about the way.
var notForPlugins = []string{"Authorization", "Proxy-Authorization", "Cookie", secretHeader, "Connection", "Te", "Upgrade"}

// readCall reads the call as a plugin gets it.
func readCall(w http.ResponseWriter, r *http.Request) (sdk.WebhookRequest, *refusal) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		w.Header().Set("Allow", "POST, PUT")
		return sdk.WebhookRequest{}, &refusal{http.StatusMethodNotAllowed, "send POST or PUT"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, sdk.MaxWebhook))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return sdk.WebhookRequest{}, &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is too large: at most %d KiB", sdk.MaxWebhook>>10)}
	case err != nil:
		return sdk.WebhookRequest{}, &refusal{http.StatusBadRequest, "the body can't be read"}
	}
	call := sdk.WebhookRequest{Path: r.PathValue("path"), Method: r.Method, Query: map[string]string{}, Header: map[string]string{}, Body: string(body)}
	for name, values := range r.URL.Query() {
		call.Query[name] = values[0]
	}
	for name, values := range r.Header {
		call.Header[name] = values[0]
	}
	for _, name := range notForPlugins {
		delete(call.Header, name)
	}
	return call, nil
}

// webhookSecret is what callers of an instance's webhooks must know: what its file
// names, or what the store makes, which is another for each instance.
func webhookSecret(data string, db *store.DB, instance string) (string, error) {
	files, _ := config.LoadInstances(filepath.Join(data, "instances"))
	f, there := files[instance]
	switch {
	case !there:
		return "", nil
	case f.Secret != "":
		s, err := config.ReadSecret(under(data, f.Secret))
		return s.Reveal(), err
	}
	return db.SecretFor(console.HookSecret(instance)), nil
}

// under is a path that starts at the folder, unless it is absolute.
func under(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
