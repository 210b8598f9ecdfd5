package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	moment   = 30 * time.Second   // after it, what is shown in passing is
	soon     = 10 * time.Minute   // after it, what a guest sees or what moves a chat is too late
	someTime = 7 * 24 * time.Hour // after it, all else is
)

// kind is what the host must know of effects of one kind. A new kind is a row
// here, one in the table of package bridge, and one in the contract.
type kind struct {
	keep   time.Duration                          // from the event until it is too late to carry it out
	lane   func(bridge.Effect) laneKey            // what it is carried out in order with
	free   bool                                   // it needs no chat, so that any handler may ask for it
	given  bool                                   // it needs no grant
	light  bool                                   // what comes after it in the chat is not skipped with it
	moves  bool                                   // afterwards department and agent are no longer those of the event
	sure   bool                                   // a repeat finds what was done, whatever other sure effects were done since
	tells  []string                               // what tells of it, as telling has it, where that does not say by whom it was done
	assume func(*sdk.Chat) bridge.Assumption      // what must still be true; nil means nothing
	sound  func(sdk.Effect) error                 // says what it can't do without and has not
	narrow func(Grants, sdk.Effect) (want string) // says what a grant of the kind lacks; nil means that there is nothing to narrow
	says   func(sdk.Effect) string                // what it is about, in a few words; nil means that its kind says it all

	// judge ends an effect that need not or must not be carried out; nil, and
	// an outcome of nil, mean that it is.
	judge func(i *instance, e bridge.Effect, c *sdk.Chat, moved bool) *sdk.Outcome
	// carry makes one attempt; nil leaves it to the workspace alone.
	carry func(*Host, context.Context, *job, bridge.Effect) sdk.Outcome
}

var kinds map[sdk.EffectKind]kind

// Not where kinds is declared: what carries an effect out looks rows up.
func init() {
	kinds = map[sdk.EffectKind]kind{
		sdk.EffectReply: {keep: soon, lane: inChat, sure: true, assume: open, sound: needsText},
		sdk.EffectTell:  {keep: soon, lane: inChat, sure: true, assume: sameAgent, sound: needsText, judge: (*instance).judgeTell},
		sdk.EffectForward: {
			keep: soon, lane: inChat, moves: true, assume: unmoved, sound: needsTarget, narrow: Grants.narrowForward,
			says: targetName, judge: (*instance).judgeForward,
		},
		sdk.EffectClose:      {keep: soon, lane: inChat, assume: unmoved, sound: nothing},
		sdk.EffectTag:        {keep: someTime, lane: inChat, sure: true, sound: needsTags, narrow: Grants.narrowTags, says: tagNames, carry: (*Host).tag},
		sdk.EffectUntag:      {keep: someTime, lane: inChat, sound: needsTags, narrow: Grants.narrowTags, says: tagNames, carry: (*Host).untag},
		sdk.EffectTranscript: {keep: someTime, lane: aside, sound: needsWay, narrow: Grants.narrowMail, carry: (*Host).sendTranscript},
		sdk.EffectCall:       {keep: soon, lane: inChat, tells: []string{"call"}, assume: open, sound: nothing, carry: (*Host).offerCall},
		sdk.EffectFile: {
			keep: soon, lane: sharing, assume: open, sound: needsFile, carry: (*Host).share,
			says: func(e sdk.Effect) string { return e.File.Name },
		},
		sdk.EffectTyping: {keep: moment, lane: inChat, light: true, assume: open, sound: nothing},
		sdk.EffectEdit:   {keep: soon, lane: inChat, sound: needsNewText},
		sdk.EffectDelete: {keep: soon, lane: inChat, sound: needsMessage},
		sdk.EffectDirect: {keep: soon, lane: toPeople, free: true, sound: needsAddressee, says: addressee},
		sdk.EffectPost:   {keep: soon, lane: toPeople, free: true, sound: needsAddressee, says: addressee},
		sdk.EffectMail:   {keep: someTime, lane: mailing, free: true, sound: needsMail, narrow: Grants.narrowMail, says: addressees, carry: (*Host).mail},
		sdk.EffectRequest: {
			keep: someTime, lane: requesting, free: true, sound: needsRequest, narrow: Grants.narrowHosts, carry: (*Host).request,
			says: func(e sdk.Effect) string { return methodOf(e.Request) + " " + hostOf(e.Request) },
		},
		sdk.EffectAnswer: {keep: soon, lane: inTalk, free: true, given: true, sound: needsText, judge: (*instance).judgeAnswer},

		sdk.EffectTake:     {keep: soon, lane: inChat, moves: true, tells: []string{"taken"}, assume: unmoved, sound: nothing, says: targetName, judge: (*instance).judgeTake},
		sdk.EffectQueue:    {keep: soon, lane: inChat, moves: true, tells: []string{"queue", "queued"}, assume: unmoved, sound: nothing, judge: (*instance).judgeQueue},
		sdk.EffectHold:     {keep: soon, lane: inChat, tells: []string{"held"}, assume: open, sound: nothing, judge: (*instance).judgeHold},
		sdk.EffectResume:   {keep: soon, lane: inChat, tells: []string{"resumed"}, assume: stillOpen, sound: nothing},
		sdk.EffectField:    {keep: someTime, lane: inChat, sound: needsField, narrow: Grants.narrowField, says: fieldName},
		sdk.EffectPriority: {keep: someTime, lane: inChat, assume: stillOpen, sound: nothing, says: func(e sdk.Effect) string { return strconv.Quote(e.Value) }},
		sdk.EffectContact:  {keep: someTime, lane: inChat, tells: []string{"contact"}, sound: needsEdit},
		sdk.EffectUndo:     {keep: soon, lane: inChat, sound: needsEffect, says: func(e sdk.Effect) string { return string(e.Undoes) }},
		sdk.EffectStatus:   {keep: soon, lane: ofAgent, free: true, sound: needsStatus, says: func(e sdk.Effect) string { return e.Target.String() + " " + e.Value }},
	}
}

