package desk_test

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

func TestEachSeesThatTheOtherWrites(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		t.Run(as, func(t *testing.T) {
			w, alice, maya := served(t, lobby.Options{As: as})
			alice.seesWriting(maya, "Maya")
			alice.shot("typing")
			maya.press("\r")
			alice.sees("that Maya is done", `!document.querySelector("#typing").textContent.trim()`)
			w.admin("POST", "settings/UI_Use_Real_Name", map[string]any{"value": true}, nil)
			maya.seesWriting(alice, "Alice")
			alice.press("\r")
			maya.sees("that Alice is done", `!document.querySelector("#typing").textContent.trim()`)
		})
	}
}

func TestUnreadMessagesAreCountedPerGuestAndInTheTitle(t *testing.T) {
	w, alice, maya := served(t, lobby.Options{})
	li := w.begin("Li", "", "Support")
	li.says("你好")
	alice.takes("Li")
	first := value[string](alice, `[...document.querySelectorAll(".row")].find(e => e.textContent.includes("Maya")).id`)
	maya.says("one")
	maya.says("two")
	alice.reads("#"+first+" .badge", "2")
	alice.sees("the count in the title", `document.title.startsWith("(2) ")`)
	alice.told("chat", "two")
	alice.shot("unread")
	again := alice.tab()
	again.visit("/desk/")
	again.reads("#"+first+" .badge", "2")
	alice.click("#" + first + " a")
	alice.sees("Maya's chat", `document.querySelector("#head h1").textContent === "Maya"`)
	alice.misses("#" + first + " .badge")
	alice.sees("no count in the title", `document.title === "Bellhop desk"`)
	again.misses("#" + first + " .badge")
	alice.says("good morning")
	maya.says("three")
	alice.reads(".log .text", "three")
	alice.misses("#" + first + " .badge")
}

// hide makes a page believe that its tab is behind others, and keeps what it tells the
// person through the browser.
const hide = `(() => {
	window.notes = [];
	window.Notification = class {
		static permission = "granted";
		static requestPermission() { return Promise.resolve("granted"); }
		constructor(title, options) { this.title = title; this.body = options.body; window.notes.push(this); }
		close() {}
	};
	Object.defineProperty(document, "visibilityState", {configurable: true, get: () => "hidden"});
	document.dispatchEvent(new Event("visibilitychange"));
	return true;
})()`

func TestHiddenTabTellsThroughTheBrowserAndLeadsToTheConversation(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	alice.click(".brand")
	alice.sees("no conversation", `document.querySelector(".nothing")`)
	alice.sees("that it is hidden", hide)
	maya.says("are you there?")
	alice.sees("a notification", `notes.length === 1 && notes[0].title === "Maya" && notes[0].body === "are you there?"`)
	alice.sees("that it leads there", `(notes[0].onclick(), true)`)
	alice.reads("#head h1", "Maya")
	alice.reads(".log .text", "are you there?")
}

func TestStatusIsChangedHereAndSeenWhenChangedElsewhere(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	alice := w.signIn(w.accounts.Alice)
	alice.reads("#status", "Available")
	alice.click("#status button")
	alice.reads("#status", "Not available")
	var agents struct {
		Users []struct{ Username, StatusLivechat string }
	}
	w.admin("GET", "livechat/users/agent?text=alice", nil, &agents)
	if len(agents.Users) != 1 || agents.Users[0].StatusLivechat != "not-available" {
		t.Errorf("the workspace has %+v", agents)
	}
	w.admin("POST", "method.call/livechat:changeLivechatStatus", method("livechat:changeLivechatStatus", map[string]any{"agentId": w.userID("alice"), "status": "available"}), nil)
	alice.sees("that she is available", `document.querySelector("#status button").ariaChecked === "true"`)
}

func TestChatsAreRoutedAndMoveBetweenDepartmentsLive(t *testing.T) {
	w := newWorld(t, lobby.Options{Routing: "auto", Online: []string{"alice"}})
	alice := w.signIn(w.accounts.Alice)
	maya := w.begin("Maya", "", "Billing")
	maya.says("hello")
	alice.reads("#chats-"+w.accounts.Departments["Billing"]+" .rowname", "Maya")
	alice.reads("#chats-"+w.accounts.Departments["Billing"]+" .badge", "1")
	w.admin("POST", "livechat/room.forward", map[string]any{"roomId": maya.room(), "departmentId": w.accounts.Departments["Sales"]}, nil)
	alice.misses("#side .group li")
}

