package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Append puts an event of the workspace into the journal, with the chat's new
// picture and watermark. It is lazy: the workspace can give the event again.
//
// An event that is known is dropped: the entry is nil. So it is for one of a
// baseline, which leaves the picture and its ID, and for one without an ID,
// which leaves the picture only. The end of a chat ends its timers.
//
// Append waits for the disk when too many events are not on it.
func (db *DB) Append(e bridge.Event, accepted time.Time) (*Entry, *Ticket, error) {
	if strings.ContainsRune(string(e.Chat)+string(e.ID), 0) || e.Chat == "" {
		return nil, nil, fmt.Errorf("append event %q of chat %q: no chat, or a zero byte", e.ID, e.Chat)
	}
	e.Picture.ID = e.Chat
	n := news{Event: e, entry: &Entry{Accepted: accepted, Event: e.Event, Picture: e.Picture}}
	if err := n.encode(); err != nil {
		return nil, nil, err
	}
	entry, ticket, err := db.accept(n)
	if err == nil && entry != nil && db.lag() > maxLag {
		err = db.Flush().Wait()
	}
	return entry, ticket, err
}

// news is an event of the workspace on its way into the store.
type news struct {
	bridge.Event
	entry   *Entry
	record  []byte // of the entry
	picture []byte // the record of the chat
}

// encode makes the records. Both hold the picture, which is most of them, and
// the frame for each worker holds it again with the event, so both are encoded
// once.
func (n *news) encode() error {
	picture, err := encMode.Marshal(&n.Picture)
	if err != nil {
		return fmt.Errorf("encode picture: %w", err)
	}
	n.picture, err = encode(struct {
		Chat      cbor.RawMessage `json:"chat"`
		Watermark time.Time       `json:"watermark"`
		Contact   string          `json:"contact,omitempty"`
	}{picture, n.Watermark, n.Contact})
	if err != nil || n.Baseline || n.ID == "" {
		return err
	}
	event, err := encMode.Marshal(&n.entry.Event)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	n.entry.Encoded = Encoded{event, picture}
	n.record, err = encode(struct {
		Accepted time.Time       `cbor:"2,keyasint"`
		Event    cbor.RawMessage `cbor:"3,keyasint"`
		Picture  cbor.RawMessage `cbor:"4,keyasint"`
	}{n.entry.Accepted, event, picture})
	return err
}

func (db *DB) accept(e news) (*Entry, *Ticket, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.failed != nil {
		return nil, nil, db.failed
	}
	seen := e.ID != "" && db.knows(e.ID)
	switch {
	case e.Baseline || e.ID == "":
		if e.ID != "" && !seen {
			db.note(e.ID, 0)
		}
		return nil, db.picture(e), nil
	case seen:
		return nil, db.waiting.ticket, nil
	}
	db.picture(e)
	return e.entry, db.journal(e.entry, e.record, false), nil
}

// journal gives the entry its place. The caller holds db.mu.
func (db *DB) journal(entry *Entry, record []byte, urgent bool) *Ticket {
	db.end++
	entry.Seq = db.end
	db.tail = append(db.tail, entry)
	db.note(entry.Event.ID, entry.Seq)
	return db.put(urgent, func(tx *bbolt.Tx) error {
		b := tx.Bucket(journalBucket)
		b.FillPercent = 0.95 // it only grows at its end
		return b.Put(number(entry.Seq), record)
	})
}

// note makes the event known. The caller holds db.mu.
func (db *DB) note(id sdk.EventID, seq uint64) {
	db.waiting.known[id] = seq
	db.put(false, func(tx *bbolt.Tx) error {
		return tx.Bucket(knownBucket).Put([]byte(id), number(seq))
	})
}

// picture keeps what is known of the chat. The caller holds db.mu.
func (db *DB) picture(n news) *Ticket {
	k := bridge.Known{Chat: n.Picture, Watermark: n.Watermark, Contact: n.Contact}
	db.waiting.chats[k.Chat.ID] = k
	db.cache.set(k.Chat.ID, k)
	return db.put(false, func(tx *bbolt.Tx) error {
		if !k.Chat.Open() {
			if err := dropTimersOf(tx, k.Chat.ID); err != nil {
				return err
			}
		}
		return tx.Bucket(chatsBucket).Put([]byte(k.Chat.ID), n.picture)
	})
}

