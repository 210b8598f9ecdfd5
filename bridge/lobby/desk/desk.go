package desk

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Options configure a Desk. Only Dial is required.
type Options struct {
	Dial  func(context.Context) (net.Conn, error) // connects to the workspace's HTTP server
	Deeds Deeds                                   // what Bellhop did; nil means that nobody knows
	Log   *slog.Logger                            // nil means no log
}

// Desk serves the pages, below /desk/, /guest/, /call/ and /pages/.
type Desk struct {
	api      *api
	deeds    Deeds
	log      *slog.Logger
	sessions sessions
	tabs     tabs
	logins   brake // tries of passwords
	arrivals brake // chats that guests begin
	opening  turns // of guests who begin one
	handler  http.Handler
}

//go:embed static
var static embed.FS

// New makes the pages.
func New(o Options) *Desk {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Desk{
		api: &api{dial: o.Dial, http: client(o.Dial)}, deeds: o.Deeds, log: o.Log,
		sessions: sessions{all: map[string]*session{}}, tabs: tabs{all: map[string]*tab{}},
		logins: brake{most: 30, span: time.Minute}, arrivals: brake{most: 60, span: time.Minute},
	}
	mux := http.NewServeMux()
	d.agentRoutes(mux)
	d.guestRoutes(mux)
	d.callRoutes(mux)
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux.Handle("GET /pages/", http.StripPrefix("/pages/", fresh(http.FileServerFS(files))))
	mux.Handle("GET /{$}", http.RedirectHandler("/desk/", http.StatusSeeOther))
	d.handler = guarded(mux)
	return d
}

// Patterns are those that a Desk serves, as net/http.ServeMux has them.
var Patterns = []string{"/desk/", "/guest/", "/call/", "/pages/", "GET /{$}"}

// ServeHTTP serves a page.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

// Close ends what the pages hear.
func (d *Desk) Close() {
	d.tabs.closeAll()
	d.api.http.CloseIdleConnections()
}

// fresh has browsers ask whether a file is still the same.
func fresh(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		h.ServeHTTP(w, r)
	})
}

// fail tells somebody what went wrong: in the words of the workspace, or, when it
// is a mistake of ours, in the log.
func (d *Desk) fail(w http.ResponseWriter, r *http.Request, err error) {
	var no *refusal
	switch {
	case errors.Is(err, errSignedOut):
		w.Header().Set("HX-Redirect", "/desk/")
		w.WriteHeader(http.StatusUnauthorized)
		return
	case errors.As(err, &no):
		d.say(w, r, http.StatusUnprocessableEntity, word("refused", plainWords(no)))
		return
	case errors.Is(err, context.Canceled):
		return
	}
	d.log.Error("page not served", "path", r.URL.Path, "err", err)
	d.say(w, r, http.StatusInternalServerError, word("broken"))
}

// say answers with a toast, whatever the page asked for; a page that is a form's
// answer says it whole.
func (d *Desk) say(w http.ResponseWriter, r *http.Request, status int, text string) {
	if r.Header.Get("Sec-Fetch-Mode") == "navigate" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		render(w, "said", text)
		return
	}
	w.Header().Set("HX-Reswap", "none")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	render(w, "toast", toast{Kind: kindOf(status), Text: text})
}

func kindOf(status int) string {
	if status >= 400 {
		return "bad"
	}
	return "good"
}
