package call

import (
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	roomSecret = []byte("sixteen bytes or more")
	asked      = time.Date(2026, 11, 22, 10, 0, 0, 500, time.UTC)
	maya       = Party{Role: Guest, Name: "Maya", Email: "maya@example.com"}
	alice      = Party{Role: Agent, Name: "Alice"}
)

func links(t testing.TB, o Options) *Links {
	t.Helper()
	o.RoomSecret = roomSecret
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func link(t testing.TB, l *Links, chat, key string, who Party, now time.Time) Link {
	t.Helper()
	got, err := l.Make(chat, key, who, now)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var signed = Options{Provider: Jitsi, Link: "https://meet.example.com/{room}", AppID: "bellhop", Secret: "shared"}

func TestTheSameEffectHasTheSameLink(t *testing.T) {
	l := links(t, signed)
	first := link(t, l, "chat", "calls/e1/0", maya, asked)
	if again := link(t, links(t, signed), "chat", "calls/e1/0", maya, asked); again != first {
		t.Errorf("%v, then %v", first, again)
	}
	later := link(t, l, "chat", "calls/e1/0", alice, asked.Add(time.Hour))
	if later.Room != first.Room {
		t.Errorf("guest is in %s, agent in %s", first.Room, later.Room)
	}
	if !regexp.MustCompile(`^bellhop-[a-z2-7]{26}$`).MatchString(first.Room) {
		t.Errorf("room %s", first.Room)
	}
}

func TestOtherEffectsHaveOtherRooms(t *testing.T) {
	l := links(t, Options{Provider: Jitsi})
	other, err := New(Options{Provider: Jitsi, RoomSecret: []byte("another installation")})
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[string]bool{}
	for _, got := range []Link{
		link(t, l, "chat", "key", maya, asked), link(t, l, "chat", "key2", maya, asked), link(t, l, "chat2", "key", maya, asked),
		link(t, l, "chatk", "ey", maya, asked), link(t, other, "chat", "key", maya, asked),
	} {
		rooms[got.Room] = true
	}
	if len(rooms) != 5 {
		t.Errorf("rooms %v", rooms)
	}
}

func TestWithoutASecretALinkIsPlain(t *testing.T) {
	got := link(t, links(t, Options{Provider: Jitsi}), "chat", "key", maya, asked)
	if got.URL != "https://meet.jit.si/"+got.Room || !got.Expires.IsZero() {
		t.Errorf("%+v", got)
	}
	got = link(t, links(t, Options{Provider: Template, Link: "http://127.0.0.1:8080/join?room={room}&x=1#{room}"}), "chat", "key", maya, asked)
	if got.URL != "http://127.0.0.1:8080/join?room="+got.Room+"&x=1#"+got.Room {
		t.Errorf("%+v", got)
	}
}

// parse checks a ticket as a Jitsi server does.
func parse(ticket, secret string, now time.Time) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(ticket, claims, func(*jwt.Token) (any, error) { return []byte(secret), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience("jitsi"), jwt.WithIssuer("bellhop"), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }))
	return claims, err
}

func ticket(t *testing.T, l Link) string {
	t.Helper()
	u, err := url.Parse(l.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("jwt")
}

func TestTicketsTellAgentFromGuest(t *testing.T) {
	l := links(t, signed)
	for _, c := range []struct {
		who  Party
		user map[string]any
	}{
		{maya, map[string]any{"name": "Maya", "email": "maya@example.com", "moderator": false, "affiliation": "member"}},
		{alice, map[string]any{"name": "Alice", "email": "", "moderator": true, "affiliation": "owner"}},
	} {
		got := link(t, l, "chat", "key", c.who, asked)
		claims, err := parse(ticket(t, got), "shared", asked)
		if err != nil {
			t.Fatal(err)
		}
		want := jwt.MapClaims{
			"aud": "jitsi", "iss": "bellhop", "sub": "meet.example.com", "room": got.Room,
			"nbf": float64(asked.Add(-time.Minute).Unix()), "exp": float64(asked.Add(2 * time.Hour).Unix()),
			"context": map[string]any{"user": c.user},
		}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Error(diff)
		}
		if !got.Expires.Equal(asked.Add(2 * time.Hour).Truncate(time.Second)) {
			t.Errorf("expires %v", got.Expires)
		}
	}
}

