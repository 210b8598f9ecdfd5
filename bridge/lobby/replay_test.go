package lobby

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// difference is a place where the lobby deliberately answers otherwise.
type difference struct {
	step  string // beginning of the step's name; "" means any
	what  string // part of the complaint
	why   string
	found bool
}

// replay plays the clients' side of a recording and compares what comes back.
type replay struct {
	t        *testing.T
	w        *workspace
	lines    []*entry
	clock    atomic.Int64      // the lobby's time, in milliseconds
	ids      map[string]string // recorded id: the lobby's
	people   map[string]*caller
	sockets  map[string]*socket
	answered map[*entry]bool // recorded answers that were compared
	guests   []*socket       // of guests who are not the newest
	step     string
	want     shapes // events of this step as recorded
	early    shapes // events of the step before that are recorded in this one
	faults   []string
	known    []difference
	checked  int
}

var userIDs = map[string]string{
	"admin": "FqdwyXNkX8PfZDtG2", "bot": "Tsym488Hbth9kgQ6i", "alice": "jHQhbbJREfPpNXSE7", "carol": "jzBofAAfbv5cEM3pH", "dave": "hKLrqWcaQjSFe7wft",
}

var departmentIDs = map[string]string{"Sales": "LzpGpvhFZAP4z9Kxb", "Support": "EgZ2RKox2o2HNDvGR", "Empty": "fCaDvAWikFWodLFQJ"}

func newReplay(t *testing.T, name string, opt Options, known []difference) *replay {
	t.Parallel()
	r := &replay{t: t, lines: recording(t, name), ids: map[string]string{}, people: map[string]*caller{}, sockets: map[string]*socket{}, answered: map[*entry]bool{}, known: known}
	r.clock.Store(r.lines[0].TS.UnixMilli())
	opt.Now = func() time.Time { return time.UnixMilli(r.clock.Load()) }
	r.w = open(t, opt)
	// the recorded server's was off; its DDP limits were not
	r.work(func(t *tx) { t.settings[setLimiter] = false })
	r.ids["http://127.0.0.1:3000"] = r.w.base
	for n, id := range userIDs {
		r.ids[id] = r.w.account(n).ID
	}
	for n, id := range departmentIDs {
		r.ids[id] = r.w.department(n)
	}
	return r
}

func (r *replay) run() {
	for i, e := range r.lines {
		switch {
		case e.Kind == "step":
			next := r.collect(i)
			if r.step != "" {
				r.endStep(next)
			}
			r.step, r.want = e.Step, next
		case e.Dir == "out":
			// the server's own time lies between question and answer
			r.clock.Store(e.TS.UnixMilli() + 10)
			r.play(e, i)
		}
	}
	r.endStep(nil)
	r.report()
}

// play does what a client did.
func (r *replay) play(e *entry, at int) {
	if e.Kind == "rest" {
		r.playREST(e, at)
		return
	}
	if e.frame == nil {
		r.playRaw(e, at)
		return
	}
	f := e.frame
	if s := r.sockets[e.Conn]; f["msg"] == "connect" && s != nil {
		delete(r.sockets, e.Conn)
		if e.Conn == "visitor" { // guests come one by one, and none leaves
			r.guests = append(r.guests, s)
		} else {
			s.hangUp()
		}
	}
	s := r.socketOf(e.Conn)
	if s.n == 0 && f["msg"] != "connect" { // the recording begins after the handshake
		s.n++
		s.write(`{"msg":"connect","version":"1","support":["1"]}`)
		s.until(func(g map[string]any) bool { return g["msg"] == "connected" })
	}
	id, _ := f["id"].(string)
	switch f["msg"] {
	case "connect":
		s.n++
		s.write(string(e.Payload))
		s.until(func(g map[string]any) bool { return g["msg"] == "connected" })
	case "method":
		want := r.reply(at, e.Conn, func(g map[string]any) bool { return g["msg"] == "result" && g["id"] == id })
		s.write(r.translate(r.credentials(e, want)))
		got := s.until(func(g map[string]any) bool { return g["msg"] == "result" && g["id"] == id })
		r.compare("method "+fmt.Sprint(f["method"]), want, got)
	case "sub":
		is := func(g map[string]any) bool {
			subs, _ := g["subs"].([]any)
			return g["msg"] == "nosub" && g["id"] == id || g["msg"] == "ready" && slices.Contains(subs, any(id))
		}
		want := r.reply(at, e.Conn, is)
		s.write(r.translate(string(e.Payload)))
		r.compare(fmt.Sprint("sub ", f["name"]), want, s.until(is))
	case "unsub":
		s.write(r.translate(string(e.Payload)))
		s.until(func(g map[string]any) bool { return g["msg"] == "nosub" && g["id"] == id })
	case "ping", "pong":
	default:
		s.write(string(e.Payload))
		is := func(g map[string]any) bool { return g["msg"] == "error" }
		r.compare(fmt.Sprint("frame ", f["msg"]), r.reply(at, e.Conn, is), s.until(is))
	}
}

