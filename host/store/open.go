package store

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

var (
	metaBucket      = []byte("meta")      // format, install, secret, seen
	journalBucket   = []byte("journal")   // seq -> Entry
	knownBucket     = []byte("known")     // event id -> seq; 0 for a baseline's
	chatsBucket     = []byte("chats")     // chat -> bridge.Known
	instancesBucket = []byte("instances") // instance -> Progress
	setupsBucket    = []byte("setups")    // instance -> Setup
	stateBucket     = []byte("state")     // instance, chat -> map; the instance's own has an empty chat
	timersBucket    = []byte("timers")    // chat, instance, name -> DueTimer
	decisionsBucket = []byte("decisions") // chat, number -> Decision
	outboxBucket    = []byte("outbox")    // number -> Parcel with something that waits
	outcomesBucket  = []byte("outcomes")  // number -> Parcel that is settled
	deadBucket      = []byte("dead")      // instance, seq -> Dead
	oursBucket      = []byte("ours")      // trace -> effect key
	forwardsBucket  = []byte("forwards")  // chat -> times of our forwards
	snapshotsBucket = []byte("snapshots") // instance, seq -> Snapshot
	callsBucket     = []byte("calls")     // chat, id -> Call whose links are not over

	buckets = [][]byte{metaBucket, journalBucket, knownBucket, chatsBucket, instancesBucket, setupsBucket, stateBucket,
		timersBucket, decisionsBucket, outboxBucket, outcomesBucket, deadBucket, oursBucket, forwardsBucket, snapshotsBucket, callsBucket}

	// addedBuckets are those that stores of older binaries lack.
	addedBuckets = [][]byte{snapshotsBucket, callsBucket}

	formatKey  = []byte("format")
	installKey = []byte("install")
	secretKey  = []byte("secret")
	seenKey    = []byte("seen")

	restoredKey = []byte("restored") // when; see Restored
)

// Open opens the store at path, and makes it and its folder where there is
// none. The errors that a person can do something about are *LockedError,
// *NotOursError, *NewerError, *OlderError and *TornError; none of them has
// changed the file.
func Open(path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	if err := inspect(path); err != nil {
		return nil, err
	}
	bolt, err := openBolt(path, bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	db, err := start(path, bolt, (*DB).prepare)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chmod(path, 0o600), removeIfThere(besides(path))); err != nil {
		db.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return db, nil
}

// start reads what the store keeps in memory and begins to commit.
func start(path string, bolt *bbolt.DB, prepare func(*DB) error) (*DB, error) {
	db := &DB{path: path, bolt: bolt, parcels: parcels{}, wake: make(chan struct{}, 1), chores: make(chan func()), quit: make(chan struct{}), ended: make(chan struct{})}
	if err := guard(path, func() error { return prepare(db) }); err != nil {
		bolt.Close()
		return nil, err
	}
	db.waiting = newBatch(db.end)
	go db.commits()
	return db, nil
}

// guard turns a panic of bbolt on a damaged page into a TornError.
func guard(path string, do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &TornError{path, fmt.Errorf("%v", v)}
		}
	}()
	return do()
}

