package ddp

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deeply values may be nested, as in encoding/json.
const maxDepth = 10000

// Reader reads JSON from the left to the right, once, and makes nothing but what
// it is asked for: several times as fast as encoding/json, for what is written
// as nearly all of it is. Its methods are false where JSON is not what they
// read, or is written in a way for which encoding/json has rules of its own, such
// as escapes in names: then nothing that was read counts, and encoding/json has
// to read all of it.
type Reader struct {
	data  []byte
	at    int
	depth int
}

// NewReader reads data, which must not change while what it gave is in use.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Fields reads an object. For each member with one of the names it calls field
// with the name's index, which must read the value. It is false when one of them
// comes twice, or in other letters.
func (r *Reader) Fields(names []string, field func(n int) bool) bool {
	seen := uint64(0)
	return r.object(func(name []byte) bool {
		for n, is := range names {
			switch {
			case len(is) != len(name):
			case string(name) == is:
				again := seen&(1<<n) != 0
				seen |= 1 << n
				return !again && field(n)
			case strings.EqualFold(is, string(name)):
				return false
			}
		}
		return r.skip()
	})
}

// object reads an object. For each member it calls member, which must read the
// value.
func (r *Reader) object(member func(name []byte) bool) bool {
	if !r.enter('{') {
		return false
	}
	defer r.leave()
	if r.take('}') {
		return true
	}
	for {
		name, ok := r.name()
		if !ok || !r.take(':') || !member(name) {
			return false
		}
		if !r.take(',') {
			return r.take('}')
		}
	}
}

// Array reads an array. For each element it calls element, which must read it.
func (r *Reader) Array(element func() bool) bool {
	if !r.enter('[') {
		return false
	}
	defer r.leave()
	if r.take(']') {
		return true
	}
	for {
		if !element() {
			return false
		}
		if !r.take(',') {
			return r.take(']')
		}
	}
}

// Value reads any value, and gives it as it is written.
func (r *Reader) Value() (raw []byte, ok bool) {
	c := r.Next()
	from := r.at
	switch c {
	case '{':
		ok = r.object(r.pass)
	case '[':
		ok = r.Array(r.skip)
	case '"':
		_, _, ok = r.quoted()
	case 't':
		ok = r.word("true")
	case 'f':
		ok = r.word("false")
	case 'n':
		ok = r.word("null")
	default:
		ok = r.number()
	}
	return r.data[from:r.at], ok
}

// Text reads a text.
func (r *Reader) Text() (text string, ok bool) {
	r.Next()
	from := r.at
	raw, plain, ok := r.quoted()
	switch {
	case !ok:
		return "", false
	case plain || !escaped(raw) && utf8.Valid(raw):
		return string(raw), true
	}
	return text, json.Unmarshal(r.data[from:r.at], &text) == nil
}

func escaped(raw []byte) bool { return bytes.IndexByte(raw, '\\') >= 0 }

// End reports whether there is nothing more.
func (r *Reader) End() bool { return r.Next() == 0 && r.at == len(r.data) }

func (r *Reader) pass([]byte) bool { return r.skip() }

func (r *Reader) skip() bool {
	_, ok := r.Value()
	return ok
}

func (r *Reader) enter(c byte) bool {
	r.depth++
	return r.depth < maxDepth && r.take(c)
}

func (r *Reader) leave() { r.depth-- }

// name reads the name of a member.
func (r *Reader) name() ([]byte, bool) {
	r.Next()
	name, plain, ok := r.quoted()
	return name, plain && ok
}

// Next is the next byte that is no space, or 0.
func (r *Reader) Next() byte {
	for r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
	return 0
}

func (r *Reader) take(c byte) bool {
	if r.Next() != c {
		return false
	}
	r.at++
	return true
}

func (r *Reader) word(w string) bool {
	if !bytes.HasPrefix(r.data[r.at:], []byte(w)) {
		return false
	}
	r.at += len(w)
	return true
}

// quoted reads a text, gives what is written between its quotes, and says
// whether that is ASCII without escapes.
func (r *Reader) quoted() (text []byte, plain, ok bool) {
	if r.at >= len(r.data) || r.data[r.at] != '"' {
		return nil, false, false
	}
	plain = true
	from := r.at + 1
	for i := from; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.at = i + 1
			return r.data[from:i], plain, true
		case c >= utf8.RuneSelf:
			plain = false
		case c < ' ':
			return nil, false, false
		case c == '\\':
			plain = false
			if i++; !r.escape(i) {
				return nil, false, false
			}
		}
	}
	return nil, false, false
}

// escape reports whether what stands after a backslash may.
func (r *Reader) escape(at int) bool {
	if at >= len(r.data) {
		return false
	}
	if r.data[at] != 'u' {
		return bytes.IndexByte([]byte(`"\/bfnrt`), r.data[at]) >= 0
	}
	for i := at + 1; i <= at+4; i++ {
		if i >= len(r.data) || !isHex(r.data[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return c-'0' < 10 || c|0x20 >= 'a' && c|0x20 <= 'f' }

// number reads a number as JSON writes them.
func (r *Reader) number() bool {
	r.sign("-")
	if r.at < len(r.data) && r.data[r.at] == '0' {
		r.at++
	} else if !r.digits() {
		return false
	}
	if r.sign(".") && !r.digits() {
		return false
	}
	if r.sign("eE") {
		r.sign("+-")
		return r.digits()
	}
	return true
}

// sign reads one of the bytes, if it is there.
func (r *Reader) sign(of string) bool {
	if r.at >= len(r.data) || bytes.IndexByte([]byte(of), r.data[r.at]) < 0 {
		return false
	}
	r.at++
	return true
}

func (r *Reader) digits() bool {
	from := r.at
	for r.at < len(r.data) && r.data[r.at]-'0' < 10 {
		r.at++
	}
	return r.at > from
}