// playRaw sends a text as it stands and compares the next frame.
func (r *replay) playRaw(e *entry, at int) {
	s := r.sockets[e.Conn]
	if s == nil {
		s = r.w.dial()
		r.sockets[e.Conn] = s
		if f, err := s.next(); err != nil || f["server_id"] == nil {
			r.t.Fatalf("first frame: %v %v", f, err)
		}
	}
	nth := 0 // of this connection's texts in this step
	for _, o := range r.lines[:at] {
		if o.Conn == e.Conn && o.Dir == "out" && o.Step == e.Step {
			nth++
		}
	}
	var answers []map[string]any
	for _, o := range r.lines {
		if o.Conn == e.Conn && o.Dir == "in" && o.Step == e.Step && o.frame["server_id"] == nil {
			answers = append(answers, o.frame)
		}
	}
	s.write(e.text)
	got, err := s.next()
	if err != nil {
		r.t.Fatal(err)
	}
	r.compare("raw "+e.text, answers[nth], got)
}

func (r *replay) socketOf(conn string) *socket {
	if r.sockets[conn] == nil {
		r.sockets[conn] = r.w.dial()
	}
	return r.sockets[conn]
}

func (r *replay) reply(at int, conn string, is func(map[string]any) bool) map[string]any {
	for _, e := range r.lines[at+1:] {
		if e.Kind == "ddp" && e.Dir == "in" && e.Conn == conn && is(e.frame) {
			return e.frame
		}
	}
	r.t.Fatalf("%s: no answer to line %d in the recording", r.step, at)
	return nil
}

// credentials puts working secrets where the recording's worked.
func (r *replay) credentials(e *entry, answer map[string]any) string {
	text := string(e.Payload)
	if e.frame["method"] != "login" {
		return text
	}
	user := strings.Split(e.Conn, "-")[0]
	if answer["error"] != nil {
		return strings.NewReplacer("TOKEN", "expired", "PASSWORD-DIGEST", "00ff").Replace(text)
	}
	password := r.w.account(user).Password
	sum := sha256.Sum256([]byte(password))
	return strings.NewReplacer("PASSWORD-DIGEST", hex.EncodeToString(sum[:]), "PASSWORD", password, "TOKEN", r.person(e.Conn).token).Replace(text)
}

func (r *replay) person(name string) *caller {
	if name == "visitor" {
		return r.w.guestCaller()
	}
	if r.people[name] == nil {
		user, _, _ := strings.Cut(name, "-")
		r.people[name] = r.w.as(user)
	}
	return r.people[name]
}

// work changes the lobby's world before a replay.
func (r *replay) work(f func(*tx)) {
	if err := r.w.s.do(func(t *tx) error { f(t); return nil }); err != nil {
		r.t.Fatal(err)
	}
}

// Why an answer of the lobby may differ from the recorded one.
const (
	olderServer = "the recorded server had a past: chats, guests and an administrator from its set-up"
	noPage      = "the lobby has no such page: appearance, triggers and figures of the web application, the old widget's first call"
	noPreview   = "the lobby fetches nothing: it shows links without what is behind them"
	noChannels  = "the lobby has no channels that a message could name"
	noEmojis    = "the lobby has no list of emojis, and takes each for real"
	goPatterns  = "what is wrong with a pattern is said in Go's words"
	hungUp      = "the recorder hung up before it came"
	unseenDrop  = "the recorder dropped the connection within the step, without a line about it"
)

