package desk

import (
	"context"
	"hash/fnv"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// mode is what an agent can do in the chat that is open.
type mode string

const (
	writes mode = "writes" // serves it
	takes  mode = "takes"  // could
	looks  mode = "looks"  // may only look: another serves it, or it is over
)

// conversation is a chat as the page shows it.
type conversation struct {
	RID     string
	Earlier *earlier // nil when these are all
	Head    head
	Items   []item
	Foot    foot

	deeds []Deed
}

// head is what stands above a conversation.
type head struct {
	RID        string
	Direct     bool
	Name       string
	Department string
	Agent      string
	Tags       []string
	Open       bool
	OnHold     bool
	Mine       bool
	Call       *callApp
	OOB        bool
}

// foot is what stands below one.
type foot struct {
	RID     string
	Mode    mode
	Name    string
	Inquiry string
	Closed  bool
	Closing string
	Uploads bool
	OOB     bool
}

// item is one line of a conversation.
type item struct {
	ID       string
	Side     string // guest, mine, team, bot, note or deed
	Name     string
	Colour   int
	At       time.Time
	Body     template.HTML
	Quote    []attachment
	Files    []shownFile
	Edited   bool
	Call     string // link to our own call page
	Continue bool   // the same writer as above
	Old      bool   // put above those that are there
	Deed     *Deed
	Undo     string
	WhyNot   string
	RID      string
	OOB      string // htmx's word for where it goes; "" in a page
}

// continues is the state of a message by the same writer as the one above it.
const continues = "continues"

// state is how an item stands in the page: of a deed what may change, of a message
// whether it continues the one above, which an edit must not change.
func (it *item) state() string {
	switch {
	case it.Deed != nil:
		return it.Deed.Outcome + "/" + it.Undo
	case it.Continue:
		return continues
	}
	return ""
}

// shownFile is a file of a message.
type shownFile struct {
	Name, Link  string
	Picture     bool
	Width       int
	Height      int
	Description string
}

// viewer is for whom lines are made.
type viewer struct {
	me    string // id of the user; "" for a guest
	guest bool
	files string // where files are, with a slash
	host  string // this server's, for links to its call page
	found filter // what is searched for, of past chats
}

// line makes the item of a message; nil when it is not for people.
func (v viewer) line(m *message, before *message) *item {
	if m.Type != "" {
		return v.note(m)
	}
	it := &item{ID: "m-" + m.ID, Name: m.Writer(), Colour: colour(m.Writer()), At: m.TS.Time, Edited: !m.EditedAt.IsZero(), Side: v.side(m), RID: m.RID}
	it.Body = body(m.Msg)
	if v.found.re != nil {
		it.Body = v.found.marked(m.Msg)
	}
	it.Call = v.callLink(m.Msg)
	for _, a := range m.Attachments {
		if a.Link == "" {
			if a.Text != "" {
				it.Quote = append(it.Quote, a)
			}
			continue
		}
		it.Files = append(it.Files, v.shown(a))
	}
	it.Continue = before != nil && before.Type == "" && before.Writer() == m.Writer() && before.fromGuest() == m.fromGuest() && m.TS.Sub(before.TS.Time) < 5*time.Minute
	return it
}

func (v viewer) side(m *message) string {
	switch {
	case m.fromGuest():
		return "guest"
	case v.guest:
		return "team"
	case m.U.ID == v.me:
		return "mine"
	case m.U.Username == "bot" || m.U.Username == "rocket.cat":
		return "bot"
	}
	return "team"
}

// shown is a file of a message, below where this page gets files.
func (v viewer) shown(a attachment) shownFile {
	f := shownFile{Name: a.Title, Link: v.link(a.Link), Description: a.Description, Picture: a.Image != "" && pictures[a.ImageType] && a.Dimensions.Width > 0}
	f.Width, f.Height = fit(a.Dimensions.Width, a.Dimensions.Height)
	return f
}

var uploadPath = regexp.MustCompile(`^(?:https?://[^/]+)?/(?:file-upload|ufs/GridFS:Uploads)/([0-9A-Za-z]+)/(.*)$`)

func (v viewer) link(path string) string {
	hit := uploadPath.FindStringSubmatch(path)
	if hit == nil {
		return ""
	}
	name, err := url.PathUnescape(hit[2])
	if err != nil || name == "." || name == ".." { // the dots in a link mean no name
		name = "file"
	}
	return v.files + hit[1] + "/" + url.PathEscape(name)
}

// fit makes a picture's size one that a conversation has room for.
func fit(w, h int) (int, int) {
	const most = 280
	if w <= most && h <= most || w == 0 || h == 0 {
		return w, h
	}
	if w >= h {
		return most, max(1, h*most/w)
	}
	return max(1, w*most/h), most
}

// pictures are the kinds that browsers show and that run nothing.
var pictures = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

var linkForm = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]`)

// body is a text for a page: escaped, with its links to follow.
func body(text string) template.HTML {
	var b strings.Builder
	last := 0
	for _, at := range linkForm.FindAllStringIndex(text, -1) {
		link := template.HTMLEscapeString(text[at[0]:at[1]])
		b.WriteString(template.HTMLEscapeString(text[last:at[0]]))
		b.WriteString(`<a href="` + link + `" target="_blank" rel="noopener noreferrer nofollow">` + link + `</a>`)
		last = at[1]
	}
	b.WriteString(template.HTMLEscapeString(text[last:]))
	return template.HTML(b.String())
}

var callForm = regexp.MustCompile(`https?://([^/\s]+)/call/([0-9A-Za-z]{1,64})(?:[/?#\s]|$)`)

