package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Forgotten is the kind of an entry whose event was taken out of the journal.
// Its place stays, because instances count on places. No plugin sees it.
const Forgotten sdk.EventKind = "forgotten"

// OpenChatError says that a visitor can't be forgotten while a chat of theirs
// goes on, or has just ended: the workspace would tell it all again.
type OpenChatError struct {
	Chat   sdk.ChatID
	Recent bool // it was closed since the last comparison with the workspace
}

func (e *OpenChatError) Error() string {
	if e.Recent {
		return fmt.Sprintf("chat %s was closed just now: try again when the workspace was compared once more, after a minute", e.Chat)
	}
	return fmt.Sprintf("chat %s is open: close it first, or the workspace tells all of it again", e.Chat)
}

// Forget takes all that belongs to chats of the visitor out of the store, and
// their texts out of the file. It says which chats these were; none means that
// the store knows of none. Nobody else may write meanwhile, and what others
// hold in memory of these chats they must not write again. After an
// *OpenChatError nothing has changed.
func (db *DB) Forget(visitor string) ([]sdk.ChatID, error) {
	chats, err := db.chatsOf(visitor)
	if err == nil && len(chats) > 0 {
		err = db.write(true, func(tx *bbolt.Tx) error {
			clear(db.parcels)
			return forget(tx, visitor, chats)
		}).Wait()
		db.mu.Lock()
		db.tail = nil
		db.cache.forget()
		db.mu.Unlock()
	}
	if err == nil && len(chats) > 0 {
		err = db.Compact()
	}
	if err != nil {
		return nil, fmt.Errorf("forget visitor %s: %w", visitor, err)
	}
	return slices.Sorted(maps.Keys(chats)), nil
}

// MayForget is the error with which Forget would refuse now, or nil. Others may
// write meanwhile.
func (db *DB) MayForget(visitor string) error {
	if _, err := db.chatsOf(visitor); err != nil {
		return fmt.Errorf("forget visitor %s: %w", visitor, err)
	}
	return nil
}

// chatsOf finds the chats of a visitor, none of which may be open.
func (db *DB) chatsOf(visitor string) (map[sdk.ChatID]bool, error) {
	chats := map[sdk.ChatID]bool{}
	seen, err := db.seen()
	if err != nil {
		return nil, err
	}
	var open error
	err = db.EachChat(func(k bridge.Known) error {
		if k.Chat.Visitor.ID != visitor || visitor == "" {
			return nil
		}
		recent := !seen.IsZero() && k.Chat.ClosedAt.After(seen)
		if k.Chat.Open() || recent {
			open = &OpenChatError{k.Chat.ID, !k.Chat.Open()}
			return errStop
		}
		chats[k.Chat.ID] = true
		return nil
	})
	return chats, errors.Join(err, open)
}

// seen is the server time of the last comparison with the workspace.
func (db *DB) seen() (t time.Time, err error) {
	if err := db.Flush().Wait(); err != nil {
		return t, err
	}
	err = db.view(func(tx *bbolt.Tx) error {
		if v := tx.Bucket(metaBucket).Get(seenKey); v != nil {
			t, err = time.Parse(time.RFC3339Nano, string(v))
		}
		return err
	})
	return t, err
}

// forget takes the chats out, each kind of record in its own way.
func forget(tx *bbolt.Tx, visitor string, chats map[sdk.ChatID]bool) error {
	blanked, err := blank(tx, chats)
	if err != nil {
		return err
	}
	for id := range chats {
		if err := dropChat(tx, id); err != nil {
			return err
		}
	}
	return errors.Join(
		lessen(tx, func(s Snapshot) bool { return s.dropChats(chats) }),
		dropLetters(tx, func(d *Dead) bool { return chats[d.Entry.Event.Chat] || blanked[d.Entry.Seq] }),
		closeOpen(tx, blanked),
		dropMentions(tx, visitor, chats),
	)
}