// Lanes. What is in one is carried out in order; what is in another never
// waits for it.

// inChat is for what happens in the chat. What comes after one that was not
// done is skipped, if the same decision asked for it.
func inChat(e bridge.Effect) laneKey { return laneKey{chat: e.Chat} }

// aside is for transcripts, which take long and never hold up a chat.
func aside(e bridge.Effect) laneKey { return laneKey{chat: e.Chat, name: "transcripts", slow: true} }

// sharing is for files that are sent into the chat. A close of the same
// decision waits for them, see outbox.next.
func sharing(e bridge.Effect) laneKey { return laneKey{chat: e.Chat, name: "files", slow: true} }

// toPeople is for what one person, or one room, is written.
func toPeople(e bridge.Effect) laneKey { return laneKey{name: string(e.Kind) + " to " + e.To} }

// mailing is for mails.
func mailing(e bridge.Effect) laneKey {
	return laneKey{chat: e.Chat, name: "mail " + e.Instance, slow: true}
}

// inTalk is for what is written to one person.
func inTalk(e bridge.Effect) laneKey { return laneKey{name: "talk " + e.Agent.ID} }

// ofAgent is for what becomes of an agent, from whatever chat: the last to ask
// must be the last to act.
func ofAgent(e bridge.Effect) laneKey { return laneKey{name: "agent " + e.Target.Agent} }

// laneOf is the lane of an effect. A kind without a row is one of a newer
// binary that used this store.
func laneOf(e bridge.Effect) laneKey {
	if lane := kinds[e.Kind].lane; lane != nil {
		return lane(e)
	}
	return inChat(e)
}

// inChatLane reports whether the effect is carried out in order with what
// happens in its chat.
func inChatLane(e bridge.Effect) bool { return laneOf(e).name == "" }

// shuts reports whether what the same decision asks for in the chat after the
// effect is skipped when that was not done.
func shuts(e bridge.Effect) bool { return inChatLane(e) && !kinds[e.Kind].light }

// Assumptions.

// unmoved: the chat is open, and where and with whom it was.
func unmoved(c *sdk.Chat) bridge.Assumption {
	return bridge.Assumption{Open: true, Moves: true, DepartmentID: c.DepartmentID, AgentID: c.Agent.ID}
}

// open is unmoved as far as it had a department and an agent.
func open(c *sdk.Chat) bridge.Assumption {
	return bridge.Assumption{Open: true, DepartmentID: c.DepartmentID, AgentID: c.Agent.ID}
}

// stillOpen: the chat is, whoever serves it.
func stillOpen(*sdk.Chat) bridge.Assumption { return bridge.Assumption{Open: true} }

// sameAgent: the agent is who it was, while the chat is open.
func sameAgent(c *sdk.Chat) bridge.Assumption {
	if !c.Open() {
		return bridge.Assumption{}
	}
	return bridge.Assumption{AgentID: c.Agent.ID}
}

// What effects can't do without.

func nothing(sdk.Effect) error { return nil }

func needsText(e sdk.Effect) error {
	if strings.TrimSpace(e.Text) == "" {
		return errors.New("without a text")
	}
	return nil
}

func needsMessage(e sdk.Effect) error {
	if e.Message == "" {
		return errors.New("without a message: take it from Result.Outcome.Message")
	}
	return nil
}

func needsNewText(e sdk.Effect) error { return errors.Join(needsMessage(e), needsText(e)) }

func needsAddressee(e sdk.Effect) error {
	if strings.Trim(e.To, "@# ") == "" {
		return errors.New("without a name to write to")
	}
	return needsText(e)
}

func needsFile(e sdk.Effect) error {
	switch {
	case e.File == nil:
		return errors.New("without a file")
	case len(e.File.Data) > sdk.MaxUpload || len(e.File.Text) > sdk.MaxUpload || len(e.File.Caption) > sdk.MaxText:
		return fmt.Errorf("file is too large: at most %d bytes", sdk.MaxUpload)
	case !utf8.ValidString(e.File.Name) || !utf8.ValidString(e.File.Text) || !utf8.ValidString(e.File.Caption):
		return errors.New("text of the file is not UTF-8: give it as Data")
	}
	return soundName(e.File.Type, 2*maxName)
}

