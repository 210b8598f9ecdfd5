package host

import (
	"context"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// serverTranscript has Rocket.Chat deliver its own transcript. What it can't do
// as asked for, Bellhop does: it sends the mail itself where the server would
// not heed the subject.
func (h *Host) serverTranscript(ctx context.Context, j *job, e bridge.Effect) sdk.Outcome {
	d := &dispatch{host: h, job: j, effect: e}
	if len(e.Delivery.Mail) > 0 { // first, since the PDF waits for the chat's end
		d.serverMail(ctx, e.Delivery.Mail[0])
	}
	if e.Delivery.Direct && d.later == "" {
		d.serverPDF(ctx)
	}
	return d.outcome()
}

// serverPDF has the server's PDF put into the direct messages of the chat's
// agent.
func (d *dispatch) serverPDF(ctx context.Context) {
	e := d.effect
	if e.Agent.IsZero() {
		known, err := d.host.store.Chat(e.Chat)
		if err != nil {
			d.later = err.Error()
			return
		}
		e.Agent = known.Chat.Agent
	}
	if e.Agent.IsZero() {
		d.failed = append(d.failed, nobodyServes)
		return
	}
	e.Kind, e.Delivery, e.Attachment = bridge.EffectServerPDF, nil, pdfOf(e)
	d.give(ctx, e, "PDF to @"+e.Agent.Username)
}

// pdfOf is the agent's file, without its data.
func pdfOf(e bridge.Effect) *bridge.Attachment {
	return &bridge.Attachment{Name: "transcript-" + string(bridge.MessageID(e.Key, 0)) + ".pdf", Type: "application/pdf"}
}

// serverMail has the server mail, unless an earlier attempt had it.
func (d *dispatch) serverMail(ctx context.Context, address string) {
	if d.wasMailed(address) {
		return
	}
	e := d.effect
	e.Kind, e.Claimed = bridge.EffectServerMail, d.host.claimed(e.Key)
	switch o := d.host.workspace.Apply(ctx, e); {
	case o.State == "":
		d.later = o.Reason
	case o.State == sdk.Done:
		d.mailed(address, o)
	case o.Reason == bridge.SubjectUnheeded:
		d.ownMail(ctx, address)
	default:
		d.failed = append(d.failed, "mail to "+address+": "+o.Reason)
	}
}

// ownMail sends Bellhop's mail where the server's would have another subject.
func (d *dispatch) ownMail(ctx context.Context, address string) {
	switch o := d.write(ctx); {
	case o.State == sdk.Refused:
		d.failed = append(d.failed, "mail to "+address+": "+bridge.SubjectUnheeded+", and Bellhop can't: "+o.Reason)
	case o.Reason != "":
		d.later = o.Reason
	default:
		d.mail(ctx, 0, address)
	}
}
