package store

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	lazyDelay = 5 * time.Millisecond // what nobody waits for is on disk after this
	maxLag    = 2048                 // events that are not on disk; Append waits for some of them
	tailKept  = 512                  // newest entries that stay in memory
)

// DB is an open store. All its methods may be called from any goroutine.
type DB struct {
	path     string
	bolt     *bbolt.DB
	install  string
	secret   []byte
	restored time.Time     // from a backup; zero means never
	wake     chan struct{} // somebody waits for the present batch
	quit     chan struct{}
	ended    chan struct{}
	closing  sync.Once
	copying  sync.Mutex   // one Backup at a time
	chores   chan func()  // for the committing goroutine, between commits
	file     sync.RWMutex // held while bolt is read; Compact puts another in its place
	parcels  parcels      // the committing goroutine's own

	mu        sync.Mutex // guards what follows
	end       uint64     // the newest entry's seq
	flushed   uint64     // the newest entry's on disk
	decisions uint64     // the newest decision's number
	tail      []*Entry   // the newest entries, among them all that are not on disk
	watchers  map[int]func(Flush)
	watches   int    // calls of Watch so far
	waiting   *batch // gathers while another is written
	writing   *batch // nil between commits
	failed    error  // of the last commit; writes are refused until Recover
	cache     chatCache
}

// batch is what one commit writes.
type batch struct {
	ticket   *Ticket
	writes   []func(*bbolt.Tx) error
	progress map[string]Progress // the newest of each instance
	known    map[sdk.EventID]uint64
	chats    map[sdk.ChatID]bridge.Known
	end      uint64      // the newest entry's seq when the batch was closed
	firm     uint64      // the first entry that nobody may see before it is on disk; 0 means none
	lazy     *time.Timer // ends the gathering when nobody waits
}

func newBatch(end uint64) *batch {
	return &batch{
		ticket:   &Ticket{done: make(chan struct{})},
		progress: map[string]Progress{},
		known:    map[sdk.EventID]uint64{},
		chats:    map[sdk.ChatID]bridge.Known{},
		end:      end,
	}
}

func (b *batch) empty() bool { return len(b.writes) == 0 && len(b.progress) == 0 }

// Ticket is done when what it stands for is on disk, or has failed.
type Ticket struct {
	done chan struct{}
	err  error
}

// Done is closed when the ticket is done.
func (t *Ticket) Done() <-chan struct{} { return t.done }

// Wait waits until the ticket is done. The error is a *FailedError, ErrClosed,
// or nil when the disk has it. A lazy write is waited for at most a few
// milliseconds.
func (t *Ticket) Wait() error {
	<-t.done
	return t.err
}

func (t *Ticket) finish(err error) {
	t.err = err
	close(t.done)
}

// refused is a ticket that was never good.
func refused(err error) *Ticket {
	t := &Ticket{done: make(chan struct{})}
	t.finish(err)
	return t
}

// put adds to the present batch. Urgent says that somebody waits. The caller
// holds db.mu and has asked db.ready.
func (db *DB) put(urgent bool, write func(*bbolt.Tx) error) *Ticket {
	b := db.waiting
	if write != nil {
		b.writes = append(b.writes, write)
	}
	switch {
	case urgent:
		db.poke()
	case b.lazy == nil:
		b.lazy = time.AfterFunc(lazyDelay, db.poke)
	}
	return b.ticket
}

// write is put for callers that do not hold db.mu.
func (db *DB) write(urgent bool, write func(*bbolt.Tx) error) *Ticket {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.failed != nil {
		return refused(db.failed)
	}
	return db.put(urgent, write)
}

func (db *DB) poke() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

// Flush writes what has gathered, lazy or not.
func (db *DB) Flush() *Ticket { return db.write(true, nil) }

// gathered waits until the disk has what has gathered, for who reads from
// there. When commits fail it has all that there is: the rest is forgotten.
func (db *DB) gathered() error {
	err := db.Flush().Wait()
	var failed *FailedError
	if errors.As(err, &failed) {
		return nil
	}
	return err
}

// commits is the goroutine that writes.
func (db *DB) commits() {
	defer close(db.ended)
	for {
		select {
		case <-db.wake:
			db.commit()
		case do := <-db.chores:
			do()
		case <-db.quit:
			db.commit()
			db.fail(ErrClosed)
			return
		}
	}
}

