package bridge

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestFirstStartIsABaseline: chats that were there before are known, and give
// no events.
func TestFirstStartIsABaseline(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	const chats = 500
	var first *caller
	for i := range chats {
		g := f.guest(fmt.Sprint("g", i), "Sales")
		g.say("since yesterday")
		if i == 0 {
			first = g
		}
	}
	f.as("alice").take(first.rid)
	f.as("alice").reply(first.rid, "coming")
	first.say("still here")
	gone := f.guest("gone", "Sales")
	gone.leave()

	j := newJournal(t)
	o := f.options()
	o.Reconcile = time.Second
	stop := j.run(o)
	j.compared()
	j.compared() // what changed last is looked at once more
	if got := j.told(""); len(got) > 0 {
		t.Errorf("%d events of old chats, such as %s", len(got), got[0])
	}
	if n := len(j.picture().Chats); n != chats {
		t.Errorf("%d chats are known, want %d", n, chats)
	}
	j.until(first.say("hello again"))
	j.must("", "guest: hello again")
	c := j.chat(first.chat())
	var last []string
	for _, m := range c.Last {
		last = append(last, string(m.From)+" "+m.Text)
	}
	if got := strings.Join(last, ", "); got != "guest since yesterday, agent coming, guest still here, guest hello again" {
		t.Errorf("last messages are %s", got)
	}
	if !c.Answered() || c.WaitingSince != c.Last[2].At || c.Visitor.Emails == nil {
		t.Errorf("picture is %+v", c)
	}
	stop()
	j.run(o)
	j.compared()
	j.must("", "guest: hello again")
}

// TestRestartFindsWhatWasMissed: a bridge that starts from a picture emits
// what happened since, in order, and nothing else.
func TestRestartFindsWhatWasMissed(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}})
	alice, carol := f.as("alice"), f.as("carol")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	open, moved, quiet := f.guest("open", "Sales"), f.guest("moved", "Sales"), f.guest("quiet", "Sales")
	j.until(open.say("one"), moved.say("one"), quiet.say("one"))
	alice.take(moved.rid)
	j.until(alice.reply(moved.rid, "two"))
	stop()

	open.say("two")
	alice.take(open.rid)
	alice.reply(open.rid, "three")
	alice.forward(moved.rid, "Support", "")
	moved.say("three")
	carol.take(moved.rid)
	carol.forward(moved.rid, "Sales", "back")
	alice.take(moved.rid)
	alice.close(moved.rid, "done", "vip")
	missed := f.guest("missed", "Support")
	missed.say("nobody hears me")
	carol.take(missed.rid)
	missed.leave()

	j.run(f.options())
	j.compared()
	j.must(quiet.chat(), "opened", "guest: one")
	j.must(open.chat(), "opened", "guest: one", "guest: two", "taken by alice", "agent: three")
	j.must(moved.chat(), "opened", "guest: one", "taken by alice", "agent: two", "forwarded to Support", "guest: three",
		"taken by carol", "forwarded to Sales", "taken by alice", "closed")
	j.must(missed.chat(), "opened", "guest: nobody hears me", "taken by carol", "closed")
	c := j.chat(missed.chat())
	if !c.Closing.ByVisitor || c.Closing.Comment != "Closed by visitor" || !c.Closing.By.IsZero() {
		t.Errorf("closing is %+v", c.Closing)
	}
	if c := j.chat(moved.chat()); c.Forwards != 2 || c.Department != "Sales" || c.Closing.By.Username != "alice" || !c.HasTag("vip") {
		t.Errorf("picture is %+v", c)
	}
}

