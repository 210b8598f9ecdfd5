package worker_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/bellhop-chat/bellhop/host/worker"
)

// rogueArg makes the test binary a worker that breaks the rules of frames.
const rogueArg = "rogue"

// rogue is such a worker. It has no sandbox and writes what it likes.
type rogue struct {
	in  *bufio.Reader
	out *os.File
}

// beRogue misbehaves in the way of that name and returns the exit status.
func beRogue(name string) int {
	f := os.NewFile(3, "host")
	defer runtime.KeepAlive(f) // whatever a rogue does without it
	r := &rogue{bufio.NewReader(f), f}
	r.read() // Init
	for _, a := range append(others(), rogues()...) {
		if a.attack == name {
			a.does(r)
			return 0
		}
	}
	return 4
}

// read takes a whole frame of the host's, or waits for ever when there is none.
func (r *rogue) read() worker.ToWorker {
	var head [4]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		os.Exit(5)
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(r.in, body); err != nil {
		os.Exit(6)
	}
	var m worker.ToWorker
	if cbor.Unmarshal(body, &m) != nil {
		os.Exit(7)
	}
	return m
}

// event waits for the next event and gives its number.
func (r *rogue) event() uint64 {
	for {
		if m := r.read(); m.Deliver != nil {
			return m.Deliver.Seq
		}
	}
}

// obj is a map of CBOR: of the frames by number, of what is in them by name.
type obj = map[any]any

func (r *rogue) raw(b []byte) {
	if _, err := r.out.Write(b); err != nil {
		os.Exit(8)
	}
}

