package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"

	"github.com/fxamacker/cbor/v2"
)

// recordVersion is the first byte of each record: its shape may change without
// a new Format as long as the old shape can still be read.
const recordVersion = 1

var encMode, decMode = modes()

func modes() (cbor.UserBufferEncMode, cbor.DecMode) {
	enc, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.UserBufferEncMode()
	if err != nil {
		panic(err)
	}
	// A text that is no UTF-8 must not make a record unreadable: it was
	// written, and what reads it can do nothing about it.
	dec, err := cbor.DecOptions{MaxArrayElements: 1 << 20, MaxMapPairs: 1 << 20, UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		panic(err)
	}
	return enc, dec
}

func encode(v any) ([]byte, error) {
	room := rooms.Get().(*bytes.Buffer)
	defer rooms.Put(room)
	room.Reset()
	room.WriteByte(recordVersion)
	if err := encMode.MarshalToBuffer(v, room); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return bytes.Clone(room.Bytes()), nil
}

// rooms are where records are encoded, before their size is known.
var rooms = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func decode(b []byte, into any) error {
	if len(b) == 0 || b[0] != recordVersion {
		return fmt.Errorf("decode %T: record of an unknown version%s", into, advice)
	}
	if err := decMode.Unmarshal(b[1:], into); err != nil {
		return fmt.Errorf("decode %T: %w%s", into, err, advice)
	}
	return nil
}

const advice = ": the store is damaged: restore a backup, or move the file away to start anew"

// number is a key that sorts as its number does.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func fromNumber(key []byte) uint64 {
	if len(key) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key[len(key)-8:])
}

// join makes a key of words that hold no zero byte.
func join(words ...string) []byte { return []byte(strings.Join(words, "\x00")) }

func split(key []byte) []string { return strings.Split(string(key), "\x00") }
