package host

import (
	"hash/fnv"

	"github.com/bellhop-chat/bellhop/sdk"
)

// call is all that a handler may look at for one event: the same on every
// attempt.
func (i *instance) call(it *item) (sdk.Call, error) {
	var state map[string]string
	if it.chat != "" {
		var err error
		if state, err = i.host.store.State(i.name, it.chat); err != nil {
			return sdk.Call{}, err
		}
	}
	e := it.entry
	now := e.Accepted
	if e.Event.Kind == sdk.EventTimer {
		now = e.Event.At
	}
	call := sdk.Call{Event: e.Event, Chat: e.Picture, Now: now, Seed: seed(e.Event.ID), State: state, Answers: it.Answers, Site: i.host.opts.Site}
	if len(i.host.opts.Hours) > 0 {
		call.Hours = map[string]sdk.Hours{}
		for name, schedule := range i.host.opts.Hours {
			call.Hours[name] = schedule(now)
		}
	}
	return call, nil
}

func seed(id sdk.EventID) int64 {
	sum := fnv.New64a()
	sum.Write([]byte(id))
	return int64(sum.Sum64())
}
