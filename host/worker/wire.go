package worker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/fxamacker/cbor/v2"
)

// ErrTooLarge says that a frame would be larger than MaxFrame. Nothing of it
// was sent.
var ErrTooLarge = errors.New("frame is too large")

const headSize = 4 // bytes of a frame's length

var encoding = must(cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.UserBufferEncMode())

// What a worker says is taken by the letter.
var hostile = must(hostileOptions.DecMode())

var hostileOptions = cbor.DecOptions{
	DupMapKey:         cbor.DupMapKeyEnforcedAPF,
	IndefLength:       cbor.IndefLengthForbidden,
	TagsMd:            cbor.TagsForbidden,
	ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	MaxNestedLevels:   16,
	MaxArrayElements:  16 << 10,
	MaxMapPairs:       4 << 10,
}

// What the host says may hold bytes that are no text, since others wrote them.
// A plugin gets them as they are.
var trusted = must(trustedOptions().DecMode())

func trustedOptions() cbor.DecOptions {
	o := hostileOptions
	o.UTF8 = cbor.UTF8DecodeInvalid
	return o
}

func must[T any](mode T, err error) T {
	if err != nil {
		panic(err) // the options above are wrong
	}
	return mode
}

// wire carries frames. One goroutine may receive, any may send.
type wire struct {
	conn io.ReadWriteCloser
	in   *bufio.Reader
	read cbor.DecMode // how a frame is taken
	body []byte       // of the last frame received; only for receive

	mu  sync.Mutex // guards out, and the order of frames
	out bytes.Buffer
}

func newWire(conn io.ReadWriteCloser, read cbor.DecMode) *wire {
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), read: read}
}

func (w *wire) send(message any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.Reset()
	if err := frame(&w.out, message); err != nil {
		return err
	}
	_, err := w.conn.Write(w.out.Bytes())
	return err
}

// frame puts a message's frame behind what is in the buffer. After an error
// there is something of it in there.
func frame(out *bytes.Buffer, message any) error {
	at := out.Len()
	out.Write(make([]byte, headSize))
	if err := encoding.MarshalToBuffer(message, out); err != nil {
		return fmt.Errorf("encode frame: %w", err)
	}
	size := out.Len() - at - headSize
	if size > MaxFrame {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, MaxFrame)
	}
	binary.BigEndian.PutUint32(out.Bytes()[at:], uint32(size))
	return nil
}

// errFrame is wrapped by what is wrong with a frame itself, other than the end
// of the connection.
var errFrame = errors.New("bad frame")

func (w *wire) receive(message any) error {
	var head [headSize]byte
	if _, err := io.ReadFull(w.in, head[:]); err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint32(head[:]))
	if size > MaxFrame {
		return fmt.Errorf("%w: %d bytes, at most %d", errFrame, size, MaxFrame)
	}
	body := w.room(size)
	if _, err := io.ReadFull(w.in, body); err != nil {
		if err == io.EOF {
			return io.ErrUnexpectedEOF // the length was there
		}
		return err
	}
	if items(body) > maxItems {
		return fmt.Errorf("%w: more than %d values", errFrame, maxItems)
	}
	if err := w.read.Unmarshal(body, message); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	return nil
}

// maxKept is how large a frame's room may be to be used again, in bytes.
const maxKept = 256 << 10

// room is where a frame is read into; the next frame may use it again.
func (w *wire) room(size int) []byte {
	if size > maxKept {
		return make([]byte, size)
	}
	if cap(w.body) < size {
		w.body = make([]byte, size, max(size, 4<<10))
	}
	return w.body[:size]
}

// maxItems is how many values a frame may hold: an empty one takes a byte there
// and much more in memory.
const maxItems = 512 << 10

// items counts the values of well-formed CBOR by their heads; see RFC 8949,
// section 3. What it makes of other bytes does not matter.
func items(b []byte) (n int) {
	for len(b) > 0 {
		n++
		kind, info := b[0]>>5, b[0]&31
		b = b[1:]
		value := uint64(info)
		if info >= 24 && info <= 27 {
			size := 1 << (info - 24)
			if len(b) < size {
				return n
			}
			value = 0
			for _, x := range b[:size] {
				value = value<<8 | uint64(x)
			}
			b = b[size:]
		}
		if kind == byteString || kind == textString {
			b = b[min(value, uint64(len(b))):]
		}
	}
	return n
}

// Major types whose value says how many bytes follow.
const (
	byteString = 2
	textString = 3
)