func (db *DB) commit() {
	db.mu.Lock()
	b := db.waiting
	if b.lazy != nil {
		b.lazy.Stop()
	}
	b.end = db.end
	db.waiting, db.writing = newBatch(db.end), b
	db.mu.Unlock()

	began := time.Now()
	if err := db.carryOut(b); err != nil {
		clear(db.parcels) // they may be ahead of the file
		db.fail(&FailedError{err})
		return
	}
	db.tell(b, Flush{Writes: len(b.writes) + len(b.progress), Took: time.Since(began)})
	db.mu.Lock()
	db.flushed, db.writing = b.end, nil
	db.trim()
	db.mu.Unlock()
	b.ticket.finish(nil)
}

// Flush is one commit.
type Flush struct {
	Writes int           // calls that it took
	Took   time.Duration // until the disk had it
}

// Watch calls fn after each commit, before anybody is told of it. The next
// commit waits for fn, which may read and must not write. The function that is
// returned ends it.
func (db *DB) Watch(fn func(Flush)) (stop func()) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.watches++
	n := db.watches
	if db.watchers == nil {
		db.watchers = map[int]func(Flush){}
	}
	db.watchers[n] = fn
	return func() {
		db.mu.Lock()
		defer db.mu.Unlock()
		delete(db.watchers, n)
	}
}

func (db *DB) tell(b *batch, f Flush) {
	if b.empty() {
		return
	}
	db.mu.Lock()
	told := slices.Collect(maps.Values(db.watchers))
	db.mu.Unlock()
	for _, fn := range told {
		fn(f)
	}
}

func (db *DB) carryOut(b *batch) error {
	if b.empty() {
		return nil
	}
	return guard(db.path, func() error {
		return db.bolt.Update(func(tx *bbolt.Tx) error {
			for _, write := range b.writes {
				if err := write(tx); err != nil {
					return err
				}
			}
			for instance, p := range b.progress {
				if err := put(tx, instancesBucket, []byte(instance), p); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// fail forgets what is not on disk, tells all who wait and refuses writes.
func (db *DB) fail(err error) {
	db.mu.Lock()
	lost := []*batch{db.waiting}
	if db.writing != nil {
		lost = append(lost, db.writing)
	}
	db.failed, db.writing, db.waiting = err, nil, newBatch(db.flushed)
	db.cache.forget()
	for len(db.tail) > 0 && db.tail[len(db.tail)-1].Seq > db.flushed {
		db.tail = db.tail[:len(db.tail)-1]
	}
	db.end = db.flushed
	db.mu.Unlock()
	for _, b := range lost {
		b.ticket.finish(err)
	}
}

// Recover ends the refusal after a failed commit, when the disk takes writes
// again. What failed is lost: who made it must start over from what the store
// holds. It is no fault to call it when nothing has failed.
func (db *DB) Recover() error {
	db.mu.Lock()
	failed := db.failed
	db.mu.Unlock()
	if failed == nil || failed == ErrClosed {
		return failed
	}
	db.file.RLock()
	err := db.bolt.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(metaBucket).Put([]byte("tried"), []byte(time.Now().UTC().Format(time.RFC3339)))
	})
	db.file.RUnlock()
	if err != nil {
		return &FailedError{err}
	}
	return db.reload()
}

func (db *DB) reload() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.view(db.load); err != nil {
		return err
	}
	db.failed, db.tail, db.waiting = nil, nil, newBatch(db.end)
	return nil
}

// Close writes what has gathered and lets the file go. What is called
// afterwards gets ErrClosed.
func (db *DB) Close() error {
	db.closing.Do(func() { close(db.quit) })
	<-db.ended
	return db.bolt.Close()
}

// trim lets the older entries go that are on disk. The caller holds db.mu.
func (db *DB) trim() {
	if len(db.tail) < 2*tailKept {
		return
	}
	cut := len(db.tail) - tailKept
	if onDisk := int(db.flushed - db.tail[0].Seq + 1); cut > onDisk {
		cut = onDisk
	}
	db.tail = append([]*Entry(nil), db.tail[cut:]...)
}

func put(tx *bbolt.Tx, bucket, key []byte, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put(key, b)
}

// get reads a record; found is false when there is none.
func get(tx *bbolt.Tx, bucket, key []byte, into any) (found bool, err error) {
	b := tx.Bucket(bucket).Get(key)
	if b == nil {
		return false, nil
	}
	return true, decode(b, into)
}
