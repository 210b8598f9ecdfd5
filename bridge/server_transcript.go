package bridge

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// wasMailed reports whether an earlier attempt had the transcript mailed, or
// asked for it at the chat's end.
func (a *attempt) wasMailed(ctx context.Context) (sdk.Outcome, bool, error) {
	if a.isAsked() {
		return a.asked(), true, nil
	}
	m, found, err := a.told(ctx, func(m rest.Message) bool {
		return a.isMail(m) && (a.e.Attempt > 0 || m.User.ID == a.by.ID)
	})
	return a.mailed(m), found, err
}

// isMail reports whether the message may tell of our transcript. Newer servers
// say that it was they, and then nobody can tell ours from the guest's own.
func (a *attempt) isMail(m rest.Message) bool {
	return m.Type == typeMailed && (m.User.ID == a.by.ID || m.User.ID == serverUser) && !a.claimed(m.ID)
}

func (a *attempt) mailed(m rest.Message) sdk.Outcome {
	o := done("mail to " + a.e.Delivery.Mail[0] + " sent by the workspace")
	o.Message = sdk.MessageID(m.ID)
	return o
}

// isAsked reports whether the chat holds our request for its end.
func (a *attempt) isAsked() bool {
	t := a.room.Transcript
	return t != nil && t.By.ID == a.by.ID && t.Email == a.e.Delivery.Mail[0]
}

func (a *attempt) asked() sdk.Outcome {
	return done("the workspace mails it to " + a.e.Delivery.Mail[0] + " when the chat ends")
}

// mailTranscript has the server mail its transcript.
func (a *attempt) mailTranscript(ctx context.Context) sdk.Outcome {
	if a.e.Delivery.AtClose && a.room.Open {
		return a.askTranscript(ctx)
	}
	heeds, err := a.rest.HeedsSubject(ctx)
	switch {
	case err != nil:
		return failed(err)
	case a.e.Delivery.Subject != "" && !heeds:
		return refused(SubjectUnheeded)
	}
	before, _, err := a.told(ctx, a.isMail)
	if err != nil {
		return failed(deleted(err))
	}
	err = a.rest.MailTranscript(ctx, a.transcript())
	m, found, unread := a.told(ctx, func(m rest.Message) bool { return a.isMail(m) && m.ID != before.ID })
	switch {
	case found:
		return a.mailed(m)
	case err == nil: // the workspace may keep no such messages
		return a.mailed(rest.Message{})
	case errors.Is(unread, rest.ErrNotFound):
		return failed(deleted(unread))
	case unread != nil:
		return Later(fmt.Sprintf("%v; and whether it was sent: %v", err, unread))
	}
	return failed(err)
}

func (a *attempt) transcript() rest.Transcript {
	return rest.Transcript{Room: a.room.ID, Token: a.room.Visitor.Token, Email: a.e.Delivery.Mail[0], Subject: a.e.Delivery.Subject}
}

// askTranscript leaves the request at the chat for when it ends.
func (a *attempt) askTranscript(ctx context.Context) sdk.Outcome {
	if t := a.room.Transcript; t != nil {
		return refused(fmt.Sprintf("@%s has asked for a transcript to %s, and a chat holds one such request: mail it when the chat is closed", t.By.Username, t.Email))
	}
	err := a.rest.AskTranscript(ctx, a.transcript())
	if o, blind := a.seeAgain(ctx, err, "it is asked for"); blind {
		return o
	}
	switch {
	case a.isAsked():
		return a.asked()
	case !a.room.Open:
		return Later("the chat ended meanwhile: whether the transcript was mailed is looked for")
	case err == nil:
		return Later("the workspace says that it keeps the request, but the chat shows none")
	}
	return failed(err)
}

// noPDF says why a server makes no PDF, and what to do.
const noPDF = "only Rocket.Chat 6 and newer with the paid omnichannel features make PDFs: leave Server out, then Bellhop does"

// sendServerPDF has the server make its PDF, waits until it is there, and puts
// it into the agent's direct messages.
func (a *attempt) sendServerPDF(ctx context.Context) sdk.Outcome {
	switch {
	case a.room.Open:
		return Later("the chat is open, and Rocket.Chat makes PDFs of closed ones")
	case a.room.PDF == "":
		return a.orderPDF(ctx)
	}
	file := rest.File{ID: a.room.PDF, Name: a.e.Attachment.Name}
	if m, found, err := a.told(ctx, func(m rest.Message) bool { return fileOf(m).ID == a.room.PDF }); err == nil && found {
		file = fileOf(m)
	}
	data, err := a.rest.Download(ctx, file, rest.GuestKey{Room: a.room.ID, Token: a.room.Visitor.Token}, maxDownload)
	if err != nil {
		return failed(fmt.Errorf("read the workspace's PDF: %w", err))
	}
	made := *a.e.Attachment
	made.Data = data
	a.e.Attachment = &made
	return a.sendFile(ctx)
}

func (a *attempt) orderPDF(ctx context.Context) sdk.Outcome {
	err := a.rest.RequestPDF(ctx, a.room.ID)
	switch {
	case rest.Unpaid(err):
		return refused(noPDF)
	case err != nil:
		return failed(err)
	}
	return Later("the workspace makes its PDF")
}