func needsMail(e sdk.Effect) error {
	m := e.Mail
	switch {
	case m == nil || len(m.To) == 0:
		return errors.New("without an address")
	case m.Text == "" && m.HTML == "":
		return errors.New("without a text")
	case len(m.Text)+len(m.HTML) > sdk.MaxMail || len(m.Subject) > sdk.MaxReason:
		return fmt.Errorf("text is too long: at most %d bytes", sdk.MaxMail)
	case !utf8.ValidString(m.Subject) || !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML):
		return errors.New("text is not UTF-8")
	}
	return nil
}

func needsEffect(e sdk.Effect) error {
	if e.Undoes == "" {
		return errors.New("without the key of an effect: take it from Deed.Key")
	}
	return soundName(string(e.Undoes), maxID)
}

func needsTags(e sdk.Effect) error {
	if len(e.Tags) == 0 {
		return errors.New("without tags")
	}
	return nil
}

func needsTarget(e sdk.Effect) error {
	if e.Target.IsZero() || slices.ContainsFunc(e.Fallback, sdk.Target.IsZero) {
		return errors.New("without a target")
	}
	for _, t := range append([]sdk.Target{e.Target}, e.Fallback...) {
		if !t.Chosen() {
			return fmt.Errorf("to %s, which is a way to choose a target: choose one by Agents or PastChats, or use ReturnToQueue", t)
		}
	}
	return nil
}

func needsField(e sdk.Effect) error {
	if strings.TrimSpace(e.Field) == "" {
		return errors.New("without the name of the field")
	}
	return nil
}

func needsEdit(e sdk.Effect) error {
	if c := e.Contact; c == nil || c.Name == "" && len(c.Emails)+len(c.Phones)+len(c.Fields) == 0 {
		return errors.New("without anything to change")
	}
	return nil
}

func needsStatus(e sdk.Effect) error {
	if e.Target.Agent == "" || e.Value != sdk.Available && e.Value != sdk.NotAvailable {
		return errors.New("without an agent, or without available or not-available")
	}
	return nil
}

func needsWay(e sdk.Effect) error {
	switch d := e.Delivery; {
	case d == nil || len(d.Mail) == 0 && !d.Direct && !d.Chat:
		return errors.New("without a way of delivery")
	case d.After < 0 || d.After > sdk.MaxAfter:
		return fmt.Errorf("after %s: use 0 to %s", d.After, sdk.MaxAfter)
	case d.Server && (d.Chat || d.ReplyTo != ""):
		return errors.New("by the server, which sends none into the chat and knows no reply-to: leave these out, or Server")
	case d.Server && len(d.Mail) > 1:
		return errors.New("with several addresses, of which Rocket.Chat takes one: ask for a transcript for each")
	case d.AtClose && !(d.Server && len(d.Mail) == 1):
		return errors.New("for the chat's end, at which only Rocket.Chat's own is mailed: use Server and an address, or ask in OnClosed")
	}
	return nil
}

// What grants narrow.

// narrowForward asks nobody to which departments an agent belongs: they may be
// others when the chat is moved.
func (g Grants) narrowForward(e sdk.Effect) string {
	for _, to := range append([]sdk.Target{e.Target}, e.Fallback...) {
		switch {
		case g.Departments == nil || slices.Contains(g.Departments, to.Department):
		case to.Department == "":
			return fmt.Sprintf("%s is named without a department, and it may forward to some alone: name one of departments with the agent, or remove departments from its grants", to)
		default:
			return fmt.Sprintf("%s is none of the departments that it may forward to", to)
		}
	}
	return ""
}

func (g Grants) narrowTags(e sdk.Effect) string {
	for _, tag := range e.Tags {
		if g.Tags != nil && !slices.Contains(g.Tags, tag) {
			return fmt.Sprintf("%q is none of the tags that it may set", tag)
		}
	}
	return ""
}

func (g Grants) narrowField(e sdk.Effect) string {
	if g.Fields != nil && !slices.Contains(g.Fields, e.Field) {
		return fmt.Sprintf("%q is none of the fields that it may set", e.Field)
	}
	return ""
}

func (g Grants) narrowMail(e sdk.Effect) string {
	if g.Mail == nil {
		return ""
	}
	for _, address := range mailed(e) {
		if !mayMail(g.Mail, address) {
			return fmt.Sprintf("%s is none of the addresses that it may mail to", address)
		}
	}
	return ""
}

// mailed are the addresses that get a mail.
func mailed(e sdk.Effect) []string {
	var all []string
	if e.Delivery != nil {
		all = append(all, e.Delivery.Mail...)
	}
	if e.Mail != nil {
		all = append(all, e.Mail.To...)
	}
	return all
}

// In a few words.

func tagNames(e sdk.Effect) string   { return joined(e.Tags) }
func addressee(e sdk.Effect) string  { return e.To }
func addressees(e sdk.Effect) string { return joined(e.Mail.To) }
func targetName(e sdk.Effect) string { return e.Target.String() }
func fieldName(e sdk.Effect) string  { return e.Field + " " + strconv.Quote(e.Value) }
