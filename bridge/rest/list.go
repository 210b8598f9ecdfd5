package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// pageSize is how many documents are asked for at a time: servers cut at 100.
const pageSize = 100

// maxPages ends a listing that a server would go on with for ever.
const maxPages = 2000

// errMisfit says that a server knows no such filter and lists everything.
var errMisfit = errors.New("list holds what was not asked for")

// listing is a list that comes in pages.
type listing[T any] struct {
	path  string
	field string // of the answer, that holds the list
	query url.Values
	limit int            // documents; 0 means all
	open  bool           // anybody may read it: it needs no session
	key   func(T) string // tells documents apart, since the list may move between two pages; may be nil
	fits  func(T) bool   // ends the reading with errMisfit when a document is none of those asked for; may be nil
}

// read reads the list to its end, or up to its limit.
func (l listing[T]) read(ctx context.Context, c *Client) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	for n, offset := 0, 0; n < maxPages; n++ {
		list, total, err := l.page(ctx, c, offset)
		if err != nil {
			return nil, err
		}
		for _, item := range list {
			if l.fits != nil && !l.fits(item) {
				return nil, errMisfit
			}
			if l.isNew(seen, item) {
				all = append(all, item)
			}
		}
		offset += len(list)
		if len(list) == 0 || offset >= total || l.limit > 0 && len(all) >= l.limit {
			break
		}
	}
	if l.limit > 0 && len(all) > l.limit {
		all = all[:l.limit]
	}
	return all, nil
}

func (l listing[T]) isNew(seen map[string]bool, item T) bool {
	if l.key == nil {
		return true
	}
	id := l.key(item)
	was := seen[id]
	seen[id] = true
	return !was
}

// page reads one page. total is 0 where the server does not tell it.
func (l listing[T]) page(ctx context.Context, c *Client, offset int) (list []T, total int, err error) {
	query := url.Values{"count": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}}
	for k, v := range l.query {
		query[k] = v
	}
	var fields map[string]json.RawMessage
	k := call{verb: http.MethodGet, path: l.path, query: query, public: l.open}
	if err := c.json(ctx, k, &fields); err != nil {
		return nil, 0, err
	}
	if len(fields[l.field]) == 0 {
		return nil, 0, &Error{Call: k.name(), Kind: ErrUnclear, Text: "no " + l.field + " in it"}
	}
	if err := c.decode(k, fields[l.field], &list); err != nil {
		return nil, 0, err
	}
	if len(fields["total"]) > 0 {
		err = c.decode(k, fields["total"], &total)
	}
	return list, total, err
}
