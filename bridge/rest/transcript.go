package rest

import (
	"context"
	"net/url"
)

// Transcript is a server's own transcript that is to be mailed.
type Transcript struct {
	Room    string
	Token   string // the guest's, as the room's document tells it
	Email   string
	Subject string // "" means the server's
}

// Transcribing is a transcript that is to be mailed when the chat ends.
type Transcribing struct {
	Email   string `json:"email"`
	Subject string `json:"subject"`
	By      Ref    `json:"requestedBy"`
}

// Request says who had a transcript mailed. Servers tell neither the address nor,
// where the guest's own call was used, whose idea it was.
type Request struct {
	Type string `json:"type"` // "user" or "visitor"
	User Ref    `json:"user"`
}

// MailTranscript has the server mail its transcript now, open or closed. It
// leaves a message of the type livechat_transcript_history. From 8.0 on servers
// ignore the subject.
func (c *Client) MailTranscript(ctx context.Context, t Transcript) error {
	return try(ctx, c, waysToMail, t)
}

// HeedsSubject reports whether the server gives a transcript that is mailed now
// the subject that is asked for.
func (c *Client) HeedsSubject(ctx context.Context) (bool, error) {
	info, err := c.known(ctx)
	return !info.AtLeast(8, 0), err
}

func (c *Client) sendTranscript(ctx context.Context, t Transcript) error {
	return c.Method(ctx, "livechat:sendTranscript", nil, t.Token, t.Room, t.Email, t.Subject)
}

// guestTranscript is the call of the guest's own page.
func (c *Client) guestTranscript(ctx context.Context, t Transcript) error {
	return c.Post(ctx, "livechat/transcript", map[string]string{"token": t.Token, "rid": t.Room, "email": t.Email}, nil)
}

// AskTranscript has the server mail its transcript when the chat ends. A chat
// holds one such request: Room.Transcript.
func (c *Client) AskTranscript(ctx context.Context, t Transcript) error {
	return try(ctx, c, waysToAsk, t)
}

func (c *Client) transcriptAtEnd(ctx context.Context, t Transcript) error {
	return c.Post(ctx, "livechat/transcript/"+url.PathEscape(t.Room), map[string]string{"email": t.Email, "subject": t.Subject}, nil)
}

func (c *Client) requestTranscript(ctx context.Context, t Transcript) error {
	return c.Method(ctx, "livechat:requestTranscript", nil, t.Room, t.Email, t.Subject)
}

// RequestPDF asks a licensed server for the PDF of a closed chat. It is made
// later: see Room.PDF. Where there is one nothing happens.
func (c *Client) RequestPDF(ctx context.Context, room string) error {
	return c.Post(ctx, "omnichannel/"+url.PathEscape(room)+"/request-transcript", map[string]string{}, nil)
}
