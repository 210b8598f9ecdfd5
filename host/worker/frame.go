package worker

import (
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/bellhop-chat/bellhop/sdk"
)

// A frame is a 4-byte big-endian length and that many bytes of CBOR: one
// message. The host sends the messages of ToWorker, the worker those of
// FromWorker; exactly one field of each is set. The worker answers Deliver
// frames in the order in which they came, one Done for each.

// Version is the version of the frames. Both sides are the same binary, so a
// difference means that the binary was replaced while the host runs.
const Version = 1

// MaxFrame is the largest frame that either side accepts, in bytes.
const MaxFrame = 4 << 20

// ToWorker is a message of the host.
type ToWorker struct {
	Init    *Init    `cbor:"1,keyasint,omitempty"`
	Deliver *Deliver `cbor:"2,keyasint,omitempty"`
	Reset   *Reset   `cbor:"3,keyasint,omitempty"`
}

// FromWorker is a message of the worker. What it says is hostile input.
type FromWorker struct {
	Ready *Ready `cbor:"1,keyasint,omitempty"`
	Done  *Done  `cbor:"2,keyasint,omitempty"`
}

// Init is the first frame: all that a plugin is.
type Init struct {
	Version  int               `cbor:"1,keyasint"`
	Instance string            `cbor:"2,keyasint"`
	Sources  map[string][]byte `cbor:"3,keyasint"` // Go files by name
	Settings []byte            `cbor:"4,keyasint"` // JSON
	State    map[string]string `cbor:"5,keyasint"` // the instance's own
	Limits   Limits            `cbor:"6,keyasint"`
	Hours    []string          `cbor:"7,keyasint"`           // names of the schedules that rules may name
	Reads    []string          `cbor:"9,keyasint,omitempty"` // kinds that the instance is granted, which rules may need
	Fresh    bool              `cbor:"8,keyasint"`           // the plugin is loaded anew for each event, to see whether it remembers what it should not
}

// Limits bound what a worker may use.
type Limits struct {
	MemoryMiB int  `cbor:"1,keyasint"` // 0 means 256
	NoSandbox bool `cbor:"2,keyasint"` // true only where the configuration says `sandbox: none`
}

// Ready answers Init. When Error is set the plugin did not load, and the
// worker ends.
type Ready struct {
	Handles []sdk.EventKind `cbor:"1,keyasint"`
	Offers  sdk.Offers      `cbor:"5,keyasint"`
	Error   string          `cbor:"2,keyasint"` // what is wrong with the plugin, with file and line
	Layers  []Layer         `cbor:"3,keyasint"` // of the sandbox, those that hold
	Unsafe  string          `cbor:"4,keyasint"` // why there is no sandbox: the plugin has not been loaded, and the worker ends
}

// Deliver is one event. Seq is the host's number for it.
type Deliver struct {
	Seq  uint64   `cbor:"1,keyasint"`
	Call sdk.Call `cbor:"2,keyasint"`

	Encoded Encoded `cbor:"-"` // of Call, where the host has it: it stands in many frames and is encoded once
}

// Encoded are a call's event and chat as CBOR; both nil when they are yet to
// be encoded.
type Encoded struct{ Event, Chat cbor.RawMessage }

// message is the frame's content. It is encoded like ToWorker.
func (d *Deliver) message() any {
	c := &d.Call
	if d.Encoded.Event == nil || d.Encoded.Chat == nil {
		return ToWorker{Deliver: d}
	}
	return toWorker{encodedDeliver{d.Seq, encodedCall{d.Encoded.Event, d.Encoded.Chat, c.Now, c.Seed, c.State, c.Hours, c.Answers, c.Site}}}
}

type toWorker struct {
	Deliver encodedDeliver `cbor:"2,keyasint"`
}

type encodedDeliver struct {
	Seq  uint64      `cbor:"1,keyasint"`
	Call encodedCall `cbor:"2,keyasint"`
}

// encodedCall has the fields of sdk.Call.
type encodedCall struct {
	Event   cbor.RawMessage      `json:"event"`
	Chat    cbor.RawMessage      `json:"chat"`
	Now     time.Time            `json:"now"`
	Seed    int64                `json:"seed"`
	State   map[string]string    `json:"state,omitempty"`
	Hours   map[string]sdk.Hours `json:"hours,omitempty"`
	Answers []sdk.Answer         `json:"answers,omitempty"`
	Site    string               `json:"site,omitempty"`
}

// Done answers Deliver.
type Done struct {
	Seq    uint64    `cbor:"1,keyasint"`
	Reply  sdk.Reply `cbor:"2,keyasint"`
	Micros int64     `cbor:"3,keyasint"` // the handlers' time
}

// Reset gives the worker the committed state again, after the host has
// refused or lost a result. Deliver frames that follow see nothing of the
// results after it. The worker answers nothing.
type Reset struct {
	State map[string]string `cbor:"1,keyasint"`
}
