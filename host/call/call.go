package call

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host/text"
)

// The services that Options can name.
const (
	Jitsi         = "jitsi"         // a Jitsi Meet server
	BigBlueButton = "bigbluebutton" // a BigBlueButton server
	Template      = "template"      // any service where a link is a room
	Workspace     = "workspace"     // the embedded workspace's own page, where a chat is a room
)

// Options configure Links.
type Options struct {
	Provider   string        // one of those above
	Link       string        // URL with {room}; https, or http to this machine; "" means https://meet.jit.si/{room} for Jitsi. BigBlueButton: where its API is, up to /api. Workspace: its address
	AppID      string        // Jitsi: the application that the server knows; needed with Secret
	Secret     string        // Jitsi: what tickets are signed with; "" means that the server admits everybody. BigBlueButton: the shared secret
	Checksum   string        // BigBlueButton: sha1, sha256, sha384 or sha512, as the server takes; "" means sha256
	Expiry     time.Duration // how long a ticket admits, and a link leads to a call; 0 means 2h
	RoomSecret []byte        // at least 16 random bytes, made once for an installation and kept
	PublicURL  string        // where the page is reached; "" means that there is none, and links lead to the service itself
	HTTP       *http.Client  // asks the service; nil means one that waits 10s
}

// Links makes links. It is safe for concurrent use.
type Links struct {
	o       Options
	service service
	public  string // without a slash at its end
}

// service is what differs between services.
type service interface {
	// link leads one party in until it is over; zero means that it never is.
	link(room Room, who Party, now, until time.Time) (url string, expires time.Time, err error)
	// open makes the room. A repeat does no harm. The service calls ended, if it
	// can and that is not "", when the call has ended.
	open(ctx context.Context, room Room, ended string) error
	// look says who is there; ErrUntold from a service that tells nobody.
	look(ctx context.Context, room Room) (Presence, error)
	// reach asks whether a room could be made, and makes none.
	reach(ctx context.Context) error
	// end ends the call for all; ErrUntold from a service that can't.
	end(ctx context.Context, room Room) error
}

// ErrUntold is the word of a service that tells nothing of its calls.
var ErrUntold = errors.New("the service tells nothing of its calls")

// Room is a call's place at its service.
type Room struct {
	Chat string
	Name string // see Links.Room
}

// Presence is what a service tells of a call.
type Presence struct {
	Agent, Guest bool // are there, or were
	Over         bool // there is no such call, or it has ended
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

// makers make the services of checked options.
var makers = map[string]func(Options) (service, error){Jitsi: newJitsi, BigBlueButton: newBigBlueButton, Template: newTemplate, Workspace: newWorkspace}

// New checks the options. Errors say what to write instead.
func New(o Options) (*Links, error) {
	if o.Link == "" && o.Provider == Jitsi {
		o.Link = "https://meet.jit.si/{room}"
	}
	if o.Expiry == 0 {
		o.Expiry = 2 * time.Hour
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	maker := makers[o.Provider]
	switch {
	case maker == nil:
		return nil, fmt.Errorf("call provider %q is not known: write jitsi or template, bigbluebutton or workspace", o.Provider)
	case o.Expiry < 0:
		return nil, fmt.Errorf("call expiry %s is negative: write one such as 2h", o.Expiry)
	case len(o.RoomSecret) < leastSecret:
		return nil, fmt.Errorf("room secret has %d bytes: make one of at least %d random bytes and keep it", len(o.RoomSecret), leastSecret)
	}
	if o.PublicURL != "" {
		if _, err := checkURL("public URL of calls", o.PublicURL); err != nil {
			return nil, err
		}
	}
	s, err := maker(o)
	if err != nil {
		return nil, err
	}
	return &Links{o: o, service: s, public: strings.TrimRight(o.PublicURL, "/")}, nil
}

// checkLink checks a link with a placeholder.
func checkLink(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("call link %q is not a URL: write it like https://meet.jit.si/{room}", link)
	case !strings.Contains(link, placeholder):
		return nil, fmt.Errorf("call link %q has no {room}: all calls would be one: write it like https://meet.jit.si/{room}", link)
	case strings.ContainsAny(strings.ReplaceAll(link, placeholder, ""), "{}"):
		return nil, fmt.Errorf("call link %q has another placeholder than {room}: take it out", link)
	}
	return checkURL("call link", link)
}

// checkURL checks where people are led.
func checkURL(what, link string) (*url.URL, error) {
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("%s %q is not a URL: write it like https://calls.example.com", what, link)
	case u.User != nil:
		return nil, fmt.Errorf("%s to %s holds a password that guests would read: take it out", what, u.Host)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, fmt.Errorf("%s %q is not encrypted: write https", what, link)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Room is the room of a call. The key is the effect's; the same chat and key
// always give the same room. Its name is 130 bits of a hash: as hard to guess as
// a password that nobody chose. Jitsi rooms know no upper case.
func (l *Links) Room(chatID, key string) Room {
	mac := hmac.New(sha256.New, l.o.RoomSecret)
	fmt.Fprintf(mac, "call room\x00%d\x00%s%s", len(chatID), chatID, key)
	name := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil))
	return Room{Chat: chatID, Name: "bellhop-" + strings.ToLower(name[:26])}
}

// Make returns the service's own link of a call for one party, which is
// Enter of the Room of chat and key. With the same now it is the same link. So
// now is when the effect was asked for, not when it is tried.
func (l *Links) Make(chatID, key string, who Party, now time.Time) (Link, error) {
	if chatID == "" || key == "" {
		return Link{}, errors.New("make call link: chat or key is empty")
	}
	return l.Enter(l.Room(chatID, key), who, now, now.Add(l.o.Expiry))
}

// Enter is the service's own link to a room for one party, whose ticket ends at
// until.
func (l *Links) Enter(room Room, who Party, now, until time.Time) (Link, error) {
	if who.Role != Guest && who.Role != Agent {
		return Link{}, fmt.Errorf("make call link: role %q is neither guest nor agent", who.Role)
	}
	who.Name, who.Email = trim(who.Name), trim(who.Email)
	link := Link{Room: room.Name}
	var err error
	link.URL, link.Expires, err = l.service.link(room, who, now, until)
	return link, err
}

// Open makes the room at its service, so that links lead in. A repeat does no
// harm. Until is when the links of the call are over.
func (l *Links) Open(ctx context.Context, room Room, until time.Time) error {
	ended := ""
	if l.public != "" {
		ended = l.address(pass{room.Chat, room.Name, roleEnd, until})
	}
	return l.service.open(ctx, room, ended)
}

// Look says who is in a room; ErrUntold when the service tells nobody.
func (l *Links) Look(ctx context.Context, room Room) (Presence, error) {
	return l.service.look(ctx, room)
}

// End ends the call for all who are in it; ErrUntold when the service can't.
func (l *Links) End(ctx context.Context, room Room) error { return l.service.end(ctx, room) }

// Expiry is how long a link leads to a call.
func (l *Links) Expiry() time.Duration { return l.o.Expiry }

// Tells reports whether the service itself tells who has joined and when a call
// has ended.
func (l *Links) Tells() bool { return l.o.Provider == BigBlueButton }

// Provider is the name of the service.
func (l *Links) Provider() string { return l.o.Provider }

func trim(s string) string { return text.Cut(text.Clean(s), longestName) }

// untold is for services that only have links.
type untold struct{}

func (untold) open(context.Context, Room, string) error     { return nil }
func (untold) look(context.Context, Room) (Presence, error) { return Presence{}, ErrUntold }
func (untold) end(context.Context, Room) error              { return ErrUntold }
