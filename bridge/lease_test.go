package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// house is a workspace whose account several hosts would like to act as. It is
// called without a network, so that its time is a bubble's.
type house struct {
	t     *testing.T
	lobby *lobby.Server
	serve http.Handler
	slow  time.Duration // the longest that a call takes, by chance; 0 means no time at all

	mu     sync.Mutex // guards what follows
	acting []string   // hosts that act now
	acted  []string   // in the order in which they began to
}

// inHouse plays a test on every version, or on those that are named.
func inHouse(t *testing.T, opt lobby.Options, play func(h *house), as ...string) {
	if as == nil {
		as = lobby.Releases()
	}
	for _, as := range as {
		t.Run(as, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opt := opt
				opt.As, opt.NoLimits = as, opt.Roles == nil // those who give roles mean the limits, too
				s, err := lobby.New(opt)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				play(&house{t: t, lobby: s, serve: s.Handler()})
			})
		})
	}
}

// tenant is a host of the house.
type tenant struct {
	*house
	me      Holder
	bridge  *Bridge
	log     *logbook
	cut     bool // it reaches the workspace no more; the house's mu guards it
	idle    chan *Holder
	stop    func()
	ended   chan error
	refused atomic.Int32 // calls, for the limit
	before  chan *Holder // who held the account before, when this one begins
}

// RoundTrip calls the workspace.
func (n *tenant) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	cut := n.cut
	n.mu.Unlock()
	if cut {
		return nil, io.ErrUnexpectedEOF
	}
	if n.slow > 0 {
		time.Sleep(rand.N(n.slow))
	}
	to := httptest.NewRecorder()
	n.serve.ServeHTTP(to, r)
	if to.Code == http.StatusTooManyRequests {
		n.refused.Add(1)
	}
	return to.Result(), nil
}

func (n *tenant) cutOff(yes bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = yes
}

// come has a host come into the house.
func (h *house) come(machine string, o LeaseOptions) *tenant {
	n := &tenant{
		house: h, log: &logbook{}, idle: make(chan *Holder, 100), ended: make(chan error, 1), before: make(chan *Holder, 1),
		me: Holder{Install: "install of " + machine, Host: machine, Folder: "/srv/" + machine, Run: fmt.Sprint(machine, rand.Int64())},
	}
	a := h.lobby.Accounts("http://house").Bot
	var err error
	n.bridge, err = New(Options{URL: "http://house", User: a.User, Password: a.Password, HTTP: &http.Client{Transport: n}, Log: slog.New(slog.NewTextHandler(n.log, nil))})
	if err != nil {
		h.t.Fatal(err)
	}
	o.Idle = func(other *Holder) { n.idle <- other }
	ctx, stop := context.WithCancel(h.t.Context())
	n.stop = stop
	go func() { n.ended <- n.bridge.Hold(ctx, n.me, o, n.act) }()
	synctest.Wait()
	return n
}

// soon is what comes within an hour of the bubble's.
func soon[T any](n *tenant, from chan T) (v T) {
	n.t.Helper()
	select {
	case v = <-from:
	case <-time.After(time.Hour):
		n.t.Fatalf("nothing comes of %s: %q act", n.me.Host, n.acting)
	}
	return v
}

// leave ends the host and waits for it.
func (n *tenant) leave() error {
	n.t.Helper()
	n.stop()
	return soon(n, n.ended)
}

// act acts until ctx ends. Two that act at a time are what the lease is against.
func (n *tenant) act(ctx context.Context, before *Holder) error {
	n.mu.Lock()
	n.acting, n.acted = append(n.acting, n.me.Host), append(n.acted, n.me.Host)
	n.mu.Unlock()
	n.before <- before
	<-ctx.Done()
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, host := range n.acting {
		if host == n.me.Host {
			n.acting = append(n.acting[:i:i], n.acting[i+1:]...)
			break
		}
	}
	return nil
}

// acts checks who has begun to act so far, one after another, and who acts now.
func (h *house) acts(now string, soFar ...string) {
	h.t.Helper()
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if got, acted := strings.Join(h.acting, " "), strings.Join(h.acted, " "); got != now || acted != strings.Join(soFar, " ") {
		h.t.Errorf("after %q now %q acts; want %q and %q", acted, got, soFar, now)
	}
}