// Fire journals the timer's event and ends the timer. Nobody sees the event
// before it is on disk. The entry is nil when the event is known.
func (db *DB) Fire(t DueTimer, accepted time.Time) (*Entry, *Ticket, error) {
	chat, err := db.Chat(t.Chat)
	if err != nil {
		return nil, nil, err
	}
	chat.Chat.ID = t.Chat // which nobody may have told of yet
	entry := &Entry{Accepted: accepted, Picture: chat.Chat, Event: sdk.Event{
		ID: bridge.TimerID(t.Instance, t.Chat, t.Name, t.Due), Kind: sdk.EventTimer, Chat: t.Chat,
		At: t.Due, Timer: t.Name, Instance: t.Instance, Depth: t.Depth,
	}}
	return db.firm(entry, func(tx *bbolt.Tx) error { return endTimer(tx, t) })
}

// Strike journals the event of a schedule whose time has come, and sets its next
// time; zero means that there is none. Nobody sees the event before it is on
// disk. The entry is nil when the event is known.
func (db *DB) Strike(t DueTimer, next, accepted time.Time, late bool) (*Entry, *Ticket, error) {
	entry := &Entry{Accepted: accepted, Event: sdk.Event{
		ID:   sdk.EventID("schedule/" + t.Instance + "/" + t.Name + "/" + t.Due.UTC().Format(time.RFC3339Nano)),
		Kind: sdk.EventSchedule, At: t.Due, Schedule: t.Name, Instance: t.Instance, Late: late,
	}}
	return db.firm(entry, func(tx *bbolt.Tx) error {
		if err := endTimer(tx, t); err != nil || next.IsZero() {
			return err
		}
		t.Due = next
		return put(tx, timersBucket, timerKey(t), t)
	})
}

// Record journals an event that belongs to no chat. Nobody sees it before it is
// on disk. The entry is nil when the event is known. How agents are changes with the
// event that tells of it.
func (db *DB) Record(e sdk.Event, accepted time.Time) (*Entry, *Ticket, error) {
	if strings.ContainsRune(string(e.ID), 0) || e.ID == "" || e.Chat != "" {
		return nil, nil, fmt.Errorf("record event %q of chat %q: no ID, a chat, or a zero byte", e.ID, e.Chat)
	}
	return db.firm(&Entry{Accepted: accepted, Event: e}, staffAfter(e))
}

// firm journals an entry that nobody may see before it is on disk, those that
// come right behind it, and does what goes with them.
func (db *DB) firm(entry *Entry, also func(*bbolt.Tx) error, more ...*Entry) (*Entry, *Ticket, error) {
	all := append([]*Entry{entry}, more...)
	records, err := encodeAll(all)
	if err != nil {
		return nil, nil, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.failed != nil {
		return nil, nil, db.failed
	}
	ticket := db.put(true, also)
	if db.knows(entry.Event.ID) {
		return nil, ticket, nil
	}
	for n, e := range all {
		db.journal(e, records[n], true)
	}
	if db.waiting.firm == 0 {
		db.waiting.firm = entry.Seq
	}
	return entry, ticket, nil
}

// Knows reports whether the event is in the journal, or was part of a
// baseline.
func (db *DB) Knows(id sdk.EventID) bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.knows(id)
}

func (db *DB) knows(id sdk.EventID) bool {
	_, ok := db.seqOf(id)
	return ok
}

// seqOf is the event's place; 0 for one of a baseline. The caller holds db.mu.
func (db *DB) seqOf(id sdk.EventID) (seq uint64, ok bool) {
	for _, b := range []*batch{db.waiting, db.writing} {
		if b == nil {
			continue
		}
		if seq, ok := b.known[id]; ok {
			return seq, true
		}
	}
	err := db.view(func(tx *bbolt.Tx) error {
		if v := tx.Bucket(knownBucket).Get([]byte(id)); v != nil {
			seq, ok = fromNumber(v), true
		}
		return nil
	})
	return seq, ok && err == nil
}

// End is the seq of the newest entry that may be seen.
func (db *DB) End() uint64 {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.visible()
}

func (db *DB) visible() uint64 {
	for _, b := range []*batch{db.writing, db.waiting} {
		if b != nil && b.firm > 0 {
			return b.firm - 1
		}
	}
	return db.end
}

func (db *DB) lag() uint64 {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.end - db.flushed
}