// callLink is the path of the call page, when the text invites to it.
func (v viewer) callLink(text string) string {
	hit := callForm.FindStringSubmatch(text)
	if hit == nil || hit[1] != v.host {
		return ""
	}
	return "/call/" + hit[2]
}

// colour is a number from 0 to 7 that a name always has.
func colour(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	return int(h.Sum32() % 8)
}

// note is the line of a system message.
func (v viewer) note(m *message) *item {
	say := notes[m.Type]
	if say == nil || v.guest && !guestNotes[m.Type] {
		return nil
	}
	text := say(v, m)
	if text == "" {
		return nil
	}
	return &item{ID: "m-" + m.ID, Side: "note", At: m.TS.Time, Body: body(text), RID: m.RID}
}

// guestNotes are the system messages that a guest sees.
var guestNotes = map[string]bool{"livechat-close": true, "livechat_transfer_history": true, "uj": true, "rm": true}

// notes say what a system message means.
var notes = map[string]func(viewer, *message) string{
	"livechat-started": func(viewer, *message) string { return word("note.started") },
	"uj":               func(_ viewer, m *message) string { return word("note.joined", m.Msg) },
	"ul":               func(_ viewer, m *message) string { return word("note.left", m.Msg) },
	"rm":               func(viewer, *message) string { return word("note.deleted") },
	"command": func(_ viewer, m *message) string {
		if m.Msg != "connected" {
			return ""
		}
		return word("note.took", m.U.Title())
	},
	"livechat-close": func(_ viewer, m *message) string {
		if m.Msg == "" {
			return word("note.closed", m.U.Title())
		}
		return word("note.closedwith", m.U.Title(), m.Msg)
	},
	"livechat_transfer_history":        func(v viewer, m *message) string { return v.moved(m.Transfer) },
	"livechat_transcript_history":      func(_ viewer, m *message) string { return word("note.transcript", m.U.Title()) },
	"livechat_navigation_history":      func(_ viewer, m *message) string { return word("note.page", m.Msg) },
	"omnichannel_placed_chat_on_hold":  func(_ viewer, m *message) string { return word("note.hold", m.U.Title()) },
	"omnichannel_on_hold_chat_resumed": func(_ viewer, m *message) string { return word("note.resumed", m.U.Title()) },
}

func (v viewer) moved(t *transfer) string {
	if t == nil {
		return ""
	}
	to := word("queue.the")
	switch {
	case t.To != nil:
		to = t.To.Title()
	case t.Department != nil:
		to = t.Department.Name
	}
	if v.guest {
		return word("note.movedguest", to)
	}
	if t.Comment != "" {
		return word("note.movedwith", t.By.Title(), to, t.Comment)
	}
	return word("note.moved", t.By.Title(), to)
}

// deedLine is the line of what Bellhop did.
func deedLine(r *room, d Deed) item {
	it := item{ID: "deed-" + d.Key, Side: "deed", At: d.At, Deed: &d, RID: r.ID}
	it.Undo, it.WhyNot = d.undo()
	return it
}

// lines are messages and deeds by time. A guest's page, which has no deeds, needs no
// room.
func (v viewer) lines(r *room, list []*message, deeds []Deed) []item {
	var out []item
	var before *message
	for _, m := range list {
		if v.found.re != nil && (m.Type != "" || !v.found.match(m.Msg)) {
			continue
		}
		if it := v.line(m, before); it != nil {
			out = append(out, *it)
			before = m
		}
	}
	for _, d := range deeds {
		out = append(out, deedLine(r, d))
	}
	slices.SortStableFunc(out, func(a, b item) int { return a.At.Compare(b.At) })
	for i := range out {
		if i == 0 || out[i-1].Side != out[i].Side {
			out[i].Continue = false
		}
	}
	return out
}

// deedsOf are what Bellhop did in a chat; none when nobody knows.
func (d *Desk) deedsOf(ctx context.Context, rid string) []Deed {
	if d.deeds == nil {
		return nil
	}
	list, err := d.deeds.Of(ctx, rid)
	if err != nil {
		d.log.Warn("Bellhop's records not read", "chat", rid, "err", err)
	}
	return list
}