func openBolt(path string, o bbolt.Options) (bolt *bbolt.DB, err error) {
	o.Timeout, o.NoStatistics = time.Second, true
	err = guard(path, func() error {
		bolt, err = bbolt.Open(path, 0o600, &o)
		return err
	})
	var torn *TornError
	switch {
	case errors.As(err, &torn):
		return nil, err
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, &LockedError{path}
	case err != nil:
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return bolt, nil
}

// inspect looks at the file without bbolt, which would fault on a file that is
// shorter than it says.
func inspect(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if info.IsDir() {
		return &NotOursError{path, "it is a folder"}
	}
	if info.Size() == 0 {
		return nil
	}
	return inspectPages(path, f, info.Size())
}

// The meta page of a bbolt file, behind a page header of 16 bytes (see
// go.etcd.io/bbolt/internal/common/meta.go).
const (
	boltMagic    = 0xED0CDAED
	pageHeader   = 16
	metaSize     = 64
	metaPageSize = 8
	metaPages    = 40 // the first page that is not in use
	metaTx       = 48
	metaChecksum = 56
)

func inspectPages(path string, f io.ReaderAt, size int64) error {
	var best []byte
	sawMagic := false
	for _, at := range []int64{0, 4096, 16384, 65536} {
		m := make([]byte, metaSize)
		if _, err := f.ReadAt(m, at+pageHeader); err != nil || binary.LittleEndian.Uint32(m) != boltMagic {
			continue
		}
		sawMagic = true
		sum := fnv.New64a()
		sum.Write(m[:metaChecksum])
		valid := sum.Sum64() == binary.LittleEndian.Uint64(m[metaChecksum:])
		if valid && (best == nil || txOf(m) > txOf(best)) {
			best = m
		}
	}
	switch {
	case !sawMagic:
		return &NotOursError{path, "it is no database"}
	case best == nil:
		return &TornError{path, errors.New("both head pages are destroyed")}
	}
	need := int64(binary.LittleEndian.Uint64(best[metaPages:])) * int64(binary.LittleEndian.Uint32(best[metaPageSize:]))
	if size < need {
		return &TornError{path, fmt.Errorf("%d of %d bytes are there", size, need)}
	}
	return nil
}

func txOf(meta []byte) uint64 { return binary.LittleEndian.Uint64(meta[metaTx:]) }

// prepare checks whose file it is, makes what a new one needs and reads what
// the store keeps in memory.
func (db *DB) prepare() error {
	fresh, err := db.whose()
	if err != nil {
		return err
	}
	if fresh {
		if err := db.bolt.Update(create); err != nil {
			return fmt.Errorf("make store %s: %w", db.path, err)
		}
	}
	if err := db.complete(); err != nil {
		return fmt.Errorf("open store %s: %w", db.path, err)
	}
	return db.view(db.load)
}

// complete makes the buckets that a store of an older binary lacks, which goes on
// to read it without.
func (db *DB) complete() error {
	var lacks [][]byte
	err := db.view(func(tx *bbolt.Tx) error {
		for _, name := range addedBuckets {
			if tx.Bucket(name) == nil {
				lacks = append(lacks, name)
			}
		}
		return nil
	})
	if err != nil || len(lacks) == 0 {
		return err
	}
	return db.bolt.Update(func(tx *bbolt.Tx) error {
		for _, name := range lacks {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (db *DB) whose() (fresh bool, err error) {
	err = db.view(func(tx *bbolt.Tx) error {
		first, _ := tx.Cursor().First()
		meta := tx.Bucket(metaBucket)
		switch {
		case first == nil:
			fresh = true
			return nil
		case meta == nil || meta.Get(formatKey) == nil:
			return &NotOursError{db.path, fmt.Sprintf("it is another program's bbolt database (its first bucket is %.40q)", first)}
		}
		format := int(fromNumber(meta.Get(formatKey)))
		switch {
		case format > Format:
			return &NewerError{db.path, format}
		case format < oldest:
			return &OlderError{db.path, format}
		}
		walk(tx)
		return nil
	})
	return fresh, err
}

// walk touches every page, so that a damaged one is found now and not in the
// middle of a commit. Like bbolt it panics; see guard.
func walk(tx *bbolt.Tx) {
	for _, name := range buckets {
		b := tx.Bucket(name)
		if b == nil && slices.ContainsFunc(addedBuckets, func(added []byte) bool { return bytes.Equal(name, added) }) {
			continue // a store of before there were any
		}
		if b == nil {
			panic(fmt.Sprintf("bucket %s is missing", name))
		}
		var last []byte
		c := b.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			if last != nil && bytes.Compare(last, k) >= 0 {
				panic(fmt.Sprintf("keys of %s are out of order", name))
			}
			last = k
		}
	}
}

func create(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	random := make([]byte, 48)
	rand.Read(random)
	meta := tx.Bucket(metaBucket)
	return errors.Join(
		meta.Put(formatKey, number(Format)),
		meta.Put(installKey, []byte(hex.EncodeToString(random[:16]))),
		meta.Put(secretKey, random[16:]),
	)
}

func (db *DB) load(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	db.install = string(meta.Get(installKey))
	db.secret = bytes.Clone(meta.Get(secretKey))
	last, _ := tx.Bucket(journalBucket).Cursor().Last()
	db.end = fromNumber(last)
	db.flushed = db.end
	db.decisions = tx.Bucket(decisionsBucket).Sequence()
	if v := meta.Get(restoredKey); v != nil {
		return db.restored.UnmarshalText(v)
	}
	return nil
}

// Install is a name that this store made for itself when it was new.
func (db *DB) Install() string { return db.install }

// Secret is 32 random bytes that the store keeps, such as for the names of
// call rooms, which nobody may guess.
func (db *DB) Secret() []byte { return bytes.Clone(db.secret) }

// SecretFor is a secret that is another for each name, and always the same for
// one.
func (db *DB) SecretFor(name string) string {
	mac := hmac.New(sha256.New, db.secret)
	mac.Write([]byte(name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Path is where the file is.
func (db *DB) Path() string { return db.path }
