package bridge

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// listing is what the server has.
type listing struct {
	open   []rest.Room // all, or those that changed
	closed []rest.Room // since a little before the last round

	commands []rest.Message // that were written since
	staff    *census        // nil when it was not asked for or is not to be had
}

// newest is the latest server time in the listing, if it is later than at: a
// clock that is read from Date headers is up to a second behind.
func (l listing) newest(at time.Time) time.Time {
	for _, r := range l.open {
		at = later(at, r.TS.Time)
	}
	for _, r := range l.closed {
		at = later(at, r.ClosedAt.Time)
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// list asks the server for its chats: those that are open, all or those that
// changed since, and those that were closed since.
func (b *Bridge) list(ctx context.Context, r *round, since time.Time) (listing, error) {
	var l listing
	var err error
	if r.full {
		l.open, err = b.rest.OpenRooms(ctx)
	} else {
		l.open, err = b.changed(ctx, since)
	}
	if err != nil {
		return l, err
	}
	l.closed, err = b.rest.Rooms(ctx, rest.RoomFilter{State: rest.RoomsClosed, ClosedSince: since})
	if err != nil {
		return l, err
	}
	l.commands, err = b.commandsSince(ctx, later(since, r.at.Add(-away)))
	return l, err
}

// changed are the open chats that changed since, by as many pages as they
// need. There is no filter for it, so they are sorted.
func (b *Bridge) changed(ctx context.Context, since time.Time) ([]rest.Room, error) {
	var all []rest.Room
	for _, state := range b.openStates() {
		for offset := 0; ; offset += pageSize {
			var page struct {
				Rooms []rest.Room `json:"rooms"`
				Total int         `json:"total"`
			}
			query := url.Values{
				string(state): {"true"}, "sort": {`{"_updatedAt":-1}`},
				"count": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)},
			}
			if err := b.rest.Get(ctx, "livechat/rooms", query, &page); err != nil {
				return nil, err
			}
			for _, r := range page.Rooms {
				if r.Open && r.UpdatedAt.After(since) {
					all = append(all, r)
				}
			}
			n := len(page.Rooms)
			if n == 0 || offset+n >= page.Total || !page.Rooms[n-1].UpdatedAt.After(since) {
				break
			}
		}
	}
	return all, nil
}