func TestNewDepartmentOfTheAgentIsSeenLive(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	alice := w.signIn(w.accounts.Alice)
	id := w.accounts.Departments["Empty"]
	alice.misses("#chats-" + id)
	member := map[string]any{"agentId": w.userID("alice"), "username": "alice", "count": 0, "order": 0}
	w.admin("POST", "livechat/department/"+id+"/agents", map[string]any{"upsert": []any{member}, "remove": []any{}}, nil)
	alice.sees("the department", `document.querySelector("#chats-`+id+`")`)
}

func TestTwoTabsOfOneAgentShowTheSame(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	other := alice.tab()
	other.visit("/desk/chat/" + alice.room())
	alice.says("from the first")
	other.reads(".log .mine .text", "from the first")
	other.says("from the second")
	alice.reads(".log .mine .text", "from the second")
	maya.reads(".log .text", "from the second")
}

func TestSignedOutElsewhereComesBackToTheSignIn(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	alice := w.signIn(w.accounts.Alice)
	alice.click(".me .link")
	alice.reads("h1", "Agent desk")
	alice.visit("/desk/")
	alice.reads("h1", "Agent desk")
	alice.fill("[name=name]", "alice")
	alice.fill("[name=password]", "wrong")
	alice.press("\r")
	alice.reads(".error", "do not fit")
	alice.shot("login")
}

func TestEditedAndDeletedMessagesChangeInTheirPlace(t *testing.T) {
	w, alice, maya := served(t, lobby.Options{})
	alice.says("first")
	alice.says("secnd")
	alice.says("third")
	maya.reads(".log .team .text", "third")
	id := func(text string) string {
		return value[string](alice, `[...document.querySelectorAll(".log .mine")].find(e => e.textContent.includes(`+quote(text)+`)).id`)
	}
	second, third := id("secnd"), id("third")
	w.by(w.accounts.Alice, "POST", "chat.update", map[string]any{"roomId": alice.room(), "msgId": second[2:], "text": "second"}, nil)
	w.by(w.accounts.Alice, "POST", "chat.delete", map[string]any{"roomId": alice.room(), "msgId": third[2:]}, nil)
	for _, b := range []*browser{alice, maya} {
		b.reads("#"+second+" .text", "second")
		b.sees("one heading for both", `!document.querySelector("#`+second+` .by").checkVisibility()`)
		b.sees("no third", `!document.querySelector("#`+third+` .text")`)
	}
}

func TestDeskIsUsedByKeyboardAlone(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	alice := w.signIn(w.accounts.Alice)
	maya := w.begin("Maya", "", "Sales")
	maya.says("hello")
	alice.reads("#queue", "Maya")
	tab := func(to string) {
		t.Helper()
		alice.seesWhile("the focus on "+to, `document.activeElement.matches(`+quote(to)+`)`, func() { alice.press("\t") })
	}
	tab("#queue button")
	alice.sees("the focus kept while the queue changes", `(() => {
		htmx.swap("#toasts", document.querySelector("#queue").outerHTML.replace('id="queue"', 'id="queue" hx-swap-oob="true"'), {swapStyle: "none"});
		return document.activeElement.matches("#queue button");
	})()`)
	alice.press("\r")
	alice.sees("the focus where one writes", `document.activeElement.matches(".composer[data-ready] textarea")`)
	alice.says("by keyboard")
	maya.reads(".log .team .text", "by keyboard")
	for _, what := range []string{"forward", "transcript", "close", "call"} {
		tab(`[hx-get$="/ask/` + what + `"]`)
		alice.press("\r")
		alice.sees("the focus in the dialog", `document.querySelector("dialog[open]").contains(document.activeElement)`)
		alice.press("\u001b")
		alice.sees("the focus where it was", `!document.querySelector("dialog[open]") && document.activeElement.matches('[hx-get$="/ask/`+what+`"]')`)
	}
	tab(`.quick [hx-get$="/info"]`)
	alice.press("\r")
	alice.sees("the focus in the panel", `document.querySelector("#panel h2") && document.querySelector("#panel").contains(document.activeElement)`)
	alice.press("\u001b")
	alice.sees("the focus where it was", `!document.querySelector("#panel *") && document.activeElement.matches('.quick [hx-get$="/info"]')`)
}