// TestEachChatIsSaidToBeCaughtUpWith: first which chats are behind, then of each,
// when all that was missed in it is told, that it is not any more.
func TestEachChatIsSaidToBeCaughtUpWith(t *testing.T) {
	var now ticking
	f := openFloor(t, lobby.Options{Online: []string{"alice"}, Now: now.time})
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	quiet := f.guest("quiet", "Sales")
	j.until(quiet.say("one"))
	settled(f, j, &now)
	stop()
	missed := map[sdk.ChatID]*caller{}
	for n := range 20 {
		g := f.guest(fmt.Sprint("missed", n), "Sales")
		g.say("one")
		g.say("two")
		missed[g.chat()] = g
	}
	j.course = nil
	j.run(f.options())
	j.compared()

	j.mu.Lock()
	defer j.mu.Unlock()
	said, current := map[sdk.ChatID]int{}, map[sdk.ChatID]bool{}
	var behind map[sdk.ChatID]bool
	for _, e := range j.course {
		switch {
		case e.Behind != nil && behind == nil:
			behind = e.Behind
			if len(said) > 0 {
				t.Errorf("%d chats are told before it is said which are behind", len(said))
			}
		case e.Current != "":
			current[e.Current] = true
			if missed[e.Current] != nil && said[e.Current] != 2 {
				t.Errorf("chat %s is said to be caught up with after %d messages", e.Current, said[e.Current])
			}
		case e.Kind == sdk.EventMessage:
			said[e.Chat]++
		}
		if !e.Seen.IsZero() {
			break
		}
	}
	if behind[quiet.chat()] {
		t.Error("the quiet chat is behind")
	}
	for id := range missed {
		if !behind[id] {
			t.Errorf("chat %s is not said to be behind", id)
		}
	}
	if len(current) < len(missed)-1 { // Seen says it of the last
		t.Errorf("%d of %d chats are said to be caught up with", len(current), len(missed))
	}
}

// TestPicturesAreOfTheirMoment: what is caught up with is shown as it was then.
func TestPicturesAreOfTheirMoment(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}})
	alice := f.as("alice")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	stop()
	g := f.guest("dora", "Sales")
	g.say("hello")
	alice.take(g.rid)
	alice.reply(g.rid, "hi")
	alice.forward(g.rid, "Support", "")
	f.as("admin").close(g.rid, "")
	j.run(f.options())
	j.compared()
	var got []string
	for _, e := range j.events(g.chat()) {
		p := e.Picture
		if e.Kind == sdk.EventQueued {
			continue
		}
		got = append(got, fmt.Sprintf("%s: %s in %s by %q, waiting %v, %d last", e.Kind, p.Status, p.Department, p.Agent.Username, !p.WaitingSince.IsZero(), len(p.Last)))
	}
	want := []string{
		`opened: queued in Sales by "", waiting false, 0 last`,
		`message: queued in Sales by "", waiting true, 1 last`,
		`taken: taken in Sales by "alice", waiting true, 1 last`,
		`message: taken in Sales by "alice", waiting false, 2 last`,
	}
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			t.Fatalf("pictures are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if n := len(got); n != 6 || !strings.HasPrefix(got[4], "forwarded: ") || !strings.HasPrefix(got[5], "closed: closed in Support") {
		t.Errorf("pictures are\n%s", strings.Join(got, "\n"))
	}
}

// TestLongAbsenceIsABaseline: after more than an hour what was missed is no
// event, but the picture is right.
func TestLongAbsenceIsABaseline(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	alice := f.as("alice")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	open, closed := f.guest("open", "Sales"), f.guest("closed", "Sales")
	j.until(open.say("one"), closed.say("one"))
	stop()
	open.say("two")
	alice.take(open.rid)
	closed.leave()
	opened := f.guest("opened", "Support")
	opened.say("one")
	j.seen = j.seen.Add(-2 * time.Hour)

	j.run(f.options())
	j.compared()
	j.must(open.chat(), "opened", "guest: one")
	j.must(closed.chat(), "opened", "guest: one")
	j.must(opened.chat())
	if c := j.chat(open.chat()); c.Agent.Username != "alice" {
		t.Errorf("picture is %+v", c)
	}
	if c := j.chat(closed.chat()); c.Open() {
		t.Errorf("picture is %+v", c)
	}
	j.until(open.say("three"), opened.say("two"))
	j.must(open.chat(), "opened", "guest: one", "guest: three")
	j.must(opened.chat(), "guest: two")
}

// talk is a conversation in which all happens that can, and its events.
func talk(f *floor, name string, alice, carol *caller) (*caller, []string) {
	g := f.guest(name, "Sales")
	g.say("one")
	g.say("two")
	alice.take(g.rid)
	alice.reply(g.rid, "three")
	g.say("four")
	alice.forward(g.rid, "Support", "take over")
	g.say("five")
	carol.take(g.rid)
	carol.reply(g.rid, "six")
	carol.close(g.rid, "done", "vip")
	return g, []string{"opened", "guest: one", "guest: two", "taken by alice", "agent: three", "guest: four",
		"forwarded to Support", "guest: five", "taken by carol", "agent: six", "closed"}
}

