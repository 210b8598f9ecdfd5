package host

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Document is a conversation written down.
type Document struct {
	PDF     []byte
	HTML    string
	Text    string
	Inline  []mail.File // what HTML refers to
	Subject string      // for mails whose delivery has none, in the guest's language

	// Missing names the characters for which the PDF shows boxes, as "U+0F56
	// U+0F7C"; "" if it shows all.
	Missing string
}

// Pictures of a conversation that are put into a transcript.
const (
	maxPicture  = 5 << 20  // bytes of one
	maxPictures = 20 << 20 // bytes of all
)

// sendTranscript delivers the conversation: first as a file to the agent,
// which may be repeated, then by mail, which had better not be.
func (h *Host) sendTranscript(ctx context.Context, j *job, e bridge.Effect) sdk.Outcome {
	if e.Delivery.Server {
		return h.serverTranscript(ctx, j, e)
	}
	d := &dispatch{host: h, job: j, effect: e}
	if o := d.write(ctx); o.State != "" || o.Reason != "" {
		return o
	}
	if e.Delivery.Direct {
		d.direct(ctx)
	}
	for n, address := range e.Delivery.Mail {
		if d.later == "" {
			d.mail(ctx, n, address)
		}
	}
	return d.outcome()
}

// write writes the conversation down; an outcome that is not zero says why it
// can't.
func (d *dispatch) write(ctx context.Context) sdk.Outcome {
	h := d.host
	if h.opts.Services.Transcribe == nil {
		return refused("transcripts are not configured")
	}
	chat, messages, err := h.workspace.Conversation(ctx, d.effect.Chat)
	if err != nil {
		return bridge.Later(err.Error())
	}
	d.chat = &chat
	if d.doc, err = h.opts.Services.Transcribe(h.conversation(ctx, chat, messages)); err != nil {
		return refused("write transcript: " + err.Error())
	}
	return sdk.Outcome{}
}

// dispatch is one transcript on its ways to people.
type dispatch struct {
	host   *Host
	job    *job
	effect bridge.Effect
	chat   *sdk.Chat
	doc    Document
	later  string        // why another attempt is needed
	sent   sdk.MessageID // that tells of a mail of the server
	done   []string      // what has arrived where
	failed []string
	late   []string // what it is too late for
}

const nobodyServes = "nobody serves the chat, so nobody gets the PDF"

// direct puts the PDF into the direct messages of the chat's agent.
func (d *dispatch) direct(ctx context.Context) {
	e := d.effect
	if e.Agent.IsZero() {
		e.Agent = d.chat.Agent
	}
	if e.Agent.IsZero() {
		d.failed = append(d.failed, nobodyServes)
		return
	}
	e.Kind, e.Delivery = bridge.EffectPDF, nil
	e.Attachment = pdfOf(e)
	e.Attachment.Data = d.doc.PDF
	d.give(ctx, e)
}

// pdfOf is the agent's file, without its data.
func pdfOf(e bridge.Effect) *bridge.Attachment {
	return &bridge.Attachment{Name: "transcript-" + string(bridge.MessageID(e.Key, 0)) + ".pdf", Type: "application/pdf"}
}

// give has the agent get the PDF.
func (d *dispatch) give(ctx context.Context, e bridge.Effect) {
	switch o := d.host.workspace.Apply(ctx, e); o.State {
	case "":
		d.later = o.Reason
	case sdk.Done:
		d.done = append(d.done, "PDF to @"+e.Agent.Username)
	default:
		d.failed = append(d.failed, fmt.Sprintf("PDF to @%s: %s", e.Agent.Username, o.Reason))
	}
}

// mail hands a mail to the server, unless an earlier attempt has. The mail
// carries the same Message-ID on every attempt.
func (d *dispatch) mail(ctx context.Context, n int, address string) {
	if d.wasMailed(address) {
		return
	}
	if d.host.clock.Now().After(d.effect.Until) {
		d.late = append(d.late, "mail to "+address)
		return
	}
	subject := d.effect.Delivery.Subject
	if subject == "" {
		subject = cmp.Or(d.doc.Subject, "Your conversation with us")
	}
	later, err := d.host.handOver(ctx, d.job, mail.Message{
		To: []string{address}, Subject: subject, Text: d.doc.Text, HTML: d.doc.HTML, Inline: d.doc.Inline,
		Attachments: []mail.File{{Name: "conversation.pdf", Type: "application/pdf", Data: d.doc.PDF}},
		MessageID:   d.host.messageID(d.effect, n),
	})
	switch {
	case later != "":
		d.later = later
	case err != nil:
		d.failed = append(d.failed, "mail to "+address+": "+err.Error())
	default:
		d.mailed(address, sdk.Outcome{Detail: "mail to " + address + " accepted"})
	}
}

