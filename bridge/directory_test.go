package bridge

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

func TestDirectoryTellsWhoTakesChats(t *testing.T) {
	eachVersion(t, lobby.Options{Online: []string{"alice"}}, func(d *desk) {
		departments, err := d.bridge.Departments(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range departments {
			names = append(names, fmt.Sprint(p.Name, " ", p.Enabled, " ", p.ID != ""))
		}
		if got := strings.Join(names, ", "); got != "Billing true true, Empty true true, Sales true true, Support true true" {
			t.Errorf("departments %s", got)
		}
		for of, want := range map[string]string{
			"":      "alice Alice online true, carol Carol offline false, dave Dave offline false",
			"sales": "alice Alice online true",
		} {
			agents, err := d.bridge.Agents(t.Context(), of)
			var all []string
			for _, a := range agents {
				all = append(all, fmt.Sprint(a.Username, " ", a.Name, " ", a.Status, " ", a.Available))
			}
			if got := strings.Join(all, ", "); err != nil || got != want {
				t.Errorf("agents of %q: %s, %v", of, got, err)
			}
		}
		if _, err := d.bridge.Agents(t.Context(), "Moon"); err == nil || !strings.Contains(err.Error(), "list agents of Moon: there is no such department (there are Billing, Empty, Sales, Support)") {
			t.Errorf("agents of nowhere: %v", err)
		}
	})
}

func TestTagsAreThoseOfTheListWhereThereIsOne(t *testing.T) {
	for _, licensed := range []bool{false, true} {
		eachVersion(t, lobby.Options{Licensed: licensed}, func(d *desk) {
			tags, err := d.bridge.Tags(t.Context())
			want := ""
			if licensed && !strings.Contains(d.t.(*testing.T).Name(), "/3.11") { // which has no such call
				want = "billing complaint delivery refund technical"
			}
			if got := strings.Join(tags, " "); err != nil || got != want {
				d.t.Errorf("licensed %v: tags %q, %v", licensed, got, err)
			}
		})
	}
}

// TestManyWhoAskTheSameAreOneCall: each call counts against a limit.
func TestManyWhoAskTheSameAreOneCall(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "8.3"})
	var calls atomic.Int32
	d.wire.on("livechat/users/agent", func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		calls.Add(1)
		return next.RoundTrip(r)
	})
	done := make(chan error)
	for range 20 {
		go func() {
			_, err := d.bridge.Agents(t.Context(), "Sales")
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("the agents are asked for %d times", n)
	}
}

// TestFailureIsAskedAgain: only what the server has told is given again.
func TestFailureIsAskedAgain(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "8.3"})
	d.wire.gone(true)
	if _, err := d.bridge.Departments(t.Context()); err == nil {
		t.Error("nobody could answer")
	}
	d.wire.gone(false)
	if _, err := d.bridge.Departments(t.Context()); err != nil {
		t.Error(err)
	}
}
