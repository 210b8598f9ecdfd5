package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
	"github.com/google/go-cmp/cmp"
)

// quiet logs nothing.
var quiet = slog.New(slog.DiscardHandler)

// TestDemoShowsEachBehaviour plays the demo's own chats. What it counts from
// the logs is compared with the store by the demo itself.
func TestDemoShowsEachBehaviour(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	err := runDemo(t.Context(), &out, demoOptions{exit: true, out: dir})
	if err != nil {
		t.Fatalf("demo: %v\n%s", err, out.String())
	}
	last := lastLine(out.String())
	var chats, forwarded, tagged, transcripts, calls, failed int
	n, _ := fmt.Sscanf(last, "demo: %d chats, %d forwarded, %d tagged, %d transcripts delivered, %d calls started, %d failed",
		&chats, &forwarded, &tagged, &transcripts, &calls, &failed)
	if n != 6 || chats == 0 || forwarded == 0 || tagged == 0 || transcripts == 0 || calls == 0 || failed != 0 {
		t.Errorf("the last line is %q", last)
	}
	for _, pattern := range []string{"mails/*.eml", "pdf/*.pdf"} {
		if files, _ := filepath.Glob(filepath.Join(dir, pattern)); len(files) == 0 {
			t.Errorf("the folder holds no %s", pattern)
		}
	}
	log, err := os.ReadFile(filepath.Join(dir, "lobby.jsonl"))
	if err != nil || !bytes.Contains(log, []byte("http://127.0.0.1")) || !bytes.Contains(log, []byte("/call/")) || bytes.Contains(log, []byte("https://")) {
		t.Errorf("calls do not lead to the demo's own page alone (%v)", err)
	}
	if _, err := runAgain(t, dir); err == nil {
		t.Error("a folder that holds a demo is used again")
	}
}

