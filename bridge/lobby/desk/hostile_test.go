package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// rivals are two agents who look at the same chat that waits, over HTTP.
func rivals(t *testing.T, w *world) (all []*visitor, rid string) {
	t.Helper()
	rid = w.crowd(1)[0][1]
	for _, a := range []lobby.Account{w.accounts.Alice, w.accounts.Carol} {
		v := newVisitor(t, w)
		v.do("POST", "/desk/login", url.Values{"name": {a.User}, "password": {a.Password}})
		_, page := v.do("GET", "/desk/", nil)
		v.csrf = csrfForm.FindStringSubmatch(page)[1]
		all = append(all, v)
	}
	return all, rid
}

// atOnce does the same for each of several at the same time.
func atOnce[T any](all []T, do func(T)) {
	var g sync.WaitGroup
	for _, x := range all {
		g.Go(func() { do(x) })
	}
	g.Wait()
}

func TestOfTwoAgentsWhoTakeAChatAtOnceOneGetsItAndTheOtherIsTold(t *testing.T) {
	w := newWorld(t, lobby.Options{NoLimits: true, Departments: map[string][]string{"Both": {"alice", "carol"}}})
	w.accounts = w.lobby.Accounts(w.base)
	w.accounts.Departments["Billing"] = w.accounts.Departments["Both"] // where the crowd goes
	all, rid := rivals(t, w)
	var mu sync.Mutex
	var got []string
	atOnce(all, func(v *visitor) {
		res, body := v.do("POST", "/desk/chat/"+rid+"/take", url.Values{}, "X-CSRF-Token", v.csrf, "HX-Request", "true")
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprint(res.StatusCode, " ", strings.Contains(body, "toast bad")))
	})
	if s := strings.Join(got, ", "); s != "204 false, 422 true" && s != "422 true, 204 false" {
		t.Errorf("they were told %s", s)
	}
}

func TestChatThatAnotherTookIsSaidToBeTakenInThePage(t *testing.T) {
	w := newWorld(t, lobby.Options{Departments: map[string][]string{"Both": {"alice", "carol"}}})
	w.accounts = w.lobby.Accounts(w.base)
	alice, carol := w.signIn(w.accounts.Alice), w.signIn(w.accounts.Carol)
	maya := w.begin("Maya", "", "Both")
	maya.says("hello")
	for _, b := range []*browser{alice, carol} {
		b.reads("#queue .rowname", "Maya")
		b.click("#queue .row a")
		b.sees("that she could take it", `document.querySelector(".bandtake button")`)
	}
	carol.click(".bandtake button")
	carol.sees("the chat", `document.querySelector(".composer[data-ready]")`)
	alice.misses("#queue .row")
	alice.sees("that she can't take it", `!document.querySelector(".bandtake")`)
	alice.misses(".composer")
}

func TestBackLeadsToWhatHasBecomeOfTheChat(t *testing.T) {
	w, alice, _ := served(t, lobby.Options{})
	rid := alice.room()
	alice.click(`[hx-get$="/ask/close"]`)
	alice.click("#dialog .button.danger")
	alice.reads("#foot", "This conversation has ended")
	alice.click(".brand")
	alice.sees("no conversation", `document.querySelector(".nothing")`)
	alice.sees("that it goes back", `(history.back(), true)`)
	alice.reads("#foot", "This conversation has ended")
	alice.misses(".composer")
	li := w.begin("Li", "", "Sales")
	li.says("hello")
	alice.takes("Li")
	alice.click(`[hx-get$="/ask/forward"]`)
	alice.choose("#dialog [name=to]", "department/"+w.accounts.Departments["Billing"])
	alice.click("#dialog .button:not(.quiet)")
	alice.misses(".composer")
	alice.click(".brand")
	alice.sees("no conversation", `document.querySelector(".nothing")`)
	alice.sees("that it goes back", `(history.back(), true)`)
	alice.sees("a chat or why there is none", `document.readyState === "complete" && (document.querySelector("#head h1") || document.body.textContent.includes("Not done"))`)
	alice.misses(".composer")
	alice.visit("/desk/chat/" + rid)
	alice.reads("#foot", "This conversation has ended")
}

// TestFormsThatAreSentTwiceAreDoneOnce sends each twice at the same moment, as a double
// click does where no script stops it.
func TestFormsThatAreSentTwiceAreDoneOnce(t *testing.T) {
	w := newWorld(t, lobby.Options{Routing: "auto", Online: []string{"alice"}, NoLimits: true})
	all, rid := rivals(t, w)
	alice := all[0]
	twice := func(what string, form url.Values) (codes [2]int) {
		t.Helper()
		var mu sync.Mutex
		var n int
		atOnce([]int{0, 1}, func(int) {
			res, body := alice.do("POST", "/desk/chat/"+rid+"/"+what, form, "X-CSRF-Token", alice.csrf, "HX-Request", "true")
			if res.StatusCode >= 500 {
				t.Errorf("%s: %s: %s", what, res.Status, body)
			}
			mu.Lock()
			defer mu.Unlock()
			codes[n] = res.StatusCode
			n++
		})
		return codes
	}
	count := func(kind string) (n int) {
		var answer struct{ Messages []struct{ T string } }
		w.admin("GET", "channels.messages?count=0&roomId="+rid, nil, &answer)
		for _, m := range answer.Messages {
			if m.T == kind {
				n++
			}
		}
		return n
	}
	mail := url.Values{"email": {"maya@example.com"}, "subject": {"x"}}
	for _, c := range []struct {
		what, kind string
		form       url.Values
	}{
		{"transcript", "livechat_transcript_history", mail},
		{"contact", "", url.Values{"contact-name": {"Maya"}, "email": {"maya@example.com"}}},
		{"forward", "livechat_transfer_history", url.Values{"to": {"department/" + w.accounts.Departments["Sales"]}}},
		{"close", "livechat-close", url.Values{}},
	} {
		codes := twice(c.what, c.form)
		if c.kind == "" {
			continue
		}
		if n := count(c.kind); n > 1 {
			t.Errorf("%s was done %d times: %v", c.what, n, codes)
		}
	}
}

