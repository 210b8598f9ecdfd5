package sdk

import (
	"errors"
	"fmt"
	"time"
)

// EffectKind says what an effect does.
type EffectKind string

// What a handler can ask for. How each is made safe to repeat stands in the
// table of package bridge.
const (
	EffectReply      EffectKind = "reply"      // a message in the chat: the guest sees it
	EffectTell       EffectKind = "tell"       // a direct message to the chat's agent: the guest never sees it
	EffectForward    EffectKind = "forward"    // the chat goes to a department or an agent
	EffectClose      EffectKind = "close"      // the chat ends
	EffectTag        EffectKind = "tag"        // tags are added
	EffectUntag      EffectKind = "untag"      // tags are taken away
	EffectTranscript EffectKind = "transcript" // the conversation is delivered
	EffectCall       EffectKind = "call"       // a call is offered by a link
	EffectAnswer     EffectKind = "answer"     // a direct message to who gave a command
	EffectFile       EffectKind = "file"       // a file is sent into the chat: the guest sees it
	EffectTyping     EffectKind = "typing"     // the guest sees that somebody writes
	EffectEdit       EffectKind = "edit"       // a message of Bellhop gets another text
	EffectDelete     EffectKind = "delete"     // a message of Bellhop is deleted
	EffectDirect     EffectKind = "direct"     // a direct message to somebody of the workspace
	EffectPost       EffectKind = "post"       // a message in a room for people of the workspace
	EffectMail       EffectKind = "mail"       // a mail
	EffectRequest    EffectKind = "request"    // another system is asked to change something

	EffectTake     EffectKind = "take"     // a chat that waits gets an agent
	EffectQueue    EffectKind = "queue"    // the chat goes back to where it waits
	EffectHold     EffectKind = "hold"     // the chat is put on hold
	EffectResume   EffectKind = "resume"   // it goes on
	EffectField    EffectKind = "field"    // a custom field of the chat is set
	EffectPriority EffectKind = "priority" // the chat gets a priority
	EffectContact  EffectKind = "contact"  // what is known of the person behind the chat is changed
	EffectStatus   EffectKind = "status"   // an agent becomes available, or not; it is on no chat
	EffectUndo     EffectKind = "undo"     // what an effect has done in the chat is taken back
)

// EffectKinds are all kinds, in the order in which they are documented.
var EffectKinds = []EffectKind{
	EffectReply, EffectTell, EffectForward, EffectClose, EffectTag, EffectUntag, EffectTranscript, EffectCall, EffectAnswer,
	EffectFile, EffectTyping, EffectEdit, EffectDelete, EffectDirect, EffectPost, EffectMail, EffectRequest,
	EffectTake, EffectQueue, EffectHold, EffectResume, EffectField, EffectPriority, EffectContact, EffectStatus, EffectUndo,
}

// Effect is something that a handler asked for. Plugins make one by the verbs
// of Chat and never by hand.
type Effect struct {
	Kind     EffectKind    `json:"kind"`
	Chat     ChatID        `json:"chat,omitempty"`     // that is meant; "" means that of the event
	Text     string        `json:"text,omitempty"`     // reply, tell, call, answer, edit, direct, post: the message; close: the comment
	Target   Target        `json:"target"`             // forward: where to; take, status: which agent
	Fallback []Target      `json:"fallback,omitempty"` // forward: tried in order when nobody is at the target
	Public   string        `json:"public,omitempty"`   // forward: the comment, which reaches the guest's browser
	Tags     []string      `json:"tags,omitempty"`     // tag, untag
	Delivery *Delivery     `json:"delivery,omitempty"` // transcript
	Message  MessageID     `json:"message,omitempty"`  // edit, delete: which
	To       string        `json:"to,omitempty"`       // direct: a username; post: a room's name
	File     *Upload       `json:"file,omitempty"`     // file
	Mail     *Mail         `json:"mail,omitempty"`     // mail
	Request  *Request      `json:"request,omitempty"`  // request
	Field    string        `json:"field,omitempty"`    // field: its name
	Value    string        `json:"value,omitempty"`    // field: what it is to hold; priority: its name; status: Available or NotAvailable
	Contact  *ContactEdit  `json:"contact,omitempty"`  // contact
	Undoes   EffectKey     `json:"undoes,omitempty"`   // undo: which effect
	Thread   bool          `json:"thread,omitempty"`   // tell, answer, direct: it stands in the thread of its chat, see About
	Reason   string        `json:"reason,omitempty"`   // why, for agents and admins; the guest never sees it
	Rule     string        `json:"rule,omitempty"`     // the rule that asked for it
	NotAfter time.Duration `json:"notAfter,omitempty"` // counted from the event; 0 means the kind's own
}

