package host

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/sdk"
)

const noMail = "no mail server is configured: add one under mail in config.yaml"

// mail hands a plugin's mail to the server. What may have been taken is sent
// again under the same Message-ID.
func (h *Host) mail(ctx context.Context, j *job, e bridge.Effect) sdk.Outcome {
	if h.clock.Now().After(e.Until) {
		if j.doubt {
			return sdk.Outcome{State: sdk.Unconfirmed, Reason: "an earlier attempt may have sent the mail, and now it is too late for another"}
		}
		return sdk.Outcome{State: sdk.Overtaken, Reason: tooLate(e)}
	}
	later, err := h.handOver(ctx, j, mail.Message{
		To: e.Mail.To, Subject: e.Mail.Subject, Text: e.Mail.Text, HTML: e.Mail.HTML, MessageID: h.messageID(e, 0),
	})
	switch {
	case later != "":
		return bridge.Later(later)
	case err != nil:
		return refused(err.Error())
	}
	return sdk.Outcome{State: sdk.Done, Detail: "mail to " + strings.Join(e.Mail.To, ", ") + " accepted"}
}

// handOver makes one attempt to have a mail taken. Later says why another is
// needed; the error, why none helps.
func (h *Host) handOver(ctx context.Context, j *job, m mail.Message) (later string, err error) {
	if h.opts.Services.Mail == nil {
		return "", errors.New(noMail)
	}
	err = h.opts.Services.Mail.Send(ctx, m)
	var refusal *mail.Error
	if errors.As(err, &refusal) && (refusal.Temporary || refusal.Unknown) {
		j.doubt = j.doubt || refusal.Unknown
		return err.Error(), nil
	}
	return "", err
}

// messageID is the same on every attempt. Part tells the mails of one effect
// apart.
func (h *Host) messageID(e bridge.Effect, part int) string {
	return fmt.Sprintf("%s@%s.bellhop", bridge.MessageID(e.Key, part), h.store.Install())
}
