package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bellhop-chat/bellhop/sdk"
)

// call is one call of the store that a copy can be asked for.
type call struct {
	name   string
	ticket *Ticket
	kept   func(*DB) bool // whether a store holds what it wrote
}

// caller makes calls at random, and remembers them in order.
type caller struct {
	rt      *rapid.T
	db      *DB
	dir     string
	calls   []call
	entries []*Entry
	parcels []uint64 // that wait
	state   int
	copies  int
}

func (c *caller) did(name string, ticket *Ticket, kept func(*DB) bool) {
	c.calls = append(c.calls, call{name, ticket, kept})
}

func (c *caller) no(err error) {
	if err != nil {
		c.rt.Fatal(err)
	}
}

func (c *caller) appendEvent(rt *rapid.T) {
	e := message(sdk.ChatID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "chat")), len(c.entries))
	entry, ticket, err := c.db.Append(e, noon)
	c.no(err)
	c.entries = append(c.entries, entry)
	c.did("append "+string(e.ID), ticket, func(db *DB) bool { return db.Knows(e.ID) })
}

func (c *caller) again(rt *rapid.T) {
	if len(c.entries) == 0 {
		rt.Skip("nothing is known")
	}
	e := rapid.SampledFrom(c.entries).Draw(rt, "entry")
	known := message(e.Event.Chat, 0)
	known.ID = e.Event.ID
	if entry, _, err := c.db.Append(known, noon); err != nil || entry != nil {
		rt.Fatalf("event %s came again and is entry %+v (%v)", e.Event.ID, entry, err)
	}
}

func (c *caller) commit(rt *rapid.T) {
	if len(c.entries) == 0 {
		rt.Skip("nothing to decide on")
	}
	e := rapid.SampledFrom(c.entries).Draw(rt, "entry")
	r := forward("rules", e)
	c.state++
	r.Progress = Progress{Through: c.entries[len(c.entries)-1].Seq}
	r.Writes = []sdk.Write{{Scope: sdk.ScopeInstance, Key: fmt.Sprint("n", c.state), Value: "x"}}
	n, ticket, err := c.db.Commit(r)
	c.no(err)
	c.parcels = append(c.parcels, n)
	key := r.Writes[0].Key
	c.did("commit "+key, ticket, func(db *DB) bool {
		state, err := db.State("rules", "")
		c.no(err)
		return state[key] == "x"
	})
}

func (c *caller) settle(rt *rapid.T) {
	if len(c.parcels) == 0 {
		rt.Skip("nothing waits")
	}
	n := c.parcels[0]
	c.parcels = c.parcels[1:]
	ticket, err := c.db.Settle(Settlement{Number: n, Outcome: sdk.Outcome{State: sdk.Refused, At: noon}})
	c.no(err)
	c.did(fmt.Sprint("settle ", n), ticket, func(db *DB) bool {
		for _, chat := range []sdk.ChatID{"a", "b", "c"} {
			why, err := db.Why(chat)
			c.no(err)
			for _, w := range why {
				if w.Decision.Number == n {
					return w.Effects[0].Outcome != nil
				}
			}
		}
		return false
	})
}

func (c *caller) change(*rapid.T) {
	at := noon.Add(time.Duration(len(c.calls)) * time.Second)
	c.no(c.db.Change("rules", Setup{Version: at.String()}, false, at))
	c.did("change", refused(nil), func(db *DB) bool { return true })
}

// kill looks at what a kill would leave: what was promised is there, it is a
// beginning of what was called, and the store agrees with itself.
func (c *caller) kill(rt *rapid.T) {
	var promised []bool
	for _, call := range c.calls {
		select {
		case <-call.ticket.Done():
			promised = append(promised, true)
		default:
			promised = append(promised, false)
		}
	}
	c.copies++
	path := filepath.Join(c.dir, fmt.Sprint(c.copies))
	c.no(c.db.Backup(path))
	disk, err := Open(path)
	c.no(err)
	defer disk.Close()
	c.no(disk.Check())
	missing := ""
	for n, call := range c.calls {
		switch kept := call.kept(disk); {
		case promised[n] && !kept:
			rt.Fatalf("%s was promised and is not on disk", call.name)
		case kept && missing != "" && call.name != "change":
			rt.Fatalf("%s is on disk, and %s, which came before it, is not", call.name, missing)
		case !kept && missing == "":
			missing = call.name
		}
	}
}

func (c *caller) restart(*rapid.T) {
	c.no(errors.Join(c.db.Check(), c.db.Close()))
	var err error
	c.db, err = Open(c.db.Path())
	c.no(err)
}

func TestDiskHoldsABeginningOfAllCallsAtAnyMoment(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := &caller{rt: rt, dir: t.TempDir()}
		db, err := Open(filepath.Join(c.dir, "bellhop.db"))
		c.no(err)
		c.db = db
		defer func() { c.db.Close() }()
		c.no(db.Change("rules", Setup{}, false, noon))
		rt.Repeat(map[string]func(*rapid.T){
			"append": c.appendEvent, "again": c.again, "commit": c.commit, "settle": c.settle,
			"change": c.change, "kill": c.kill, "restart": c.restart,
		})
		c.no(c.db.Check())
	})
}
