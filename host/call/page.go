package call

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Desk is who knows what has become of a call. *host.Host is the real one.
type Desk interface {
	// Join notes that a party comes to a call, and says where it is. The error is
	// ErrOver when the call takes nobody any more.
	Join(ctx context.Context, room Room, role Role) (url string, err error)
	// Open reports whether the call takes somebody: ErrOver when it does not.
	Open(room Room) error
	// EndedCall notes that the service says that the call has ended.
	EndedCall(ctx context.Context, room Room) error
	// Now is the time.
	Now() (time.Time, bool)
}

// ErrOver says that a call takes nobody any more: its links are over, it has
// ended, or a newer one has its place.
var ErrOver = errors.New("the call is over")

// Handler answers those who open links to the page.
func (l *Links) Handler(d Desk, log *slog.Logger) http.Handler {
	p := &page{links: l, desk: d, log: log, csp: policy(l.origin())}
	mux := http.NewServeMux()
	path := ""
	if u, err := url.Parse(l.public); err == nil {
		path = u.EscapedPath()
	}
	mux.HandleFunc("GET "+path+"/c/{pass}", p.show)
	mux.HandleFunc("POST "+path+"/c/{pass}", p.enter)
	return p.safe(mux)
}

type page struct {
	links *Links
	desk  Desk
	log   *slog.Logger
	csp   string
}

// origin is where the form leads in the end: browsers hold its redirection to
// the page's policy, too.
func (l *Links) origin() string {
	u, err := url.Parse(strings.ReplaceAll(l.o.Link, placeholder, "room"))
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func policy(origin string) string {
	// A meeting server may send on to the machine that has the meeting.
	return "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https: " + origin
}

// safe has nobody keep, frame, index or pass on what is shown.
func (p *page) safe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Cache-Control": "no-store", "Content-Security-Policy": p.csp, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "X-Robots-Tag": "noindex, nofollow", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			w.Header().Set(name, value)
		}
		if strings.HasPrefix(p.links.public, "https:") {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		next.ServeHTTP(w, r)
	})
}

// pass is the one of the address, if it still holds; else the answer is given.
func (p *page) pass(w http.ResponseWriter, r *http.Request) (pass, bool) {
	got, err := p.links.unseal(r.PathValue("pass"))
	if err != nil {
		closed(w)
		return got, false
	}
	if now, _ := p.desk.Now(); !now.Before(got.until) {
		closed(w)
		return got, false
	}
	return got, true
}

// show is all that opening a link does: previews and browsers that fetch ahead
// join nobody. A service has no other way to call than this.
func (p *page) show(w http.ResponseWriter, r *http.Request) {
	got, ok := p.pass(w, r)
	if !ok {
		return
	}
	room := Room{got.chat, got.room}
	if got.role == roleEnd {
		p.ended(w, r, room)
		return
	}
	switch err := p.desk.Open(room); {
	case errors.Is(err, ErrOver):
		closed(w)
		return
	case err != nil:
		say(w, http.StatusServiceUnavailable, away)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	invitation.Execute(w, nil)
}

// ended takes the word of the service, for the meeting that it names.
func (p *page) ended(w http.ResponseWriter, r *http.Request, room Room) {
	if r.Method != http.MethodGet || r.URL.Query().Get("meetingID") != room.Name {
		closed(w)
		return
	}
	switch err := p.desk.EndedCall(r.Context(), room); {
	case errors.Is(err, ErrOver):
	case err != nil:
		p.log.Error("end of a call is not kept", "chat", room.Chat, "err", err)
		http.Error(w, "not kept: try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// enter joins who has pressed the button.
func (p *page) enter(w http.ResponseWriter, r *http.Request) {
	got, ok := p.pass(w, r)
	if !ok {
		return
	}
	if got.role != Guest && got.role != Agent || strings.Contains(r.Header.Get("Sec-Purpose")+r.Header.Get("Purpose"), "prefetch") {
		closed(w)
		return
	}
	to, err := p.desk.Join(r.Context(), Room{got.chat, got.room}, got.role)
	switch {
	case errors.Is(err, ErrOver):
		closed(w)
	case err != nil:
		p.log.Error("nobody can join the call", "chat", got.chat, "err", err)
		say(w, http.StatusBadGateway, away)
	default:
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}

// closed answers all that leads nowhere in the same way: who guesses learns
// nothing.
func closed(w http.ResponseWriter) {
	say(w, http.StatusGone, nowhere)
}

var nowhere = notice{"This link leads to no call", "It may be over, or a newer link may be in the chat. Please ask there for another."}

type notice struct{ Title, Text string }

var away = notice{"The call cannot be reached", "Please try again in a minute, or write in the chat."}

func say(w http.ResponseWriter, status int, n notice) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	notices.Execute(w, n)
}

const frame = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>body{font:1.1rem system-ui,sans-serif;max-width:28rem;margin:20vh auto;padding:0 1rem;text-align:center}
button{font:inherit;padding:.7em 2em;border:0;border-radius:.5em;background:#125fa8;color:#fff;cursor:pointer}</style>`

var (
	invitation = template.Must(template.New("").Parse(frame + `<title>Call</title><h1>Your call</h1><form method="post"><button autofocus>Join the call</button></form></html>`))
	notices    = template.Must(template.New("").Parse(frame + `<title>{{.Title}}</title><h1>{{.Title}}</h1><p>{{.Text}}</p></html>`))
)
