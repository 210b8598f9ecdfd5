package bridge

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// Nearly all frames are messages, each of which goes to every account that may
// see it. What takes their time is encoding/json, so an ordinary message is read
// without: whatever is not ordinary, encoding/json reads as ever.

// messageFields are the fields of rest.Message, and how an ordinary value is
// read; false is one that is not.
var messageFields = []struct {
	name string
	read func(r *ddp.Reader, m *rest.Message) bool
}{
	{"_id", func(r *ddp.Reader, m *rest.Message) bool { return text(r, &m.ID) }},
	{"rid", func(r *ddp.Reader, m *rest.Message) bool { return text(r, &m.RoomID) }},
	{"t", func(r *ddp.Reader, m *rest.Message) bool { return text(r, &m.Type) }},
	{"msg", func(r *ddp.Reader, m *rest.Message) bool { return text(r, &m.Text) }},
	{"ts", func(r *ddp.Reader, m *rest.Message) bool { return at(r, &m.TS) }},
	{"u", func(r *ddp.Reader, m *rest.Message) bool { return ref(r, &m.User) }},
	{"tmid", func(r *ddp.Reader, m *rest.Message) bool { return text(r, &m.Thread) }},
	{"token", func(r *ddp.Reader, m *rest.Message) bool { return text(r, &m.Token) }},
	{"alias", func(r *ddp.Reader, m *rest.Message) bool { return text(r, &m.Alias) }},
	{"_updatedAt", func(r *ddp.Reader, m *rest.Message) bool { return at(r, &m.UpdatedAt) }},
	{"editedAt", func(r *ddp.Reader, m *rest.Message) bool { return at(r, &m.EditedAt) }},
	{"editedBy", func(r *ddp.Reader, m *rest.Message) bool { return other(r, &m.EditedBy) }},
	{"_hidden", func(r *ddp.Reader, m *rest.Message) bool { return other(r, &m.Hidden) }},
	{"file", func(r *ddp.Reader, m *rest.Message) bool { return other(r, &m.File) }},
	{"files", func(r *ddp.Reader, m *rest.Message) bool { return other(r, &m.Files) }},
	{"attachments", func(r *ddp.Reader, m *rest.Message) bool { return other(r, &m.Attachments) }},
	{"transferData", func(r *ddp.Reader, m *rest.Message) bool { return other(r, &m.Transfer) }},
	{"requestData", func(r *ddp.Reader, m *rest.Message) bool { return other(r, &m.Request) }},
	{"blocks", func(r *ddp.Reader, m *rest.Message) bool { return other(r, &m.Blocks) }},
}

var messageNames = func() (names []string) {
	for _, f := range messageFields {
		names = append(names, f.name)
	}
	return names
}()

// quickMessages reads messages, or one, in which nothing is out of the ordinary.
func quickMessages(data []byte) (list []heard, ok bool) {
	r := ddp.NewReader(data)
	one := func() bool {
		list = append(list, heard{})
		m := &list[len(list)-1]
		ok := r.Fields(messageNames, func(n int) bool { return messageFields[n].read(r, &m.Message) })
		m.err = lacking(&m.Message)
		return ok
	}
	if r.Next() == '[' {
		return list, r.Array(one) && r.End()
	}
	return list, one() && r.End()
}

var refNames = []string{"_id", "username", "name"}

func ref(r *ddp.Reader, into *rest.Ref) bool {
	return r.Fields(refNames, func(n int) bool {
		return text(r, [...]*string{&into.ID, &into.Username, &into.Name}[n])
	})
}

func text(r *ddp.Reader, into *string) (ok bool) {
	*into, ok = r.Text()
	return ok
}

// other reads a value that few messages have.
func other(r *ddp.Reader, into any) bool {
	value, ok := r.Value()
	return ok && json.Unmarshal(value, into) == nil
}

// at reads {"$date": ms} as servers write it, and other dates as ever.
func at(r *ddp.Reader, into *rest.Time) bool {
	value, ok := r.Value()
	digits, found := bytes.CutPrefix(value, []byte(`{"$date":`))
	digits, closed := bytes.CutSuffix(digits, []byte("}"))
	if ms, err := strconv.ParseUint(string(digits), 10, 64); found && closed && err == nil && len(digits) < 14 {
		into.Time = time.UnixMilli(int64(ms)).UTC()
		return ok
	}
	return ok && into.UnmarshalJSON(value) == nil
}

// roomType is the type of the room whose messages a frame tells; "" is unknown.
func roomType(args []json.RawMessage) (kind string, err error) {
	if len(args) < 2 {
		return "", nil
	}
	r := ddp.NewReader(args[1])
	if r.Fields(roomNames, func(int) bool { return text(r, &kind) }) && r.End() {
		return kind, nil
	}
	var about struct {
		RoomType string `json:"roomType"`
	}
	err = name("about", read(args, 1, &about))
	return about.RoomType, err
}

var roomNames = []string{"roomType"}

// heard is a message of a frame, and what is wrong with it.
type heard struct {
	rest.Message
	err error
}

// messages are those of a frame: 3.11 wraps them in a list.
func messages(args []json.RawMessage) (list []heard, err error) {
	if len(args) == 0 {
		return nil, errMissing(0)
	}
	if list, ok := quickMessages(args[0]); ok {
		return list, nil
	}
	parts := []json.RawMessage{args[0]}
	if bytes.HasPrefix(bytes.TrimSpace(args[0]), []byte("[")) {
		err = json.Unmarshal(args[0], &parts)
	}
	for _, data := range parts {
		var m heard
		m.err = name("message", decode(data, &m.Message))
		if m.err == nil {
			m.err = lacking(&m.Message)
		}
		list = append(list, m)
	}
	return list, err
}
