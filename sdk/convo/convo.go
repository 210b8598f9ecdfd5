package convo

import (
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// File is a conversation file.
type File struct {
	Comment  string // what stands before the first section
	Settings Text   // YAML
	Hours    Text
	Answers  Text
	State    map[string]string // what the instance remembers at the beginning; nil means nothing
	StateOf  string            // the version of the plugin that made it; "" means the present one
	Chats    []Chat
	Effects  []Text // one effect each
}

// Text is a part of a file as it was written.
type Text struct {
	Text string
	Line int // of its beginning in the file, counted from 1; 0 means unknown
}

// Chat is one conversation.
type Chat struct {
	Name   string // "" for `-- chat --`
	Guest  string // the visitor's name
	Agents []string
	Steps  []Step
	Line   int // of the section's head; 0 means unknown
}

// Step is one line of a chat: something that somebody does, or time that
// passes.
type Step struct {
	Kind   Kind
	Who    string            // say, edit, quote, file, delete, typing, join, command: whose it is; take, call, agent, staff: the agent's username; visitor: the name; webhook: the path; deed: the instance
	From   sdk.Sender        // say, edit, quote, file, delete, typing, join: sdk.Guest or sdk.Human
	Text   string            // say, edit, quote, command: the message; file: its name; close: the comment; transcript: the address; comment: the words; webhook: the body; schedule: the cron expression; staff: available or not-available; deed: the effect, see Deed; tag, untag: the tags, see Tags; page: the address
	Wait   time.Duration     // wait
	Target sdk.Target        // forward
	Fields map[string]string // visitor: what stands behind the name; contact: what is changed; file: its type, size and text; command: see Roles and InThread; staff: the departments
	Line   int               // in the file, counted from 1; 0 means unknown
}

// Kind says what a step is.
type Kind string

// What a line can be.
const (
	Visitor    Kind = "visitor"
	Agent      Kind = "agent"
	Say        Kind = "say"
	Wait       Kind = "wait"
	Take       Kind = "take"
	Forward    Kind = "forward"
	Queue      Kind = "queue"
	Hold       Kind = "hold"
	Resume     Kind = "resume"
	Edit       Kind = "edit"
	Quote      Kind = "quote"
	Attach     Kind = "file"
	Delete     Kind = "delete"
	Typing     Kind = "typing"
	Call       Kind = "call"
	Hangup     Kind = "hangup"
	Offer      Kind = "offer"
	Join       Kind = "join"
	Missed     Kind = "missed"
	Failed     Kind = "failed"
	Deed       Kind = "deed"
	Tag        Kind = "tag"
	Untag      Kind = "untag"
	Page       Kind = "page"
	Contact    Kind = "contact"
	Staff      Kind = "staff"
	Command    Kind = "command"
	Webhook    Kind = "webhook"
	Schedule   Kind = "schedule"
	Enable     Kind = "enable"
	Disable    Kind = "disable"
	Transcript Kind = "transcript"
	Close      Kind = "close"
	Leave      Kind = "leave"
	Comment    Kind = "comment"
)

// Keys of a visitor line that have a meaning of their own.
const (
	keyDepartment = "department"
	keyEmail      = "email"
	keyPhone      = "phone"
	keyLanguage   = "language"
	keyName       = "name" // on a contact line only
)

var ownKeys = []string{keyDepartment, keyEmail, keyPhone, keyLanguage}

// Tags are those that a tag or untag line names.
func (s Step) Tags() []string {
	var tags []string
	for _, tag := range strings.Split(s.Text, ",") {
		if tag = trim(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// Department is the department that a visitor line names; "" means none.
func (s Step) Department() string { return s.Fields[keyDepartment] }

// Visitor is who a visitor line describes. It has no ID and no username.
func (s Step) Visitor() sdk.Visitor { return s.Change(sdk.Visitor{Name: s.Who}) }

// Change is the visitor after what a contact line, or a visitor line, says.
func (s Step) Change(v sdk.Visitor) sdk.Visitor {
	custom := map[string]string{}
	for k, value := range v.Fields {
		custom[k] = value
	}
	for _, k := range sdk.Keys(s.Fields) {
		value := s.Fields[k]
		switch {
		case k == keyDepartment:
		case k == keyLanguage:
			v.Language = value
		case k == keyEmail:
			v.Emails = []string{value}
		case k == keyPhone:
			v.Phones = []string{value}
		case k == keyName && s.Kind == Contact:
			v.Name = value
		default:
			custom[k] = value
		}
	}
	if v.Fields = custom; len(custom) == 0 {
		v.Fields = nil
	}
	return v
}

// add appends a step and notes who takes part.
func (c *Chat) add(s Step) {
	c.Steps = append(c.Steps, s)
	switch {
	case s.Kind == Visitor:
		c.Guest = s.Who
	case s.Kind == Agent, s.Kind == Take, s.Kind == Call, s.From == sdk.Human:
		c.agent(s.Who)
	case s.Kind == Forward && s.Target.Agent != "":
		c.agent(s.Target.Agent)
	}
}

func (c *Chat) agent(name string) {
	for _, a := range c.Agents {
		if a == name {
			return
		}
	}
	c.Agents = append(c.Agents, name)
}
