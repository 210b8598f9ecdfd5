package call

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// roleEnd is the service's, in the address that it calls at the end of a call.
const roleEnd Role = "end"

// pass is what an address of the page says, and nobody can forge.
type pass struct {
	chat, room string
	role       Role
	until      time.Time // to the second
}

const macSize = 20 // bytes: 160 bits

var errPass = errors.New("link is not one of ours, or was changed")

// Page is the link to the page for one party; "" when there is no page.
func (l *Links) Page(room Room, role Role, until time.Time) string {
	if l.public == "" {
		return ""
	}
	return l.address(pass{room.Chat, room.Name, role, until})
}

func (l *Links) address(p pass) string { return l.public + "/c/" + l.seal(p) }

// seal writes a pass as one word: when it ends, what it is for, and a keyed hash
// of both.
func (l *Links) seal(p pass) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.until.Unix()))
	b = append(b, strings.Join([]string{string(p.role), p.room, p.chat}, "\x00")...)
	return base64.RawURLEncoding.EncodeToString(append(l.mac(b), b...))
}

// unseal reads a pass, however old it is.
func (l *Links) unseal(word string) (p pass, err error) {
	// Strictly: of the last letter all bits count, so that there is one word for a pass.
	b, err := base64.RawURLEncoding.Strict().DecodeString(word)
	if err != nil || len(b) < macSize+8 || !hmac.Equal(b[:macSize], l.mac(b[macSize:])) {
		return p, errPass
	}
	b = b[macSize:]
	says := strings.SplitN(string(b[8:]), "\x00", 3)
	if len(says) != 3 {
		return p, errPass
	}
	return pass{role: Role(says[0]), room: says[1], chat: says[2], until: time.Unix(int64(binary.BigEndian.Uint64(b)), 0)}, nil
}

func (l *Links) mac(b []byte) []byte {
	mac := hmac.New(sha256.New, l.o.RoomSecret)
	fmt.Fprint(mac, "call pass\x00")
	mac.Write(b)
	return mac.Sum(nil)[:macSize]
}
