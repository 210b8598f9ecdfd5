package store

import (
	"errors"
	"fmt"
)

// ErrClosed is what a write after Close gets.
var ErrClosed = errors.New("store is closed")

// LockedError says that another process has the store open.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("open store %s: another process has it open: stop the `bellhop run` that uses it, or name another data folder", e.Path)
}

// NotOursError says that the file is something else.
type NotOursError struct {
	Path  string
	Found string // what it is instead
}

func (e *NotOursError) Error() string {
	return fmt.Sprintf("open store %s: %s, not a store of Bellhop: nothing was changed; move the file away or name another data folder", e.Path, e.Found)
}

// NewerError says that a newer binary wrote the file.
type NewerError struct {
	Path   string
	Format int // of the file; this binary knows up to Format
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("open store %s: it has format %d, and this binary knows formats up to %d: run the newer bellhop that wrote it, or restore the copy that was made before", e.Path, e.Format, Format)
}

// OlderError says that the file has a format that this binary can't migrate.
type OlderError struct {
	Path   string
	Format int
}

func (e *OlderError) Error() string {
	return fmt.Sprintf("open store %s: it has format %d, and this binary reads formats from %d on: nothing was changed; run a bellhop that knows it, or move the file away", e.Path, e.Format, oldest)
}

// TornError says that the file is a store with a part missing or destroyed.
type TornError struct {
	Path  string
	Cause error
}

func (e *TornError) Error() string {
	return fmt.Sprintf("open store %s: the file is damaged (%v): nothing was changed; restore a backup, or move the file away to start anew: chats that are open are then taken as a baseline, without events", e.Path, e.Cause)
}

func (e *TornError) Unwrap() error { return e.Cause }

// FailedError says that a commit failed, and that the store refuses writes
// until Recover.
type FailedError struct{ Cause error }

func (e *FailedError) Error() string {
	return fmt.Sprintf("commit to store: %v", e.Cause)
}

func (e *FailedError) Unwrap() error { return e.Cause }