var routingDifferences = []difference{
	{step: "0-login", what: "POST /api/v1/login", why: olderServer},
	{step: "", what: "lacks .visitor.lastChat", why: olderServer},
}

func TestAnswersAndEventsAreAsRecordedWithManualRouting(t *testing.T) {
	newReplay(t, "manual", Options{}, append(slices.Clone(routingDifferences),
		difference{step: "14-close", what: "GET /api/v1/livechat/rooms?roomIds", why: olderServer})).run()
}

func TestAnswersAndEventsAreAsRecordedWithAutomaticRouting(t *testing.T) {
	r := newReplay(t, "auto", Options{Routing: Auto}, routingDifferences)
	r.work(func(t *tx) { // alice had been given more chats of the department than carol
		d := t.findDepartment("Support")
		d.member(t.userByName["alice"].ID).Count = 1
	})
	r.run()
}

func TestContactsFiguresAndFilesAreAsRecorded(t *testing.T) {
	r := newReplay(t, "contacts", Options{}, []difference{
		{step: "1.24", what: "im.files?username=alice", why: olderServer},
		{step: "1.24", what: "msgs is 6, recorded 437", why: olderServer},
	})
	r.work(func(t *tx) { // the two had written to each other before
		room := t.directRoom(t.userByName["bot"], t.userByName["alice"])
		for _, s := range t.members(room.ID) {
			s.LS = t.now
		}
	})
	r.run()
}

func TestRightsLimitsSearchAndListsAreAsRecorded(t *testing.T) {
	newReplay(t, "rights", Options{}, []difference{
		{step: "5.01", what: "inquiries.queued?count=1: lacks .inquiries[]", why: olderServer},
		{step: "5.01", what: "department?count=1: ", why: "the lobby has one more department, Billing"},
		{step: "5.01", what: "livechat/appearance", why: noPage},
		{step: "5.01", what: "livechat/triggers", why: noPage},
		{step: "5.01", what: "dashboards/conversation-totalizers", why: noPage},
		{step: "5.17g", what: "msg=promptTranscript is not recorded", why: hungUp},
		{step: "2.03", what: "Invalid regular expression", why: goPatterns},
		{step: "2.40", what: "departmentId=nope", why: olderServer},
		{step: "2.40", what: "recorded Visitor off", why: olderServer},
		{step: "2.40", what: "customFields=", why: olderServer},
		{step: "2.40", what: "sort=%7B%22ts%22%3A1%7D", why: olderServer},
		{step: "2.40", what: "open=true&fields=", why: olderServer},
		{step: "2.42", what: "recorded Visitor off", why: olderServer},
		{step: "2.42", what: "livechat/queue?count=2", why: olderServer},
		{step: "2.42", what: "msg=promptTranscript is not recorded", why: hungUp},
	}).run()
}

func TestPresenceDepartmentsAndKindsOfMessagesAreAsRecorded(t *testing.T) {
	r := newReplay(t, "presence", Options{}, []difference{
		{step: "4.02", what: "livechat:getAgentOverviewData", why: noPage},
		{step: "4.05", what: ".presence is online, recorded offline", why: unseenDrop},
		{step: "4.06", what: "department?count=10: .departments[", why: "the lobby has one more department, Billing"},
		{step: "4.08-", what: ".user.roles[", why: olderServer},
		{step: "6.01", what: "channels[]:object", why: noChannels},
		{step: "6.03", what: "POST /api/v1/chat.react: status 200, recorded 400", why: noEmojis},
		{step: "6.03", what: ":nope_x:", why: noEmojis},
		{step: "6.05", what: ".urls[]", why: noPreview},
		{step: "6.10", what: "POST /api/v1/livechat/message: .message.", why: "the answers of the two guests crossed"},
		{step: "6.15", what: "livechat:getInitialData", why: noPage},
	})
	// alice had said a status 44 s before the recording begins
	r.clock.Add(-44_000)
	r.w.s.limits.take("status text "+r.w.account("alice").ID, rate{5, time.Minute})
	r.run()
}
