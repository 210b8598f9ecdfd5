package bridge

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// EffectPDF is the kind of the file that a transcript puts into an agent's
// direct messages. Plugins cannot ask for it.
const EffectPDF sdk.EffectKind = "pdf"

// Kinds of what a transcript and a call have Rocket.Chat do. Plugins cannot ask
// for them.
const (
	EffectConference sdk.EffectKind = "conference" // a call by its own conference, with a link for {link} in both texts
	EffectServerMail sdk.EffectKind = "servermail" // mails its own transcript to the address of the delivery
	EffectServerPDF  sdk.EffectKind = "serverpdf"  // makes its own PDF, which goes into an agent's direct messages
)

// SubjectUnheeded is why a servermail with a subject is refused by newer servers.
const SubjectUnheeded = "from 8.0 on Rocket.Chat gives a transcript that is mailed at once the subject of its settings"

// Effect is what is to be carried out in the workspace, once.
type Effect struct {
	sdk.Effect
	Key      sdk.EffectKey `json:"key"`
	Instance string        `json:"instance"`
	Event    sdk.EventID   `json:"event"`   // that it answers
	EventAt  time.Time     `json:"eventAt"` // when that happened, server time: our trace cannot be older
	Chat     sdk.ChatID    `json:"chat"`
	Assume   Assumption    `json:"assume"`
	Until    time.Time     `json:"until"`             // later than this it is overtaken
	Depth    int           `json:"depth"`             // of the event that it answers
	Present  *string       `json:"present,omitempty"` // field, priority: done only while this is still there; nil means whatever is
	Attempt  int           `json:"attempt"`           // how many were begun before: what they did is looked for first
	OurTags  []string      `json:"ourTags,omitempty"` // untag: what Bellhop has set on this chat and may take away

	Claimed    func(trace string) bool `json:"-" cbor:"-"`          // file, servermail, conference: whether a message or event is known to be another effect's; nil means that none is
	Attachment *Attachment             `json:"-"`                   // pdf: made anew for each attempt; serverpdf: without data
	Agent      sdk.Person              `json:"agent"`               // tell, answer, pdf, serverpdf, call, conference: whose direct messages are meant
	AgentText  string                  `json:"agentText,omitempty"` // call, conference: what the agent gets
}

// Assumption is what must still be true of the chat when an effect is carried
// out. What is zero is not asked for.
type Assumption struct {
	Open         bool   `json:"open,omitempty"`         // the chat is not closed
	Closed       bool   `json:"closed,omitempty"`       // the chat is closed
	DepartmentID string `json:"departmentId,omitempty"` // it is still in this department
	AgentID      string `json:"agentId,omitempty"`      // it is still served by this agent
	Moves        bool   `json:"moves,omitempty"`        // department and agent are asked for even where they are empty
}

// Later is the outcome of an attempt that ended nothing, such as when the
// server is away: the host makes another, until Effect.Until.
func Later(reason string) sdk.Outcome { return sdk.Outcome{Reason: reason} }

// Attachment is a file to be sent.
type Attachment struct {
	Name string // made of the effect's key, so that it can be found again
	Type string // a MIME type
	Data []byte
}

// MessageID is the _id of the message that an effect sends: 17 letters and
// digits, the same for the same key and part. Part tells the messages of one
// effect apart; 0 is the first.
func MessageID(k sdk.EffectKey, part int) sdk.MessageID {
	const letters = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz" // as Meteor's Random.id
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s/%d", k, part)))
	id := make([]byte, 17)
	for i := range id {
		id[i] = letters[int(sum[i])%len(letters)]
	}
	return sdk.MessageID(id)
}
