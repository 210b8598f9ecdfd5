package worker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/sdk"
)

// tape is a connection whose other side has said all already.
type tape struct {
	io.Reader
	said bytes.Buffer
}

func (t *tape) Write(b []byte) (int, error) { return t.said.Write(b) }
func (*tape) Close() error                  { return nil }

func playing(b []byte) *tape { return &tape{Reader: bytes.NewReader(b)} }

// frames are messages as they go over the wire.
func frames(t testing.TB, messages ...any) []byte {
	t.Helper()
	out := playing(nil)
	w := newWire(out, hostile)
	for _, m := range messages {
		if err := w.send(m); err != nil {
			t.Fatal(err)
		}
	}
	return out.said.Bytes()
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 5, time.UTC)

func message(text string) ToWorker {
	m := sdk.Message{ID: "m", Text: text, At: noon}
	return ToWorker{Deliver: &Deliver{Seq: 7, Call: sdk.Call{Event: sdk.Event{ID: "message/m", Kind: sdk.EventMessage, Message: &m}, Now: noon}}}
}

// What the host has encoded already makes the same frame, byte for byte.
func TestEncodedDeliveriesAreTheSameFrames(t *testing.T) {
	m := sdk.Message{ID: "m", Text: "hello", At: noon}
	call := sdk.Call{
		Event: sdk.Event{ID: "message/m", Kind: sdk.EventMessage, Message: &m},
		Chat:  sdk.Chat{ID: "c", Department: "Sales", Last: []sdk.Message{m}},
		Now:   noon, Seed: 7, State: map[string]string{"k": "v"}, Hours: map[string]sdk.Hours{"office": {Open: true}},
		Answers: []sdk.Answer{{Value: []byte("1")}},
	}
	for name, c := range map[string]sdk.Call{"all": call, "little": {Event: call.Event, Chat: call.Chat, Now: noon}} {
		event, errEvent := encode(c.Event)
		chat, errChat := encode(c.Chat)
		if err := errors.Join(errEvent, errChat); err != nil {
			t.Fatal(err)
		}
		d := Deliver{Seq: 9, Call: c}
		want := frames(t, d.message())
		d.Encoded = Encoded{event, chat}
		d.Call.Event, d.Call.Chat = sdk.Event{}, sdk.Chat{} // of which nothing must be needed
		if got := frames(t, d.message()); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
}

func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	err := encoding.MarshalToBuffer(v, &out)
	return out.Bytes(), err
}

// all sets every kind of field of a reply.
func all() FromWorker {
	return FromWorker{Done: &Done{Seq: 1, Micros: 5, Reply: sdk.Reply{
		Effects: []sdk.Effect{
			{Kind: sdk.EffectForward, Target: sdk.Department("Billing"), Fallback: []sdk.Target{sdk.Agent("alice")}, Reason: "because", Rule: "r", NotAfter: time.Minute},
			{Kind: sdk.EffectTranscript, Delivery: &sdk.Delivery{Mail: []string{"x@example.org"}, Direct: true}},
		},
		Writes:  []sdk.Write{{Scope: sdk.ScopeChat, Key: "k", Value: "v"}, {Scope: sdk.ScopeInstance, Key: "k", Delete: true}},
		Timers:  []sdk.Timer{{Name: "t", Due: noon}},
		Skips:   []string{"no"},
		Matches: []sdk.Match{{Rule: "r", Held: true, Parts: []sdk.Part{{Key: "words", Held: true, Says: "words matched"}}}},
		Log:     []string{"line"},
	}}}
}