// mailed notes that the mail was accepted, also for the next attempt.
func (d *dispatch) mailed(address string, o sdk.Outcome) {
	if d.job.mailed == nil {
		d.job.mailed = map[string]sdk.Outcome{}
	}
	d.job.mailed[address] = o
	d.wasMailed(address)
}

func (d *dispatch) wasMailed(address string) bool {
	o, was := d.job.mailed[address]
	if was {
		d.done, d.sent = append(d.done, o.Detail), cmp.Or(o.Message, d.sent)
	}
	return was
}

func (d *dispatch) outcome() sdk.Outcome {
	o := sdk.Outcome{State: sdk.Done, Detail: strings.Join(d.done, ", "), Message: d.sent, At: d.host.clock.Now()}
	if o.Detail != "" && d.doc.Missing != "" {
		o.Detail += "; in the PDF stand boxes for " + d.doc.Missing + ", which no font has"
	}
	switch {
	case d.later != "":
		return bridge.Later(d.later)
	case len(d.failed) > 0:
		o.State, o.Reason = sdk.Refused, strings.Join(d.failed, "; ")
	case len(d.late) > 0 && d.job.doubt:
		o.State, o.Reason = sdk.Unconfirmed, joined(d.late)+": an earlier attempt may have sent it, and now it is too late"
	case len(d.late) > 0:
		o.State, o.Reason = sdk.Overtaken, joined(d.late)+": "+tooLate(d.effect)
	}
	return o
}

// conversation is the chat as a transcript tells it: what the guest could read
// and no more, so without tags.
func (h *Host) conversation(ctx context.Context, c sdk.Chat, messages []sdk.Message) transcript.Conversation {
	t := transcript.Conversation{
		ChatID:     string(c.ID),
		Visitor:    transcript.Visitor{Name: c.Visitor.Name, Username: c.Visitor.Username, Email: first(c.Visitor.Emails), Phone: first(c.Visitor.Phones)},
		Department: c.Department,
		Opened:     c.OpenedAt,
		Closed:     c.ClosedAt,
		ClosedBy:   personName(c.Closing.By),
		Comment:    c.Closing.Comment,
		Language:   c.Visitor.Language,
	}
	if c.Closing.ByVisitor {
		t.ClosedBy = visitorName(&c)
	}
	left := maxPictures
	for _, m := range messages {
		entry := transcript.Entry{Side: sides[m.From], Who: personName(m.By), At: m.At, Text: m.Text, Edited: !m.Edited.IsZero()}
		if m.From == sdk.Guest {
			entry.Who = visitorName(&c)
		}
		for _, f := range m.Files {
			entry.Files = append(entry.Files, h.file(ctx, f, &left))
		}
		if m.From == sdk.Human && !slices.Contains(t.Agents, entry.Who) {
			t.Agents = append(t.Agents, entry.Who)
		}
		if entry.Text != "" || len(entry.Files) > 0 {
			t.Entries = append(t.Entries, entry)
		}
	}
	return t
}

var sides = map[sdk.Sender]transcript.Side{
	sdk.Guest: transcript.Guest, sdk.Human: transcript.Agent, sdk.Bot: transcript.Bot, sdk.System: transcript.System,
}

// file is a file with its picture, if it is one, is small enough and can be
// had: a transcript without it is better than none.
func (h *Host) file(ctx context.Context, f sdk.File, left *int) transcript.File {
	t := transcript.File{Name: f.Name, Type: f.Type, Size: f.Size}
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, f.Type) || f.Size > maxPicture {
		return t
	}
	data, err := h.workspace.Download(ctx, f)
	if err != nil || len(data) > maxPicture || len(data) > *left {
		return t
	}
	*left -= len(data)
	t.Image = data
	return t
}

func personName(p sdk.Person) string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
