package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Letters are the dead letters: events that an instance has failed on too
// often, the oldest of each instance first.
func (h *Host) Letters() ([]store.Dead, error) { return h.store.Letters() }

// Retry gives the instance the event of a dead letter once more, as if it had
// never failed on it. It waits until that is on disk, not until it is handled.
func (h *Host) Retry(ctx context.Context, name string, event sdk.EventID) error {
	letter, err := findLetter(h.store, name, event)
	if err != nil {
		return fmt.Errorf("retry %s: %w", event, err)
	}
	i := h.instance(name)
	if i == nil {
		return fmt.Errorf("retry %s: instance %s does not run: switch it on first", event, name)
	}
	var ticket *store.Ticket
	err = i.do(ctx, func() (err error) {
		ticket, err = i.revive(letter)
		return err
	})
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		return fmt.Errorf("retry %s: %w", event, err)
	}
	return nil
}

// Drop takes a dead letter away for good.
func (h *Host) Drop(name string, event sdk.EventID) error { return dropLetter(h.store, name, event) }

func dropLetter(db *store.DB, name string, event sdk.EventID) error {
	letter, err := findLetter(db, name, event)
	if err == nil {
		err = db.Drop(letter).Wait()
	}
	if err != nil {
		return fmt.Errorf("drop %s: %w", event, err)
	}
	return nil
}

func findLetter(db *store.DB, name string, event sdk.EventID) (store.Dead, error) {
	all, err := db.Letters()
	if err != nil {
		return store.Dead{}, err
	}
	for _, d := range all {
		if d.Instance == name && d.Entry.Event.ID == event {
			return d, nil
		}
	}
	return store.Dead{}, fmt.Errorf("instance %s has no such dead letter: `bellhop dead list` names them", name)
}

var errOlder = errors.New("the event is older than the instance, which has begun anew since")

// revive puts a dead letter's event back into the mailbox. Run calls it.
func (i *instance) revive(d store.Dead) (*store.Ticket, error) {
	seq := d.Entry.Seq
	if seq <= i.mail.start.Since {
		return nil, errOlder
	}
	i.mail.revive(newItem(store.Pending{Seq: seq}, &d.Entry))
	_, ticket, err := i.host.store.Commit(store.Result{Instance: i.name, Progress: i.mail.progress(), Revived: &d})
	return ticket, err
}

// do has run call fn, between events.
func (i *instance) do(ctx context.Context, fn func() error) error {
	done := make(chan error, 1)
	select {
	case i.orders <- func() { done <- fn() }:
		return <-done
	case <-i.ended:
		return errors.New("the instance has stopped meanwhile: try again")
	case <-ctx.Done():
		return ctx.Err()
	}
}