// head is a frame's length.
func head(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

// bytes is a frame with that body.
func (r *rogue) bytes(body []byte) { r.raw(append(head(len(body)), body...)) }

// inOrder writes the keys of a map always in the same order.
var inOrder, _ = cbor.CanonicalEncOptions().EncMode()

func (r *rogue) frame(v any) {
	b, err := inOrder.Marshal(v)
	if err != nil {
		os.Exit(9)
	}
	r.bytes(b)
}

func (r *rogue) ready() { r.frame(obj{1: obj{1: []string{"message"}}}) }

func (r *rogue) done(seq uint64, reply any) { r.frame(obj{2: obj{1: seq, 2: reply, 3: 1}}) }

// silence is for ever.
func (*rogue) silence() {
	for {
		time.Sleep(time.Hour)
	}
}

// replies is a rogue that answers its first event with the reply.
func replies(reply any) func(*rogue) {
	return func(r *rogue) {
		r.ready()
		r.done(r.event(), reply)
		r.silence()
	}
}

// asks is one that asks for the effect.
func asks(effect obj) func(*rogue) { return replies(obj{"effects": []obj{effect}}) }

// says is one whose first frame has the body.
func body(b ...byte) func(*rogue) {
	return func(r *rogue) {
		r.bytes(b)
		r.silence()
	}
}

// nested is a result whose reply has n lists within each other.
func nested(n int) []byte {
	return slicesOf([]byte{0xa1, 0x02, 0xa3, 0x01, 0x01, 0x03, 0x01, 0x02, 0xa1, 0x67}, []byte("effects"), bytes.Repeat([]byte{0x81}, n), []byte{0x00})
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// starts says which process it has started. That keeps all open.
func (r *rogue) starts(child *exec.Cmd) {
	child.ExtraFiles = []*os.File{r.out}
	child.Stderr = os.Stderr
	if child.Start() != nil {
		os.Exit(10)
	}
	r.ready()
	r.done(r.event(), obj{"skips": []string{fmt.Sprint(child.Process.Pid)}})
	r.silence()
}

// misdeed is one way to break the rules.
type misdeed struct {
	attack string
	does   func(*rogue)
}

// Those that have tests of their own.
func others() []misdeed {
	return []misdeed{
		{"it computes with nothing to do", func(r *rogue) {
			for r.ready(); ; {
			}
		}},
		{"it starts another", func(r *rogue) { r.starts(exec.Command("/bin/sleep", "1000")) }},
		{"it starts another that hides", func(r *rogue) {
			child := exec.Command("/proc/self/exe", rogueArg, "it says nothing at all") // ends with the connection
			child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			r.starts(child)
		}},
	}
}

func rogues() []misdeed {
	return []misdeed{
		// Before it is ready.
		{"it says nothing at all", (*rogue).silence},
		{"it ends at once", func(*rogue) { os.Exit(3) }},
		{"it ends within a frame's length", func(r *rogue) { r.raw([]byte{0, 0}) }},
		{"it ends within a frame", func(r *rogue) { r.raw(append(head(100), 0xa1, 0x01)) }},
		{"it stops within a frame", func(r *rogue) { r.raw(append(head(100), 0xa1)); r.silence() }},
		{"a frame of 4 GiB", func(r *rogue) { r.raw([]byte{0xff, 0xff, 0xff, 0xff}); r.silence() }},
		{"a frame a byte too large", func(r *rogue) { r.raw(head(worker.MaxFrame + 1)); r.silence() }},
		{"an empty frame", body()},
		{"a frame that is no CBOR", body([]byte("GET / HTTP/1.1")...)},
		{"a frame of two messages", body(0xa1, 0x01, 0xa0, 0xa1, 0x01, 0xa0)},
		{"a frame of both kinds at once", body(0xa2, 0x01, 0xa0, 0x02, 0xa0)},
		{"a frame of neither kind", body(0xa0)},
		{"a text of 2^63 bytes", body(0xa1, 0x01, 0xa1, 0x02, 0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)},
		{"a list of 2^63 elements", body(0xa1, 0x01, 0xa1, 0x01, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)},
		{"a map of 2^63 pairs", body(0xa1, 0x01, 0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)},
		{"a text without an end", body(0xa1, 0x01, 0xa1, 0x02, 0x7f, 0x61, 'x', 0xff)},
		{"a number of 1 MiB", body(slicesOf([]byte{0xa1, 0x01, 0xa1, 0x02, 0xc2, 0x5a, 0, 0x10, 0, 0}, make([]byte, 1<<20))...)},
		{"a key twice", body(0xa1, 0x01, 0xa2, 0x02, 0x60, 0x02, 0x61, 'x')},
		{"a result before it is ready", func(r *rogue) { r.done(1, obj{}); r.silence() }},
		{"it handles 10,000 kinds of events", func(r *rogue) { r.frame(obj{1: obj{1: make([]string, 10000)}}); r.silence() }},
		{"it claims a layer that there is not", func(r *rogue) { r.frame(obj{1: obj{1: []string{"message"}, 3: []string{"walls"}}}); r.silence() }},
		{"it reports a fault of 3 MiB", func(r *rogue) { r.frame(obj{1: obj{2: strings.Repeat("bad, bad, bad\n", 3<<16)}}) }},
		{"it is not ready for want of a sandbox", func(r *rogue) { r.frame(obj{1: obj{4: "no\x00\x1b[2Jsandbox\n" + strings.Repeat("x", 1<<20)}}) }},
		// Numbers.
		{"it is ready twice", func(r *rogue) { r.ready(); r.event(); r.ready(); r.silence() }},
		{"a result of no event", func(r *rogue) { r.ready(); r.done(7, obj{}); r.silence() }},
		{"a result of another number", func(r *rogue) { r.ready(); r.done(r.event()+1, obj{}); r.silence() }},
		{"a result twice", func(r *rogue) { r.ready(); n := r.event(); r.done(n, obj{}); r.done(n, obj{}); r.silence() }},
		{"a result of the last event first", func(r *rogue) { r.ready(); r.event(); r.done(r.event(), obj{}); r.silence() }},
		{"results without end", func(r *rogue) {
			r.ready()
			for n := r.event(); ; n++ {
				r.done(n, obj{})
			}
		}},
		{"it says that it took -2^63 us", func(r *rogue) {
			for r.ready(); ; {
				r.frame(obj{2: obj{1: r.event(), 2: obj{}, 3: -1 << 63}})
			}
		}},
		// Effects and memory.
		{"an effect for another chat", asks(obj{"kind": "close", "target": obj{}, "chat": "others"})},
		{"an effect with a key of its own", asks(obj{"kind": "tag", "target": obj{}, "tags": []string{"x"}, "key": "forwarding/message/1/0"})},
		{"an effect of another instance", replies(obj{"instance": "forwarding", "effects": []obj{{"kind": "close", "target": obj{}}}})},
		{"an effect that nobody knows", asks(obj{"kind": "shutdown", "target": obj{}})},
		{"an effect beside an error", replies(obj{"error": "sorry", "effects": []obj{{"kind": "close", "target": obj{}}}})},
		{"33 effects", replies(obj{"effects": many(33, obj{"kind": "close", "target": obj{}})})},
		{"10,000 effects", replies(obj{"effects": many(10000, obj{})})},
		{"half a million empty parts", replies(obj{"matches": many(500, obj{"rule": "", "held": false, "parts": many(1000, obj{})})})},
		{"1,000,000 empty lists", func(r *rogue) {
			r.ready()
			r.event()
			r.bytes(slicesOf([]byte{0xa1, 0x02, 0xa1, 0x02, 0xa1, 0x65}, []byte("skips"), []byte{0x9a, 0x00, 0x0f, 0x42, 0x40}, make([]byte, 1000000)))
			r.silence()
		}},
		{"1,000 lists within each other", func(r *rogue) { r.ready(); r.event(); r.bytes(nested(1000)); r.silence() }},
		{"a text of 1 MiB for the guest", asks(obj{"kind": "reply", "target": obj{}, "text": strings.Repeat("x", 1<<20)})},
		{"a text that is none", asks(obj{"kind": "reply", "target": obj{}, "text": cbor.RawMessage{0x61, 0xff}})},
		{"a name of 1 MiB", asks(obj{"kind": "tag", "target": obj{}, "tags": []string{strings.Repeat("x", 1<<20)}})},
		{"a log that steers a terminal", replies(obj{"log": []string{"\x1b[2J\x1b]0;all is well\a"}})},
		{"a reason that steers a terminal", asks(obj{"kind": "tag", "target": obj{}, "tags": []string{"x"}, "reason": "\x1b[2J"})},
		{"an error that steers a terminal", replies(obj{"error": "\x1b[2J"})},
		{"a transcript to 1,000 addresses", asks(obj{"kind": "transcript", "target": obj{}, "delivery": obj{"mail": many(1000, "x@example.org")}})},
		{"a request of nothing", asks(obj{"kind": "request", "target": obj{}})},
		{"a request with 1,000 headers", asks(obj{"kind": "request", "target": obj{}, "request": obj{"url": "https://a.example/", "headers": many(1000, obj{"name": "a", "value": "b"})}})},
		{"a request of 1 MiB", asks(obj{"kind": "request", "target": obj{}, "request": obj{"url": "https://a.example/", "body": strings.Repeat("x", 1<<20)}})},
		{"a transcript to nowhere", asks(obj{"kind": "transcript", "target": obj{}})},
		{"an effect to be done before it was asked for", asks(obj{"kind": "tag", "target": obj{}, "notAfter": -1})},
		{"state of another scope", replies(obj{"writes": []obj{{"scope": "other instance", "key": "k", "value": "v"}}})},
		{"state of 1 MiB", replies(obj{"writes": []obj{{"scope": "chat", "key": "k", "value": strings.Repeat("x", 1<<20)}}})},
		{"5,000 changes of state", replies(obj{"writes": many(5000, obj{"scope": "chat", "key": "k", "value": ""})})},
		{"1,000 timers", replies(obj{"timers": many(1000, obj{"name": "t", "due": "2026-03-02T12:00:00Z"})})},
		{"a timer that is never due", replies(obj{"timers": []obj{{"name": "t", "due": "0001-01-01T00:00:00Z"}}})},
		{"a timer in a year that there is not", replies(obj{"timers": []obj{{"name": "t", "due": "99999-01-01T00:00:00Z"}}})},
		{"a question that is no JSON", replies(obj{"read": obj{"kind": "classify", "args": []byte("{")}})},
		{"a question of 1 MiB", replies(obj{"read": obj{"kind": "classify", "args": []byte(`"` + strings.Repeat("x", 1<<20) + `"`)}})},
		// Life.
		{"it never answers", func(r *rogue) { r.ready(); r.event(); r.silence() }},
		{"it never reads", func(r *rogue) { r.ready(); r.silence() }},
		{"it answers a byte now and then", func(r *rogue) {
			r.ready()
			r.event()
			r.raw(head(3600))
			for {
				r.raw([]byte{0})
				time.Sleep(100 * time.Millisecond)
			}
		}},
		{"it dies within an answer", func(r *rogue) { r.ready(); r.event(); r.raw(append(head(100), 0xa1)) }},
		{"it closes the connection and lives on", func(r *rogue) { r.ready(); r.event(); r.out.Close(); r.silence() }},
		{"it takes no notice of signals", func(r *rogue) {
			signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
			r.ready()
			r.event()
			r.silence()
		}},
		{"it starts another that keeps all open", func(r *rogue) {
			child := exec.Command("/proc/self/exe", rogueArg, "it says nothing at all")
			child.ExtraFiles = []*os.File{r.out}
			child.Stderr = os.Stderr
			child.Start()
			r.ready()
			r.event()
		}},
		{"it prints without end", func(r *rogue) {
			r.ready()
			r.event()
			for line := []byte(strings.Repeat("all work and no play\n", 1000)); ; {
				if _, err := os.Stderr.Write(line); err != nil {
					os.Exit(1)
				}
			}
		}},
	}
}

// many are n of the same.
func many[T any](n int, one T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = one
	}
	return list
}

// courses of those that do not end at their one event or before.
var courses = map[string]course{
	"it says nothing at all":                stuck,
	"it stops within a frame":               stuck,
	"a result of the last event first":      hangs,
	"it never answers":                      hangs,
	"it answers a byte now and then":        hangs,
	"it takes no notice of signals":         hangs,
	"it starts another that keeps all open": hangs,
	"a result of no event":                  unasked,
	"it says that it took -2^63 us":         goesOn,
	"it never reads":                        flooded,
}