// TestCutConnectionsLoseNothing cuts at random moments while people talk.
func TestCutConnectionsLoseNothing(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}})
			alice, carol := f.as("alice"), f.as("carol")
			j := newJournal(t)
			j.run(f.options())
			j.compared()
			random := rand.New(rand.NewPCG(seed, 0))
			stop := make(chan struct{})
			var cutter sync.WaitGroup
			cutter.Go(func() {
				for range 6 {
					select {
					case <-stop:
						return
					case <-time.After(time.Duration(random.IntN(400)) * time.Millisecond):
						f.lobby.CutConnections()
					}
				}
			})
			want := map[*caller][]string{}
			for i := range 60 {
				g, events := talk(f, fmt.Sprint("g", i), alice, carol)
				want[g] = events
			}
			close(stop)
			cutter.Wait()
			for g := range want {
				j.until(ClosedID(g.chat()))
			}
			for g, events := range want {
				j.must(g.chat(), events...)
			}
		})
	}
}

// TestServerRestartLosesNothing: the workspace is away, people talk before
// and after, and at once when it is back.
func TestServerRestartLosesNothing(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}, StateFile: filepath.Join(t.TempDir(), "lobby.jsonl")})
	alice, carol := f.as("alice"), f.as("carol")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	want := map[*caller][]string{}
	say := func(name string) {
		g, events := talk(f, name, alice, carol)
		want[g] = events
	}
	say("before")
	half := f.guest("half", "Sales")
	half.say("one")
	f.restart(func() {})
	half.say("two")
	say("after")
	f.restart(stop) // the bridge is away as well
	half.leave()
	say("alone")
	j.run(f.options())
	for g := range want {
		j.until(ClosedID(g.chat()))
	}
	j.until(ClosedID(half.chat()))
	for g, events := range want {
		j.must(g.chat(), events...)
	}
	j.must(half.chat(), "opened", "guest: one", "guest: two", "closed")
}

// TestDeletedChatIsOver: nobody can tell how it ended, so it is no event.
func TestDeletedChatIsOver(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	g, other := f.guest("dora", "Sales"), f.guest("erik", "Sales")
	j.until(g.say("one"), other.say("one"))
	stop()
	g.leave()
	f.as("admin").method("livechat:removeRoom", g.rid)
	j.run(f.options())
	j.compared()
	j.must(g.chat(), "opened", "guest: one")
	if c := j.chat(g.chat()); c.Open() {
		t.Errorf("picture is %+v", c)
	}
	j.until(other.say("two"))
}

// TestChangedMessagesAreNotNew: edits and deletions move a message's time of
// change, and the picture.
func TestChangedMessagesAreNotNew(t *testing.T) {
	var now ticking
	f := openFloor(t, lobby.Options{Online: []string{"alice"}, Now: now.time})
	bot := f.as("bot")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	g := f.guest("dora", "Sales")
	j.until(g.say("hello"))
	mine := bot.reply(g.rid, "typo")
	j.until(mine)
	id := strings.TrimPrefix(string(mine), "message/")
	bot.post("chat.update", map[string]any{"roomId": g.rid, "msgId": id, "text": "mended"})
	j.wait("the edit in the picture", func() bool { return j.chats[g.chat()].Chat.Last[1].Text == "mended" })
	stop()
	now.pass(time.Second)
	bot.post("chat.update", map[string]any{"roomId": g.rid, "msgId": id, "text": "mended twice"})
	other := bot.reply(g.rid, "to be deleted")
	bot.post("chat.delete", map[string]any{"roomId": g.rid, "msgId": strings.TrimPrefix(string(other), "message/")})
	stop = j.run(f.options())
	j.compared()
	stop()
	j.must(g.chat(), "opened", "guest: hello", "bot: typo", "edited bot: mended", "edited bot: mended twice")
	if last := j.chat(g.chat()).Last; len(last) != 2 || last[1].Text != "mended twice" || last[1].From != sdk.Bot {
		t.Errorf("last messages are %+v", last)
	}
	if c := j.chat(g.chat()); c.Answered() || c.WaitingSince.IsZero() {
		t.Errorf("our own message counts as an answer: %+v", c)
	}
}

// TestEachTakingCounts, also of an agent who takes the same chat again and
// again within seconds.
func TestEachTakingCounts(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	alice := f.as("alice")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	g := f.guest("dora", "Sales")
	g.say("one")
	alice.take(g.rid)
	j.until(alice.reply(g.rid, "two"))
	stop()
	for range 2 {
		alice.method("livechat:returnAsInquiry", g.rid)
		alice.take(g.rid)
	}
	j.run(f.options())
	j.compared()
	j.must(g.chat(), "opened", "guest: one", "taken by alice", "agent: two",
		"forwarded to queue", "taken by alice", "forwarded to queue", "taken by alice")
}
