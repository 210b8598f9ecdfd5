package call

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// bigBlueButton speaks https://docs.bigbluebutton.org/development/api/.
type bigBlueButton struct {
	base   string // up to and with /api/
	secret string
	sum    func() hash.Hash
	http   *http.Client
}

const maxAnswer = 1 << 20 // bytes of an answer

// sums are those of which a server takes some or all (supportedChecksumAlgorithms);
// it knows by the length which one a call has.
var sums = map[string]func() hash.Hash{"": sha256.New, "sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}

func newBigBlueButton(o Options) (service, error) {
	u, err := checkURL("call link", o.Link)
	switch {
	case err != nil:
		return nil, err
	case strings.Contains(o.Link, placeholder) || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("call link %q: BigBlueButton makes its own rooms: write where it is, as bbb-conf --secret tells, such as https://bbb.example.com/bigbluebutton/", o.Link)
	case o.Secret == "":
		return nil, errors.New("call secret is missing: BigBlueButton wants its shared secret, which bbb-conf --secret tells")
	case o.AppID != "":
		return nil, errors.New("call app_id is Jitsi's: take it out")
	case sums[o.Checksum] == nil:
		return nil, fmt.Errorf("call checksum %q is not known: write sha1, sha256, sha384 or sha512", o.Checksum)
	}
	base := strings.TrimRight(o.Link, "/")
	if !strings.HasSuffix(base, "/api") {
		base += "/api"
	}
	return &bigBlueButton{base: base + "/", secret: o.Secret, sum: sums[o.Checksum], http: o.HTTP}, nil
}

// param is one of a call's. They are sent in order, since the checksum is of the
// query as it is sent.
type param struct{ name, value string }

// signed is the address of a call: the checksum is of its name, the query and
// the secret, one behind the other.
func (b *bigBlueButton) signed(name string, params ...param) string {
	var q strings.Builder
	for n, p := range params {
		if n > 0 {
			q.WriteByte('&')
		}
		q.WriteString(p.name + "=" + url.QueryEscape(p.value))
	}
	sum := b.sum()
	io.WriteString(sum, name+q.String()+b.secret)
	checksum := "checksum=" + hex.EncodeToString(sum.Sum(nil))
	if q.Len() > 0 {
		checksum = "&" + checksum
	}
	return b.base + name + "?" + q.String() + checksum
}

// answer is what all calls say, and getMeetingInfo besides.
type answer struct {
	Code    string `xml:"returncode"`
	Key     string `xml:"messageKey"`
	Message string `xml:"message"`

	Running   bool       `xml:"running"`
	Forced    bool       `xml:"hasBeenForciblyEnded"`
	End       int64      `xml:"endTime"` // 0 while it goes on
	Attendees []attendee `xml:"attendees>attendee"`
}

type attendee struct {
	UserID string `xml:"userID"`
	Role   string `xml:"role"`
}

// refusal is a call that BigBlueButton does not take.
type refusal struct{ call, key, message string }

func (r *refusal) Error() string {
	why := map[string]string{
		"checksumError": ": the shared secret or checksum of calls in config.yaml is not the server's (bbb-conf --secret tells it)",
	}[r.key]
	return fmt.Sprintf("BigBlueButton refuses %s: %s (%s)%s", r.call, r.message, r.key, why)
}

// Final reports whether a service has refused a room in words that no repeat
// changes.
func Final(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

// gone reports whether there is no such meeting.
func gone(err error) bool {
	var r *refusal
	return errors.As(err, &r) && (r.key == "notFound" || r.key == "invalidMeetingIdentifier")
}

func (b *bigBlueButton) ask(ctx context.Context, name string, params ...param) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.signed(name, params...), nil)
	if err != nil {
		return answer{}, fmt.Errorf("ask BigBlueButton to %s: %w", name, err)
	}
	got, err := b.http.Do(r)
	if err != nil {
		return answer{}, fmt.Errorf("BigBlueButton does not answer %s: %w", name, cause(err))
	}
	defer got.Body.Close()
	var a answer
	if err := xml.NewDecoder(io.LimitReader(got.Body, maxAnswer)).Decode(&a); err != nil || a.Code == "" {
		return a, fmt.Errorf("BigBlueButton answers %s with status %d and no answer of its API: is calls.link right?", name, got.StatusCode)
	}
	if a.Code != "SUCCESS" {
		return a, &refusal{name, trim(a.Key), trim(a.Message)}
	}
	return a, nil
}

// password is what a role has in a room, for servers before 2.4; nobody can
// guess it who does not know the secret.
func (b *bigBlueButton) password(room Room, role Role) string {
	mac := hmac.New(sha256.New, []byte(b.secret))
	io.WriteString(mac, "meeting password\x00"+room.Name+"\x00"+string(role))
	return hex.EncodeToString(mac.Sum(nil))[:24]
}

// open makes the meeting, or finds that it is there: the same parameters make
// the same meeting.
func (b *bigBlueButton) open(ctx context.Context, room Room, ended string) error {
	params := []param{
		{"name", "Call"}, {"meetingID", room.Name}, {"attendeePW", b.password(room, Guest)}, {"moderatorPW", b.password(room, Agent)},
		{"record", "false"}, {"guestPolicy", "ALWAYS_ACCEPT"},
	}
	if ended != "" {
		params = append(params, param{"meta_endCallbackUrl", ended})
	}
	_, err := b.ask(ctx, "create", params...)
	return err
}

var bbbRoles = map[Role]string{Agent: "MODERATOR", Guest: "VIEWER"}

// link is signed and never ends, but with its meeting.
func (b *bigBlueButton) link(room Room, who Party, _, _ time.Time) (string, time.Time, error) {
	name := who.Name
	if name == "" {
		name = map[Role]string{Agent: "Agent", Guest: "Guest"}[who.Role]
	}
	return b.signed("join", param{"fullName", name}, param{"meetingID", room.Name}, param{"password", b.password(room, who.Role)},
		param{"role", bbbRoles[who.Role]}, param{"userID", string(who.Role)}, param{"redirect", "true"}), time.Time{}, nil
}

func (b *bigBlueButton) look(ctx context.Context, room Room) (Presence, error) {
	a, err := b.ask(ctx, "getMeetingInfo", param{"meetingID", room.Name})
	if gone(err) {
		return Presence{Over: true}, nil
	}
	if err != nil {
		return Presence{}, err
	}
	p := Presence{Over: a.Forced || a.End > 0 && !a.Running}
	for _, who := range a.Attendees {
		p.Agent = p.Agent || who.UserID == string(Agent) || who.Role == bbbRoles[Agent]
		p.Guest = p.Guest || who.UserID == string(Guest) || who.Role == bbbRoles[Guest]
	}
	return p, nil
}

func (b *bigBlueButton) end(ctx context.Context, room Room) error {
	_, err := b.ask(ctx, "end", param{"meetingID", room.Name}, param{"password", b.password(room, Agent)})
	if gone(err) {
		return nil
	}
	return err
}
