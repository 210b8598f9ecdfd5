package sdk

import (
	"sort"
	"time"
)

// The workspace's own ids. They are opaque: compare them, do not build them.
type (
	ChatID    string // a livechat room's _id
	MessageID string // a message's _id
	EventID   string // made of server facts only, such as "message/<_id>"
	EffectKey string // "<instance>/<event>/<ordinal>"
)

// Status says where a chat stands.
type Status string

// A chat is in exactly one of these.
const (
	Queued Status = "queued" // open, and nobody serves it
	Taken  Status = "taken"  // open, and Chat.Agent serves it
	Held   Status = "held"   // open, put on hold by its agent
	Closed Status = "closed"
)

// Chat is one livechat conversation as it was when the event came. Its verbs
// (Reply, Forward, Tag, ...) work only inside a handler and only ask: see the
// package comment. Times are server times; a zero time means "not yet" or
// "unknown".
type Chat struct {
	ID           ChatID            `json:"id"`
	Status       Status            `json:"status"`
	Visitor      Visitor           `json:"visitor"`
	ContactID    string            `json:"contactId,omitempty"`    // of the person behind the visitor; "" before Rocket.Chat 7
	Department   string            `json:"department,omitempty"`   // its name, or its id when the name is unknown; "" means none
	DepartmentID string            `json:"departmentId,omitempty"` // "" means none
	Agent        Person            `json:"agent"`                  // who serves it; zero means nobody
	Topic        string            `json:"topic,omitempty"`
	Tags         []string          `json:"tags,omitempty"`
	Fields       map[string]string `json:"fields,omitempty"`  // room custom fields
	Channel      string            `json:"channel,omitempty"` // "widget", "email", ...; "" means unknown (before 4.0)

	OpenedAt     time.Time `json:"openedAt"`
	QueuedAt     time.Time `json:"queuedAt"`     // since when nobody serves it; zero while somebody does
	TakenAt      time.Time `json:"takenAt"`      // by its present agent
	HeldAt       time.Time `json:"heldAt"`       // since when it is on hold; zero when it is not, and when the server does not say
	WaitingSince time.Time `json:"waitingSince"` // the guest's first message that no person has answered; zero when none waits
	AnsweredAt   time.Time `json:"answeredAt"`   // a person's first answer
	ClosedAt     time.Time `json:"closedAt"`
	Closing      Closing   `json:"closing"` // zero while the chat is open

	Figures    Figures    `json:"figures"`            // as the workspace counts them
	Conference Conference `json:"conference"`         // the last one of the workspace itself; zero when there was none, or when it began before Bellhop saw the chat
	Forwards   int        `json:"forwards,omitempty"` // how often the chat was moved
	Last       []Message  `json:"last,omitempty"`     // the newest messages, oldest first: at most 20, each text cut at 2 KiB

	run *run // set while a handler runs
}

// Open reports whether the chat is not closed.
func (c *Chat) Open() bool { return c.Status != Closed }

// Answered reports whether a person has answered the guest at least once.
// Messages that Bellhop sent are no answer.
func (c *Chat) Answered() bool { return !c.AnsweredAt.IsZero() }

// Waiting is how long the guest has been waiting for a person's answer at the
// time of the event; 0 when nothing waits for one.
func (c *Chat) Waiting() time.Duration {
	if c.WaitingSince.IsZero() {
		return 0
	}
	return c.Now().Sub(c.WaitingSince).Round(time.Second)
}

// HasTag reports whether the chat carries the tag, compared as rules do:
// whatever case and accents, but outside a handler whatever case alone.
func (c *Chat) HasTag(tag string) bool {
	if len(c.Tags) == 0 || anyFold(c.Tags, tag) || c.run == nil || c.run.runner.engine == nil {
		return anyFold(c.Tags, tag)
	}
	return c.run.runner.engine(c, Rule{Tags: Names{tag}}, "", nil).Held
}

// Visitor is the guest of a chat.
type Visitor struct {
	ID       string            `json:"id"`
	Username string            `json:"username,omitempty"` // such as "guest-7"
	Name     string            `json:"name,omitempty"`
	Emails   []string          `json:"emails,omitempty"`
	Phones   []string          `json:"phones,omitempty"`
	Language string            `json:"language,omitempty"` // as the browser says; "" means unknown
	Fields   map[string]string `json:"fields,omitempty"`   // visitor custom fields
}

// Person is a user of the workspace.
type Person struct {
	ID       string `json:"id,omitempty"`
	Username string `json:"username,omitempty"`
	Name     string `json:"name,omitempty"`
}

// IsZero reports whether nobody is meant.
func (p Person) IsZero() bool { return p.ID == "" && p.Username == "" }

// Sender says which side a message came from.
type Sender string