func runAgain(t *testing.T, dir string) (string, error) {
	var out bytes.Buffer
	err := runDemo(t.Context(), &out, demoOptions{exit: true, out: dir})
	return out.String(), err
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// TestDemoFailsWhenLogsAndStoreDisagree takes a line out of the log.
func TestDemoFailsWhenLogsAndStoreDisagree(t *testing.T) {
	s, played := playDemo(t, demo(t), nil)
	log, err := os.ReadFile(s.path("lobby.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	forged := regexp.MustCompile(`(?m)^.*"fact":"forwarded".*\n`).ReplaceAll(log, nil)
	if err := os.WriteFile(s.path("lobby.jsonl"), forged, 0o600); err != nil {
		t.Fatal(err)
	}
	err = s.account(newShow(io.Discard, s), played)
	if err == nil || !strings.Contains(err.Error(), "forwarded") {
		t.Errorf("forged log: %v", err)
	}
}

func demo(t *testing.T) []convo.Chat {
	t.Helper()
	chats, err := demoChats("")
	if err != nil {
		t.Fatal(err)
	}
	return chats
}

// playDemo plays chats on a stage at full speed; during is called before the
// first of them.
func playDemo(t *testing.T, chats []convo.Chat, during func(context.Context, *stage), changes ...func(*lobby.Options)) (*stage, []playedChat) {
	t.Helper()
	s, err := newStage(t.TempDir(), quiet, changes...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	var played []playedChat
	err = s.run(t.Context(), nil, func(ctx context.Context) error {
		if during != nil {
			during(ctx, s)
		}
		played = s.playAll(ctx, chats, lanes, 0)
		return s.quiet(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, played
}

// TestGuestNeverSeesWhatIsMeantForAgents reads all that a guest can: the stream
// of the chat, as its guest, and its history.
func TestGuestNeverSeesWhatIsMeantForAgents(t *testing.T) {
	g := &guests{}
	s, played := playDemo(t, demo(t), g.watch)
	var secrets []string
	reason := map[string]bool{}
	for _, p := range played {
		if p.err != nil {
			t.Error(p.err)
		}
		why, err := s.db.Why(p.room)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range why {
			for _, e := range w.Effects {
				reason[e.Effect.Reason] = true
				if e.Effect.Kind == sdk.EffectTell {
					reason[e.Effect.Text] = true
				}
			}
		}
	}
	for r := range reason {
		if r != "" {
			secrets = append(secrets, r)
		}
	}
	if len(secrets) < 3 {
		t.Fatalf("only %d secrets: nothing is shown", len(secrets))
	}
	seen := g.text()
	if !strings.Contains(seen, "Billing") {
		t.Error("the guests' streams do not even tell of forwards: nothing is shown")
	}
	for _, secret := range secrets {
		if strings.Contains(seen, secret) {
			t.Errorf("guests see %q", secret)
		}
	}
}

// guests read what guests can read.
type guests struct {
	mu   sync.Mutex
	seen strings.Builder
}

// watch plays nothing: it makes the player tell of each step, so that streams
// are joined once there is a room and history is read at its end.
func (g *guests) watch(ctx context.Context, s *stage) {
	settle := s.player.settle
	s.player.settle = func(c context.Context, room sdk.ChatID, step int, id sdk.MessageID) error {
		if step == 0 {
			if err := g.join(ctx, s, room); err != nil {
				return err
			}
		}
		err := settle(c, room, step, id)
		return firstOf(err, g.history(c, s, room))
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// token is the guest's, found by the room.
func (s *stage) token(ctx context.Context, room sdk.ChatID) (string, error) {
	var info struct {
		Room struct {
			V struct{ Token string } `json:"v"`
		} `json:"room"`
	}
	err := s.player.client.as(ctx, "admin", http.MethodGet, "rooms.info?roomId="+string(room), nil, &info)
	return info.Room.V.Token, err
}

// join listens to the chat's streams as its guest.
func (g *guests) join(ctx context.Context, s *stage, room sdk.ChatID) error {
	token, err := s.token(ctx, room)
	if err != nil {
		return err
	}
	conn, err := ddp.Dial(ctx, ddp.Options{URL: s.accounts.Base, OnEvent: func(_ context.Context, e ddp.Event) error {
		for _, a := range e.Args {
			g.note(a)
		}
		return nil
	}})
	if err != nil {
		return err
	}
	go conn.Run(ctx) // ends with the stage
	as := map[string]any{"useCollection": false, "args": []any{map[string]any{"visitorToken": token, "token": token}}}
	for _, stream := range []string{"stream-room-messages", "stream-livechat-room"} {
		if _, err := conn.Subscribe(ctx, stream, string(room), as); err != nil {
			return fmt.Errorf("subscribe to %s as guest: %w", stream, err)
		}
	}
	return nil
}

// history reads the chat as its guest.
func (g *guests) history(ctx context.Context, s *stage, room sdk.ChatID) error {
	token, err := s.token(ctx, room)
	if err != nil {
		return err
	}
	var all json.RawMessage
	q := url.Values{"token": {token}}
	err = s.player.client.as(ctx, "", http.MethodGet, "livechat/messages.history/"+string(room)+"?"+q.Encode(), nil, &all)
	g.note(all)
	return err
}

// note takes all texts of a JSON document, as people read them: in the document
// itself their quotes are escaped.
func (g *guests) note(b []byte) {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		v = string(b)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.read(v)
}

func (g *guests) read(v any) {
	switch v := v.(type) {
	case string:
		g.seen.WriteString(v + "\n")
	case []any:
		for _, item := range v {
			g.read(item)
		}
	case map[string]any:
		for key, item := range v {
			g.seen.WriteString(key + "\n")
			g.read(item)
		}
	}
}

func (g *guests) text() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen.String()
}

// TestOldChatsAreLeftAlone starts Bellhop for the first time on a workspace
// with many chats, open and closed.
func TestOldChatsAreLeftAlone(t *testing.T) {
	const old = 500
	s, err := newStage(t.TempDir(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	var actions []host.Report
	err = s.serve(t.Context(), func(ctx context.Context) error {
		s.player.settle = nil
		chats := again(demo(t), old)
		for n := range chats { // every other one stays open
			if n%2 == 0 {
				chats[n].Steps = chats[n].Steps[:2]
			}
		}
		for _, p := range s.openAll(ctx, chats) {
			if p.err != nil {
				return p.err
			}
		}
		if n := s.openings(t); n != old {
			return fmt.Errorf("the workspace has %d old chats: nothing is shown", n)
		}
		defer s.host.Watch(func(r host.Report) { actions = append(actions, r) })()
		ctx, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- s.host.Run(ctx) }()
		err := firstOf(s.seen.start(ctx), s.host.Quiet(ctx))
		stop()
		return firstOf(err, <-ended)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(actions) > 0 {
		t.Errorf("%d actions on %d old chats, the first: %+v", len(actions), old, actions[0])
	}
	if deeds := s.ledger.all(); len(deeds) > 0 {
		t.Errorf("deeds: %q", deeds)
	}
}

// openings is how many chats were opened.
func (s *stage) openings(t *testing.T) (n int) {
	facts, err := s.readFacts()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Fact == "opened" {
			n++
		}
	}
	return n
}

// openAll plays chats, and leaves open those that do not end by themselves.
func (s *stage) openAll(ctx context.Context, chats []convo.Chat) []playedChat {
	p := *s.player
	p.leaveOpen = true
	s = &stage{player: &p}
	return s.playAll(ctx, chats, lanes, 0)
}

// TestWrongClocksChangeNothing: the workspace's is an hour behind this machine's,
// or ahead of it.
func TestWrongClocksChangeNothing(t *testing.T) {
	s, _ := playDemo(t, demo(t), nil)
	want := s.ledger.all()
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		s, played := playDemo(t, demo(t), nil, func(o *lobby.Options) { o.Now = func() time.Time { return time.Now().Add(ahead) } })
		if err := firstFailure(played); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, s.ledger.all()); diff != "" {
			t.Errorf("with a workspace that is %s ahead: %s", ahead, diff)
		}
	}
}
