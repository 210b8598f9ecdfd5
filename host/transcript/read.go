package transcript

import (
	"bytes"
	"fmt"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// Read reads what is to be written down: a conversation file (see package
// convo), or lines of JSON as [convo.FromJSON] knows them. Name stands in the
// errors. A file says how much time passes and not when it began: the first
// message was at start, or, if that is zero, nobody knows when.
func Read(name string, data []byte, start time.Time) ([]Conversation, error) {
	var all []Conversation
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		for n, line := range bytes.Split(data, []byte("\n")) {
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			c, err := convo.FromJSON(line)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, n+1, err)
			}
			all = append(all, FromChat(c, start))
		}
		return all, nil
	}
	f, err := convo.Parse(name, data)
	if err != nil {
		return nil, err
	}
	for _, c := range f.Chats {
		all = append(all, FromChat(c, start))
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: it has no chat: write one under a line -- chat --", name)
	}
	return all, nil
}

// FromChat is a chat of a conversation file as a transcript tells it, see [Read].
func FromChat(chat convo.Chat, start time.Time) Conversation {
	n := &notes{clock: start, Conversation: Conversation{ChatID: chat.Name, Opened: start}}
	for _, s := range chat.Steps {
		if note := noting[s.Kind]; note != nil {
			note(n, s)
		}
	}
	return n.Conversation
}

// notes are taken while a chat is read.
type notes struct {
	Conversation
	clock time.Time // zero if nobody knows
	agent string    // who serves the chat
}

var noting = map[convo.Kind]func(*notes, convo.Step){
	convo.Visitor: (*notes).visitor,
	convo.Say:     (*notes).said,
	convo.Wait:    (*notes).waited,
	convo.Take:    (*notes).taken,
	convo.Forward: (*notes).forwarded,
	convo.Close:   (*notes).closed,
	convo.Leave:   (*notes).left,
}

func (n *notes) add(e Entry) {
	e.At = n.clock
	n.Entries = append(n.Entries, e)
}

func (n *notes) visitor(s convo.Step) {
	n.Visitor = Visitor{Name: s.Who, Email: s.Fields["email"], Phone: s.Fields["phone"]}
	n.Language = s.Fields["language"]
	if n.Department == "" {
		n.Department = s.Fields["department"]
	}
}

func (n *notes) said(s convo.Step) {
	side := Guest
	if s.From == sdk.Human {
		side = Agent
		n.serve(s.Who)
	}
	n.add(Entry{Side: side, Who: s.Who, Text: s.Text})
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

func (n *notes) closed(s convo.Step) { n.end(n.agent, s.Text) }

func (n *notes) left(s convo.Step) { n.end(n.Visitor.Name, s.Text) }

func (n *notes) end(by, comment string) {
	n.Closed, n.ClosedBy, n.Comment = n.clock, by, comment
	n.add(Entry{Kind: KindClosed, Who: by, Text: comment})
}