// may is what becomes of an effect of the host.
func (n *tenant) may() sdk.Outcome {
	return n.bridge.Apply(n.t.Context(), Effect{Effect: sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"x"}}, Chat: "none", Key: "k"})
}

const aBeat = 15 * time.Second

func TestSecondHostStaysIdleAndSaysWhereTheFirstRuns(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		h.acts("attic", "attic")
		second := h.come("cellar", LeaseOptions{})
		other := soon(second, second.idle)
		if other.Host != "attic" || other.Folder != "/srv/attic" || other.Since.IsZero() {
			h.t.Errorf("it says that %+v holds the account", other)
		}
		second.log.wait(h.t, `stays idle`)
		second.log.wait(h.t, `host=attic folder=/srv/attic since=`)
		time.Sleep(time.Hour)
		h.acts("attic", "attic")
		if err := second.leave(); !errors.Is(err, context.Canceled) {
			h.t.Errorf("the idle one ended with %v", err)
		}
		if err := first.leave(); err != nil {
			h.t.Errorf("the first ended with %v", err)
		}
	})
}

func TestHostThatEndsIsFollowedAtOnce(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		second := h.come("cellar", LeaseOptions{})
		soon(second, second.idle)
		if err := first.leave(); err != nil {
			h.t.Error(err)
		}
		time.Sleep(aBeat + aBeat/3 + time.Second)
		h.acts("cellar", "attic", "cellar")
		if before := soon(second, second.before); before == nil || before.Install != "install of attic" {
			h.t.Errorf("before it was %+v", before)
		}
		if other := soon(second, second.idle); other != nil {
			h.t.Errorf("it says that %+v holds the account", other)
		}
		second.leave()
	})
}

// TestHostThatDiesIsFollowedAfterItsLease: it says no more good-bye.
func TestHostThatDiesIsFollowedAfterItsLease(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		second := h.come("cellar", LeaseOptions{})
		soon(second, second.idle)
		first.cutOff(true)
		first.leave()
		time.Sleep(2 * aBeat)
		h.acts("", "attic")
		time.Sleep(6 * aBeat)
		h.acts("cellar", "attic", "cellar")
		second.leave()
	})
}

// TestSameFolderAgainWaitsForNobody: only one host can have its store open.
func TestSameFolderAgainWaitsForNobody(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		h.acts("attic", "attic")
		soon(first, first.before)
		first.cutOff(true)
		first.leave()
		again := h.come("attic", LeaseOptions{})
		h.acts("attic", "attic", "attic")
		if before := soon(again, again.before); before != nil {
			h.t.Errorf("before it was %+v", before)
		}
		again.leave()
	})
}

// TestCopiedFolderIsAnotherHost, such as that of a backup or of a machine that
// was cloned.
func TestCopiedFolderIsAnotherHost(t *testing.T) {
	one := Holder{Install: "i", Host: "attic", Folder: "/srv/bellhop", Run: "1"}
	for _, other := range []Holder{{Install: "i", Host: "cellar", Folder: "/srv/bellhop"}, {Install: "i", Host: "attic", Folder: "/srv/copy"}, {Install: "j", Host: "attic", Folder: "/srv/bellhop"}} {
		if one.same(other) {
			t.Errorf("%+v is taken for %+v", other, one)
		}
	}
	if !one.same(Holder{Install: "i", Host: "attic", Folder: "/srv/bellhop", Run: "2"}) {
		t.Error("the same folder is taken for another")
	}
}

func TestTakingOverEndsTheOther(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		h.acts("attic", "attic")
		second := h.come("cellar", LeaseOptions{TakeOver: true})
		var taken *TakenError
		if err := soon(first, first.ended); !errors.As(err, &taken) || taken.By.Host != "cellar" || !strings.Contains(err.Error(), "--take-over") {
			h.t.Errorf("the first ended with %v", err)
		}
		h.acts("", "attic") // the second waits until that is sure
		soon(second, second.before)
		h.acts("cellar", "attic", "cellar")
		time.Sleep(time.Hour)
		h.acts("cellar", "attic", "cellar")
		third := h.come("attic", LeaseOptions{}) // whoever was ended and is started again does not fight
		soon(third, third.idle)
		third.leave()
		second.leave()
	})
}

