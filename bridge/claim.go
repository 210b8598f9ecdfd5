package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Holder is a host that acts as the account, or would like to.
type Holder struct {
	Install string    `json:"install"`         // id of its store
	Host    string    `json:"host"`            // name of the machine
	Folder  string    `json:"folder"`          // of its data, from the root on
	Run     string    `json:"run"`             // id of this start, which no other has
	Since   time.Time `json:"since"`           // server time at which it began to hold the account
	Ended   bool      `json:"ended,omitempty"` // it holds it no more
}

func (h Holder) String() string {
	return fmt.Sprintf("on %s in %s since %s", h.Host, h.Folder, h.Since.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// same reports whether both are of one data folder. Of these no two run at a
// time, since the store's file is locked; but a folder that was copied to
// another machine, or to another place, has its id in common with the first.
func (h Holder) same(other Holder) bool {
	return h.Install == other.Install && h.Host == other.Host && h.Folder == other.Folder
}

// claim is what the account's message to itself says of who acts as it.
type claim struct {
	Holder
	at    time.Time // server time at which it was written
	there bool      // the message exists
	place int       // which of the ledger's ids it has
}

const claimWords = "Bellhop uses this message so that two of its hosts do not act as this account at a time. Leave it as it is."

// text is the message of a holder. Servers ignore an edit that changes nothing,
// so it has the time in it.
func (h Holder) text(now time.Time) string {
	state := "Bellhop runs " + h.String() + "."
	if h.Ended {
		state = "Bellhop has ended; it ran " + h.String() + "."
	}
	data, err := json.Marshal(struct {
		Holder
		At time.Time `json:"at"`
	}{h, now})
	if err != nil {
		panic(err) // texts and times can be written
	}
	return fmt.Sprintf("%s %s\n`%s`", state, claimWords, data)
}

// claimIn reads a message. What does not say who holds the account says that
// nobody does.
func claimIn(m rest.Message, place int) claim {
	c := claim{there: true, place: place, at: later(m.TS.Time, m.EditedAt.Time)}
	_, data, _ := strings.Cut(m.Text, "`")
	if json.Unmarshal([]byte(strings.TrimRight(data, "`\n ")), &c.Holder) != nil || c.Run == "" {
		c.Holder = Holder{Ended: true}
	}
	c.Since = c.Since.UTC()
	return c
}

// ledger is where claims are: a message in the account's direct messages to
// itself, which nobody else sees. It has one of two ids, the same for all hosts:
// the second is for workspaces that let nobody edit a message for long.
type ledger struct {
	rest  *rest.Client
	clock *clock
	room  string
	ids   [2]string
}

// ledger finds the place of the account's claims.
func (b *Bridge) ledger(ctx context.Context) (*ledger, error) {
	me, err := b.self(ctx)
	if err != nil {
		return nil, err
	}
	room, err := b.rest.DirectRoom(ctx, me.Username)
	if err != nil {
		return nil, fmt.Errorf("write to ourselves: %w", err)
	}
	l := &ledger{rest: b.rest, clock: b.clock, room: room}
	for n := range l.ids {
		l.ids[n] = string(MessageID(sdk.EffectKey("lease/"+me.ID), n))
	}
	return l, nil
}

// read finds the claim. It may move from the second place to the first while we
// look at both, so the first is looked at twice.
func (l *ledger) read(ctx context.Context) (claim, error) {
	for _, place := range []int{0, 1, 0} {
		m, err := l.rest.Message(ctx, l.ids[place])
		if errors.Is(err, rest.ErrNotFound) {
			continue
		}
		if err != nil {
			return claim{}, err
		}
		return claimIn(m, place), nil
	}
	return claim{}, nil
}

// age is how long ago the claim was written, by the server's clock alone.
func (l *ledger) age(c claim) time.Duration { return l.clock.now().Sub(c.at) }

// write writes over what was read, or writes the first. Two that write the first
// at a time do not both succeed: the message has one id. Where the workspace
// lets nobody edit a message of that age, another takes its place, and it is
// deleted only then, so that there is never none.
func (l *ledger) write(ctx context.Context, over claim, h Holder) error {
	text := h.text(l.clock.now())
	if !over.there {
		_, err := l.rest.SendMessage(ctx, l.room, l.ids[0], text)
		return err
	}
	err := l.rest.UpdateMessage(ctx, l.room, l.ids[over.place], text)
	if !errors.Is(err, rest.ErrRefused) && !errors.Is(err, rest.ErrForbidden) {
		return err
	}
	if _, err := l.rest.SendMessage(ctx, l.room, l.ids[1-over.place], text); err != nil {
		return err
	}
	return l.rest.DeleteMessage(ctx, l.room, l.ids[over.place])
}

// barred reports whether the workspace lets us keep no claim, whatever we do.
func barred(err error) bool {
	return errors.Is(err, rest.ErrRefused) || errors.Is(err, rest.ErrForbidden) || errors.Is(err, rest.ErrNotFound)
}

// LeaseOptions say how a host holds its account.
type LeaseOptions struct {
	TakeOver bool                // from whoever holds the account, at once
	Lasts    time.Duration       // how long a holder may be silent before another takes the account; 0 means 1m
	Idle     func(other *Holder) // is told who holds the account while we do not, when that changes; nil when it is ours. It may be nil
}
