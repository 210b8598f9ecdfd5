package bridge

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// losing are the ways in which a frame gets lost: the line is cut, or Bellhop is
// away.
var losing = map[string]func(f *floor, j *journal, happens func()) (stop func()){
	"cut": func(f *floor, j *journal, happens func()) func() {
		d := openDoor(f.t, f.addr)
		o := f.options()
		o.URL = "http://" + d.listener.Addr().String()
		stop := j.run(o)
		j.compared()
		d.shut()
		happens()
		d.open()
		return stop
	},
	"away": func(f *floor, j *journal, happens func()) func() {
		happens()
		return j.run(f.options())
	},
}

// changing are the changes of a message of which, unless it is the chat's last, the
// list of chats tells nothing.
var changing = map[string]func(alice *caller, rid string, m sdk.EventID) sdk.EventID{
	"edited agent: mended": func(alice *caller, rid string, m sdk.EventID) sdk.EventID { return alice.edit(rid, m, "mended") },
	"deleted agent: typo":  func(alice *caller, rid string, m sdk.EventID) sdk.EventID { return alice.erase(rid, m) },
}

// TestChangeOfAnEarlierMessageIsToldThoughItsFrameIsLost, and nothing else happens
// in the chat.
func TestChangeOfAnEarlierMessageIsToldThoughItsFrameIsLost(t *testing.T) {
	for _, as := range lobby.Releases() {
		for how, loses := range losing {
			for want, change := range changing {
				t.Run(fmt.Sprint(as, " ", how, " ", want), func(t *testing.T) {
					t.Parallel()
					var now ticking
					f := openFloor(t, lobby.Options{As: as, Online: []string{"alice"}, Now: now.time})
					f.as("admin").post("settings/Message_ShowDeletedStatus", map[string]any{"value": true})
					earlier(f, &now, loses, change, want)
				})
			}
		}
	}
}

func earlier(f *floor, now *ticking, loses func(*floor, *journal, func()) func(), change func(*caller, string, sdk.EventID) sdk.EventID, want string) {
	alice := f.as("alice")
	j := newJournal(f.t)
	stop := j.run(f.options())
	j.compared()
	g, other := f.guest("dora", "Sales"), f.guest("ben", "Sales")
	j.until(g.say("hello"), other.say("hello"))
	alice.take(g.rid)
	typo := alice.reply(g.rid, "typo")
	j.until(typo, g.say("what?"))
	settled(f, j, now)
	stop()
	var told sdk.EventID
	stop = loses(f, j, func() { told = change(alice, g.rid, typo) })
	j.until(told)
	stop()
	defer j.run(f.options())()
	j.compared()
	j.must(g.chat(), "opened", "guest: hello", "taken by alice", "agent: typo", "guest: what?", want)
	j.must(other.chat(), "opened", "guest: hello")
}

// TestLostChangesAreToldWithinTheLimitAndNewestFirst: a minute is 300 milliseconds
// here, of whose ten calls half are left to others.
func TestLostChangesAreToldWithinTheLimitAndNewestFirst(t *testing.T) {
	const chats = 24
	m := newMissed(t, chats, 1, 300*time.Millisecond)
	limiter := func(on bool) { m.as("admin").post("settings/API_Enable_Rate_Limiter", map[string]any{"value": on}) }
	limiter(false)
	alice := m.as("alice")
	stop := m.journal.run(m.options)
	m.journal.compared()
	var typos []sdk.EventID
	for _, g := range m.guests {
		typos = append(typos, alice.reply(g.rid, "typo"))
		m.journal.until(typos[len(typos)-1], g.say("what?"))
	}
	settled(m.floor, m.journal, &m.now)
	stop()
	var told []sdk.EventID
	for n, g := range m.guests {
		told = append(told, alice.edit(g.rid, typos[n], "mended"))
	}
	limiter(true)
	m.calls.Store(0)
	o := m.options
	o.Reconcile = 100 * time.Millisecond
	defer m.journal.run(o)()
	m.journal.until(told...)
	for _, e := range m.journal.events("") {
		if e.Kind == sdk.EventEdited {
			m.order = append(m.order, e.Chat)
		}
	}
	if newer, older := m.places(chats/2, chats), m.places(0, chats/2); older-newer < chats/5 {
		t.Errorf("the newer half comes in place %d and the older one in place %d, on the average", newer, older)
	}
	if most := m.calls.Load() / 10; m.refused.Load() > most {
		t.Errorf("of %d calls %d were refused", m.calls.Load(), m.refused.Load())
	}
	slices.Sort(m.order)
	if len(slices.Compact(m.order)) != chats {
		t.Errorf("%d chats were told of", len(m.order))
	}
}

