package desk

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"hash/fnv"
	"net"
	"net/http"
	"sync"
	"time"
)

// policy lets a page load and call nothing but what this server serves.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guarded adds what browsers are to heed, and refuses what other sites' pages send.
func guarded(h http.Handler) http.Handler {
	own := http.NewCrossOriginProtection().Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for key, value := range map[string]string{
			"Content-Security-Policy":    policy,
			"X-Content-Type-Options":     "nosniff",
			"X-Frame-Options":            "DENY",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Permissions-Policy":         "camera=(self), microphone=(self), geolocation=()",
			"Cache-Control":              "no-store",
		} {
			w.Header().Set(key, value)
		}
		own.ServeHTTP(w, r)
	})
}

// secret is 32 random bytes in letters.
func secret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func same(a, b string) bool { return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// setCookie keeps a secret in the browser, out of the reach of scripts.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil, MaxAge: int(life.Seconds())}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// tokenOf is the token with which a page proves that it is ours.
func tokenOf(r *http.Request) string {
	if t := r.Header.Get("X-CSRF-Token"); t != "" {
		return t
	}
	return r.FormValue("csrf")
}

// brake counts what an address does in a span of time.
type brake struct {
	most int
	span time.Duration

	mu    sync.Mutex // guards what follows
	start time.Time
	count map[string]int
}

// allow counts one; false means too many.
func (b *brake) allow(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.start) >= b.span {
		b.start, b.count = now, map[string]int{}
	}
	b.count[host]++
	return b.count[host] <= b.most
}

// turns keep those of the same name apart: one after the other.
type turns [64]sync.Mutex

// of is the turn of a name. Two names may share one: they only wait.
func (t *turns) of(name string) *sync.Mutex {
	h := fnv.New32a()
	h.Write([]byte(name))
	return &t[h.Sum32()%uint32(len(t))]
}
