package bridge

import (
	"math"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// figures sets what a chat's messages tell, all of which are given, the oldest
// first: since when the guest waits, when a person first answered, the
// workspace's figures, and the last messages.
func figures(c *sdk.Chat, all []sdk.Message) {
	c.WaitingSince, c.AnsweredAt, c.Last = time.Time{}, time.Time{}, nil
	for _, m := range all {
		hear(c, m)
	}
}

// count moves the figures on by a message, as the server does when it saves one
// (saveAnalyticsData, in 3.11 as in 8.3). A message that is counted already
// changes nothing.
func count(c *sdk.Chat, m sdk.Message) {
	f := &c.Figures
	asked, replied := later(f.AskedAt, c.OpenedAt), later(f.RepliedAt, c.OpenedAt)
	switch {
	case m.From == sdk.Guest:
		if !replied.Before(asked) && m.At.After(later(f.AskedAt, f.RepliedAt)) {
			f.AskedAt = m.At
		}
		return
	case !m.At.After(later(f.RepliedAt, f.RespondedAt)):
		return
	case f.RepliedAt.IsZero():
		f.RespondedAt, f.FirstResponse = m.At, span(m.At.Sub(asked))
		f.FirstReaction = span(m.At.Sub(later(c.TakenAt, c.OpenedAt)))
		add(f, f.FirstResponse, f.FirstReaction)
	case asked.After(replied):
		add(f, span(m.At.Sub(asked)), span(m.At.Sub(asked)))
	}
	if asked.After(replied) {
		f.RepliedAt = m.At
	}
}

func add(f *sdk.Figures, response, reaction time.Duration) {
	f.Answers++
	f.Response += response
	f.Reaction += reaction
}

// measured are the room's own figures.
func measured(r rest.Room) sdk.Figures {
	m := r.Metrics
	return sdk.Figures{
		FirstResponse: seconds(m.Response.FT), FirstReaction: seconds(m.Reaction.FT),
		Response: seconds(m.Response.TT), Reaction: seconds(m.Reaction.TT), Answers: m.Response.Total,
		ChatDuration: seconds(m.ChatDuration), Service: seconds(m.ServiceTimeDuration), Inactivity: seconds(m.VisitorInactivity),
		AskedAt: m.Visitor.LQ.Time, RepliedAt: m.ServedBy.LR.Time, RespondedAt: m.Response.FD.Time, QueuedFrom: r.QueuedAt.Time,
	}
}

// measure sets the figures by the room, unless the room does not know of the
// last message yet: servers count after a message is shown.
func measure(c *sdk.Chat, r rest.Room) {
	f := measured(r)
	ours, theirs := later(c.Figures.AskedAt, c.Figures.RepliedAt), later(f.AskedAt, f.RepliedAt)
	if r.Open && ours.After(theirs) && !ignored(c) {
		return
	}
	c.Figures = f
}

// ignored reports whether the last message is one that the workspace may not
// count.
func ignored(c *sdk.Chat) bool { return len(c.Last) > 0 && c.Last[len(c.Last)-1].From == sdk.Bot }

// seconds are a server's, which may be anything.
func seconds(s float64) time.Duration {
	if math.IsNaN(s) || s < 0 || s > math.MaxInt64/float64(time.Second) {
		return 0
	}
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}

func span(d time.Duration) time.Duration { return max(d, 0) }