// failing is a server that always fails to tell one chat's messages.
type failing struct {
	next http.RoundTripper
	chat string
}

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "chat.syncMessages") && r.URL.Query().Get("roomId") == f.chat {
		return answer(http.StatusInternalServerError, `{"success":false,"error":"Internal server error"}`)(f.next, r)
	}
	return f.next.RoundTrip(r)
}

// TestChatThatCannotBeReadAgainHoldsUpNoOther, though its turn comes first.
func TestChatThatCannotBeReadAgainHoldsUpNoOther(t *testing.T) {
	var now ticking
	f := openFloor(t, lobby.Options{Online: []string{"alice"}, Now: now.time})
	alice := f.as("alice")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	other, bad := f.guest("ben", "Sales"), f.guest("dora", "Sales")
	typo := alice.reply(other.rid, "typo")
	j.until(typo, other.say("what?"))
	now.pass(time.Second)
	j.until(bad.say("hello"))
	settled(f, j, &now)
	stop()
	told := alice.edit(other.rid, typo, "mended")
	next := &http.Transport{}
	t.Cleanup(next.CloseIdleConnections)
	defer j.run(f.options().over(failing{next, bad.rid}))()
	j.until(told)
}

// settled has all chats accounted for, so that nothing but a change makes the next
// comparison look at one.
func settled(f *floor, j *journal, now *ticking) {
	now.pass(time.Minute)
	j.comparedAnew(f)
	now.pass(time.Minute)
}

// TestChangeThatTheServerTellsNobodyIsToldWithinTheHour: of several servers of one
// workspace one may not hear what another does, while all connections last.
func TestChangeThatTheServerTellsNobodyIsToldWithinTheHour(t *testing.T) {
	p := manager(t)
	at := func(minute int) string {
		return p.now.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339Nano)
	}
	dora, ana := document{"_id": "v1", "username": "guest-1"}, document{"_id": "u1", "username": "ana"}
	p.rooms["r1"] = document{
		"_id": "r1", "t": "l", "open": true, "ts": at(1), "lm": at(3), "_updatedAt": at(3),
		"v": document{"_id": "v1", "username": "guest-1", "token": "t1"}, "servedBy": document{"_id": "u1", "username": "ana", "ts": at(2)},
	}
	typo := document{"_id": "m2", "rid": "r1", "msg": "typo", "ts": at(2), "_updatedAt": at(2), "u": ana}
	p.messages["r1"] = []document{
		{"_id": "m1", "rid": "r1", "msg": "hello", "token": "t1", "ts": at(1), "_updatedAt": at(1), "u": dora},
		typo,
		{"_id": "m3", "rid": "r1", "msg": "what?", "token": "t1", "ts": at(3), "_updatedAt": at(3), "u": dora},
	}
	j := newJournal(t)
	j.seen = p.now
	p.now = p.now.Add(10 * time.Minute)
	b := j.runs(p.options())
	j.until("message/m3")
	edited := p.now.Add(time.Minute)
	p.mu.Lock()
	typo["msg"], typo["editedAt"], typo["_updatedAt"] = "mended", edited.Format(time.RFC3339Nano), edited.Format(time.RFC3339Nano)
	p.mu.Unlock()
	w := b.watch.Load()
	w.do(func() error {
		w.fullAt = w.fullAt.Add(-fullEvery)
		return w.start()
	})
	j.until(EditedID("m2", edited))
}
