package bridge

import (
	"fmt"
	"testing"
	"time"
)

// manager is a player that knows who we are, and nothing else.
func manager(t *testing.T) *player {
	p := newPlayer(t)
	all := recording(t, "manual")
	p.learn(all[0])
	p.learn(all[1])
	return p
}

// TestPausesGrowAndDiffer: a server that comes back is not met by all its
// clients at once.
func TestPausesGrowAndDiffer(t *testing.T) {
	for n := 1; n < 200; n++ {
		most := lastRedial
		if n < 10 {
			most = min(firstRedial<<(n-1), lastRedial)
		}
		different := map[time.Duration]bool{}
		for range 50 {
			d := pause(n, firstRedial, lastRedial)
			different[d] = true
			if d < most/2 || d > most {
				t.Fatalf("pause %d is %s, want between half of %s and all of it", n, d, most)
			}
		}
		if len(different) < 25 {
			t.Errorf("pause %d has only %d lengths", n, len(different))
		}
	}
}

// TestLineThatFlapsIsTriedAgainWithinASecond: what happens meanwhile is told at
// the next connection. A server that takes nobody is not asked more and more
// often.
func TestLineThatFlapsIsTriedAgainWithinASecond(t *testing.T) {
	for name, c := range map[string]struct {
		n        int
		lasted   time.Duration
		listened bool
		least    time.Duration
		most     time.Duration
	}{
		"a good connection":              {9, time.Minute, true, firstRedial / 2, firstRedial},
		"one that listened for a moment": {9, time.Second, true, 400 * time.Millisecond, 800 * time.Millisecond},
		"the first that was lost":        {1, time.Second, true, firstRedial / 2, firstRedial},
		"one that never listened":        {9, time.Second, false, lastRedial / 2, lastRedial},
	} {
		for range 100 {
			if d := pause(inARow(c.n, c.lasted, c.listened), firstRedial, lastRedial); d < c.least || d > c.most {
				t.Fatalf("after %s: %s, want between %s and %s", name, d, c.least, c.most)
			}
		}
	}
}

// TestManyDepartmentsDoNotHoldUpTheRest: servers take so many subscriptions at
// a time; the most important come first, and what happened is caught up with
// before the last.
func TestManyDepartmentsDoNotHoldUpTheRest(t *testing.T) {
	p := manager(t)
	p.departments = map[string]string{}
	for n := range 200 {
		p.departments[fmt.Sprint("department ", n)] = fmt.Sprint("d", n)
	}
	j := newJournal(t)
	j.run(p.options())
	j.compared()
	subs := p.subscribed()
	if len(subs) < burst || len(subs) > burst+5 {
		t.Errorf("there are %d subscriptions", len(subs))
	}
	me := p.me["_id"].(string)
	for n, want := range []string{streamMessages + " __my_messages__", streamUser + " " + me + "/rooms-changed", streamUser + " " + me + "/subscriptions-changed", streamQueue + " public"} {
		if subs[n] != want {
			t.Errorf("subscription %d is %s, want %s", n+1, subs[n], want)
		}
	}
}

// TestServerThatWantsItSlowerIsObeyed.
func TestServerThatWantsItSlowerIsObeyed(t *testing.T) {
	p := manager(t)
	refusals := 0
	p.refuse = func(stream, _ string) document {
		if stream != streamMessages || refusals > 0 {
			return nil
		}
		refusals++
		return document{"error": document{"error": "too-many-requests", "details": document{"timeToReset": 10}}}
	}
	j := newJournal(t)
	j.run(p.options())
	j.compared()
	if subs := p.subscribed(); len(subs) < 2 || subs[0] != subs[1] {
		t.Errorf("the subscriptions are %q", subs)
	}
}

// TestRefusedQueueIsSaidAndDoneWithout: comparing finds its news.
func TestRefusedQueueIsSaidAndDoneWithout(t *testing.T) {
	p := manager(t)
	p.refuse = func(stream, _ string) document {
		if stream == streamQueue {
			return document{}
		}
		return nil
	}
	log := &logbook{}
	o := p.options()
	o.Log = log.logger()
	j := newJournal(t)
	j.run(o)
	j.compared()
	log.wait(t, "stream is refused: its news come by comparison")
}

// TestRefusedMessagesAreSaidAndTriedAgain: without them nothing comes in time.
func TestRefusedMessagesAreSaidAndTriedAgain(t *testing.T) {
	p := manager(t)
	refusals := 0
	p.refuse = func(stream, _ string) document {
		if stream != streamMessages || refusals > 1 {
			return nil
		}
		refusals++
		return document{"error": document{"error": "not-allowed", "reason": "Not allowed"}}
	}
	log := &logbook{}
	o := p.options()
	o.Log = log.logger()
	j := newJournal(t)
	j.run(o)
	log.wait(t, "connection lost: trying again")
	log.wait(t, "attempt=2")
	j.compared() // the first
}
