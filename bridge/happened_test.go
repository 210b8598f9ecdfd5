package bridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestWhatHappenedIsToldInOrder: forwards, holds, calls and the end, with who did it.
func TestWhatHappenedIsToldInOrder(t *testing.T) {
	for _, as := range []string{"3.11", "7.7.3", "8.3"} {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, lobby.Options{As: as, Licensed: true})
			d.provides("jitsi")
			g := d.guest("maya", "Sales")
			g.say("hello")
			d.alice.take(g.rid)
			want := []string{"taken alice"}
			d.alice.forward(g.rid, "Billing", "an invoice")
			want = append(want, "forwarded alice Sales > Billing an invoice")
			d.as("carol").take(g.rid)
			want = append(want, "taken carol")
			if as != "3.11" {
				d.as("carol").reply(g.rid, "one moment")
				d.as("carol").post("livechat/room.onHold", map[string]any{"roomId": g.rid})
				d.as("carol").post("livechat/room.resumeOnHold", map[string]any{"roomId": g.rid})
				d.must(d.conference(g.chat()), sdk.Done, "")
				want = append(want, "held carol", "resumed carol", "call bot jitsi")
			}
			g.say("thank you")
			d.as("carol").close(g.rid, "solved", "vip")
			want = append(want, "closed carol solved")

			all, err := d.bridge.Happenings(t.Context(), g.chat())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range all {
				got = append(got, toldOf(h))
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func toldOf(h Happening) string {
	s := []string{string(h.Kind), h.By.Username}
	switch {
	case h.Forwarding != nil:
		s = append(s, h.Forwarding.FromDepartment, ">", h.Forwarding.ToDepartment, h.Comment)
	case h.Conference != nil:
		s = append(s, h.Conference.Provider)
	case h.Kind == sdk.EventClosed:
		s = append(s, h.Comment)
	}
	return strings.Join(s, " ")
}

// TestQuotesAreTold: a message that quotes has its own words as its text.
func TestQuotesAreTold(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "8.3"})
	g := d.guest("maya", "Sales")
	d.alice.take(g.rid)
	said := strings.TrimPrefix(string(g.say("my invoice is wrong")), "message/")
	d.alice.reply(g.rid, "[ ](http://desk.example/live/"+g.rid+"?msg="+said+") which one?")
	_, messages, err := d.bridge.Conversation(t.Context(), g.chat())
	if err != nil {
		t.Fatal(err)
	}
	m := messages[len(messages)-1]
	if m.Text != "which one?" || len(m.Quotes) != 1 || m.Quotes[0].Text != "my invoice is wrong" || m.Quotes[0].By != "maya" || m.Quotes[0].At.IsZero() {
		t.Errorf("the message is %+v", m)
	}
}
