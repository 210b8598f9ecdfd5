package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// Source is a file of conversations.
type Source struct {
	Name string    // stands in the errors
	Data []byte    // a conversation file, or lines of JSON
	Time time.Time // when the first message was written: files say only how much time passes; zero means that nobody knows

	// Open gives a file that is named in a conversation. nil means that there
	// are none; one that can't be had is named in the transcript without being shown.
	Open func(name string) ([]byte, error)
}

// Read reads what is to be written down: a conversation file (see package
// convo), or JSON, one conversation a line, as [convo.FromJSON] knows it or as
// [JSON] writes it.
func Read(s Source) ([]Conversation, error) {
	data := bytes.TrimPrefix(s.Data, []byte("\ufeff"))
	var all []Conversation
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		all, err = s.lines(data)
	} else {
		all, err = s.text(data)
	}
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s: it has no chat: write one under a line -- chat --", s.Name)
	}
	return all, err
}

func (s Source) text(data []byte) ([]Conversation, error) {
	f, err := convo.Parse(s.Name, data)
	if err != nil {
		return nil, err
	}
	var all []Conversation
	for _, c := range f.Chats {
		all = append(all, s.conversation(c))
	}
	return all, nil
}

func (s Source) lines(data []byte) ([]Conversation, error) {
	if bytes.ContainsRune(bytes.TrimSpace(data), '\n') && json.Valid(data) { // one, written over several lines
		c, err := s.line(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		return []Conversation{c}, nil
	}
	var all []Conversation
	for n, line := range bytes.Split(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		c, err := s.line(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.Name, n+1, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func (s Source) line(line []byte) (Conversation, error) {
	var is struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(line, &is); err == nil && is.Format != "" {
		return s.fromJSON(line, is.Format)
	}
	c, err := convo.FromJSON(line)
	return s.conversation(c), err
}

// fromJSON is the conversation of a transcript's JSON form.
func (s Source) fromJSON(line []byte, format string) (Conversation, error) {
	if format != Format {
		return Conversation{}, fmt.Errorf("it has the format %s: only %s is known", format, Format)
	}
	var form struct {
		Conversation struct {
			Conversation
			Zone string `json:"zone"`
		} `json:"conversation"`
	}
	if err := json.Unmarshal(line, &form); err != nil {
		return Conversation{}, fmt.Errorf("read transcript: %w", err)
	}
	c := form.Conversation.Conversation
	zone, err := time.LoadLocation(form.Conversation.Zone)
	if err != nil {
		return c, errors.New("read transcript: " + form.Conversation.Zone + " is no time zone that is known here")
	}
	c.Zone = zone
	s.shown(c.Entries)
	return c, nil
}

// shown adds the pictures, of which the JSON form has the digests only.
func (s Source) shown(entries []Entry) {
	for _, e := range entries {
		for i, f := range e.Files {
			if s.Open == nil || !strings.HasPrefix(f.Type, "image/") {
				continue
			}
			if data, err := s.Open(f.Name); err == nil && (f.SHA256 == "" || f.SHA256 == digestOf(data)) {
				e.Files[i] = fileOf(f, data)
			}
		}
	}
}

// conversation is a chat of a conversation file as a transcript tells it.
func (s Source) conversation(chat convo.Chat) Conversation {
	n := &notes{source: s, clock: s.Time, Conversation: Conversation{ChatID: chat.Name, Opened: s.Time}}
	for _, step := range chat.Steps {
		if note := noting[step.Kind]; note != nil {
			note(n, step)
		}
	}
	return n.Conversation
}

// notes are taken while a chat is read.
type notes struct {
	Conversation
	source  Source
	clock   time.Time // zero if nobody knows
	passed  time.Duration
	agent   string        // who serves the chat
	held    bool          // it is on hold
	calling bool          // a call goes on
	since   time.Duration // and since when
}

var noting = map[convo.Kind]func(*notes, convo.Step){
	convo.Visitor: (*notes).visitor,
	convo.Contact: (*notes).contact,
	convo.Tag:     func(n *notes, s convo.Step) { n.Tags = append(n.Tags, s.Tags()...) },
	convo.Untag:   (*notes).untagged,
	convo.Say:     (*notes).said,
	convo.Quote:   (*notes).quoted,
	convo.Attach:  (*notes).attached,
	convo.Edit:    (*notes).edited,
	convo.Delete:  (*notes).deleted,
	convo.Wait:    (*notes).waited,
	convo.Take:    (*notes).taken,
	convo.Forward: (*notes).forwarded,
	convo.Queue:   (*notes).queued,
	convo.Hold:    (*notes).putOnHold,
	convo.Resume:  (*notes).resumed,
	convo.Call:    (*notes).call,
	convo.Hangup:  (*notes).hangup,
	convo.Offer:   (*notes).offered,
	convo.Join:    (*notes).joined,
	convo.Missed:  func(n *notes, _ convo.Step) { n.add(Entry{Kind: KindCall, Call: &Call{State: "missed"}}) },
	convo.Failed:  func(n *notes, s convo.Step) { n.add(Entry{Kind: KindCall, Call: &Call{State: "failed"}}) },
	convo.Close:   (*notes).closed,
	convo.Leave:   (*notes).left,
}

func (n *notes) untagged(s convo.Step) {
	n.Tags = slices.DeleteFunc(n.Tags, func(tag string) bool { return slices.Contains(s.Tags(), tag) })
}

func (n *notes) add(e Entry) {
	e.At = n.clock
	n.Entries = append(n.Entries, e)
}

func (n *notes) visitor(s convo.Step) {
	if n.Department == "" {
		n.Department = s.Department()
	}
	n.contact(s)
}

// contact notes what is known of the guest now.
func (n *notes) contact(s convo.Step) {
	if s.Who != "" {
		n.Visitor.Name = s.Who
	}
	for key, field := range map[string]*string{"name": &n.Visitor.Name, "email": &n.Visitor.Email, "phone": &n.Visitor.Phone, "language": &n.Language} {
		if v := s.Fields[key]; v != "" {
			*field = v
		}
	}
	if zone, err := time.LoadLocation(s.Fields["timezone"]); err == nil && s.Fields["timezone"] != "" {
		n.Zone = zone
	}
}

// speaks is the entry of somebody who says something. A guest's ends a hold.
func (n *notes) speaks(s convo.Step) Entry {
	e := Entry{Kind: KindMessage, Side: Guest, Who: s.Who, Text: s.Text}
	if s.From == sdk.Human {
		e.Side = Agent
		n.serve(s.Who)
	}
	return e
}

func (n *notes) said(s convo.Step) { n.say(n.speaks(s)) }

func (n *notes) say(e Entry) {
	n.add(e)
	if n.held && e.Side == Guest {
		n.resumed(convo.Step{})
	}
}

// quoted answers the last message of the other side.
func (n *notes) quoted(s convo.Step) {
	e := n.speaks(s)
	for i := len(n.Entries) - 1; i >= 0; i-- {
		if q := n.Entries[i]; q.Kind == KindMessage && q.Side != e.Side {
			e.Quotes = []Quote{{Who: q.Who, Text: q.Text, Quotes: q.Quotes}}
			break
		}
	}
	n.say(e)
}

func (n *notes) attached(s convo.Step) {
	e := n.speaks(s)
	e.Text = s.Fields["text"]
	f := File{Name: s.Text, Type: s.Fields["type"], Size: s.Size()}
	if n.source.Open != nil {
		if data, err := n.source.Open(s.Text); err == nil {
			f = fileOf(f, data)
		}
	}
	e.Files = []File{f}
	n.say(e)
}

// last is somebody's last message; nil when there is none.
func (n *notes) last(who string) *Entry {
	for i := len(n.Entries) - 1; i >= 0; i-- {
		if e := &n.Entries[i]; e.Kind == KindMessage && e.Who == who {
			return e
		}
	}
	return nil
}

func (n *notes) edited(s convo.Step) {
	if e := n.last(s.Who); e != nil {
		e.Text, e.Edited = s.Text, true
	}
}

// deleted takes the message away, as a server does.
func (n *notes) deleted(s convo.Step) {
	e := n.last(s.Who)
	if e == nil {
		return
	}
	for i := range n.Entries {
		if &n.Entries[i] == e {
			n.Entries = append(n.Entries[:i:i], n.Entries[i+1:]...)
			return
		}
	}
}

// serve notes who serves the chat now.
func (n *notes) serve(agent string) {
	n.agent = agent
	for _, a := range n.Agents {
		if a == agent {
			return
		}
	}
	n.Agents = append(n.Agents, agent)
}

func (n *notes) waited(s convo.Step) {
	n.passed += s.Wait
	if !n.clock.IsZero() {
		n.clock = n.clock.Add(s.Wait)
	}
}

func (n *notes) taken(s convo.Step) {
	n.serve(s.Who)
	n.add(Entry{Kind: KindTaken, Who: s.Who})
}

func (n *notes) forwarded(s convo.Step) {
	to := join(" · ", s.Target.Department, s.Target.Agent)
	n.add(Entry{Kind: KindForwarded, From: n.Department, To: to, Who: n.agent})
	if s.Target.Department != "" {
		n.Department = s.Target.Department
	}
	n.agent = ""
	if s.Target.Agent != "" {
		n.serve(s.Target.Agent)
	}
}

func (n *notes) queued(convo.Step) {
	n.add(Entry{Kind: KindQueued, Who: n.agent})
	n.agent = ""
}

func (n *notes) putOnHold(convo.Step) {
	n.held = true
	n.add(Entry{Kind: KindHeld, Who: n.agent})
}

func (n *notes) resumed(s convo.Step) {
	who := n.agent
	if s.Kind == "" {
		who = "" // the guest's message did it
	}
	n.held = false
	n.add(Entry{Kind: KindResumed, Who: who})
}

func (n *notes) call(s convo.Step) {
	n.add(Entry{Kind: KindCall, Who: s.Who, Call: &Call{State: "offered"}})
	n.calling, n.since = true, n.passed
}

func (n *notes) offered(convo.Step) { n.call(convo.Step{Who: n.agent}) }

// joined says that somebody came. How long a call was counts from who came last.
func (n *notes) joined(s convo.Step) {
	n.add(Entry{Kind: KindCall, Who: s.Who, Call: &Call{State: "joined"}})
	n.since = n.passed
}

// hangup says of the call how long it was.
func (n *notes) hangup(convo.Step) {
	if n.calling {
		n.add(Entry{Kind: KindCall, Call: &Call{State: "ended", Duration: n.passed - n.since}})
		n.calling = false
	}
}

func (n *notes) closed(s convo.Step) { n.end(n.agent, s.Text) }

func (n *notes) left(s convo.Step) { n.end(n.Visitor.Name, s.Text) }

func (n *notes) end(by, comment string) {
	n.Closed, n.ClosedBy, n.Comment = n.clock, by, comment
	n.add(Entry{Kind: KindClosed, Who: by, Text: comment})
}
