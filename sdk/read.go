package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kinds of reads. An instance makes those of its grants.reads; history, search,
// files, contact and page of a chat that it may act on need no grant.
const (
	ReadHistory  = "history"
	ReadSearch   = "search"
	ReadFiles    = "files"
	ReadChat     = "chat"
	ReadChats    = "chats"
	ReadClassify = "classify"
	ReadFetch    = "fetch" // of grants.hosts
	ReadAsk      = "ask"

	ReadContact     = "contact"
	ReadPage        = "page" // which the guest is on
	ReadPast        = "past" // PastChats
	ReadContacts    = "contacts"
	ReadDepartments = "departments"
	ReadAgents      = "agents"
	ReadHours       = "hours" // the workspace's own
	ReadDeeds       = "deeds"
)

// ReadKinds are all kinds, in the order in which they are documented.
var ReadKinds = []string{ReadHistory, ReadSearch, ReadFiles, ReadChat, ReadChats, ReadClassify, ReadFetch, ReadAsk, ReadDepartments, ReadAgents, ReadContact, ReadPage, ReadPast, ReadContacts, ReadHours, ReadDeeds}

// Limits of what a read gives. An answer has at most 256 KiB, all that are
// given for one event at most 1 MiB, and a handler makes at most 32 reads.
const (
	MaxHistory = 1000 // messages
	MaxFound   = 100  // messages that a search finds, or chats
	MaxPattern = 1024 // bytes
)

// History is the newest n messages of the chat, the oldest first, whole and not
// cut as in Last; fewer when there are no more, or when they are longer than an
// answer may be. It is the chat as the host finds it now, so messages may be
// among them that came after the event.
func (c *Chat) History(n int) ([]Message, error) {
	var found []Message
	if n < 1 || n > MaxHistory {
		return nil, fmt.Errorf("history of %d messages: ask for 1 to %d", n, MaxHistory)
	}
	err := c.read("History", ReadHistory, Question{Max: n}, &found)
	return found, err
}

// HistorySince is History from a time on: the newest 1000 messages at most.
func (c *Chat) HistorySince(at time.Time) ([]Message, error) {
	var found []Message
	err := c.read("HistorySince", ReadHistory, Question{Max: MaxHistory, Since: &at}, &found)
	return found, err
}

// Search finds the messages of the chat that hold the text, the oldest first;
// of more than 100 the newest. Case and accents make no difference. Between
// slashes, as in /error\d{3}/, stands a regular expression in the syntax of
// package regexp; (?i) at its beginning ignores case.
func (c *Chat) Search(pattern string) ([]Message, error) {
	var found []Message
	err := c.read("Search", ReadSearch, Question{Text: pattern}, &found)
	return found, err
}

// Files are the files of the chat, the newest last, that are of a kind (see
// [File.Kind]) or whose name holds the text, whatever its case. "" means all.
func (c *Chat) Files(what string) ([]File, error) {
	var found []File
	err := c.read("Files", ReadFiles, Question{Text: what}, &found)
	return found, err
}

// Chat is a chat with all its verbs, for handlers that have none, or another
// one: those of commands, webhooks and schedules. What is asked of it assumes
// that department and agent stay those that it has in the answer. It has no
// State here.
func (p *Plugin) Chat(id ChatID) (*Chat, error) {
	c := &Chat{}
	if err := p.read("Chat", ReadChat, Question{Chat: id}, c); err != nil {
		return nil, err
	}
	c.run = p.run
	return c, nil
}

// ChatFilter chooses among the open chats. What is empty is not asked for.
type ChatFilter struct {
	Department string        `json:"department,omitempty"` // name or id
	Agent      string        `json:"agent,omitempty"`      // username
	Status     Status        `json:"status,omitempty"`
	Tag        string        `json:"tag,omitempty"`     // whatever its case and accents
	Waiting    time.Duration `json:"waiting,omitempty"` // the guest has waited that long at least
	Guest      string        `json:"guest,omitempty"`   // a part of the guest's name or username, whatever its case, or the chat's id
}

// Chats are the open chats that fit, those that were opened first first, with
// all verbs but without Last; at most 100.
func (p *Plugin) Chats(f ChatFilter) ([]*Chat, error) {
	var found []*Chat
	if err := p.read("Chats", ReadChats, Question{Filter: &f}, &found); err != nil {
		return nil, err
	}
	for _, c := range found {
		c.run = p.run
	}
	return found, nil
}