func TestGuestWhoSendsTheFormTwiceHasOneChat(t *testing.T) {
	w := newWorld(t, lobby.Options{NoLimits: true})
	v := newVisitor(t, w)
	_, page := v.do("GET", "/guest/", nil)
	form := url.Values{"name": {"Maya"}, "csrf": {regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)[1]}}
	atOnce([]int{0, 1, 2, 3}, func(int) {
		if res, body := v.do("POST", "/guest/start", form); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", res.Status, body)
		}
	})
	var rooms struct{ Rooms []struct{ ID string } }
	w.admin("GET", "livechat/rooms?open=true", nil, &rooms)
	if len(rooms.Rooms) != 1 {
		t.Errorf("%d chats are open", len(rooms.Rooms))
	}
}

// TestMessagesAreSentOnceHoweverFastOneWrites: what is written while a message is under
// way is neither lost nor sent twice.
func TestMessagesAreSentOnceHoweverFastOneWrites(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	alice.sees("that she writes", `(() => {
		const area = document.querySelector(".composer textarea");
		const write = text => { area.value += text; area.dispatchEvent(new Event("input", {bubbles: true})); };
		const enter = () => area.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
		write("first"); enter(); enter();
		write("second"); enter(); enter();
		write("third");
		return area.value === "third";
	})()`)
	maya.counts("first", 1)
	maya.counts("second", 1)
	alice.counts("first", 1)
	alice.counts("second", 1)
	alice.sees("what is not sent yet", `document.querySelector(".composer textarea").value === "third"`)
	alice.press("\r")
	maya.counts("third", 1)
	maya.counts("first", 1)
}

// TestMessageUnderWayIsSentOnceThoughTheChatIsLeftAndOpenedAgain: it is no draft any more.
func TestMessageUnderWayIsSentOnceThoughTheChatIsLeftAndOpenedAgain(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	rid := alice.room()
	alice.sees("that what she sends waits", `(() => {
		const fetch = window.fetch, gate = new Promise(open => { window.open1 = open; });
		window.fetch = async (...a) => { if (String(a[0]).endsWith("/message")) await gate; return fetch(...a); };
		return true;
	})()`)
	alice.fill(".composer textarea", "under way")
	alice.press("\r")
	alice.click(".chats #go-" + rid)
	alice.sees("an empty field", `document.querySelector(".composer[data-ready] textarea").value.trim() === ""`)
	alice.fill(".composer textarea", "half a sen")
	alice.sees("that it goes on", `(open1(), true)`)
	maya.counts("under way", 1)
	alice.counts("under way", 1)
	alice.sees("the draft", `document.querySelector(".composer textarea").value === "half a sen"`)
	alice.press("\r")
	maya.counts("half a sen", 1)
	maya.counts("under way", 1)
}

func TestDialogOfAChatThatHasGoneSaysSo(t *testing.T) {
	for name, gone := range map[string]func(*world, *browser, string){
		"closed": func(w *world, maya *browser, _ string) { maya.click(`[hx-post="/guest/end"] button`) },
		"forwarded": func(w *world, _ *browser, rid string) {
			w.admin("POST", "livechat/room.forward", map[string]any{"roomId": rid, "departmentId": w.accounts.Departments["Billing"]}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, ask := range []string{"close", "transcript", "forward"} {
				w, alice, maya := served(t, lobby.Options{})
				alice.click(`[hx-get$="/ask/` + ask + `"]`)
				if ask == "forward" {
					alice.choose("#dialog [name=to]", "department/"+w.accounts.Departments["Support"])
				}
				gone(w, maya, alice.room())
				alice.misses(".composer")
				alice.sees("the dialog as it was", `document.querySelector("dialog[open] form")`)
				alice.click("#dialog .button:not(.quiet)")
				alice.sees("why it was not done, or that it was", `document.querySelector("dialog[open] .error") ? document.querySelector("dialog[open] .error").checkVisibility() : told.some(t => t.startsWith("toast good"))`)
			}
		})
	}
}

func TestGuestWhoComesBackFindsTheChatInEveryTab(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	alice.says("here")
	other := maya.tab()
	other.visit("/guest/")
	other.counts("hello", 1)
	other.counts("here", 1)
	other.says("from the other tab")
	maya.counts("from the other tab", 1)
	alice.counts("from the other tab", 1)
	maya.visit("/desk/login")
	maya.visit("/guest/")
	maya.counts("hello", 1)
	maya.counts("from the other tab", 1)
	maya.click(`[hx-post="/guest/end"] button`)
	maya.reads("#foot", "This chat has ended")
	other.reads("#foot", "This chat has ended")
}

// TestAgentWhoIsRemovedMeetsNoErrorOfTheServer: the account stays, with nothing to do.
func TestAgentWhoIsRemovedMeetsNoErrorOfTheServer(t *testing.T) {
	w, alice, _ := served(t, lobby.Options{})
	w.admin("DELETE", "livechat/users/agent/"+w.userID("alice"), nil, nil)
	for _, path := range []string{"/desk/", "/desk/chat/" + alice.room()} {
		alice.visit(path)
		alice.sees("a page", `document.body.textContent.trim()`)
	}
}
