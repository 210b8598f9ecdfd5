package host

import (
	"cmp"
	"context"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Document is a conversation written down.
type Document struct {
	PDF     []byte
	HTML    string
	Text    string
	Inline  []mail.File // what HTML refers to
	Subject string      // for mails whose delivery has none, in the guest's language
	SHA256  string      // of the conversation, in hex, as each form names it

	NoPDF string // why there is none; "" means that there is one
	Page  string // instead of a PDF: HTML that refers to nothing; "" means none either

	// Missing names the characters for which the PDF shows boxes, as "U+0F56
	// U+0F7C"; "" if it shows all.
	Missing string
}

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
	if e.Delivery.Chat {
		d.share(ctx)
	}
	if e.Delivery.Direct && d.later == "" {
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
	r, err := h.chronicle(ctx, d.effect)
	if err != nil {
		return bridge.Later(err.Error())
	}
	d.chat = &r.chat
	t := h.conversation(ctx, r)
	if d.doc, err = h.opts.Services.Transcribe(t); err != nil {
		return refused("write transcript: " + err.Error())
	}
	if d.agents = d.doc; d.effect.Delivery.Direct && len(r.chat.Tags) > 0 {
		t.Tags = r.chat.Tags
		if d.agents, err = h.opts.Services.Transcribe(t); err != nil {
			return refused("write transcript: " + err.Error())
		}
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
	agents Document      // with what guests don't see: the tags
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
	file, ok := d.agents.file("transcript-" + string(bridge.MessageID(e.Key, 0)))
	if !ok {
		d.failed = append(d.failed, "nothing to @"+e.Agent.Username+": there is no PDF: "+d.agents.NoPDF)
		return
	}
	e.Kind, e.Delivery = bridge.EffectPDF, nil
	e.Attachment = &bridge.Attachment{Name: file.Name, Type: file.Type, Data: file.Data}
	d.give(ctx, e, d.agents.form()+" to @"+e.Agent.Username)
}

// share puts the PDF into the chat.
func (d *dispatch) share(ctx context.Context) {
	e := d.effect
	file, ok := d.doc.file("transcript-" + string(bridge.MessageID(e.Key, 1)))
	if !ok {
		d.failed = append(d.failed, "nothing into the chat: there is no PDF: "+d.doc.NoPDF)
		return
	}
	e.Kind, e.Delivery = sdk.EffectFile, nil
	e.File = &sdk.Upload{Name: file.Name, Type: file.Type, Data: file.Data}
	d.give(ctx, e, d.doc.form()+" into the chat")
}

// file is the PDF, or HTML if there is none; false if there is neither.
func (d Document) file(name string) (mail.File, bool) {
	if d.NoPDF == "" {
		return mail.File{Name: name + ".pdf", Type: "application/pdf", Data: d.PDF}, true
	}
	return mail.File{Name: name + ".html", Type: "text/html", Data: []byte(d.Page)}, d.Page != ""
}

// form is what file is.
func (d Document) form() string {
	if d.NoPDF == "" {
		return "PDF"
	}
	return "HTML"
}

// give has the workspace take a file, which goes where the words say.
func (d *dispatch) give(ctx context.Context, e bridge.Effect, where string) {
	switch o := d.host.workspace.Apply(ctx, e); o.State {
	case "":
		d.later = o.Reason
	case sdk.Done:
		d.done = append(d.done, where)
	default:
		d.failed = append(d.failed, where+": "+o.Reason)
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
	m := mail.Message{
		To: []string{address}, ReplyTo: d.effect.Delivery.ReplyTo, Subject: subject,
		Text: d.doc.Text, HTML: d.doc.HTML, Inline: d.doc.Inline, MessageID: d.host.messageID(d.effect, n),
	}
	if file, ok := d.doc.file("conversation"); ok {
		m.Attachments = []mail.File{file}
	}
	later, err := d.host.handOver(ctx, d.job, m)
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

// remarks are what the outcome tells of the document, after what became of it.
func (d Document) remarks() string {
	s := ""
	if d.SHA256 != "" {
		s += "; SHA-256 " + d.SHA256
	}
	if d.NoPDF != "" {
		s += "; without a PDF: " + d.NoPDF
	}
	if d.Missing != "" {
		s += "; in the PDF stand boxes for " + d.Missing + ", which no font has"
	}
	return s
}

func (d *dispatch) outcome() sdk.Outcome {
	o := sdk.Outcome{State: sdk.Done, Detail: strings.Join(d.done, ", "), Message: d.sent, At: d.host.clock.Now()}
	if o.Detail != "" {
		o.Detail += d.doc.remarks()
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
