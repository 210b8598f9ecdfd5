package bridge

import (
	"slices"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) serverMail(chat sdk.ChatID, delivery sdk.Delivery) Effect {
	delivery.Mail, delivery.Server = []string{"maya@example.org"}, true
	return d.effect(chat, sdk.Effect{Kind: EffectServerMail, Delivery: &delivery})
}

// TestMailAtTheEndIsAskedForOnce and sent once, though the answer is lost and
// the chat is over when somebody looks.
func TestMailAtTheEndIsAskedForOnce(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		e := d.serverMail(chat, sdk.Delivery{AtClose: true, Subject: "Your chat"})
		d.wire.on("livechat/transcript/|requestTranscript", loseAnswer)
		d.must(e, sdk.Done, "when the chat ends")
		e.Attempt = 1
		d.must(e, sdk.Done, "when the chat ends")
		d.count(1, "transcript")
		d.alice.close(string(chat), "bye")
		if o := d.must(e, sdk.Done, "sent by the workspace"); o.Message == "" {
			d.t.Errorf("outcome is %+v", o)
		}
		sent := d.facts("transcript")
		if len(sent) != 2 || !sent[1].Sent || sent[1].Subject != "Your chat" || sent[1].Email != "maya@example.org" {
			d.t.Errorf("the workspace sent %+v", sent)
		}
	})
}

func TestChatHoldsOneRequestForItsEnd(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		d.must(d.serverMail(chat, sdk.Delivery{AtClose: true}), sdk.Done, "")
		e := d.serverMail(chat, sdk.Delivery{AtClose: true})
		e.Key += "/another"
		e.Delivery.Mail = []string{"desk@example.org"}
		d.must(e, sdk.Refused, "@bot has asked for a transcript to maya@example.org")
	})
}

// TestChatThatIsOverGetsItsMailAtOnce: AtClose has nothing to wait for.
func TestChatThatIsOverGetsItsMailAtOnce(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		d.alice.close(string(chat), "bye")
		d.must(d.serverMail(chat, sdk.Delivery{AtClose: true}), sdk.Done, "sent by the workspace")
		d.count(1, "transcript")
	})
}

// TestTranscriptOfAnotherEffectIsNotClaimed: its outcome named the message.
func TestTranscriptOfAnotherEffectIsNotClaimed(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		first := d.must(d.serverMail(chat, sdk.Delivery{}), sdk.Done, "")
		e := d.serverMail(chat, sdk.Delivery{})
		e.Key, e.Attempt = e.Key+"/another", 1
		e.Claimed = func(trace string) bool { return trace == string(first.Message) }
		if o := d.must(e, sdk.Done, ""); first.Message == "" || o.Message == first.Message {
			d.t.Errorf("outcomes name the messages %q and %q", first.Message, o.Message)
		}
		d.count(2, "transcript")
	})
}

func TestSubjectIsRefusedWhereItIsNotHeeded(t *testing.T) {
	for as, heeds := range map[string]bool{"3.11": true, "7.7.3": true, "7.13": true, "8.3": false} {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, lobby.Options{As: as})
			e := d.serverMail(d.served("Sales"), sdk.Delivery{Subject: "Your chat"})
			if !heeds {
				d.must(e, sdk.Refused, SubjectUnheeded)
				d.count(0, "transcript")
				return
			}
			d.must(e, sdk.Done, "")
			if sent := d.facts("transcript"); len(sent) != 1 || sent[0].Subject != "Your chat" {
				d.t.Errorf("the workspace sent %+v", sent)
			}
		})
	}
}

// TestServersPDFReachesTheAgent once it is made: the workspace gives it to
// Bellhop's account, of which the agent sees nothing.
func TestServersPDFReachesTheAgent(t *testing.T) {
	paidRelease(t, func(d *desk) {
		chat := d.served("Sales")
		e := d.effect(chat, sdk.Effect{Kind: EffectServerPDF})
		e.Attachment = &Attachment{Name: "transcript-1.pdf", Type: "application/pdf"}
		d.must(e, "", "makes PDFs of closed ones")
		d.alice.close(string(chat), "bye")
		d.wire.on("request-transcript", loseAnswer)
		o := d.apply(e)
		for ; o.State == ""; o = d.apply(e) {
			e.Attempt++
		}
		if o.State != sdk.Done {
			d.t.Fatalf("outcome is %+v", o)
		}
		d.must(e, sdk.Done, "")
		sent := slices.DeleteFunc(d.facts("uploaded"), func(f lobby.Fact) bool { return f.File != "transcript-1.pdf" })
		if len(sent) != 1 {
			d.t.Errorf("the agent got %+v", d.facts("uploaded"))
		}
	})
}

func TestServersPDFNeedsAPaidEdition(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		d.alice.close(string(chat), "bye")
		e := d.effect(chat, sdk.Effect{Kind: EffectServerPDF})
		e.Attachment = &Attachment{Name: "transcript-1.pdf", Type: "application/pdf"}
		d.must(e, sdk.Refused, "leave Server out")
	})
}