// Entries are at most max entries after the position, in order. They are
// shared: do not change them.
func (db *DB) Entries(after uint64, max int) ([]*Entry, error) {
	db.mu.Lock()
	end := db.visible()
	if after >= end {
		db.mu.Unlock()
		return nil, nil
	}
	if len(db.tail) > 0 && db.tail[0].Seq <= after+1 {
		from := after + 1 - db.tail[0].Seq
		to := min(from+uint64(max), end+1-db.tail[0].Seq)
		found := append([]*Entry(nil), db.tail[from:to]...)
		db.mu.Unlock()
		return found, nil
	}
	db.mu.Unlock()
	var found []*Entry
	err := db.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(journalBucket).Cursor()
		for k, v := c.Seek(number(after + 1)); k != nil && len(found) < max && fromNumber(k) <= end; k, v = c.Next() {
			e := &Entry{Seq: fromNumber(k)}
			if err := decode(v, e); err != nil {
				return err
			}
			found = append(found, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read journal after %d: %w", after, err)
	}
	return found, nil
}

// Entry is the entry at seq.
func (db *DB) Entry(seq uint64) (*Entry, error) {
	found, err := db.Entries(seq-1, 1)
	if err == nil && (len(found) == 0 || found[0].Seq != seq) {
		err = fmt.Errorf("read journal: no entry %d", seq)
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// EntryOf is the entry of the event; nil when the journal does not hold it.
func (db *DB) EntryOf(id sdk.EventID) (*Entry, error) {
	db.mu.Lock()
	seq, ok := db.seqOf(id)
	db.mu.Unlock()
	if !ok || seq == 0 {
		return nil, nil
	}
	return db.Entry(seq)
}

// SetSeen keeps the server time of a complete comparison with the server.
func (db *DB) SetSeen(t time.Time) *Ticket {
	return db.write(false, func(tx *bbolt.Tx) error {
		return tx.Bucket(metaBucket).Put(seenKey, []byte(t.UTC().Format(time.RFC3339Nano)))
	})
}

// dayKept is how long a closed chat stays in the picture.
const dayKept = 24 * time.Hour

// Picture is what the bridge starts from. Of what has gathered and is not on
// disk it knows nothing, so wait for Flush before.
func (db *DB) Picture(now time.Time) (bridge.Picture, error) {
	p := bridge.Picture{Chats: map[sdk.ChatID]bridge.Known{}, Knows: db.Knows, Ours: db.Ours}
	err := db.view(func(tx *bbolt.Tx) error {
		if v := tx.Bucket(metaBucket).Get(seenKey); v != nil {
			seen, err := time.Parse(time.RFC3339Nano, string(v))
			if err != nil {
				return err
			}
			p.Seen = seen
		}
		if _, err := get(tx, metaBucket, staffKey, &p.Staff); err != nil {
			return err
		}
		return tx.Bucket(chatsBucket).ForEach(func(k, v []byte) error {
			var known bridge.Known
			if err := decode(v, &known); err != nil {
				return err
			}
			if known.Chat.Open() || now.Sub(known.Chat.ClosedAt) < dayKept {
				p.Chats[sdk.ChatID(k)] = known
			}
			return nil
		})
	})
	if err != nil {
		return bridge.Picture{}, fmt.Errorf("read picture: %w", err)
	}
	return p, nil
}

// Ours is the effect that made what the trace names: a message by its _id, a
// chat's last move by Moved, its end by Ended; "" when it is not ours.
func (db *DB) Ours(trace string) sdk.EffectKey {
	var key sdk.EffectKey
	db.view(func(tx *bbolt.Tx) error {
		key = sdk.EffectKey(tx.Bucket(oursBucket).Get([]byte(trace)))
		return nil
	})
	return key
}

// OurTags are the tags that Bellhop has set on the chat.
func (db *DB) OurTags(chat sdk.ChatID) ([]string, error) {
	var tags []string
	err := db.view(func(tx *bbolt.Tx) error {
		prefix := []byte(tagTrace(chat, ""))
		c := tx.Bucket(oursBucket).Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			tags = append(tags, string(k[len(prefix):]))
		}
		return nil
	})
	return tags, err
}

// Moved is the trace of a chat's last move by us.
func Moved(chat sdk.ChatID) string { return "moved\x00" + string(chat) }

// Ended is the trace of a chat's end by us.
func Ended(chat sdk.ChatID) string { return "ended\x00" + string(chat) }

// TagSetter is the effect that has set the tag on the chat, as far as it is one
// of ours; "" when a person did, or nobody.
func (db *DB) TagSetter(chat sdk.ChatID, tag string) sdk.EffectKey {
	return db.Ours(tagTrace(chat, tag))
}

func tagTrace(chat sdk.ChatID, tag string) string {
	return "tag\x00" + string(chat) + "\x00" + tag
}

var errNoRecord = errors.New("no such record")