// blank puts empty entries in the place of those of the chats, and of those
// that brought about something there, such as a command; it says where.
func blank(tx *bbolt.Tx, chats map[sdk.ChatID]bool) (map[uint64]bool, error) {
	blanked, err := decidedOn(tx, chats)
	if err != nil {
		return nil, err
	}
	c := tx.Bucket(journalBucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		var of ofChat
		if err := decode(v, &of); err != nil {
			return nil, err
		}
		if chats[of.Event.Chat] {
			blanked[fromNumber(k)] = true
		}
	}
	for seq := range blanked {
		if err := blankEntry(tx, seq); err != nil {
			return nil, err
		}
	}
	return blanked, nil
}

// decidedOn are the entries that decisions on the chats answer.
func decidedOn(tx *bbolt.Tx, chats map[sdk.ChatID]bool) (map[uint64]bool, error) {
	found := map[uint64]bool{}
	for id := range chats {
		err := eachDecision(tx, id, func(n uint64) error {
			var d Decision
			_, err := get(tx, decisionsBucket, decisionKey(id, n), &d)
			if tx.Bucket(journalBucket).Get(number(d.Seq)) != nil {
				found[d.Seq] = true
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func blankEntry(tx *bbolt.Tx, seq uint64) error {
	var was Entry
	if _, err := get(tx, journalBucket, number(seq), &was); err != nil {
		return err
	}
	known := tx.Bucket(knownBucket)
	if err := known.Delete([]byte(was.Event.ID)); err != nil {
		return err
	}
	id := sdk.EventID("forgotten/" + strconv.FormatUint(seq, 10))
	if err := known.Put([]byte(id), number(seq)); err != nil {
		return err
	}
	return put(tx, journalBucket, number(seq), Entry{Accepted: was.Accepted, Event: sdk.Event{ID: id, Kind: Forgotten}})
}

// dropChat takes out what is kept of a chat besides the journal.
func dropChat(tx *bbolt.Tx, id sdk.ChatID) error {
	err := dropDecisions(tx, id)
	ours, known := tx.Bucket(oursBucket), tx.Bucket(knownBucket)
	for _, trace := range []string{Moved(id), Ended(id)} {
		err = errors.Join(err, ours.Delete([]byte(trace)))
	}
	for _, event := range []sdk.EventID{bridge.OpenedID(id), bridge.ClosedID(id)} {
		if fromNumber(known.Get([]byte(event))) == 0 { // else it is an entry's, which goes with it
			err = errors.Join(err, known.Delete([]byte(event)))
		}
	}
	return errors.Join(err,
		dropPrefix(ours, []byte(tagTrace(id, ""))),
		dropMoments(ours, id),
		dropTimersOf(tx, id),
		dropPrefix(tx.Bucket(callsBucket), join(string(id), "")),
		dropStates(tx, id),
		tx.Bucket(forwardsBucket).Delete(moveKey(sdk.EffectForward, id)),
		tx.Bucket(forwardsBucket).Delete(moveKey(sdk.EffectQueue, id)),
		tx.Bucket(chatsBucket).Delete([]byte(id)),
	)
}

// dropMoments takes out which events of a chat were our effects.
func dropMoments(ours *bbolt.Bucket, id sdk.ChatID) error {
	var err error
	for _, kind := range []string{"taken/", "queued/", "forwarded/", "held/", "resumed/"} {
		err = errors.Join(err, dropPrefix(ours, []byte(kind+string(id)+"/")))
	}
	return err
}

// dropStates takes out what instances remember of a chat.
func dropStates(tx *bbolt.Tx, id sdk.ChatID) error {
	state := tx.Bucket(stateBucket)
	return tx.Bucket(setupsBucket).ForEach(func(name, _ []byte) error { return state.Delete(join(string(name), string(id))) })
}

// dropDecisions takes out what was decided on a chat, and what became of it.
func dropDecisions(tx *bbolt.Tx, id sdk.ChatID) error {
	var all []uint64
	err := eachDecision(tx, id, func(n uint64) error {
		all = append(all, n)
		return nil
	})
	for _, n := range all {
		err = errors.Join(err, dropDecision(tx, id, n))
	}
	return err
}

// dropDecision takes out one that is kept under the chat, wherever else it is.
func dropDecision(tx *bbolt.Tx, id sdk.ChatID, n uint64) error {
	var d Decision
	_, err := get(tx, decisionsBucket, decisionKey(id, n), &d)
	p, fault := parcel(tx, n)
	err = errors.Join(err, fault)
	for _, e := range p.Effects {
		for _, trace := range Traces(e.Effect) {
			err = errors.Join(err, tx.Bucket(oursBucket).Delete([]byte(trace)))
		}
	}
	for _, chat := range chatsOf(d.Chat, p.Effects) {
		err = errors.Join(err, tx.Bucket(decisionsBucket).Delete(decisionKey(chat, n)))
	}
	return errors.Join(err, tx.Bucket(outboxBucket).Delete(number(n)), tx.Bucket(outcomesBucket).Delete(number(n)))
}

// eachDecision calls fn with the number of each decision on a chat.
func eachDecision(tx *bbolt.Tx, id sdk.ChatID, fn func(n uint64) error) error {
	prefix := join(string(id), "")
	c := tx.Bucket(decisionsBucket).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if err := fn(fromNumber(k)); err != nil {
			return err
		}
	}
	return nil
}

func dropPrefix(b *bbolt.Bucket, prefix []byte) error {
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	return drop(b, keys)
}

// drop takes keys out. Bbolt forbids that while it walks.
func drop(b *bbolt.Bucket, keys [][]byte) (err error) {
	for _, k := range keys {
		err = errors.Join(err, b.Delete(k))
	}
	return err
}

// dropKeys takes out what is meant.
func dropKeys(b *bbolt.Bucket, meant func(k, v []byte) bool) error {
	var keys [][]byte
	err := b.ForEach(func(k, v []byte) error {
		if meant(k, v) {
			keys = append(keys, bytes.Clone(k))
		}
		return nil
	})
	return errors.Join(err, drop(b, keys))
}

func dropLetters(tx *bbolt.Tx, meant func(*Dead) bool) error {
	var fault error
	err := dropKeys(tx.Bucket(deadBucket), func(k, v []byte) bool {
		var d Dead
		fault = errors.Join(fault, decode(v, &d))
		d.Entry.Seq = fromNumber(k)
		return meant(&d)
	})
	return errors.Join(err, fault)
}

// closeOpen has no instance come back to events that are gone.
func closeOpen(tx *bbolt.Tx, gone map[uint64]bool) error {
	changed := map[string]Progress{}
	err := tx.Bucket(instancesBucket).ForEach(func(k, v []byte) error {
		var p Progress
		err := decode(v, &p)
		left := slices.DeleteFunc(slices.Clone(p.Open), func(o Pending) bool { return gone[o.Seq] })
		if len(left) < len(p.Open) {
			p.Open = left
			changed[string(k)] = p
		}
		return err
	})
	for name, p := range changed {
		err = errors.Join(err, put(tx, instancesBucket, []byte(name), p))
	}
	return err
}

// dropMentions takes out of what instances remember for themselves whatever
// names the visitor or one of the chats.
func dropMentions(tx *bbolt.Tx, visitor string, chats map[sdk.ChatID]bool) error {
	mentions := func(text string) bool {
		found := strings.Contains(text, visitor)
		for id := range chats {
			found = found || strings.Contains(text, string(id))
		}
		return found
	}
	changed := map[string]map[string]string{}
	err := tx.Bucket(stateBucket).ForEach(func(k, v []byte) error {
		state := map[string]string{}
		err := decode(v, &state)
		if dropIf(state, mentions) {
			changed[string(k)] = state
		}
		return err
	})
	for k, state := range changed {
		if len(state) == 0 {
			err = errors.Join(err, tx.Bucket(stateBucket).Delete([]byte(k)))
			continue
		}
		err = errors.Join(err, put(tx, stateBucket, []byte(k), state))
	}
	return errors.Join(err, lessen(tx, func(s Snapshot) bool {
		less := false
		for _, state := range s.States {
			less = dropIf(state, mentions) || less
		}
		return less
	}))
}

// dropIf takes out of a state what is meant, and says whether there was any.
func dropIf(state map[string]string, meant func(string) bool) bool {
	before := len(state)
	maps.DeleteFunc(state, func(key, value string) bool { return meant(key) || meant(value) })
	return len(state) < before
}
