package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

func TestLazyWritesReachTheDiskByThemselves(t *testing.T) {
	db := fresh(t)
	_, ticket, err := db.Append(message("c", 1), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := ticket.Wait(); err != nil || db.lag() != 0 {
		t.Errorf("lag %d (%v)", db.lag(), err)
	}
}

func TestFailedCommitIsToldToAllAndForgotten(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	first := appended(t, db, message("c", 1))
	if err := db.Flush().Wait(); err != nil {
		t.Fatal(err)
	}
	db.bolt.MaxSize = 1 // as good as a full disk: the file may not grow
	db.bolt.AllocSize = 1
	big := message("c", 2)
	big.Message.Text = strings.Repeat("x", 1<<20)
	_, event, err := db.Append(big, noon)
	if err != nil {
		t.Fatal(err)
	}
	_, result, err := db.Commit(forward("rules", first))
	if err != nil {
		t.Fatal(err)
	}
	var failed *FailedError
	if err := event.Wait(); !errors.As(err, &failed) {
		t.Errorf("event: %v", err)
	}
	if err := result.Wait(); !errors.As(err, &failed) {
		t.Errorf("result: %v", err)
	}
	if db.Knows(big.ID) || db.End() != first.Seq {
		t.Errorf("memory knows what the file does not: end %d", db.End())
	}
	if _, _, err := db.Append(message("c", 3), noon); !errors.As(err, &failed) {
		t.Errorf("append after the failure: %v", err)
	}
	if got, err := db.Entry(first.Seq); err != nil || got.Event.ID != first.Event.ID {
		t.Errorf("reading after the failure: %+v, %v", got, err)
	}

	db.bolt.MaxSize = 0
	if err := db.Recover(); err != nil {
		t.Fatal(err)
	}
	if e := appended(t, db, big); e == nil || e.Seq != first.Seq+1 {
		t.Errorf("after recovery: %+v", e)
	}
	committed(t, db, forward("rules", first))
}

func TestCloseWritesWhatHasGathered(t *testing.T) {
	db := fresh(t)
	_, ticket, err := db.Append(message("c", 1), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ticket.Wait(); err != nil {
		t.Errorf("ticket: %v", err)
	}
	if _, _, err := db.Append(message("c", 2), noon); !errors.Is(err, ErrClosed) {
		t.Errorf("append after Close: %v", err)
	}
	if db := open(t, db.Path()); db.End() != 1 {
		t.Errorf("journal ends at %d", db.End())
	}
}

// held keeps a commit from ending, so that what is written meanwhile gathers,
// until the function that is returned is called.
func held(t *testing.T, db *DB) (release func()) {
	t.Helper()
	begun, gate := make(chan struct{}), make(chan struct{})
	stop := db.Watch(func(Flush) {
		close(begun)
		<-gate
	})
	db.SetSeen(noon)
	db.Flush()
	<-begun
	return func() {
		stop()
		close(gate)
	}
}

// flushes counts the commits from now on.
func flushes(t *testing.T, db *DB) func() int {
	t.Helper()
	if err := db.Flush().Wait(); err != nil {
		t.Fatal(err)
	}
	n := 0
	db.Watch(func(Flush) { n++ })
	return func() int {
		if err := db.Flush().Wait(); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func TestEventAndDecisionShareOneCommit(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	count := flushes(t, db)
	release := held(t, db)
	e := appended(t, db, message("c", 1))
	_, ticket, err := db.Commit(forward("rules", e))
	if err != nil {
		t.Fatal(err)
	}
	release()
	if err := ticket.Wait(); err != nil || count() != 2 {
		t.Errorf("event and decision took %d commits, want 1, and 1 before (%v)", count(), err)
	}
}

func TestOneCommitTakesAllThatWait(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	count := flushes(t, db)
	release := held(t, db)
	const n = 200
	var tickets []*Ticket
	for range n {
		_, ticket, err := db.Commit(forward("rules", e))
		if err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, ticket)
	}
	release()
	for _, ticket := range tickets {
		if err := ticket.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if got := count(); got != 2 {
		t.Errorf("%d results took %d commits, want 1, and 1 before", n, got)
	}
	if box, _ := db.Outbox(); len(box) != n {
		t.Errorf("%d parcels", len(box))
	}
}

func TestAppendWaitsForTheDiskWhenTooMuchIsNotOnIt(t *testing.T) {
	db := fresh(t)
	release := held(t, db)
	for n := range maxLag {
		appended(t, db, message("c", n))
	}
	done := make(chan error)
	go func() {
		_, _, err := db.Append(message("c", maxLag), noon)
		done <- err
	}()
	select {
	case <-done:
		t.Error("it did not wait")
	case <-time.After(20 * time.Millisecond):
	}
	release()
	if err := <-done; err != nil || db.lag() != 0 {
		t.Errorf("%d entries are not on disk (%v)", db.lag(), err)
	}
}

func TestDiskThatStaysFullStaysAnError(t *testing.T) {
	db := fresh(t)
	db.bolt.MaxSize, db.bolt.AllocSize = 1, 1
	big := message("c", 1)
	big.Message.Text = strings.Repeat("x", 1<<20)
	_, ticket, err := db.Append(big, noon)
	if err != nil || ticket.Wait() == nil {
		t.Fatal("a full disk took a megabyte")
	}
	if err := db.Recover(); err != nil {
		t.Fatal(err) // there is room for a word, and none for a megabyte
	}
	_, ticket, err = db.Append(big, noon)
	var failed *FailedError
	if err != nil || !errors.As(ticket.Wait(), &failed) {
		t.Errorf("the second attempt: %v, %v", err, ticket.Wait())
	}
	for _, err := range []error{db.SetSeen(noon).Wait(), db.Begin(1, 0).Wait(), db.Change("a", Setup{}, false, noon), db.Drop(Dead{}).Wait(), db.Flush().Wait()} {
		if !errors.As(err, &failed) {
			t.Errorf("a write while the store refuses: %v", err)
		}
	}
	db.bolt.MaxSize = 0
	if err := db.Recover(); err != nil {
		t.Fatal(err)
	}
}

func TestImpossibleSettlementFailsAndNothingOfItIsKept(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	n := committed(t, db, forward("rules", appended(t, db, message("c", 1))))
	settle(t, db, Settlement{Number: n, Outcome: sdk.Outcome{State: sdk.Done}})
	ticket, err := db.Settle(Settlement{Number: n, Outcome: sdk.Outcome{State: sdk.Refused}})
	if err != nil || ticket.Wait() == nil {
		t.Fatalf("an effect ended twice (%v)", err)
	}
	if err := db.Recover(); err != nil {
		t.Fatal(err)
	}
	if why, err := db.Why("c"); err != nil || why[0].Effects[0].Outcome.State != sdk.Done {
		t.Errorf("why: %+v (%v)", why, err)
	}
}

func TestRecoverIsNoFaultWhenNothingHasFailed(t *testing.T) {
	db := fresh(t)
	e := appended(t, db, message("c", 1))
	if err := db.Recover(); err != nil || db.End() != e.Seq {
		t.Errorf("%v, end %d", err, db.End())
	}
	db.Close()
	if err := db.Recover(); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