// Who writes in a chat.
const (
	Guest  Sender = "guest"
	Human  Sender = "agent" // a person of the workspace
	Bot    Sender = "bot"   // Bellhop's own account
	System Sender = "system"
)

// Message is one message of a chat.
type Message struct {
	ID     MessageID `json:"id"`
	From   Sender    `json:"from"`
	By     Person    `json:"by"`
	Text   string    `json:"text,omitempty"` // in an event at most 64 KiB, cut between characters
	At     time.Time `json:"at"`
	Edited time.Time `json:"edited"` // zero when never
	Files  []File    `json:"files,omitempty"`
	Quotes []Quote   `json:"quotes,omitempty"` // what it answers; not in Chat.Last
}

// Quote is a message that another one answers, as it was then.
type Quote struct {
	By     string    `json:"by,omitempty"` // name or username, as the workspace shows people; "" means unknown
	Text   string    `json:"text,omitempty"`
	At     time.Time `json:"at"`               // zero means unknown
	Quotes []Quote   `json:"quotes,omitempty"` // what that one answered
}

// File is a file that was sent with a message. Its bytes stay on the server.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // a MIME type
	Size int64  `json:"size,omitempty"` // bytes; 0 means unknown
}

// Forwarding is how a chat moved.
type Forwarding struct {
	By             Person    `json:"by"` // zero when the server did it
	FromDepartment string    `json:"fromDepartment,omitempty"`
	ToDepartment   string    `json:"toDepartment,omitempty"`
	ToAgent        Person    `json:"toAgent"`
	ToQueue        bool      `json:"toQueue,omitempty"`
	Comment        string    `json:"comment,omitempty"`
	At             time.Time `json:"at"`
	Ours           bool      `json:"ours,omitempty"` // Bellhop's account did it
}

// Closing is how a chat ended.
type Closing struct {
	By        Person `json:"by"` // zero when the guest closed or nobody knows
	ByVisitor bool   `json:"byVisitor,omitempty"`
	Comment   string `json:"comment,omitempty"`
}

// EventKind says what happened.
type EventKind string

// What can happen. Each kind has a verb of its own on Plugin.
const (
	EventOpened    EventKind = "opened"
	EventQueued    EventKind = "queued"
	EventTaken     EventKind = "taken"
	EventMessage   EventKind = "message"
	EventEdited    EventKind = "edited"
	EventDeleted   EventKind = "deleted"
	EventTyping    EventKind = "typing"
	EventForwarded EventKind = "forwarded"
	EventHeld      EventKind = "held"
	EventResumed   EventKind = "resumed"
	EventCall      EventKind = "call"
	EventContact   EventKind = "contact"
	EventClosed    EventKind = "closed"
	EventTimer     EventKind = "timer"
	EventResult    EventKind = "result"
	EventDeed      EventKind = "deed" // another instance has done something

	// These belong to no chat.
	EventAgent    EventKind = "agent"    // an agent's availability or departments have changed
	EventCommand  EventKind = "command"  // an agent has written to Bellhop's account
	EventWebhook  EventKind = "webhook"  // another system has called
	EventSchedule EventKind = "schedule" // a time of Every has come
	EventEnabled  EventKind = "enabled"  // the instance was switched on
	EventDisabled EventKind = "disabled" // the instance is being switched off
	EventUpgraded EventKind = "upgraded" // the plugin has another version; see Migrate
)

// Event is one thing that happened, to one chat or, when Chat is "", to none.
type Event struct {
	ID         EventID     `json:"id"`
	Kind       EventKind   `json:"kind"`
	Chat       ChatID      `json:"chat"` // "" means none
	At         time.Time   `json:"at"`   // when it happened, server time; a timer's due time
	Message    *Message    `json:"message,omitempty"`
	Forwarding *Forwarding `json:"forwarding,omitempty"`
	Typing     *Typing     `json:"typing,omitempty"`
	Conference *Conference `json:"conference,omitempty"`
	Timer      string      `json:"timer,omitempty"`    // its name
	Instance   string      `json:"instance,omitempty"` // the only one that it is for; "" means all
	Result     *Result     `json:"result,omitempty"`
	Deed       *Deed       `json:"deed,omitempty"`

	Agent    *AgentChange    `json:"agent,omitempty"`
	Command  *Command        `json:"command,omitempty"`
	Webhook  *WebhookRequest `json:"webhook,omitempty"`
	Schedule string          `json:"schedule,omitempty"` // as Every was given it
	From     string          `json:"from,omitempty"`     // upgraded: the former version

	Late  bool      `json:"late,omitempty"`  // learned more than 15 minutes after it happened
	Cause EffectKey `json:"cause,omitempty"` // the effect of ours that brought it about; "" means a person or the server
	Depth int       `json:"depth,omitempty"` // how many of our effects led to it, one after another
}

// Keys are a map's keys in order. Plugins use it instead of ranging over a
// map, whose order differs from run to run.
func Keys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