// Target is where a chat goes: a department, an agent, or an agent within a
// department. In settings it may say instead how one is chosen; Forward needs
// one that is chosen.
type Target struct {
	Department string `json:"department,omitempty"` // name or id
	Agent      string `json:"agent,omitempty"`      // username
	LeastBusy  string `json:"least_busy,omitempty"` // the available agent of this department with the fewest open chats
	LastAgent  bool   `json:"last_agent,omitempty"` // who served the guest's last chat, within the department if that is named
	Queue      bool   `json:"queue,omitempty"`      // nobody: the chat waits again, in its department
}

// Department is a department as a target, by its name or id.
func Department(name string) Target { return Target{Department: name} }

// Agent is an agent as a target, by username.
func Agent(username string) Target { return Target{Agent: username} }

// IsZero reports whether no target is meant.
func (t Target) IsZero() bool { return t == Target{} }

// Chosen reports whether it is a department or an agent, and not a way to choose.
func (t Target) Chosen() bool { return t.LeastBusy == "" && !t.LastAgent && !t.Queue }

// String is "Billing", "@alice" or "Billing @alice"; or "least busy of Billing",
// "last agent", "last agent of Billing" or "queue".
func (t Target) String() string {
	switch {
	case t.Queue:
		return "queue"
	case t.LeastBusy != "":
		return "least busy of " + t.LeastBusy
	case t.LastAgent && t.Department != "":
		return "last agent of " + t.Department
	case t.LastAgent:
		return "last agent"
	case t.Agent == "":
		return t.Department
	case t.Department == "":
		return "@" + t.Agent
	}
	return t.Department + " @" + t.Agent
}

// Delivery is how a transcript reaches people. At least one way must be named.
type Delivery struct {
	Mail    []string `json:"mail,omitempty"`    // addresses, each of which gets a mail with HTML, text and PDF
	Direct  bool     `json:"direct,omitempty"`  // the PDF goes into the direct messages of the chat's agent
	Chat    bool     `json:"chat,omitempty"`    // the PDF goes into the chat, which must be open; the guest sees it
	Subject string   `json:"subject,omitempty"` // "" means the default
	ReplyTo string   `json:"replyTo,omitempty"` // where answers to the mail go; "" means to the sender

	After   time.Duration `json:"after,omitempty"`   // how long after the event it goes out, at most MaxAfter; 0 means at once
	Server  bool          `json:"server,omitempty"`  // Rocket.Chat's own transcript instead of Bellhop's: see SendTranscript
	AtClose bool          `json:"atClose,omitempty"` // with Server: the mail goes out when the chat ends, if it is open
}

// MaxAfter is how long a transcript may wait: what is not sent within a week
// after the event is not sent at all.
const MaxAfter = 6 * 24 * time.Hour

// Option refines an effect.
type Option struct{ apply func(*Effect) }

// Because says why an effect is asked for. Agents and admins read it; the
// guest never does.
func Because(format string, args ...interface{}) Option {
	reason := fmt.Sprintf(format, args...)
	return Option{func(e *Effect) { e.Reason = reason }}
}

// PublicText is what may be said of a forward where the guest can read it.
func PublicText(text string) Option {
	return Option{func(e *Effect) { e.Public = text }}
}

// Otherwise names where a forward goes when nobody is at its target.
func Otherwise(targets ...Target) Option {
	return Option{func(e *Effect) { e.Fallback = append(e.Fallback, targets...) }}
}

// NotAfter drops the effect when it could not be carried out within d after
// the event. Without it, what a guest sees or what moves a chat is dropped
// after 10 minutes, and all else after 7 days.
func NotAfter(d time.Duration) Option {
	return Option{func(e *Effect) { e.NotAfter = d }}
}

// Reply writes to the guest. The agent sees it too.
func (c *Chat) Reply(text string, opts ...Option) {
	c.ask(Effect{Kind: EffectReply, Text: text}, opts)
}

// TellAgent writes a direct message to the agent of the chat. The guest never
// sees it. When nobody serves the chat it is refused.
func (c *Chat) TellAgent(text string, opts ...Option) {
	c.ask(Effect{Kind: EffectTell, Text: text}, opts)
}

// Forward moves the chat. To where the chat already is, it is done at once
// and moves nothing.
func (c *Chat) Forward(to Target, opts ...Option) {
	c.ask(Effect{Kind: EffectForward, Target: to}, opts)
}

