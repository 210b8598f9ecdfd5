package desk_test

import (
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// popup is the tab that a step opens.
func (b *browser) popup(name string, step func()) *browser {
	b.t.Helper()
	opened := chromedp.WaitNewTarget(b.ctx, func(i *target.Info) bool { return i.Type == "page" })
	step()
	return b.w.newBrowser(b.ctx, name, chromedp.WithTargetID(<-opened))
}

// moves is true when the video shows pictures that change.
const moves = `(async () => {
	const v = document.getElementById("there");
	if (!v.videoWidth) return false;
	const before = v.getVideoPlaybackQuality().totalVideoFrames;
	await new Promise(done => v.requestVideoFrameCallback(() => v.requestVideoFrameCallback(done)));
	return v.getVideoPlaybackQuality().totalVideoFrames > before;
})()`

func TestBothSidesOfACallReceiveMovingPictures(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	alice.click(`[hx-get$="/ask/call"]`)
	alice.shot("call-dialog")
	hers := alice.popup("alice's call", func() { alice.click("#dialog .button:not(.quiet)") })
	maya.reads(".log .team", "Join the call")
	his := maya.popup("Maya's call", func() { maya.click(".log .team .button") })
	for _, side := range []*browser{hers, his} {
		side.sees("that it is connected", `document.body.classList.contains("connected")`)
		side.sees("moving pictures", moves)
		side.reads("#state", "Connected")
	}
	hers.shot("call")
	his.click("#hang")
	hers.reads("#state", "The other side has left")
}

func TestCallOfSomebodyElseIsClosed(t *testing.T) {
	_, alice, _ := served(t, lobby.Options{})
	eve := alice.w.open("Eve")
	eve.visit("/call/" + alice.room())
	eve.reads("h1", "Call")
	eve.reads("p", "This call is not yours")
}

func TestCallIconSaysWhatAnAdminMustDo(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	w.admin("POST", "settings/Omnichannel_call_provider", map[string]any{"value": "Jitsi"}, nil)
	alice := w.signIn(w.accounts.Alice)
	w.begin("Maya", "", "Sales").says("hello")
	alice.takes("Maya")
	alice.sees("what is to be done", `document.querySelector('[hx-get$="/ask/call"]').title.includes("Jitsi_Domain")`)
	alice.click(`[hx-get$="/ask/call"]`)
	alice.reads("#dialog", "An admin sets Jitsi_Domain")
}
