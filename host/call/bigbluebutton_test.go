package call

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// bbb is a small BigBlueButton. It checks as the real one does: of the query as
// it came, in its order, with the checksum cut out.
type bbb struct {
	t      *testing.T
	secret string
	digest func(string) string

	mu       sync.Mutex // guards what follows
	meetings map[string]*meeting
	calls    []string
	down     bool
}

type meeting struct {
	create   string // the query that has made it
	ended    string // what is called at its end
	agentPW  string
	guestPW  string
	there    []string // user ids with roles
	names    []string
	over     bool
	finished int64
}

func sha1Hex(s string) string   { sum := sha1.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
func sha256Hex(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
func sha384Hex(s string) string { sum := sha512.Sum384([]byte(s)); return hex.EncodeToString(sum[:]) }
func sha512Hex(s string) string { sum := sha512.Sum512([]byte(s)); return hex.EncodeToString(sum[:]) }

func newBBB(t *testing.T, digest func(string) string) (*bbb, string) {
	b := &bbb{t: t, secret: "8cd8ef52e8e101574e400365b55e11a6", digest: digest, meetings: map[string]*meeting{}}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	return b, s.URL + "/bigbluebutton/"
}

var checksum = regexp.MustCompile(`&?checksum=[^&]*`)

// ServeHTTP answers as the API does, with status 200 for what it refuses.
func (b *bbb) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	call := strings.TrimPrefix(r.URL.Path, "/bigbluebutton/api/")
	b.calls = append(b.calls, call)
	q := r.URL.Query()
	switch {
	case b.down:
		http.Error(w, "<html>Bad Gateway</html>", http.StatusBadGateway)
	case q.Get("checksum") != b.digest(call+checksum.ReplaceAllString(r.URL.RawQuery, "")+b.secret):
		b.fail(w, "checksumError", "Checksums do not match")
	case call == "getMeetings":
		fmt.Fprint(w, "<response><returncode>SUCCESS</returncode><meetings/><messageKey>noMeetings</messageKey></response>")
	case call == "create":
		b.create(w, r, q)
	case b.meetings[q.Get("meetingID")] == nil || b.meetings[q.Get("meetingID")].over && call == "join":
		b.fail(w, map[bool]string{true: "invalidMeetingIdentifier", false: "notFound"}[call == "join"], "A meeting with that ID does not exist")
	case call == "join":
		b.join(w, q)
	case call == "end":
		b.end(w, q)
	case call == "getMeetingInfo":
		b.info(w, q)
	default:
		b.fail(w, "unsupportedRequest", "This request is not supported")
	}
}

func (b *bbb) fail(w http.ResponseWriter, key, message string) {
	fmt.Fprintf(w, "<response><returncode>FAILED</returncode><messageKey>%s</messageKey><message>%s</message></response>", key, message)
}

func (b *bbb) create(w http.ResponseWriter, r *http.Request, q url.Values) {
	params := checksum.ReplaceAllString(r.URL.RawQuery, "")
	was := b.meetings[q.Get("meetingID")]
	if was != nil && !was.over && was.create != params {
		b.fail(w, "idNotUnique", "A meeting already exists with that meeting ID")
		return
	}
	key := ""
	if was != nil && !was.over {
		key = "duplicateWarning"
	} else {
		b.meetings[q.Get("meetingID")] = &meeting{create: params, ended: q.Get("meta_endCallbackUrl"), agentPW: q.Get("moderatorPW"), guestPW: q.Get("attendeePW")}
	}
	fmt.Fprintf(w, "<response><returncode>SUCCESS</returncode><meetingID>%s</meetingID><messageKey>%s</messageKey></response>", q.Get("meetingID"), key)
}

func (b *bbb) join(w http.ResponseWriter, q url.Values) {
	m := b.meetings[q.Get("meetingID")]
	role := map[string]string{m.agentPW: "MODERATOR", m.guestPW: "VIEWER"}[q.Get("password")]
	if role == "" || q.Get("role") != role || q.Get("fullName") == "" {
		b.fail(w, "invalidPassword", "You either did not supply a password or the password supplied is neither the attendee or moderator password")
		return
	}
	m.there = append(m.there, q.Get("userID")+" "+role)
	m.names = append(m.names, q.Get("fullName"))
	http.Redirect(w, httptest.NewRequest("GET", "/", nil), "/html5client/", http.StatusFound)
}

func (b *bbb) end(w http.ResponseWriter, q url.Values) {
	m := b.meetings[q.Get("meetingID")]
	if q.Get("password") != m.agentPW {
		b.fail(w, "invalidPassword", "The supplied moderator password is incorrect")
		return
	}
	m.over, m.there = true, nil
	fmt.Fprint(w, "<response><returncode>SUCCESS</returncode><messageKey>sentEndMeetingRequest</messageKey></response>")
}

func (b *bbb) info(w http.ResponseWriter, q url.Values) {
	m := b.meetings[q.Get("meetingID")]
	if m.over {
		b.fail(w, "notFound", "We could not find a meeting with that meeting ID")
		return
	}
	var list strings.Builder
	for n, who := range m.there {
		id, role, _ := strings.Cut(who, " ")
		fmt.Fprintf(&list, "<attendee><userID>%s</userID><fullName>%s</fullName><role>%s</role></attendee>", id, html.EscapeString(m.names[n]), role)
	}
	fmt.Fprintf(w, "<response><returncode>SUCCESS</returncode><running>%v</running><hasBeenForciblyEnded>false</hasBeenForciblyEnded><endTime>%d</endTime><attendees>%s</attendees></response>", len(m.there) > 0, m.finished, list.String())
}

// visit opens a link as a browser would, without what lies behind it.
func visit(t *testing.T, link string) int {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := c.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	return got.StatusCode
}

// eachChecksum runs a test with each kind of checksum.
func eachChecksum(t *testing.T, test func(t *testing.T, b *bbb, l *Links)) {
	for name, digest := range map[string]func(string) string{"": sha256Hex, "sha1": sha1Hex, "sha256": sha256Hex, "sha384": sha384Hex, "sha512": sha512Hex} {
		t.Run(name, func(t *testing.T) {
			b, at := newBBB(t, digest)
			test(t, b, links(t, Options{Provider: BigBlueButton, Link: at, Secret: b.secret, Checksum: name, PublicURL: "https://calls.example"}))
		})
	}
}

func TestBigBlueButtonMakesAdmitsTellsAndEnds(t *testing.T) {
	eachChecksum(t, func(t *testing.T, b *bbb, l *Links) {
		ctx, room, until := context.Background(), l.Room("chat", "key"), asked.Add(time.Hour)
		for range 2 { // a repeat finds the meeting
			if err := l.Open(ctx, room, until); err != nil {
				t.Fatal(err)
			}
		}
		if p, err := l.Look(ctx, room); err != nil || p != (Presence{}) {
			t.Errorf("empty room: %+v, %v", p, err)
		}
		names := []string{"Zoë Müller & 李小龙 +100% = ~*?", "عائشة"}
		for n, role := range []Role{Guest, Agent} {
			link, err := l.Enter(room, Party{Role: role, Name: names[n]}, asked, until)
			if err != nil {
				t.Fatal(err)
			}
			if got := visit(t, link.URL); got != http.StatusFound {
				t.Errorf("%s is answered %d", role, got)
			}
			p, err := l.Look(ctx, room)
			if want := (Presence{Guest: true, Agent: n == 1}); err != nil || p != want {
				t.Errorf("after %s: %+v, %v", role, p, err)
			}
		}
		m := b.meetings[room.Name]
		if strings.Join(m.names, "|") != strings.Join(names, "|") || strings.Join(m.there, "|") != "guest VIEWER|agent MODERATOR" {
			t.Errorf("there are %q as %q", m.names, m.there)
		}
		for range 2 { // ended twice is ended
			if err := l.End(ctx, room); err != nil {
				t.Fatal(err)
			}
		}
		if p, err := l.Look(ctx, room); err != nil || !p.Over {
			t.Errorf("after the end: %+v, %v", p, err)
		}
	})
}

// TestBigBlueButtonSaysWhatIsWrong, without the secret or a checksum.
func TestBigBlueButtonSaysWhatIsWrong(t *testing.T) {
	b, at := newBBB(t, sha256Hex)
	for _, c := range []struct {
		o     Options
		down  bool
		final bool
		want  string
	}{
		{Options{Secret: "another"}, false, true, "shared secret or checksum"},
		{Options{Secret: b.secret, Checksum: "sha1"}, false, true, "shared secret or checksum"},
		{Options{Secret: b.secret}, true, false, "with status 502"},
	} {
		c.o.Provider, c.o.Link = BigBlueButton, at
		l := links(t, c.o)
		b.mu.Lock()
		b.down = c.down
		b.mu.Unlock()
		err := l.Open(context.Background(), l.Room("chat", "key"), asked)
		if err == nil || !strings.Contains(err.Error(), c.want) || Final(err) != c.final || strings.Contains(err.Error(), c.o.Secret) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	gone := links(t, Options{Provider: BigBlueButton, Link: "http://127.0.0.1:1/bigbluebutton", Secret: "shared"})
	if err := gone.Open(context.Background(), gone.Room("chat", "key"), asked); err == nil || Final(err) || strings.Contains(err.Error(), "checksum=") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestForgedBigBlueButtonLinksAreRefused(t *testing.T) {
	eachChecksum(t, func(t *testing.T, b *bbb, l *Links) {
		room := l.Room("chat", "key")
		if err := l.Open(context.Background(), room, asked); err != nil {
			t.Fatal(err)
		}
		link, err := l.Enter(room, maya, asked, asked)
		if err != nil {
			t.Fatal(err)
		}
		for _, forged := range []string{
			strings.Replace(link.URL, "role=VIEWER", "role=MODERATOR", 1), strings.Replace(link.URL, "fullName=Maya", "fullName=Alice", 1),
			strings.Replace(link.URL, room.Name, "bellhop-other", 1), link.URL + "0",
		} {
			if visit(t, forged) == http.StatusFound {
				t.Errorf("%s is let in", forged)
			}
		}
	})
}

// callbacks is a desk that notes ends.
type callbacks struct {
	now   time.Time
	ended []Room
	err   error
}

func (c *callbacks) Join(context.Context, Room, Role) (string, error) { return "", ErrOver }
func (c *callbacks) Open(Room) error                                  { return nil }
func (c *callbacks) Now() (time.Time, bool)                           { return c.now, true }
func (c *callbacks) EndedCall(_ context.Context, r Room) error {
	c.ended = append(c.ended, r)
	return c.err
}

// TestOnlyTheServiceCanSayThatACallHasEnded: it calls the address that it was
// given, with the meeting; nobody else knows that.
func TestOnlyTheServiceCanSayThatACallHasEnded(t *testing.T) {
	eachChecksum(t, func(t *testing.T, b *bbb, l *Links) {
		room := l.Room("chat", "key")
		if err := l.Open(context.Background(), room, asked.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		ended := b.meetings[room.Name].ended
		d := &callbacks{now: asked}
		get := func(method, link string) int {
			got := httptest.NewRecorder()
			l.Handler(d, discard).ServeHTTP(got, httptest.NewRequest(method, link, nil))
			return got.Code
		}
		guest := l.Page(room, Guest, asked.Add(time.Hour))
		for _, bad := range []string{ended, ended + "?meetingID=other", ended[:len(ended)-2] + "AA?meetingID=" + room.Name, guest + "?meetingID=" + room.Name} {
			get("GET", bad)
		}
		if get("POST", ended+"?meetingID="+room.Name); len(d.ended) > 0 {
			t.Fatalf("forged words were taken: %v", d.ended)
		}
		real := ended + "?meetingID=" + room.Name + "&recordingmarks=false"
		for range 2 {
			if code := get("GET", real); code != http.StatusNoContent {
				t.Errorf("the service is answered %d", code)
			}
		}
		if len(d.ended) != 2 || d.ended[0] != room {
			t.Errorf("ended are %v", d.ended)
		}
		d.err = errors.New("disk is full")
		if code := get("GET", real); code != http.StatusServiceUnavailable {
			t.Errorf("what was not kept is answered %d", code)
		}
		d.now = asked.Add(time.Hour)
		if code := get("GET", real); code != http.StatusGone {
			t.Errorf("after the links are over: %d", code)
		}
	})
}
