package bridge

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// asked is what a look is to find out.
type asked struct {
	chat    sdk.ChatID
	since   time.Time // messages that changed after it are read, if whole
	whole   bool
	visitor string // whose the chat is, as far as known
	spare   bool   // the visitor need not be read again
	due     int    // what rereads.due was
	backlog []rest.Message
}

// look is what a look at the server found out about a chat.
type look struct {
	room     rest.Room
	visitor  *rest.Visitor  // nil when it was not asked for or is not to be had
	messages []rest.Message // what frames told and, if whole, all that changed since the mark; the oldest first
	deleted  []rest.Deleted
	live     map[string]bool // those of the messages that frames told
	whole    bool
	at       time.Time // server time before the messages were read
}

// look reads a chat. The messages are read before the room: the room is
// changed before the message that tells of it is written, so it is never older
// than what its messages tell.
func (b *Bridge) look(ctx context.Context, a asked) (look, error) {
	l := look{whole: a.whole}
	g, within := errgroup.WithContext(ctx)
	if a.visitor != "" && !a.spare {
		g.Go(func() (err error) { l.visitor, err = b.guest(within, a.visitor); return err })
	}
	g.Go(func() error { return b.readChat(within, a, &l) })
	if err := g.Wait(); err != nil {
		return look{}, err
	}
	b.names.meet(ctx, l.room.DepartmentID)
	if id := l.room.Visitor.ID; id != a.visitor && id != "" {
		var err error
		if l.visitor, err = b.guest(ctx, id); err != nil {
			return look{}, err
		}
	}
	l.mix(a.backlog)
	return l, nil
}

// readChat reads messages and room. The end of a chat is the last chance to
// find what no frame told, so then all that was said before it must be there.
func (b *Bridge) readChat(ctx context.Context, a asked, l *look) (err error) {
	if l.whole {
		if err := b.readMessages(ctx, a, l); err != nil {
			return err
		}
	}
	if l.room, err = b.rest.Room(ctx, string(a.chat)); err != nil || l.room.Open || l.hasEnd() {
		return err
	}
	l.whole = true
	return b.readMessages(ctx, a, l)
}

func (b *Bridge) readMessages(ctx context.Context, a asked, l *look) (err error) {
	l.at = b.clock.now()
	l.messages, l.deleted, err = b.rest.SyncMessages(ctx, string(a.chat), a.since)
	return err
}

// hasEnd reports whether the closing message is among the messages.
func (l *look) hasEnd() bool {
	return slices.ContainsFunc(l.messages, func(m rest.Message) bool { return m.Type == typeClosed })
}

// guest is the visitor's own document. There may be none, or the account may
// not read it: the room shows a name all the same.
func (b *Bridge) guest(ctx context.Context, id string) (*rest.Visitor, error) {
	v, err := b.rest.Visitor(ctx, id)
	switch {
	case err == nil:
		return &v, nil
	case rest.Temporary(err) || ctx.Err() != nil:
		return nil, err
	}
	b.log.Debug("visitor is not to be had", "visitor", id, "err", err)
	return nil, nil
}

// mix adds the messages of frames to those that were read. A message that is
// in both is as it was changed last.
func (l *look) mix(backlog []rest.Message) {
	l.live = map[string]bool{}
	at := map[string]int{}
	for i, m := range l.messages {
		at[m.ID] = i
	}
	for _, m := range backlog {
		l.live[m.ID] = l.live[m.ID] || firstShow(m)
		i, twice := at[m.ID]
		switch {
		case !twice:
			at[m.ID] = len(l.messages)
			l.messages = append(l.messages, m)
		case m.UpdatedAt.After(l.messages[i].UpdatedAt.Time):
			l.messages[i] = m
		}
	}
	slices.SortStableFunc(l.messages, func(a, b rest.Message) int { return a.TS.Compare(b.TS.Time) })
}

// tidy cleans the ids of people as pictures have them, or an odd one would never
// be the same.
func (l *look) tidy() {
	if s := l.room.ServedBy; s != nil {
		tidied := *s
		tidied.ID = cleanLine(s.ID)
		l.room.ServedBy = &tidied
	}
	for n := range l.messages {
		m := &l.messages[n]
		m.User.ID = cleanLine(m.User.ID)
		if t := m.Transfer; t != nil && t.ToAgent != nil {
			tidied, agent := *t, *t.ToAgent
			agent.ID = cleanLine(agent.ID)
			tidied.ToAgent = &agent
			m.Transfer = &tidied
		}
	}
}