// Classify chooses at most max of the labels that fit the text. What chooses
// is the host's business: a model where one is configured. The error says why
// nobody could choose; a plugin then falls back to its own rules.
func (p *Plugin) Classify(text string, labels []string, max int) ([]string, error) {
	chosen, err := p.Choose(text, labels, max)
	return chosen.Labels, err
}

// Choice is what Choose has chosen.
type Choice struct {
	Labels     []string `json:"labels"`               // as offered, best first; none if no label fits
	Confidence float64  `json:"confidence,omitempty"` // from 0 to 1, by the chooser's own account
	Source     string   `json:"source,omitempty"`     // who has chosen, such as "model qwen3:8b"
	Words      []string `json:"words,omitempty"`      // of the text, which spoke most for the first label, folded; none where the chooser does not say
}

// Choose is Classify that says how sure the choice is, and whose.
func (p *Plugin) Choose(text string, labels []string, max int) (Choice, error) {
	var chosen Choice
	err := p.read("Choose", ReadClassify, Question{Text: text, Labels: labels, Max: max}, &chosen)
	return chosen, err
}

// Kind says in a word what the file is, by its type or, where none is known,
// its name: image, pdf, audio, video, text or other.
func (f File) Kind() string {
	kind := strings.ToLower(f.Type)
	if kind == "" || kind == "application/octet-stream" {
		kind = typeByName(f.Name)
	}
	for _, k := range fileKinds {
		if strings.HasPrefix(kind, k.begins) {
			return k.kind
		}
	}
	return "other"
}

var fileKinds = []struct{ begins, kind string }{
	{"image/", "image"}, {"audio/", "audio"}, {"video/", "video"}, {"text/", "text"},
	{"application/pdf", "pdf"}, {"application/json", "text"}, {"application/xml", "text"},
}

func typeByName(name string) string {
	dot := strings.LastIndexByte(name, '.')
	return typeByEnding[strings.ToLower(name[dot+1:])]
}

var typeByEnding = map[string]string{
	"png": "image/", "jpg": "image/", "jpeg": "image/", "gif": "image/", "webp": "image/", "heic": "image/", "bmp": "image/", "svg": "image/",
	"pdf": "application/pdf", "mp3": "audio/", "ogg": "audio/", "wav": "audio/", "m4a": "audio/", "mp4": "video/", "mov": "video/", "webm": "video/",
	"txt": "text/", "md": "text/", "csv": "text/", "log": "text/", "json": "text/", "xml": "text/", "html": "text/",
}

// Question is what a read asks of the host. Plugins make one by the verbs that
// read and never by hand.
type Question struct {
	Chat   ChatID      `json:"chat,omitempty"`   // history, search, files, contact, page, past, deeds: of which; chat: which one
	Text   string      `json:"text,omitempty"`   // search: the pattern; files: the kind or a part of the name; classify: what is classified; agents: of which department; contacts: a part of name, address or number
	Labels []string    `json:"labels,omitempty"` // classify
	Max    int         `json:"max,omitempty"`    // history: messages; classify: labels
	Since  *time.Time  `json:"since,omitempty"`  // history; nil means from the beginning
	Filter *ChatFilter `json:"filter,omitempty"` // chats

	URL     string   `json:"url,omitempty"`     // fetch
	Headers []Header `json:"headers,omitempty"` // fetch
	Prompt  *Prompt  `json:"prompt,omitempty"`  // ask
}

// Read is something that the host must look up before the handler can go on.
type Read struct {
	Kind string          `json:"kind"` // one of ReadKinds
	Args json.RawMessage `json:"args"` // a Question
}

// Answer is a read with what came of it. It is kept with the event, so that a
// retry or a replay does not ask again.
type Answer struct {
	Read  Read            `json:"read"`
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

func (c *Chat) read(verb, kind string, q Question, into interface{}) error {
	q.Chat = c.ID
	return c.mustRun(verb).read(kind, q, into)
}

func (p *Plugin) read(verb, kind string, q Question, into interface{}) error {
	if p.run == nil {
		return fmt.Errorf("%s is called outside a handler", verb)
	}
	return p.run.read(kind, q, into)
}

// read gives the recorded answer, or parks the run.
func (r *run) read(kind string, q Question, into interface{}) error {
	b, err := json.Marshal(q)
	if err != nil {
		return fmt.Errorf("ask %s: %w", kind, err)
	}
	for _, a := range r.call.Answers {
		if a.Read.Kind != kind || string(a.Read.Args) != string(b) {
			continue
		}
		if a.Error != "" {
			return errors.New(a.Error)
		}
		return json.Unmarshal(a.Value, into)
	}
	r.parked = &Read{Kind: kind, Args: b}
	panic(park{})
}
