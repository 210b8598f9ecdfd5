package bridge

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// Webhooks are Rocket.Chat's omnichannel webhooks as a second source of events,
// beside the streams: the workspace itself calls when something happens in a chat.
type Webhooks struct {
	Path    string         // that is called; "" means /
	Token   string         // that the workspace sends along, its Livechat_secret_token; required
	Sources []netip.Prefix // from where calls may come; none means from everywhere
	Proxies []netip.Prefix // that are believed where a call comes from
	Flush   func() error   // waits until what was emitted is on disk; required
}

const (
	maxWebhook  = 8 << 20         // bytes of a call: one at a chat's end holds all that was said in it
	webhookSpan = 4 * time.Second // a server gives up after 5 s, and calls again later

	webhookToken = "X-RocketChat-Livechat-Token"
)

// Webhooks answers calls while Run runs. 200 says that what the call told is in
// the journal, or was there, or is no event; 503 that it is not, and that the
// server is to call again. What a call says is a hint, like a frame: what counts
// is what REST says of the chat, so that an event has the same ID and the same
// picture whoever told of it first.
func (b *Bridge) Webhooks(o Webhooks) (http.Handler, error) {
	if o.Token == "" || o.Flush == nil {
		return nil, errors.New("take webhooks: a token is required, for anybody could call")
	}
	if o.Path == "" {
		o.Path = "/"
	}
	return &webhooks{b: b, o: o, token: sha256.Sum256([]byte(o.Token))}, nil
}

type webhooks struct {
	b     *Bridge
	o     Webhooks
	token [sha256.Size]byte
	spoke atomic.Int64 // when a refusal was last warned of, in Unix ns
}

// refusal is a call that is not taken, and why.
type refusal struct {
	status int
	says   string
}

// ServeHTTP says nothing to callers but the status: they may be anybody.
func (h *webhooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from := source(r, h.o.Proxies)
	no := h.admit(r, from)
	if no == nil {
		no = h.take(w, r)
	}
	if no == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	if no.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	h.b.log.Log(r.Context(), h.level(no), "webhook is not taken", "from", from, "status", no.status, "err", no.says)
	w.WriteHeader(no.status)
}

// level is how loud a refusal is: strangers must not fill the log, and what the
// workspace sends again heals itself.
func (h *webhooks) level(no *refusal) slog.Level {
	before, now := h.spoke.Load(), time.Now().UnixNano()
	if no.status == http.StatusServiceUnavailable || now-before < int64(time.Minute) || !h.spoke.CompareAndSwap(before, now) {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// admit refuses who may not call.
func (h *webhooks) admit(r *http.Request, from netip.Addr) *refusal {
	sent := sha256.Sum256([]byte(r.Header.Get(webhookToken)))
	switch {
	case len(h.o.Sources) > 0 && !within(from, h.o.Sources):
		return &refusal{http.StatusForbidden, "workspace_webhooks.sources does not have that address"}
	case r.URL.Path != h.o.Path:
		return &refusal{http.StatusNotFound, "the path is not workspace_webhooks.path"}
	case subtle.ConstantTimeCompare(sent[:], h.token[:]) != 1:
		return &refusal{http.StatusUnauthorized, "the token is not workspace_webhooks.token: set it in Omnichannel, Webhooks, Secret Token"}
	case r.Method != http.MethodPost:
		return &refusal{http.StatusMethodNotAllowed, "workspaces call by POST"}
	}
	return nil
}

func (h *webhooks) take(w http.ResponseWriter, r *http.Request) *refusal {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return &refusal{http.StatusRequestEntityTooLarge, "the call is too long: the streams tell what is in it"}
	}
	if err != nil {
		return &refusal{http.StatusBadRequest, err.Error()}
	}
	told, err := readWebhook(data)
	if err != nil {
		return &refusal{http.StatusBadRequest, err.Error()}
	}
	ctx, cancel := context.WithTimeout(r.Context(), webhookSpan)
	defer cancel()
	err = h.b.webhook(ctx, told)
	if err == nil {
		err = h.o.Flush()
	}
	if err != nil {
		return &refusal{http.StatusServiceUnavailable, err.Error()}
	}
	return nil
}

// source is where a call comes from: the last hop that is no proxy of ours. What
// cannot be read is no address.
func source(r *http.Request, proxies []netip.Prefix) netip.Addr {
	from := address(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !within(from, proxies) || strings.TrimSpace(hop) == "" {
			return from
		}
		from = address(strings.TrimSpace(hop))
	}
	return from
}

// address reads an address that may have a port.
func address(text string) netip.Addr {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// WebhookSettings are where the workspace's webhooks go now.
func (b *Bridge) WebhookSettings(ctx context.Context) (rest.WebhookSettings, error) {
	return b.rest.WebhookSettings(ctx)
}

// SetWebhooks has the workspace call url, with token, of all that happens in
// chats. It has one address for all who want to be called: whoever was called
// before is no more.
func (b *Bridge) SetWebhooks(ctx context.Context, url, token string) error {
	return b.rest.SetWebhooks(ctx, url, token)
}
