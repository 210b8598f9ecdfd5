package store

import (
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Format is the number of the file's layout. A newer binary migrates an older
// file after it has made a copy; an older binary refuses a newer file.
const Format = 1

// oldest is the first format that can be migrated.
const oldest = 1

// Entry is one event in the journal.
type Entry struct {
	Seq      uint64    `cbor:"-"`          // its place in the order of all events; begins with 1; stands in the key
	Accepted time.Time `cbor:"2,keyasint"` // host time; what c.Now() says
	Event    sdk.Event `cbor:"3,keyasint"`
	Picture  sdk.Chat  `cbor:"4,keyasint"` // the chat when the event was accepted
	Setup    *Setup    `cbor:"5,keyasint"` // of a Changed event: what the instance became

	Encoded Encoded `cbor:"-"`
}

// Encoded are an entry's event and picture as they stand in the file, for who
// sends them on. They are there when the entry comes from memory, as that of a
// fresh event of the workspace does.
type Encoded struct {
	Event   cbor.RawMessage
	Picture cbor.RawMessage
}

// Self is the name under which the host itself decides something. No instance
// may have it.
const Self = "bellhop"

// Changed is the kind of the event that stands in the journal where an
// instance became another: from there on it decides otherwise. No plugin sees
// it.
const Changed sdk.EventKind = "changed"

// Undo is the kind of the event that somebody has taken back what an instance
// did. No plugin sees it.
const Undo sdk.EventKind = "undo"

// Setup is what makes an instance decide as it does.
type Setup struct {
	Plugin   string `cbor:"1,keyasint"`
	Version  string `cbor:"2,keyasint"`
	Mode     string `cbor:"3,keyasint"`
	Settings []byte `cbor:"4,keyasint"` // JSON
	Grants   []byte `cbor:"5,keyasint"` // JSON
	Sources  []byte `cbor:"6,keyasint"` // a hash over the plugin's files
	Paused   string `cbor:"7,keyasint"` // why the instance pauses; "" means that it does not

	// The store's own to say: see Turn.
	Life    int64  `cbor:"8,keyasint,omitempty"` // since it was last told that it begins; no other life of the instance has this number
	StateOf string `cbor:"9,keyasint,omitempty"` // the version that made what it remembers; "" means Version
}

// Snapshot is what an instance was before an upgrade, and what it remembered.
type Snapshot struct {
	Number uint64                           `cbor:"-"`          // its place in the order of all; stands in the key
	Setup  Setup                            `cbor:"1,keyasint"` // before
	At     time.Time                        `cbor:"2,keyasint"` // of the upgrade
	States map[sdk.ChatID]map[string]string `cbor:"3,keyasint"` // by chat; the instance's own under ""
}

// Progress is how far an instance has come in the journal. Every event up to
// Through that is not in Open is done, skipped or dead.
type Progress struct {
	Start   time.Time `cbor:"4,keyasint"` // what happened before this is older than the instance, whenever it was learned
	Since   uint64    `cbor:"1,keyasint"` // and so is every event up to this one
	Through uint64    `cbor:"2,keyasint"`
	Open    []Pending `cbor:"3,keyasint"` // in the journal's order
}

// Pending is an event that an instance has begun and not done.
type Pending struct {
	Seq      uint64       `cbor:"1,keyasint"`
	Attempts int          `cbor:"2,keyasint"` // that failed
	NotYet   time.Time    `cbor:"3,keyasint"` // no new attempt before this
	Answers  []sdk.Answer `cbor:"4,keyasint"` // to its reads
	Error    string       `cbor:"5,keyasint"` // of the last attempt
}

// Decision is what an instance made of one event. It is kept for `why`.
type Decision struct {
	Number   uint64          `cbor:"-"` // its place in the order of all decisions; begins with 1; stands in the key
	Seq      uint64          `cbor:"1,keyasint"`
	Event    sdk.EventID     `cbor:"2,keyasint"`
	Instance string          `cbor:"3,keyasint"`
	Version  string          `cbor:"4,keyasint"` // of the plugin
	Mode     string          `cbor:"5,keyasint"`
	Chat     sdk.ChatID      `cbor:"6,keyasint"`
	At       time.Time       `cbor:"7,keyasint"`
	Effects  []sdk.EffectKey `cbor:"8,keyasint"`
	Skips    []string        `cbor:"9,keyasint"`
	Matches  []sdk.Match     `cbor:"10,keyasint"`
	Log      []string        `cbor:"11,keyasint"`
	Error    string          `cbor:"12,keyasint"` // of an event that went to the dead letters
}

// Carried is an effect with its outcome. While Outcome is nil it waits in the
// outbox.
type Carried struct {
	Effect  bridge.Effect `cbor:"1,keyasint"`
	Outcome *sdk.Outcome  `cbor:"2,keyasint"`
	Begun   bool          `cbor:"3,keyasint"`           // an attempt may have been made: our trace may be on the server
	Dropped string        `cbor:"4,keyasint,omitempty"` // who has said that it is not to be carried out any more; "" means nobody
	Undoes  *Place        `cbor:"5,keyasint,omitempty"` // the effect that this one takes back; nil means none
	Consent *Consent      `cbor:"6,keyasint,omitempty"` // who is asked first; nil means nobody
	Place   Place         `cbor:"-"`                    // where it stands, of those that Outcomes tells
}

// Consent is who is asked whether an effect may be carried out, and what they said.
type Consent struct {
	Asked sdk.Person `cbor:"1,keyasint"`
	Code  string     `cbor:"2,keyasint"`           // names the question, among those to the same person
	Said  string     `cbor:"3,keyasint,omitempty"` // Allowed or Denied; "" while there is no answer
	At    time.Time  `cbor:"4,keyasint,omitempty"` // of the answer
}

// What a person may say.
const (
	Allowed = "yes"
	Denied  = "no"
)

// Unanswered reports whether the effect waits for an answer.
func (c *Carried) Unanswered() bool {
	return c.Outcome == nil && c.Dropped == "" && c.Consent != nil && c.Consent.Said == ""
}

// Parcel is the effects of one decision, in the order in which they were asked
// for. It waits in the outbox until each of them has an outcome.
type Parcel struct {
	Number  uint64    `cbor:"-"` // of the decision; stands in the key
	Effects []Carried `cbor:"1,keyasint"`
}

// Settled reports whether nothing of the parcel waits.
func (p *Parcel) Settled() bool {
	for _, c := range p.Effects {
		if c.Outcome == nil {
			return false
		}
	}
	return true
}

// DueTimer is a timer that an instance has set on a chat or, when Chat is "", the
// next time of one of its schedules.
type DueTimer struct {
	Instance string     `cbor:"1,keyasint"`
	Chat     sdk.ChatID `cbor:"2,keyasint"`
	Name     string     `cbor:"3,keyasint"` // of a schedule, its cron expression
	Due      time.Time  `cbor:"4,keyasint"`
	Depth    int        `cbor:"5,keyasint"`           // of the event whose handler set it
	Zone     string     `cbor:"6,keyasint,omitempty"` // of a schedule: whose clock the expression was read by
}

// Dead is an event that an instance has failed on too often.
type Dead struct {
	Instance string    `cbor:"1,keyasint"`
	Entry    Entry     `cbor:"2,keyasint"`
	Attempts int       `cbor:"3,keyasint"`
	Error    string    `cbor:"4,keyasint"`
	At       time.Time `cbor:"5,keyasint"`
}
