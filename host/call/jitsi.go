package call

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jitsi is a Jitsi Meet server.
type jitsi struct {
	untold
	http                   *http.Client
	pattern, appID, secret string
	tenant                 string // what tickets are valid for: the host, or the part of the path before the room
	prefix                 string // of the room's name, as the server's policy wants it
}

// roomPrefix is what may stand before {room}: names of rooms are compared
// without case, and a server's policy may want them to begin somehow.
var roomPrefix = regexp.MustCompile(`^[a-z0-9_-]*$`)

func newJitsi(o Options) (service, error) {
	if (o.Secret == "") != (o.AppID == "") {
		return nil, errors.New("call app_id and secret belong together: give both, or neither for a server that admits everybody")
	}
	u, err := checkLink(o.Link)
	if err != nil {
		return nil, err
	}
	before, after, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), placeholder)
	if !ok || after != "" {
		return nil, fmt.Errorf("call link %q: a Jitsi room ends the path: write it like https://meet.jit.si/{room}", o.Link)
	}
	j := jitsi{http: o.HTTP, pattern: o.Link, appID: o.AppID, secret: o.Secret, tenant: u.Hostname()}
	at := strings.LastIndexByte(before, '/') + 1
	j.prefix = before[at:]
	if !roomPrefix.MatchString(j.prefix) {
		return nil, fmt.Errorf("call link %q: names of Jitsi rooms are of a-z, 0-9, - and _: write the %q before {room} so", o.Link, j.prefix)
	}
	if before = strings.Trim(before[:at], "/"); before != "" {
		j.tenant = before
	}
	return j, nil
}

func (j jitsi) link(room Room, who Party, now, until time.Time) (string, time.Time, error) {
	link := strings.ReplaceAll(j.pattern, placeholder, room.Name)
	if j.secret == "" {
		return link, time.Time{}, nil
	}
	until = until.Truncate(time.Second).UTC()
	ticket, err := j.ticket(j.prefix+room.Name, who, now, until)
	if err != nil {
		return "", until, fmt.Errorf("sign call ticket: %w", err)
	}
	link, err = withTicket(link, ticket)
	return link, until, err
}

// ticket signs what https://github.com/jitsi/lib-jitsi-meet/blob/master/doc/tokens.md asks for.
func (j jitsi) ticket(room string, who Party, now, until time.Time) (string, error) {
	agent := who.Role == Agent
	user := jwt.MapClaims{"name": who.Name, "email": who.Email, "moderator": agent, "affiliation": "member"}
	if agent {
		user["affiliation"] = "owner"
	}
	claims := jwt.MapClaims{
		"aud":     "jitsi",
		"iss":     j.appID,
		"sub":     j.tenant,
		"room":    room,
		"nbf":     now.Add(-skew).Unix(),
		"exp":     until.Unix(),
		"context": jwt.MapClaims{"user": user},
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(j.secret))
}

func withTicket(link, ticket string) (string, error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", fmt.Errorf("make call link: %w", err)
	}
	q := u.Query()
	q.Set("jwt", ticket)
	u.RawQuery = q.Encode()
	return u.String(), nil
}
