package bridge

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// pit is a recorded workspace with one open chat, whose server may write
// anything.
type pit struct {
	*player
	journal *journal
	log     *logbook
	room    string
	guest   document // as messages name who wrote them
	said    int
}

// openPit begins after the recorded guest's first message.
func openPit(t *testing.T, reconcile time.Duration) *pit {
	t.Helper()
	p := &pit{player: newPlayer(t), journal: newJournal(t), log: &logbook{}}
	for _, s := range recording(t, "manual")[:5] {
		p.learn(s)
	}
	p.now = p.now.Add(time.Minute) // so that all of it is from before the baseline
	for id, list := range p.messages {
		p.room, p.guest = id, list[0]["u"].(document)
	}
	o := p.options()
	o.Reconcile, o.Log = reconcile, p.log.logger()
	p.journal.run(o)
	p.journal.compared()
	return p
}

// write has the guest write what the server keeps. The message is as REST gives
// it; frames are made of it.
func (p *pit) write(text string) document {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said++
	p.now = p.now.Add(20 * time.Second)
	at := p.now.Add(-10 * time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
	m := document{"_id": fmt.Sprintf("message%010d", p.said), "rid": p.room, "msg": text, "token": "t", "ts": at, "_updatedAt": at, "u": p.guest}
	p.messages[p.room] = append(p.messages[p.room], m)
	p.rooms[p.room]["_updatedAt"], p.rooms[p.room]["lm"] = at, at
	return m
}

// event is a frame that tells something on a stream.
func event(t testing.TB, stream, name string, args any) string {
	data, err := json.Marshal(document{"msg": "changed", "collection": stream, "id": "id", "fields": document{"eventName": name, "args": args}})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var livechat = document{"roomParticipant": false, "roomType": "l"}

// messageEvent is the frame of a message, with some of its fields changed; a
// field whose value is gone is left out.
func messageEvent(t testing.TB, m, change document) string {
	m = maps.Clone(m)
	for k, v := range change {
		if m[k] = v; v == gone {
			delete(m, k)
		}
	}
	return event(t, streamMessages, "__my_messages__", []any{[]any{m}, livechat})
}

type absent struct{}

// gone is the value of a field that is not there.
var gone any = absent{}

// must waits until the message is told, as the server has it, and makes sure
// that the connection is the first.
func (p *pit) must(t *testing.T, m document) {
	t.Helper()
	id := MessageEventID(sdk.MessageID(m["_id"].(string)))
	p.journal.until(id)
	for _, e := range p.journal.events(sdk.ChatID(p.room)) {
		if e.ID == id && (e.Message.Text != m["msg"] || e.Message.From != sdk.Guest || e.Message.At.IsZero()) {
			t.Errorf("the server has %v, and told is %+v", m, e.Message)
		}
	}
	if dials := p.dialled(); dials != 1 {
		t.Errorf("there were %d connections", dials)
	}
}

func date(m document) time.Time { return momentOf(m["ts"]) }

// TestMessageWithAnOddFieldIsReadFromTheServer: its frame is not believed, the
// fault is named, and the message is told once, as the server has it.
func TestMessageWithAnOddFieldIsReadFromTheServer(t *testing.T) {
	p := openPit(t, time.Hour)
	for name, c := range map[string]struct {
		change document
		says   string
	}{
		"no id":               {document{"_id": gone}, "_id is missing"},
		"id is a number":      {document{"_id": 7}, "_id is a number"},
		"id is long":          {document{"_id": strings.Repeat("x", 5000)}, "_id is no id"},
		"id with a zero byte": {document{"_id": "a\x00b"}, "_id is no id"},
		"no time":             {document{"ts": gone}, "ts is no date"},
		"time is null":        {document{"ts": nil}, "ts is no date"},
		"time is EJSON null":  {document{"ts": document{"$date": nil}}, "ts is no date"},
		"time is a word":      {document{"ts": "yesterday"}, "ts is no date"},
		"time is a boolean":   {document{"ts": true}, "ts is no date"},
		"time is of an age":   {document{"ts": 1e300}, "ts is no date"},
		"text is a number":    {document{"msg": 5}, "msg is a number"},
		"text is an object":   {document{"msg": document{"a": 1}}, "msg is a"},
		"user is a word":      {document{"u": "guest-2"}, "u is a string"},
		"user's id is odd":    {document{"u": document{"_id": 5}}, "u._id is a number"},
		"token is a number":   {document{"token": 5}, "token is a number"},
		"type is a list":      {document{"t": []int{1}}, "t is a"},
		"file is a word":      {document{"file": "x"}, "file is a string"},
		"files is an object":  {document{"files": document{"a": 1}}, "files is a"},
		"attachments is true": {document{"attachments": true}, "attachments is a bool"},
		"hidden is a word":    {document{"_hidden": "no"}, "_hidden is a string"},
		"move is a word":      {document{"transferData": "x", "t": typeMoved}, "transferData is a string"},
	} {
		t.Run(name, func(t *testing.T) {
			m := p.write(name)
			p.sendRaw(messageEvent(t, m, c.change))
			p.log.wait(t, c.says)
			p.must(t, m)
		})
	}
	p.goesOn(t)
}

// goesOn makes sure that an ordinary frame is told, at once, and nothing twice.
func (p *pit) goesOn(t *testing.T) {
	t.Helper()
	m := p.write("and so on")
	p.sendRaw(messageEvent(t, m, nil))
	p.must(t, m)
	told := p.journal.told("")
	if want := p.said; len(told) != want {
		t.Errorf("of %d messages there are %d events: %q", want, len(told), told)
	}
}

// TestDatesAreReadInEveryForm: the frame alone tells the message, since the
// server is not asked again.
func TestDatesAreReadInEveryForm(t *testing.T) {
	p := openPit(t, time.Hour)
	first := p.write("first")
	p.sendRaw(messageEvent(t, first, nil))
	p.must(t, first)
	for name, form := range map[string]func(time.Time) any{
		"EJSON":        func(at time.Time) any { return document{"$date": at.UnixMilli()} },
		"text":         func(at time.Time) any { return at.UTC().Format(time.RFC3339Nano) },
		"another zone": func(at time.Time) any { return at.In(time.FixedZone("", 19800)).Format(time.RFC3339Nano) },
		"number":       func(at time.Time) any { return at.UnixMilli() },
	} {
		t.Run(name, func(t *testing.T) {
			m := p.write(name)
			p.mu.Lock()
			p.messages[p.room] = slices.DeleteFunc(p.messages[p.room], func(k document) bool { return k["_id"] == m["_id"] })
			p.mu.Unlock()
			p.sendRaw(messageEvent(t, m, document{"ts": form(date(m)), "_updatedAt": form(date(m))}))
			p.must(t, m)
			all := p.journal.events(sdk.ChatID(p.room))
			if at := all[len(all)-1].At; !at.Equal(date(m)) {
				t.Errorf("the time is %s, want %s", at, date(m))
			}
		})
	}
}

// TestOddFramesEndNothing: what cannot be understood is named, the connection
// stays, and what the server has is told all the same: at once where the frame
// shows the chat, and else by the next comparison.
func TestOddFramesEndNothing(t *testing.T) {
	p := openPit(t, 20*time.Millisecond)
	inquiry := func(q any) string { return event(t, streamQueue, "public", []any{q}) }
	mine := func(what string, args ...any) string {
		return event(t, streamUser, fmt.Sprint(p.me["_id"], "/", what), args)
	}
	messages := func(args any) string { return event(t, streamMessages, "__my_messages__", args) }
	for name, c := range map[string]struct {
		frame string
		says  string // what the log names; "" means that it is nothing to speak of
	}{
		"no JSON":             {`x`, "invalid character"},
		"half a frame":        {`{"msg":"changed","collection":"stream-ro`, "unexpected end of JSON"},
		"two frames":          {`{"msg":"ping"}{"msg":"ping"}`, "invalid character '{' after top-level value"},
		"a list":              {`[{"msg":"ping"}]`, ""},
		"unheard of":          {`{"msg":"unheard of","id":"1"}`, `msg="unknown kind of frame skipped" kind="unheard of"`},
		"msg is a number":     {`{"msg":7}`, ""},
		"deep":                {strings.Repeat(`{"a":`, 20000), "exceeded max depth"},
		"10 MB":               {`{"msg":"unheard of too","x":"` + strings.Repeat("x", 10<<20) + `"}`, `kind="unheard of too"`},
		"10 MB event":         {messages([]any{[]any{document{"_id": "big", "msg": strings.Repeat("x", 10<<20)}}, livechat}), "rid is missing"},
		"no fields":           {`{"msg":"changed","collection":"` + streamMessages + `","id":"id"}`, "fields"},
		"fields is a list":    {`{"msg":"changed","collection":"` + streamMessages + `","id":"id","fields":[1]}`, "fields"},
		"no event name":       {`{"msg":"changed","collection":"` + streamMessages + `","id":"id","fields":{"args":[]}}`, "eventName"},
		"args is a word":      {messages("x"), "args"},
		"no arguments":        {messages([]any{}), "argument 0 is missing"},
		"null":                {messages([]any{nil, livechat}), "_id is missing"},
		"a list of null":      {messages([]any{[]any{nil}, livechat}), "_id is missing"},
		"a number":            {messages([]any{5, livechat}), "message is a number"},
		"a list of odds":      {messages([]any{[]any{5, "x", []any{}}, livechat}), "message is a string"},
		"no room":             {messages([]any{[]any{document{"_id": "a", "msg": "x", "ts": 1}}, livechat}), "rid is missing"},
		"room is a number":    {messages([]any{[]any{document{"_id": "a", "rid": 5, "ts": 1}}, livechat}), "rid is a number"},
		"about is a number":   {messages([]any{[]any{}, 5}), "about is a number"},
		"room change alone":   {mine("rooms-changed", "updated"), "argument 1 is missing"},
		"room is null":        {mine("rooms-changed", "updated", nil), "_id is missing"},
		"room is a word":      {mine("rooms-changed", "updated", "x"), "room is a string"},
		"change is a number":  {mine("rooms-changed", 5, document{"_id": p.room, "t": "l"}), "change is a number"},
		"room's agent is odd": {mine("rooms-changed", "updated", document{"_id": p.room, "t": "l", "open": true, "servedBy": "alice"}), "servedBy is a string"},
		"subscription is odd": {mine("subscriptions-changed", "inserted", document{"t": "l", "rid": 5}), "rid is a number"},
		"place is null":       {inquiry(nil), "rid is missing"},
		"place is a list":     {inquiry([]any{1}), "place is a"},
		"place is odd":        {inquiry(document{"type": 5, "rid": p.room, "status": "queued"}), "type is a number"},
		"room of nobody":      {inquiry(document{"type": "changed", "rid": "nosuchroom", "status": "queued"}), ""},
		"stream of tomorrow":  {event(t, "stream-of-tomorrow", "x", []any{1}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := p.write(name)
			p.sendRaw(c.frame)
			if c.says != "" {
				p.log.wait(t, c.says)
			}
			p.must(t, m)
		})
	}
	p.goesOn(t)
}

// TestFaultThatComesAgainIsSaidOnce: a server that writes one field in another
// way does so in each message.
func TestFaultThatComesAgainIsSaidOnce(t *testing.T) {
	p := openPit(t, time.Hour)
	for n := range 20 {
		m := p.write(fmt.Sprint(n))
		p.sendRaw(messageEvent(t, m, document{"token": n}))
		p.must(t, m)
	}
	if said := strings.Count(p.log.said(), "token is a number"); said != 1 {
		t.Errorf("the log says so %d times:\n%s", said, p.log.said())
	}
}

// TestOddAnswersEndNothing: where a field of the server's own documents is not
// as it should be, what else they tell is told, and nothing is made of the
// field.
func TestOddAnswersEndNothing(t *testing.T) {
	p := openPit(t, 20*time.Millisecond)
	room := func(key string, v any) func() { return p.odd(p.rooms[p.room], key, v) }
	for name, spoil := range map[string]func() (mend func()){
		"room's tags are a word":     func() func() { return room("tags", "vip") },
		"room's fields are a list":   func() func() { return room("livechatData", []int{1}) },
		"room's topic is a number":   func() func() { return room("topic", 5) },
		"room has no time":           func() func() { return room("ts", gone) },
		"room's time is null":        func() func() { return room("ts", nil) },
		"room's time is EJSON":       func() func() { return room("ts", document{"$date": p.now.Add(-time.Hour).UnixMilli()}) },
		"room's visitor is a word":   func() func() { return room("v", "guest-2") },
		"room has no visitor":        func() func() { return room("v", gone) },
		"room's figures are a word":  func() func() { return room("metrics", "none") },
		"room's last message is odd": func() func() { return room("lastMessage", []int{1}) },
		"visitor is a number":        func() func() { return p.odd(p.visitors[p.guest["_id"].(string)], "name", 5) },
		"another message is odd":     func() func() { return p.keep(document{"_id": 5, "rid": document{}, "ts": []int{}}) },
		"another message is null":    func() func() { return p.keep(nil) },
		"another message is nobody's": func() func() {
			return p.keep(document{"_id": "nobodys", "rid": p.room, "msg": "x", "ts": p.now.UTC().Format(time.RFC3339Nano)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			mend := p.spoil(spoil)
			m := p.write(name)
			p.must(t, m)
			c := p.journal.chat(sdk.ChatID(p.room))
			if c.OpenedAt.IsZero() || c.Status == sdk.Closed {
				t.Errorf("the chat is %+v", c)
			}
			mend()
		})
	}
	p.goesOn(t)
	for _, says := range []string{"field=room.tags type=string", "field=room.v type=string", "u._id is missing"} {
		p.log.wait(t, says)
	}
}

// TestRoomWhoseStateIsOddIsNotTakenForClosed: what happens in it waits until
// the server says again how it stands.
func TestRoomWhoseStateIsOddIsNotTakenForClosed(t *testing.T) {
	p := openPit(t, 20*time.Millisecond)
	for key, v := range map[string]any{"open": "yes", "servedBy": "alice", "departmentId": 5, "onHold": "no"} {
		mend := p.spoil(func() func() { return p.odd(p.rooms[p.room], key, v) })
		m := p.write(key)
		p.sendRaw(event(t, streamUser, fmt.Sprint(p.me["_id"], "/rooms-changed"), []any{"updated", document{"_id": p.room, "t": "l"}}))
		p.log.wait(t, fmt.Sprintf("room.%s in it is a", key))
		mend()
		next := p.write("mended")
		p.must(t, m)
		p.must(t, next)
	}
	for _, kind := range p.journal.told("") {
		if !strings.HasPrefix(kind, "guest: ") {
			t.Errorf("of an odd field was made %q", kind)
		}
	}
}

// spoil changes what the server has until mend is called.
func (p *pit) spoil(how func() (mend func())) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	mend := how()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		mend()
	}
}

// odd gives a document an odd field.
func (p *pit) odd(d document, key string, v any) (mend func()) {
	was, had := d[key]
	if d[key] = v; v == gone {
		delete(d, key)
	}
	return func() {
		if d[key] = was; !had {
			delete(d, key)
		}
	}
}

// keep has the server keep a message that is none.
func (p *pit) keep(m document) (mend func()) {
	before := p.messages[p.room]
	p.messages[p.room] = append(slices.Clone(before), m)
	return func() {
		p.messages[p.room] = slices.DeleteFunc(p.messages[p.room], func(k document) bool { return k == nil || k["_id"] == m["_id"] })
	}
}
