package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host/text"
)

// Conversation is what a transcript tells. Only Entries matter to the layout:
// an empty field is left out, a zero time is "unknown".
type Conversation struct {
	Title      string    `json:"title,omitempty"` // "" means "Conversation with" and the visitor
	Workspace  string    `json:"workspace,omitempty"`
	ChatID     string    `json:"chat_id,omitempty"`
	Visitor    Visitor   `json:"visitor"`
	Agents     []string  `json:"agents,omitempty"` // names, in the order in which they took the chat
	Department string    `json:"department,omitempty"`
	Opened     time.Time `json:"opened,omitzero"`
	Closed     time.Time `json:"closed,omitzero"` // zero also if the chat is open
	ClosedBy   string    `json:"closed_by,omitempty"`
	Comment    string    `json:"comment,omitempty"` // given when it was closed
	Tags       []string  `json:"tags,omitempty"`
	Entries    []Entry   `json:"entries"` // in the order in which they are shown

	Zone     *time.Location `json:"-"`                  // the visitor's; nil means UTC
	Language string         `json:"language,omitempty"` // of headings, as "de" or "pt-BR"; "" means that of the guest's messages, if it is sure; unknown ones mean English

	timeless bool // no entry has a time, so that none is missed
}

// Visitor is the guest.
type Visitor struct {
	Name     string `json:"name,omitempty"`
	Username string `json:"username,omitempty"`
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
}

// Kind says what an entry is.
type Kind string

// The kinds of entries. All but KindMessage are shown as one grey line.
const (
	KindMessage   Kind = "message"
	KindForwarded Kind = "forwarded" // Who forwarded it From somewhere To somewhere
	KindQueued    Kind = "queued"    // Who gave it back to the queue
	KindTaken     Kind = "taken"     // Who took it
	KindClosed    Kind = "closed"    // Who closed it
	KindHeld      Kind = "held"      // Who put it on hold
	KindResumed   Kind = "resumed"
	KindCall      Kind = "call" // see Call
	KindNote      Kind = "note" // Text, said by nobody
)

// Side says whose message it is.
type Side string

// The sides of a conversation.
const (
	Guest  Side = "guest"
	Agent  Side = "agent"
	Bot    Side = "bot"
	System Side = "system" // shown like a note
)

// Entry is a message or something that happened.
type Entry struct {
	Kind   Kind      `json:"kind"` // "" means KindMessage
	At     time.Time `json:"at,omitzero"`
	Side   Side      `json:"side,omitempty"` // of a message; "" means Guest
	Who    string    `json:"who,omitempty"`
	Text   string    `json:"text,omitempty"` // of other kinds than messages: a comment
	Edited bool      `json:"edited,omitempty"`
	Quotes []Quote   `json:"quotes,omitempty"`
	Files  []File    `json:"files,omitempty"`
	From   string    `json:"from,omitempty"` // a department or agent
	To     string    `json:"to,omitempty"`
	Call   *Call     `json:"call,omitempty"`
}

// Quote is a message that another one answers.
type Quote struct {
	Who    string  `json:"who,omitempty"`
	Text   string  `json:"text"`
	Quotes []Quote `json:"quotes,omitempty"` // what that one answered
}

// maxQuotes is how deep quotes in quotes are shown.
const maxQuotes = 8

// File is something that was sent.
type File struct {
	Name   string `json:"name"`
	Type   string `json:"type,omitempty"`   // media type
	Size   int64  `json:"size,omitempty"`   // bytes; 0 means unknown
	SHA256 string `json:"sha256,omitempty"` // in hex; "" means that of Image if there is one, else unknown

	// Image is a picture to show: PNG, JPEG, GIF, WebP, BMP or TIFF. It is not in the JSON
	// form, where SHA256 stands for it.
	Image []byte `json:"-"`
}

// Call is a voice or video call.
type Call struct {
	State    string        `json:"state,omitempty"` // "offered", "joined", "ended", "missed", "failed"; "unknown" and "" mean unknown
	URL      string        `json:"url,omitempty"`
	Duration time.Duration `json:"duration,omitempty"` // nanoseconds; 0 means unknown
}

// complete returns c with what its fields stand for when they are empty. It
// changes nothing that c points to.
func (c Conversation) complete() Conversation {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Language == "" {
		c.Language = c.guess()
	}
	if c.Title == "" {
		c.Title = c.words().Conversation + c.Visitor.label(c.words())
	}
	c.Opened, c.Closed = sane(c.Opened), sane(c.Closed)
	entries := make([]Entry, len(c.Entries)) // not nil: the JSON form has a list
	for i, e := range c.Entries {
		if e.Kind == "" {
			e.Kind = KindMessage
		}
		if e.Side == "" && e.Kind == KindMessage {
			e.Side = Guest
		}
		e.At = sane(e.At)
		e.Files = completeFiles(e.Files)
		entries[i] = e
	}
	c.Entries = entries
	c.timeless = !slices.ContainsFunc(entries, func(e Entry) bool { return !e.At.IsZero() })
	return c
}

// guess is the language in which the guest writes; "" if that is not sure.
func (c Conversation) guess() string {
	const enough, sure = 4 << 10, 0.8 // bytes; below this confidence one in ten is wrong
	var said strings.Builder
	for _, e := range c.Entries {
		if said.Len() < enough && (e.Side == Guest || e.Side == "") && (e.Kind == KindMessage || e.Kind == "") {
			said.WriteString(text.Cut(e.Text, enough) + "\n")
		}
	}
	tag, confidence := text.Language(said.String())
	if confidence < sure {
		return ""
	}
	return tag
}

// sane forgets a time that JSON cannot hold.
func sane(t time.Time) time.Time {
	if y := t.Year(); y < 1 || y > 9998 {
		return time.Time{}
	}
	return t
}

func completeFiles(files []File) []File {
	if len(files) == 0 {
		return nil
	}
	out := make([]File, len(files))
	for i, f := range files {
		if f.SHA256 == "" && f.Image != nil {
			f.SHA256 = digestOf(f.Image)
		}
		if f.Size == 0 {
			f.Size = int64(len(f.Image))
		}
		out[i] = f
	}
	return out
}

// fileOf is the file with what its bytes tell.
func fileOf(f File, data []byte) File {
	f.Size, f.SHA256 = int64(len(data)), digestOf(data)
	kind := http.DetectContentType(data)
	if f.Type == "" && !strings.HasPrefix(kind, "application/octet-stream") {
		f.Type, _, _ = strings.Cut(kind, ";")
	}
	if strings.HasPrefix(kind, "image/") || strings.HasPrefix(f.Type, "image/") {
		f.Image = data
	}
	return f
}

// digestOf is the SHA-256 in hex.
func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (v Visitor) label(w *words) string {
	for _, s := range []string{v.Name, v.Username, v.Email, v.Phone} {
		if s != "" {
			return s
		}
	}
	return w.Guest
}