func TestTicketsEndAndBegin(t *testing.T) {
	o := signed
	o.Expiry = 10 * time.Minute
	got := ticket(t, link(t, links(t, o), "chat", "key", maya, asked))
	for after, want := range map[time.Duration]error{
		-2 * time.Minute: jwt.ErrTokenNotValidYet, -30 * time.Second: nil, 0: nil, 9 * time.Minute: nil, 11 * time.Minute: jwt.ErrTokenExpired,
	} {
		if _, err := parse(got, "shared", asked.Add(after)); !errors.Is(err, want) {
			t.Errorf("after %s: %v, want %v", after, err, want)
		}
	}
}

func TestForgedTicketsAreRefused(t *testing.T) {
	good := ticket(t, link(t, links(t, signed), "chat", "key", maya, asked))
	if _, err := parse(good, "guessed", asked); !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		t.Errorf("another secret: %v", err)
	}
	parts := strings.Split(good, ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(body), `"moderator":false`, `"moderator":true`, 1)
	if changed == string(body) {
		t.Fatalf("no moderator in %s", body)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(changed))
	if _, err := parse(strings.Join(parts, "."), "shared", asked); !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		t.Errorf("changed claims: %v", err)
	}
}

func TestTheTenantIsThePathBeforeTheRoom(t *testing.T) {
	o := signed
	o.Link = "https://meet.example.com/team/{room}?lang=de#config.x=1"
	got := link(t, links(t, o), "chat", "key", maya, asked)
	claims, err := parse(ticket(t, got), "shared", asked)
	if err != nil || claims["sub"] != "team" {
		t.Errorf("%v, %v", claims, err)
	}
	if !strings.HasPrefix(got.URL, "https://meet.example.com/team/"+got.Room+"?jwt=") || !strings.HasSuffix(got.URL, "&lang=de#config.x=1") {
		t.Error(got.URL)
	}
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	jitsi := func(link string) Options { return Options{Provider: Jitsi, Link: link, RoomSecret: roomSecret} }
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{RoomSecret: roomSecret}, "write jitsi or template"},
		{Options{Provider: Jitsi}, "room secret has 0 bytes"},
		{Options{Provider: Jitsi, RoomSecret: []byte("short")}, "room secret has 5 bytes"},
		{Options{Provider: Template, RoomSecret: roomSecret}, "is not a URL"},
		{Options{Provider: Template, Link: "https://x/{room}", Secret: "s", RoomSecret: roomSecret}, "signs no tickets"},
		{Options{Provider: Jitsi, Secret: "s", RoomSecret: roomSecret}, "belong together"},
		{Options{Provider: Jitsi, AppID: "a", RoomSecret: roomSecret}, "belong together"},
		{Options{Provider: Jitsi, Expiry: -1, RoomSecret: roomSecret}, "is negative"},
		{jitsi("meet.example.com/{room}"), "is not a URL"},
		{jitsi("https://meet.example.com/room"), "has no {room}"},
		{jitsi("https://{room}.example.com/"), "is not a URL"},
		{jitsi("https://meet.example.com/{room}/{name}"), "another placeholder"},
		{jitsi("https://me:pw@meet.example.com/{room}"), "holds a password"},
		{jitsi("http://meet.example.com/{room}"), "is not encrypted: write https"},
		{jitsi("javascript://meet.example.com/{room}"), "is not encrypted"},
		{jitsi("https://meet.example.com/?r={room}"), "ends the path"},
		{jitsi("https://meet.example.com/{room}/x"), "ends the path"},
	} {
		if _, err := New(c.o); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "pw") {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
}

func TestMakeRefusesWhatHasNoRoomOrRole(t *testing.T) {
	l := links(t, signed)
	for _, c := range []struct {
		chat, key string
		who       Party
	}{{"", "key", maya}, {"chat", "", maya}, {"chat", "key", Party{}}, {"chat", "key", Party{Role: "owner"}}} {
		if got, err := l.Make(c.chat, c.key, c.who, asked); err == nil {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

func TestAnyNameMakesAGoodLink(t *testing.T) {
	l := links(t, signed)
	rapid.Check(t, func(t *rapid.T) {
		who := Party{Role: Agent, Name: rapid.String().Draw(t, "name"), Email: rapid.String().Draw(t, "email")}
		got, err := l.Make(rapid.StringN(1, 40, -1).Draw(t, "chat"), rapid.StringN(1, 40, -1).Draw(t, "key"), who, asked)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(got.URL)
		if err != nil || u.Host != "meet.example.com" || u.Path != "/"+got.Room || len(got.URL) > 2000 {
			t.Fatalf("%v, %v", got, err)
		}
		if _, err := parse(u.Query().Get("jwt"), "shared", asked); err != nil {
			t.Fatal(err)
		}
	})
}