// TestHostThatWasCutOffDoesNothingMore: another has begun meanwhile.
func TestHostThatWasCutOffDoesNothingMore(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		second := h.come("cellar", LeaseOptions{})
		soon(second, second.idle)
		if o := first.may(); o.State != sdk.Refused { // there is no such chat
			h.t.Errorf("while it holds the account its effect is %+v", o)
		}
		first.cutOff(true)
		time.Sleep(2 * aBeat)
		if o := first.may(); o.State != "" || !strings.Contains(o.Reason, "not sure") {
			h.t.Errorf("while it is cut off its effect is %+v", o)
		}
		soon(second, second.before) // both believe that they hold it, but the first can do nothing
		first.cutOff(false)
		if o := first.may(); o.State != "" || !strings.Contains(o.Reason, "another host has taken over: it runs on cellar") {
			h.t.Errorf("when it is back its effect is %+v", o)
		}
		if err := soon(first, first.ended); !errors.As(err, new(*TakenError)) {
			h.t.Errorf("it ended with %v", err)
		}
		h.acts("cellar", "attic", "cellar")
		second.leave()
	})
}

// TestHostThatWasCutOffGoesOn when nobody else came.
func TestHostThatWasCutOffGoesOn(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		only := h.come("attic", LeaseOptions{})
		h.acts("attic", "attic")
		only.cutOff(true)
		time.Sleep(time.Hour)
		only.cutOff(false)
		if o := only.may(); o.State != sdk.Refused {
			h.t.Errorf("its effect is %+v", o)
		}
		time.Sleep(time.Hour)
		h.acts("attic", "attic")
		only.leave()
	})
}

// TestHostThatMissedAnotherEnds, though that has ended, too: it would do again
// what the other has done.
func TestHostThatMissedAnotherEnds(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		second := h.come("cellar", LeaseOptions{})
		first.cutOff(true)
		soon(second, second.before)
		second.leave()
		first.cutOff(false)
		if err := soon(first, first.ended); !errors.As(err, new(*TakenError)) {
			h.t.Errorf("it ended with %v", err)
		}
	})
}

func TestOfTwoThatTakeOverOneDoes(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		second := h.come("cellar", LeaseOptions{TakeOver: true})
		third := h.come("garage", LeaseOptions{TakeOver: true})
		soon(first, first.ended)
		soon(third, third.before)
		time.Sleep(time.Hour)
		h.acts("garage", "attic", "garage")
		second.leave()
		third.leave()
	})
}

// TestWrongClockChangesNothing: claims are dated by the server.
func TestWrongClockChangesNothing(t *testing.T) {
	for _, ahead := range []time.Duration{5 * time.Minute, -5 * time.Minute, 400 * 24 * time.Hour} {
		opt := lobby.Options{Now: func() time.Time { return time.Now().Add(ahead) }}
		inHouse(t, opt, func(h *house) {
			first := h.come("attic", LeaseOptions{})
			second := h.come("cellar", LeaseOptions{})
			soon(second, second.idle)
			time.Sleep(time.Hour)
			h.acts("attic", "attic")
			first.cutOff(true)
			first.leave()
			time.Sleep(2 * aBeat)
			h.acts("", "attic")
			time.Sleep(6 * aBeat)
			h.acts("cellar", "attic", "cellar")
			second.leave()
		}, "3.11", "8.3")
	}
}

// isSure reports whether the host would act now without asking.
func (n *tenant) isSure() bool {
	l := n.bridge.lease.Load()
	return l != nil && l.lost.Load() == nil && time.Since(*l.sure.Load()) < l.grace()
}

// TestOfManyHostsOneActs, however slow their calls are, and whichever dies.
func TestOfManyHostsOneActs(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		h.slow = 2 * aBeat / 3
		for round := range 20 {
			var all []*tenant
			for n := range 5 {
				all = append(all, h.come(fmt.Sprint(round, n), LeaseOptions{TakeOver: rand.N(4) == 0}))
				time.Sleep(rand.N(aBeat))
			}
			for range 40 * aBeat / time.Second {
				time.Sleep(time.Second / 2)
				if sure := slices.DeleteFunc(slices.Clone(all), func(n *tenant) bool { return !n.isSure() }); len(sure) > 1 {
					h.t.Errorf("round %d: %s and %s act at a time", round, sure[0].me.Host, sure[1].me.Host)
				}
			}
			h.mu.Lock()
			if len(h.acting) != 1 {
				h.t.Errorf("round %d: %q act", round, h.acting)
			}
			h.mu.Unlock()
			for _, n := range all {
				n.cutOff(rand.N(2) == 0)
				n.stop()
			}
			for _, n := range all {
				soon(n, n.ended)
			}
		}
	}, "3.11")
}