// A frame may come in pieces of any size, and two at once.
func TestFramesAreWholeHoweverTheyCome(t *testing.T) {
	b := frames(t, message("hello"), message(strings.Repeat("x", 300<<10)), message("bye"))
	for name, r := range map[string]io.Reader{"a byte at a time": iotest.OneByteReader(bytes.NewReader(b)), "all at once": bytes.NewReader(b)} {
		w := newWire(&tape{Reader: r}, trusted)
		for _, want := range []ToWorker{message("hello"), message(strings.Repeat("x", 300<<10)), message("bye")} {
			var got ToWorker
			if err := w.receive(&got); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %.100v (%v)", name, got, err)
			}
		}
		if err := w.receive(new(ToWorker)); err != io.EOF {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

func TestHalfFrameIsNotTheEnd(t *testing.T) {
	b := frames(t, message("hello"))
	for n := 1; n < len(b); n++ {
		if err := newWire(playing(b[:n]), trusted).receive(new(ToWorker)); err != io.ErrUnexpectedEOF {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
	}
}

// The host learns before it sends anything that a frame is too large; who
// receives one reads nothing of it.
func TestOversizedFramesAreNeitherSentNorRead(t *testing.T) {
	out := playing(nil)
	if err := newWire(out, hostile).send(message(strings.Repeat("x", MaxFrame))); !errors.Is(err, ErrTooLarge) || out.said.Len() > 0 {
		t.Errorf("sent %d bytes: %v", out.said.Len(), err)
	}
	in := bytes.NewReader(binary.BigEndian.AppendUint32(nil, MaxFrame+1))
	if err := newWire(&tape{Reader: io.MultiReader(in, iotest.ErrReader(errors.New("read on")))}, hostile).receive(new(ToWorker)); !errors.Is(err, errFrame) {
		t.Errorf("received: %v", err)
	}
}

// A worker does not act on a host that breaks off or breaks the rules.
func TestWorkerEndsWhenTheHostBreaksOff(t *testing.T) {
	src := "package p\n\nimport \"github.com/bellhop-chat/bellhop/sdk\"\n\nfunc Register(p *sdk.Plugin) error {\n\tp.OnMessage(func(c *sdk.Chat, m sdk.Message) error { c.Reply(m.Text); return nil })\n\treturn nil\n}\n"
	init := ToWorker{Init: &Init{Version: Version, Sources: map[string][]byte{"p.go": []byte(src)}}}
	whole := frames(t, init, message("hello"))
	tooLarge := binary.BigEndian.AppendUint32(bytes.Clone(whole), MaxFrame+1)
	noCBOR := append(binary.BigEndian.AppendUint32(bytes.Clone(whole), 1), 0xff)
	old := frames(t, ToWorker{Init: &Init{Version: Version + 1}})
	for name, c := range map[string]struct {
		said []byte
		want string
		done int
	}{
		"at once":         {nil, "EOF", 0},
		"half a length":   {whole[:2], "unexpected EOF", 0},
		"half of Init":    {whole[:100], "unexpected EOF", 0},
		"half an event":   {whole[:len(whole)-1], "unexpected EOF", 0},
		"after an event":  {whole, "", 1},
		"too large":       {tooLarge, "at most 4194304", 1},
		"no CBOR":         {noCBOR, "bad frame", 1},
		"another version": {old, "of another version", 0},
		"no Init":         {frames(t, message("hello")), "of another version", 0},
	} {
		conn := playing(c.said)
		b := beginning{log: io.Discard, guard: unguarded, loaded: func(*script.Program) {}, ready: func() {}}
		err := b.serve(newWire(conn, trusted))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		answers := newWire(playing(conn.said.Bytes()), hostile)
		done := 0
		for m := (FromWorker{}); answers.receive(&m) == nil; m = (FromWorker{}) {
			if m.Done != nil {
				done++
			}
		}
		if done != c.done {
			t.Errorf("%s: %d events done, want %d", name, done, c.done)
		}
	}
}

// Whatever a worker sends, it is refused, or it is a message that says the same
// when it is sent again.
func FuzzFramesOfAWorker(f *testing.F) {
	f.Add(frames(f, FromWorker{Ready: &Ready{Handles: []sdk.EventKind{sdk.EventMessage}, Layers: AllLayers}}))
	f.Add(frames(f, all()))
	f.Add(frames(f, FromWorker{Done: &Done{Reply: sdk.Reply{Error: "no"}}}))
	f.Add(frames(f, FromWorker{Done: &Done{Reply: sdk.Reply{Read: &sdk.Read{Kind: "classify", Args: []byte(`{"a":1}`)}}}}))
	f.Add([]byte{0, 0, 0, 1, 0xf6})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0, 0, 0, 12, 0xa1, 0x02, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		var got FromWorker
		if newWire(playing(b), hostile).receive(&got) != nil || got.Done != nil && check(&got.Done.Reply) != nil {
			return
		}
		first := frames(t, got)
		var again FromWorker
		if err := newWire(playing(first), hostile).receive(&again); err != nil {
			t.Fatalf("%+v is not read again: %v", got, err)
		}
		if second := frames(t, again); !bytes.Equal(first, second) {
			t.Fatalf("%+v becomes %+v", got, again)
		}
	})
}

// What the host sends is its own, but it holds what visitors wrote.
func FuzzFramesOfTheHost(f *testing.F) {
	f.Add("hello")
	f.Add("a\xff\x00\u202e\U0001F600")
	f.Fuzz(func(t *testing.T, text string) {
		sent := message(text)
		var got ToWorker
		if err := newWire(playing(frames(t, sent)), trusted).receive(&got); err != nil || !reflect.DeepEqual(got, sent) {
			t.Fatalf("%+v becomes %+v (%v)", sent, got, err)
		}
	})
}

func TestEverythingInAReplyGoesOverTheWire(t *testing.T) {
	want := all()
	var got FromWorker
	if err := newWire(playing(frames(t, want)), hostile).receive(&got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v (%v)", got, err)
	}
	if err := check(&got.Done.Reply); err != nil {
		t.Error(err)
	}
}

// TestEncodedCallLeavesNothingOut: what a frame says must not depend on whether the
// host had its event encoded.
func TestEncodedCallLeavesNothingOut(t *testing.T) {
	whole, encoded := reflect.TypeFor[sdk.Call](), reflect.TypeFor[encodedCall]()
	for n := range whole.NumField() {
		f, there := encoded.FieldByName(whole.Field(n).Name)
		if !there || f.Tag != whole.Field(n).Tag {
			t.Errorf("%s is missing, or is called otherwise: %q", whole.Field(n).Name, f.Tag)
		}
	}
}
