package bridge

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// hookLag is how much later than a message's time the server takes "now" when
// it counts the message: up to 70 ms in the recordings.
const hookLag = 100 * time.Millisecond

// tally is one recorded chat, as it is counted from its messages.
type tally struct {
	chat  sdk.Chat
	heard map[string]bool
}

func (c *tally) hear(b *Bridge, m rest.Message) {
	switch {
	case m.Type == typeCommand && m.Text == "connected":
		c.chat.Agent.ID, c.chat.TakenAt = m.User.ID, m.TS.Time
	case m.Type == typeLeft && m.User.ID == c.chat.Agent.ID:
		c.chat.Agent, c.chat.TakenAt = sdk.Person{}, time.Time{}
	case m.Type == "" && m.EditedAt.IsZero() && !c.heard[m.ID]:
		c.heard[m.ID] = true
		hear(&c.chat, b.message(m, ""))
	}
}

// TestFiguresAreTheServersToTheSecond: what is counted from a chat's messages
// is what a real server showed by rooms.info at that moment.
func TestFiguresAreTheServersToTheSecond(t *testing.T) {
	b, chats, answers := &Bridge{names: &names{}}, map[string]*tally{}, 0
	lines := figureLines(t)
	for _, l := range lines {
		if r := l.Room; r != nil {
			chats[r.ID] = &tally{chat: sdk.Chat{OpenedAt: r.TS.Time}, heard: map[string]bool{}}
		}
	}
	for _, l := range lines {
		switch {
		case l.Message != nil:
			chats[l.Message.RoomID].hear(b, *l.Message)
		case l.Room.Open:
			sameFigures(t, l.Room.ID, chats[l.Room.ID].chat.Figures, measured(*l.Room))
			answers += l.Room.Metrics.Response.Total
		default:
			ended(t, *l.Room)
		}
	}
	if answers < 10 {
		t.Errorf("the recordings show only %d answers", answers)
	}
}

func sameFigures(t *testing.T, room string, got, want sdk.Figures) {
	t.Helper()
	lag := hookLag * time.Duration(want.Answers+1)
	near := func(a, b time.Duration) bool { return (a - b).Abs() < lag }
	switch {
	case got.Answers != want.Answers, !got.AskedAt.Equal(want.AskedAt), !got.RepliedAt.Equal(want.RepliedAt),
		want.RespondedAt.Sub(got.RespondedAt).Abs() > hookLag, !near(got.FirstResponse, want.FirstResponse), !near(got.FirstReaction, want.FirstReaction),
		!near(got.Response, want.Response), !near(got.Reaction, want.Reaction), !near(got.AverageResponse(), want.AverageResponse()):
		t.Errorf("chat %s: counted\n\t%+v\nthe server has\n\t%+v", room, got, want)
	}
}

// ended makes sure that the end's figures are what the room's own times make.
func ended(t *testing.T, r rest.Room) {
	t.Helper()
	var c sdk.Chat
	measure(&c, r)
	far := func(a, b time.Duration) bool { return (a - b).Abs() >= time.Second }
	if far(c.Figures.ChatDuration, r.ClosedAt.Sub(r.TS.Time)) && r.Metrics.ChatDuration > 0 {
		t.Errorf("chat %s lasted %s, from %s to %s", r.ID, c.Figures.ChatDuration, r.TS, r.ClosedAt)
	}
	if r.ServedBy != nil && far(c.Figures.Service, r.ClosedAt.Sub(r.ServedBy.TS.Time)) {
		t.Errorf("chat %s was served for %s, from %s to %s", r.ID, c.Figures.Service, r.ServedBy.TS, r.ClosedAt)
	}
}

type figureLine struct {
	Message *rest.Message
	Room    *rest.Room
}

func figureLines(t *testing.T) (all []figureLine) {
	t.Helper()
	f, err := os.Open("testdata/figures.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		var l figureLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// TestCountingAgainChangesNothing: of several messages of the guest in a row
// the first stays the question, also when all are read again with the server's
// figures at hand.
func TestCountingAgainChangesNothing(t *testing.T) {
	at := func(s int) time.Time { return time.UnixMilli(1795329021000).Add(time.Duration(s) * time.Second) }
	all := []sdk.Message{
		{ID: "a", From: sdk.Guest, At: at(1)}, {ID: "b", From: sdk.Guest, At: at(3)},
		{ID: "c", From: sdk.Human, At: at(10)}, {ID: "d", From: sdk.Human, At: at(11)},
	}
	c := sdk.Chat{OpenedAt: at(0), TakenAt: at(4)}
	figures(&c, all)
	want := sdk.Figures{
		FirstResponse: 9 * time.Second, FirstReaction: 6 * time.Second, Response: 9 * time.Second, Reaction: 6 * time.Second, Answers: 1,
		AskedAt: at(1), RepliedAt: at(10), RespondedAt: at(10),
	}
	if c.Figures != want {
		t.Errorf("counted %+v, want %+v", c.Figures, want)
	}
	if figures(&c, all); c.Figures != want {
		t.Errorf("counted again: %+v, want %+v", c.Figures, want)
	}
}