// TestClaimThatMayNotBeEditedIsWrittenAnew: the workspace lets nobody edit what
// is older than five minutes.
func TestClaimThatMayNotBeEditedIsWrittenAnew(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		h.set("Message_AllowEditing_BlockEditInMinutes", 5)
		first := h.come("attic", LeaseOptions{})
		second := h.come("cellar", LeaseOptions{})
		soon(second, second.idle)
		time.Sleep(time.Hour)
		h.acts("attic", "attic")
		first.leave()
		soon(second, second.before)
		h.acts("cellar", "attic", "cellar")
		second.leave()
	})
}

// TestClaimThatIsGoneForAMomentIsNobodysPrey: its host writes it again.
func TestClaimThatIsGoneForAMomentIsNobodysPrey(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		l := first.bridge.lease.Load().claims
		second := h.come("cellar", LeaseOptions{})
		for range 20 {
			time.Sleep(2*aBeat + time.Second)
			l.rest.DeleteMessage(h.t.Context(), l.room, l.ids[0])
		}
		h.acts("attic", "attic")
		first.leave()
		soon(second, second.before)
		second.leave()
	})
}

// TestWorkspaceThatLetsNoClaimBeKeptIsNoReasonToStop, but somebody is told.
func TestWorkspaceThatLetsNoClaimBeKeptIsNoReasonToStop(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		soon(first, first.before)
		h.set("Message_AllowEditing", false)
		h.set("Message_AllowDeleting", false)
		time.Sleep(2 * aBeat)
		first.log.wait(h.t, "level=ERROR")
		first.log.wait(h.t, "in Administration, Message")
		h.acts("attic", "attic")
		first.leave()
		again := h.come("attic", LeaseOptions{})
		soon(again, again.before)
		again.log.wait(h.t, "level=ERROR")
		again.log.wait(h.t, "two hosts on it would not notice each other")
		again.leave()
	})
}

// TestClaimThatSomebodyDeletesIsWrittenAgain: whoever is in the account's
// direct messages can.
func TestClaimThatSomebodyDeletesIsWrittenAgain(t *testing.T) {
	inHouse(t, lobby.Options{}, func(h *house) {
		first := h.come("attic", LeaseOptions{})
		soon(first, first.before)
		l := first.bridge.lease.Load().claims
		if err := l.rest.DeleteMessage(h.t.Context(), l.room, l.ids[0]); err != nil {
			h.t.Fatal(err)
		}
		time.Sleep(2 * aBeat)
		second := h.come("cellar", LeaseOptions{})
		soon(second, second.idle)
		for range 3 {
			if err := l.rest.UpdateMessage(h.t.Context(), l.room, l.ids[0], "what is this?"); err != nil {
				h.t.Fatal(err)
			}
			third := h.come("garage", LeaseOptions{})
			if other := soon(third, third.idle); other.Host != "an unknown machine" && other.Host != "attic" {
				h.t.Errorf("it says that %+v holds the account", other)
			}
			third.leave()
			time.Sleep(2 * aBeat)
		}
		h.acts("attic", "attic")
		first.leave()
		soon(second, second.before)
		h.acts("cellar", "attic", "cellar")
		second.leave()
	})
}

// set changes a setting of the workspace, as an admin.
func (h *house) set(setting string, value any) {
	h.t.Helper()
	a := h.lobby.Accounts("http://house").Admin
	c, err := rest.New(rest.Options{URL: "http://house", User: a.User, Password: a.Password, HTTP: &http.Client{Transport: &tenant{house: h}}})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := c.Post(h.t.Context(), "settings/"+setting, map[string]any{"value": value}, nil); err != nil {
		h.t.Fatal(err)
	}
}