// Close ends the chat. The guest sees the comment.
func (c *Chat) Close(comment string, opts ...Option) {
	c.ask(Effect{Kind: EffectClose, Text: comment}, opts)
}

// Tag adds tags. Tags that the chat has already stay as they are. It works on
// closed chats too.
func (c *Chat) Tag(tags []string, opts ...Option) {
	c.ask(Effect{Kind: EffectTag, Tags: tags}, opts)
}

// Untag takes tags away that Bellhop itself has set. A person's tag stays.
func (c *Chat) Untag(tags []string, opts ...Option) {
	c.ask(Effect{Kind: EffectUntag, Tags: tags}, opts)
}

// SendTranscript delivers the conversation. "Done" means that the mail server
// or the workspace has accepted it, not that a person has it.
//
// With Delivery.Server it is Rocket.Chat's own transcript: a mail without a PDF,
// by the workspace's mail server, to one address; and with Direct the PDF that
// paid editions make of closed chats, once it is there. A chat holds one request
// for a mail at its end. From 8.0 on Rocket.Chat heeds no subject for a mail that
// goes out at once: where one is given, Bellhop sends its own.
func (c *Chat) SendTranscript(d Delivery, opts ...Option) {
	c.ask(Effect{Kind: EffectTranscript, Delivery: &d}, opts)
}

// StartCall offers a call: text goes to the guest with {link} replaced by the
// link, and the agent gets a link too. Without {link} the link is appended. What
// becomes of it is told by OnCall. It is refused while the chat has a call that
// was offered just now to the same agent, or in which somebody is.
func (c *Chat) StartCall(text string, opts ...Option) {
	c.ask(Effect{Kind: EffectCall, Text: text}, opts)
}

// ask asks for an effect on the chat, which may be another than the event's.
func (c *Chat) ask(e Effect, opts []Option) {
	r := c.mustRun(string(e.Kind))
	if c.ID != r.call.Event.Chat {
		e.Chat = c.ID
	}
	if c.ID == "" && r.alone() {
		r.fail(fmt.Errorf("%s needs a chat, and a %s event belongs to none", e.Kind, r.call.Event.Kind))
		return
	}
	r.ask(e, opts)
}

// OutcomeState says how an effect ended.
type OutcomeState string

// How an effect can end.
const (
	Done        OutcomeState = "done"
	Refused     OutcomeState = "refused"     // by grant, mode, limit or the workspace
	Overtaken   OutcomeState = "overtaken"   // what it assumed no longer holds, or it is too late
	Skipped     OutcomeState = "skipped"     // an earlier effect of the same decision on this chat was not done
	Unconfirmed OutcomeState = "unconfirmed" // it may have happened, and nothing can tell
	Undone      OutcomeState = "undone"      // it was done, and later taken back
)

// Outcome is how an effect ended and why.
type Outcome struct {
	State     OutcomeState `json:"state"`
	Reason    string       `json:"reason,omitempty"`    // empty only when done
	Detail    string       `json:"detail,omitempty"`    // what exactly was done, such as where a forward ended
	Unchanged bool         `json:"unchanged,omitempty"` // done, but all was so already: nothing was moved, tagged or changed
	Message   MessageID    `json:"message,omitempty"`   // that was sent, of several the one to the guest: EditMessage and DeleteMessage take it
	Event     EventID      `json:"event,omitempty"`     // done: the event that tells of it, as far as that is known
	Former    *Former      `json:"former,omitempty"`    // done: what was there before; nil means unknown, or that nothing can be put back
	Response  *Response    `json:"response,omitempty"`  // request: what was answered, its body cut at 16 KiB; nil when nothing was
	At        time.Time    `json:"at"`
}

// Former is what was there before an effect was carried out.
type Former struct {
	Value  string   `json:"value,omitempty"` // of the field; the name of the priority
	Target Target   `json:"target"`          // forward: where the chat was, the department by its id
	Tags   []string `json:"tags,omitempty"`  // untag: those that were taken away
}

// Result is the outcome of an effect that this plugin asked for.
type Result struct {
	Key     EffectKey `json:"key"`
	Effect  Effect    `json:"effect"`
	Outcome Outcome   `json:"outcome"`
}

// Skip is returned by a handler that looked and did nothing. The reason is
// kept. Together with an effect it is an error.
func Skip(format string, args ...interface{}) error {
	return &skip{fmt.Sprintf(format, args...)}
}

type skip struct{ reason string }

func (s *skip) Error() string { return s.reason }

// skipReason reports whether err is a Skip, and its reason.
func skipReason(err error) (string, bool) {
	var s *skip
	if errors.As(err, &s) {
		return s.reason, true
	}
	return "", false
}
