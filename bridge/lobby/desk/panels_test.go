package desk_test

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

func TestRoomInformationSaysHowLongTheGuestWaited(t *testing.T) {
	_, alice, _ := served(t, lobby.Options{})
	alice.click(`[hx-get$="/info"]`)
	alice.reads("#panel", "no answer yet")
	alice.says("good morning")
	alice.click(`[hx-get$="/info"]`)
	alice.sees("an average", `[...document.querySelectorAll("#panel dt")].find(e => e.textContent === "Average response time").nextSibling.textContent !== "no answer yet"`)
	alice.sees("all facts", `["Guest|Maya", "Agent|alice", "Department|Sales"].every(f => [...document.querySelectorAll("#panel dt")].some(e => e.textContent + "|" + e.nextElementSibling.textContent === f))`)
	alice.sees("the queue time", `/ s$|second$/.test([...document.querySelectorAll("#panel dt")].find(e => e.textContent === "Queue time").nextElementSibling.textContent)`)
	alice.shot("info")
	alice.press("\u001b")
	alice.misses("#panel *")
}

func TestRoomInformationShowsRoomFieldsThatTheGuestDoesNotSee(t *testing.T) {
	w, alice, maya := served(t, lobby.Options{As: "8.3"})
	rid := alice.room()
	w.admin("POST", "livechat/custom-fields.save", map[string]any{"customFieldId": nil, "customFieldData": map[string]any{"field": "lastAction", "label": "Last action", "scope": "room", "visibility": "visible"}}, nil)
	var got struct {
		Room struct {
			V struct {
				ID string `json:"_id"`
			} `json:"v"`
		} `json:"room"`
	}
	w.admin("GET", "rooms.info?roomId="+rid, nil, &got)
	w.admin("POST", "livechat/room.saveInfo", map[string]any{"guestData": map[string]any{"_id": got.Room.V.ID}, "roomData": map[string]any{"_id": rid, "livechatData": map[string]any{"lastAction": "forwarded: Billing"}}}, nil)
	alice.click(`[hx-get$="/info"]`)
	alice.reads("#panel dd", "forwarded: Billing")
	maya.sees("no word of it", `!document.documentElement.outerHTML.includes("forwarded: Billing")`)
}

func TestContactIsEditedWithoutLosingWhatIsNotInTheForm(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		t.Run(as, func(t *testing.T) {
			_, alice, _ := served(t, lobby.Options{As: as})
			alice.click(`[hx-get$="/contact"]`)
			alice.reads("#panel", "maya@example.com")
			alice.click(`#panel [hx-get$="/contact/edit"]`)
			alice.fill("#panel [name=contact-name]", "Maya Ng")
			alice.fill("#panel [name=phone]", "+49 30 1234")
			alice.choose("#panel [name=manager]", "carol")
			alice.shot("contact-form")
			alice.click("#panel .button:not(.quiet)")
			for _, text := range []string{"Maya Ng", "maya@example.com", "+49 30 1234", "@carol"} {
				alice.reads("#panel dd", text)
			}
			alice.shot("contact")
			alice.click(`#panel [hx-get$="/contact/edit"]`)
			alice.fill("#panel [name=contact-name]", "Maya N.")
			alice.click("#panel .button:not(.quiet)")
			alice.reads("#panel dd", "Maya N.")
			alice.reads("#panel dd", "+49 30 1234")
		})
	}
}

func TestPastChatsAreFoundByWhatWasSaid(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	maya.says("my printer shows error123")
	alice.click(`[hx-get$="/ask/close"]`)
	alice.fill("#dialog [name=comment]", "printer replaced")
	alice.click("#dialog .button.danger")
	maya.reads("#foot", "This chat has ended")
	maya.click("#foot a")
	maya.fill("[name=name]", "Maya")
	maya.click("form .button")
	maya.sees("the chat", `document.querySelector(".composer[data-ready]")`)
	maya.says("me again")
	alice.takes("Maya")
	alice.click(`[hx-get$="/history"]`)
	alice.reads("#hits .say", "printer replaced")
	alice.fill("#panel [type=search]", "no such (thing")
	alice.reads("#hits", "Nothing found")
	alice.fill("#panel [type=search]", "ERROR123")
	alice.reads("#hits .say", "printer replaced")
	alice.shot("history")
	alice.click("#hits .hit")
	alice.reads("#past mark", "error123")
	alice.reads("#panel .soft", "Sales")
	alice.fill("#panel [type=search]", "")
	alice.reads("#past .text", "hello")
}

func TestMessagesAreSearchedAsOneTypes(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	for _, text := range []string{"it says error123", "and ERROR45", "then (nothing)"} {
		maya.says(text)
	}
	alice.click(`[hx-get$="/search"]`)
	alice.fill("#panel [type=search]", "error")
	alice.sees("two", `document.querySelectorAll("#hits .hit").length === 2`)
	alice.fill("#panel [type=search]", `error\d{3}`)
	alice.reads("#hits", "Nothing found")
	alice.click("#panel [name=re]")
	alice.sees("one", `document.querySelectorAll("#hits .hit").length === 1`)
	alice.reads("#hits mark", "error123")
	alice.shot("search")
	alice.fill("#panel [type=search]", `error(\d`)
	alice.reads("#hits .error", "A ( has no )")
	alice.fill("#panel [type=search]", `(a+)+$`)
	alice.reads("#hits", "Nothing found")
	alice.click("#panel [name=re]")
	alice.fill("#panel [type=search]", "(noth")
	alice.click("#hits .hit")
	alice.told("found", "then (nothing)")
}

func TestFilesAreDroppedSeenAndFound(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	drop := func(b *browser, name, kind, data string) {
		b.sees("to drop "+name, `(() => {
			const bytes = Uint8Array.from(atob(`+quote(data)+`), c => c.charCodeAt(0)), moved = new DataTransfer();
			moved.items.add(new File([bytes], `+quote(name)+`, {type: `+quote(kind)+`}));
			for (const what of ["dragenter", "dragover", "drop"]) document.querySelector(".log").dispatchEvent(new DragEvent(what, {bubbles: true, cancelable: true, dataTransfer: moved}));
			return true;
		})()`)
	}
	drop(maya, "dot.png", "image/png", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	alice.sees("the picture", `document.querySelector(".log .picture img").naturalWidth === 1`)
	drop(alice, "<b>notes.html", "text/html", "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==")
	maya.reads(".log .filecard", "<b>notes.html")
	alice.click(`[hx-get$="/files"]`)
	alice.sees("both", `document.querySelectorAll("#hits .hit").length === 2`)
	alice.shot("files")
	alice.click("#panel [value=pictures]")
	alice.sees("the picture", `document.querySelectorAll("#hits .hit").length === 1 && document.querySelector("#hits").textContent.includes("dot.png")`)
	alice.click("#panel [value=all]")
	alice.fill("#panel [type=search]", "NOTES")
	alice.sees("the notes", `document.querySelectorAll("#hits .hit").length === 1 && document.querySelector("#hits").textContent.includes("notes.html")`)
	head := value[string](alice, `fetch(document.querySelector("#hits .hit").href).then(r => r.headers.get("Content-Type") + "|" + r.headers.get("Content-Disposition").split(";")[0])`)
	if head != "application/octet-stream|attachment" {
		t.Errorf("the page is given out as %s", head)
	}
}
