package call

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/bellhop-chat/bellhop/host/text"
)

// The services that Options can name.
const (
	Jitsi    = "jitsi"    // a Jitsi Meet server
	Template = "template" // any service where a link is a room
)

// Options configure Links.
type Options struct {
	Provider   string        // Jitsi or Template
	Link       string        // URL with {room}; https, or http to this machine; "" means https://meet.jit.si/{room} for Jitsi
	AppID      string        // Jitsi: the application that the server knows; needed with Secret
	Secret     string        // Jitsi: what tickets are signed with; "" means that the server admits everybody
	Expiry     time.Duration // how long a ticket admits; 0 means 2h
	RoomSecret []byte        // at least 16 random bytes, made once for an installation and kept
}

// Links makes links. It is safe for concurrent use.
type Links struct {
	o      Options
	tenant string // what tickets are valid for: the host, or the part of the path before the room
}

// Role is what somebody is in a call.
type Role string

// The roles. Agents moderate.
const (
	Guest Role = "guest"
	Agent Role = "agent"
)

// Party is whom a link is for.
type Party struct {
	Role  Role
	Name  string // shown in the call; may be empty
	Email string // for the picture in the call; may be empty
}

// Link is an invitation for one party.
type Link struct {
	URL     string
	Room    string
	Expires time.Time // when its ticket ends; zero for a link without a ticket, which never does
}

const (
	placeholder = "{room}"
	leastSecret = 16          // bytes of RoomSecret
	skew        = time.Minute // that the server's clock may be behind
	longestName = 128         // bytes of a party's name or address in a ticket
)

// New checks the options. Errors say what to write instead.
func New(o Options) (*Links, error) {
	if o.Link == "" && o.Provider == Jitsi {
		o.Link = "https://meet.jit.si/{room}"
	}
	if o.Expiry == 0 {
		o.Expiry = 2 * time.Hour
	}
	switch {
	case o.Provider != Jitsi && o.Provider != Template:
		return nil, fmt.Errorf("call provider %q is not known: write jitsi or template", o.Provider)
	case o.Expiry < 0:
		return nil, fmt.Errorf("call expiry %s is negative: write one such as 2h", o.Expiry)
	case len(o.RoomSecret) < leastSecret:
		return nil, fmt.Errorf("room secret has %d bytes: make one of at least %d random bytes and keep it", len(o.RoomSecret), leastSecret)
	case o.Provider == Template && (o.Secret != "" || o.AppID != ""):
		return nil, errors.New("call provider template signs no tickets: take out app_id and secret, or write jitsi")
	case (o.Secret == "") != (o.AppID == ""):
		return nil, errors.New("call app_id and secret belong together: give both, or neither for a server that admits everybody")
	}
	u, err := checkLink(o.Link)
	if err != nil {
		return nil, err
	}
	l := &Links{o: o, tenant: u.Hostname()}
	if o.Provider == Jitsi {
		before, after, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), placeholder)
		if !ok || after != "" {
			return nil, fmt.Errorf("call link %q: a Jitsi room ends the path: write it like https://meet.jit.si/{room}", o.Link)
		}
		if before = strings.Trim(before, "/"); before != "" {
			l.tenant = before
		}
	}
	return l, nil
}

func checkLink(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("call link %q is not a URL: write it like https://meet.jit.si/{room}", link)
	case !strings.Contains(link, placeholder):
		return nil, fmt.Errorf("call link %q has no {room}: all calls would be one: write it like https://meet.jit.si/{room}", link)
	case strings.ContainsAny(strings.ReplaceAll(link, placeholder, ""), "{}"):
		return nil, fmt.Errorf("call link %q has another placeholder than {room}: take it out", link)
	case u.User != nil:
		return nil, fmt.Errorf("call link to %s holds a password that guests would read: take it out", u.Host)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, fmt.Errorf("call link %q is not encrypted: write https", link)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Make returns the link of a call for one party. The key is the effect's;
// the same chat and key always give the same room, and with the same now the
// same link. So now is when the effect was asked for, not when it is tried.
func (l *Links) Make(chatID, key string, who Party, now time.Time) (Link, error) {
	switch {
	case chatID == "" || key == "":
		return Link{}, errors.New("make call link: chat or key is empty")
	case who.Role != Guest && who.Role != Agent:
		return Link{}, fmt.Errorf("make call link: role %q is neither guest nor agent", who.Role)
	}
	link := Link{Room: l.room(chatID, key)}
	link.URL = strings.ReplaceAll(l.o.Link, placeholder, link.Room)
	if l.o.Secret == "" {
		return link, nil
	}
	link.Expires = now.Add(l.o.Expiry).Truncate(time.Second).UTC()
	ticket, err := l.ticket(link, who, now)
	if err != nil {
		return Link{}, fmt.Errorf("sign call ticket: %w", err)
	}
	link.URL, err = withTicket(link.URL, ticket)
	return link, err
}

// room is 130 bits of a hash: as hard to guess as a password that nobody
// chose. Jitsi rooms know no upper case.
func (l *Links) room(chatID, key string) string {
	mac := hmac.New(sha256.New, l.o.RoomSecret)
	fmt.Fprintf(mac, "call room\x00%d\x00%s%s", len(chatID), chatID, key)
	name := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil))
	return "bellhop-" + strings.ToLower(name[:26])
}

// ticket signs what https://github.com/jitsi/lib-jitsi-meet/blob/master/doc/tokens.md asks for.
func (l *Links) ticket(link Link, who Party, now time.Time) (string, error) {
	agent := who.Role == Agent
	user := jwt.MapClaims{"name": trim(who.Name), "email": trim(who.Email), "moderator": agent, "affiliation": "member"}
	if agent {
		user["affiliation"] = "owner"
	}
	claims := jwt.MapClaims{
		"aud":     "jitsi",
		"iss":     l.o.AppID,
		"sub":     l.tenant,
		"room":    link.Room,
		"nbf":     now.Add(-skew).Unix(),
		"exp":     link.Expires.Unix(),
		"context": jwt.MapClaims{"user": user},
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(l.o.Secret))
}

func trim(s string) string { return text.Cut(text.Clean(s), longestName) }

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
