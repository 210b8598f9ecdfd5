package bridge

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// rolesFor is how long it is remembered that somebody has roles that count.
// Whoever has none is looked up again: they may have been given one.
const rolesFor = 30 * time.Second

// roles are those that count for commands.
var roles = []string{"livechat-agent", "livechat-manager", "livechat-monitor", "admin"}

// robot is the role of other programs' accounts. Two programs that answer each
// other would never stop, so theirs are no commands.
const robot = "bot"

// talks are who writes to Bellhop's account, so that each person's commands are
// told in order. The watch's goroutine owns it.
type talks struct {
	waiting map[string][]rest.Message // whose roles are asked for, by person, in order
	roles   map[string]standing
}

// standing are somebody's roles, as they were lately.
type standing struct {
	roles []string
	until time.Time
}

// isAddressed reports whether the message is a person's to Bellhop's account
// alone. A guest's never is.
func (b *Bridge) isAddressed(m rest.Message) bool {
	me := b.me.Load().UserID
	switch {
	case m.Type != "", m.User.ID == me, m.User.ID == "", m.Token != "", m.Hidden, !soundID(m.ID), m.TS.IsZero(), strings.TrimSpace(m.Text) == "":
		return false
	}
	return isTalk(m.RoomID, m.User.ID, me)
}

// isTalk reports whether the room is that of two people's direct messages: in
// others people read with us.
func isTalk(room, one, other string) bool {
	return one != other && (room == one+other || room == other+one)
}

// commanded takes what somebody has ordered: first it is asked who that is.
func (w *watch) commanded(m rest.Message) error {
	id := CommandID(sdk.MessageID(m.ID))
	waiting := w.talks.waiting[m.User.ID]
	switch {
	case w.picture.Knows != nil && w.picture.Knows(id), slices.ContainsFunc(waiting, func(o rest.Message) bool { return o.ID == m.ID }):
		return nil
	}
	w.talks.waiting[m.User.ID] = append(waiting, m)
	if len(waiting) == 0 {
		return w.attend(m.User.ID)
	}
	return nil
}

// attend tells the person's commands as soon as their roles are known.
func (w *watch) attend(person string) error {
	if s, known := w.talks.roles[person]; known && time.Now().Before(s.until) {
		return w.order(person, s.roles)
	}
	w.group.Go(func() error {
		var found []string
		for n := 1; ; n++ {
			var err error
			if found, err = w.b.rolesOf(w.ctx, person); err == nil || !rest.Temporary(err) {
				if err != nil {
					w.log.Warn("nobody says which roles somebody has: their commands count as a stranger's", "user", person, "err", err)
				}
				break
			}
			if sleep(w.ctx, pause(n, firstRetry, lastRetry)) != nil {
				return nil // the next run hears of them again
			}
		}
		w.do(func() error {
			if len(found) > 0 {
				w.talks.roles[person] = standing{found, time.Now().Add(rolesFor)}
			}
			return w.order(person, found)
		})
		return nil
	})
	return nil
}

// order tells the commands of a person with those roles.
func (w *watch) order(person string, roles []string) error {
	all := w.talks.waiting[person]
	delete(w.talks.waiting, person)
	if slices.Contains(roles, robot) {
		return nil
	}
	slices.SortStableFunc(all, func(a, b rest.Message) int { return a.TS.Compare(b.TS.Time) })
	for _, m := range all {
		if err := w.emit(Event{Event: w.b.command(m, roles)}); err != nil {
			return err
		}
	}
	return nil
}

// command is the event of a message.
func (b *Bridge) command(m rest.Message, roles []string) sdk.Event {
	c := sdk.ParseCommand(clip(cleanText(m.Text), sdk.MaxText))
	c.By, c.Roles = b.person(m.User), roles
	c.Message, c.Room, c.At, c.Chat = sdk.MessageID(m.ID), m.RoomID, m.TS.Time, threadChat(m.Thread, m.User.ID)
	return sdk.Event{ID: CommandID(c.Message), Kind: sdk.EventCommand, At: c.At, Command: &c}
}

// rolesOf are the roles of a person that count. Other people's own are shown to
// few, but agents and managers are listed for managers.
func (b *Bridge) rolesOf(ctx context.Context, person string) (found []string, err error) {
	for _, l := range []struct {
		role string
		read func(context.Context) ([]rest.User, error)
	}{{"livechat-agent", b.rest.Agents}, {"livechat-manager", b.rest.Managers}} {
		users, fault := l.read(ctx)
		if fault != nil {
			err = fault
			continue
		}
		if slices.ContainsFunc(users, func(u rest.User) bool { return u.ID == person }) {
			found = append(found, l.role)
		}
	}
	u, fault := b.rest.User(ctx, person)
	if fault != nil && rest.Temporary(fault) {
		err = fault
	}
	for _, r := range append(roles, robot) {
		if u.Has(r) && !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	if len(found) > 0 && !rest.Temporary(err) {
		err = nil
	}
	return found, err
}

// commandsSince reads what was written to us since: commands that no frame told of.
// Where the workspace does not say, frames must do.
func (b *Bridge) commandsSince(ctx context.Context, since time.Time) ([]rest.Message, error) {
	rooms, err := b.rest.DirectsSince(ctx, since)
	var found []rest.Message
	for _, room := range rooms {
		if err != nil {
			break
		}
		var all []rest.Message
		all, _, err = b.rest.SyncMessages(ctx, room, since)
		for _, m := range all {
			if m.TS.After(since) && b.isAddressed(m) && b.ordered(m) == nil {
				found = append(found, m)
			}
		}
	}
	if err != nil && !rest.Temporary(err) {
		b.log.Warn("direct messages that were missed are not to be had", "err", err)
		err = nil
	}
	return found, err
}

// unheard is the time of the oldest command that was not told yet; zero when
// all were.
func (t *talks) unheard() (oldest time.Time) {
	for _, all := range t.waiting {
		for _, m := range all {
			if oldest.IsZero() || m.TS.Before(oldest) {
				oldest = m.TS.Time
			}
		}
	}
	return oldest
}
