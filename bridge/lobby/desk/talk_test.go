package desk_test

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

func TestGuestAndAgentTalkLive(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	alice := w.signIn(w.accounts.Alice)
	maya := w.begin("Maya", "maya@example.com", "Sales")
	maya.says("hello, my <b>invoice</b> is wrong")
	alice.takes("Maya")
	alice.reads(".log .guest .text", "hello, my <b>invoice</b> is wrong")
	alice.sees("the chat in its department", `document.querySelector("#chats-`+w.accounts.Departments["Sales"]+` li")`)
	alice.says("which one is it?")
	maya.reads(".log .team .text", "which one is it?")
	maya.reads("#agent", "Alice")
	alice.shot("talk")
	maya.shot("guest")
}
