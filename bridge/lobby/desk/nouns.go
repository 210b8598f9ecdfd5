package desk

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

// when is a date as REST writes it, as text, or as the realtime API does, as
// {"$date":ms}.
type when struct{ time.Time }

// UnmarshalJSON reads either form; what is no date is the zero time.
func (w *when) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("{")) {
		var d struct {
			Date int64 `json:"$date"`
		}
		if err := json.Unmarshal(data, &d); err != nil {
			return err
		}
		w.Time = time.UnixMilli(d.Date).UTC()
		return nil
	}
	var text string
	if json.Unmarshal(data, &text) == nil {
		w.Time, _ = time.Parse(time.RFC3339Nano, text)
	}
	return nil
}

// person is how users and guests are named.
type person struct {
	ID       string `json:"_id"`
	Username string `json:"username"`
	Name     string `json:"name"`
}

// Title is the name by which people know somebody.
func (p person) Title() string { return cmp.Or(p.Name, p.Username) }

// room is a chat, or direct messages (T "d").
type room struct {
	ID         string  `json:"_id"`
	T          string  `json:"t"`
	FName      string  `json:"fname"`
	Topic      string  `json:"topic"`
	Department string  `json:"departmentId"`
	Open       bool    `json:"open"`
	OnHold     bool    `json:"onHold"`
	V          visitor `json:"v"`
	ServedBy   *struct {
		person
		TS when `json:"ts"`
	} `json:"servedBy"`
	Tags       []string `json:"tags"`
	TS         when     `json:"ts"`
	LM         when     `json:"lm"`
	ClosedAt   when     `json:"closedAt"`
	ClosedBy   *person  `json:"closedBy"`
	Closer     string   `json:"closer"`
	Last       *message `json:"lastMessage"`
	Usernames  []string `json:"usernames"`
	Transcript *struct {
		Email string `json:"email"`
	} `json:"transcriptRequest"`
	Metrics struct {
		Response struct {
			Average float64 `json:"avg"` // seconds
		} `json:"response"`
		Reaction struct {
			First float64 `json:"ft"` // seconds
		} `json:"reaction"`
		Duration float64 `json:"chatDuration"` // seconds
	} `json:"metrics"`
	Closing *message       `json:"closingMessage"`
	Data    map[string]any `json:"livechatData"` // room custom fields, which the guest does not see

	team string // the department's name, where it was read
}

// visitor is a guest, in a room or as a contact.
type visitor struct {
	person
	Token    string `json:"token"`
	Status   string `json:"status"`
	Emails   []address
	Phones   []phone
	TS       when `json:"ts"`
	LastChat *struct {
		ID string `json:"_id"`
		TS when   `json:"ts"`
	} `json:"lastChat"`
	Manager *struct {
		Username string `json:"username"`
	} `json:"contactManager"`
	Data map[string]any `json:"livechatData"`
}

type address struct {
	Address string `json:"address"`
}

type phone struct {
	Number string `json:"phoneNumber"`
}

// UnmarshalJSON reads the lists by the names that the API has for them.
func (v *visitor) UnmarshalJSON(data []byte) error {
	type plain visitor // without this method
	in := struct {
		*plain
		E []address `json:"visitorEmails"`
		P []phone   `json:"phone"`
	}{plain: (*plain)(v)}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	v.Emails, v.Phones = in.E, in.P
	return nil
}

// Email is the first address; "" when there is none.
func (v visitor) Email() string {
	if len(v.Emails) == 0 {
		return ""
	}
	return v.Emails[0].Address
}

// Number is the first phone number; "" when there is none.
func (v visitor) Number() string {
	if len(v.Phones) == 0 {
		return ""
	}
	return v.Phones[0].Number
}

// message is one message of a room.
type message struct {
	ID          string       `json:"_id"`
	RID         string       `json:"rid"`
	Type        string       `json:"t"`
	Msg         string       `json:"msg"`
	TS          when         `json:"ts"`
	U           person       `json:"u"`
	Alias       string       `json:"alias"`
	Token       string       `json:"token"` // present when the guest wrote it
	EditedAt    when         `json:"editedAt"`
	Hidden      bool         `json:"_hidden"`
	Comment     string       `json:"comment"`
	File        *file        `json:"file"`
	Attachments []attachment `json:"attachments"`
	Transfer    *transfer    `json:"transferData"`
}

func (m *message) fromGuest() bool { return m.Token != "" }

// Writer is who wrote it, for people.
func (m message) Writer() string { return cmp.Or(m.Alias, m.U.Title()) }

// preview is the message in one line.
func (m *message) preview() string {
	text := strings.Join(strings.Fields(m.Msg), " ")
	if text == "" && m.File != nil {
		return m.File.Name
	}
	return shorten(text, 80)
}

// shorten cuts a text at so many letters.
func shorten(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return string(letters[:most-1]) + "…"
}

// file is an upload, in a message or in a list of files.
type file struct {
	ID    string `json:"_id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Size  int64  `json:"size"`
	Path  string `json:"path"`
	At    when   `json:"uploadedAt"`
	Group string `json:"typeGroup"`
	User  *person
}

// attachment is what a message carries beside its text.
type attachment struct {
	Title       string `json:"title"`
	Link        string `json:"title_link"`
	Text        string `json:"text"`
	Author      string `json:"author_name"`
	Description string `json:"description"`
	Image       string `json:"image_url"`
	ImageType   string `json:"image_type"`
	Size        int64  `json:"image_size"`
	Dimensions  struct {
		Width, Height int
	} `json:"image_dimensions"`
}

// transfer is the record of a move.
type transfer struct {
	By         person  `json:"transferredBy"`
	To         *person `json:"transferredTo"`
	Comment    string  `json:"comment"`
	Scope      string  `json:"scope"`
	Department *struct {
		ID   string `json:"_id"`
		Name string `json:"name"`
	} `json:"nextDepartment"`
}

// subscription is a user's membership of a room.
type subscription struct {
	ID     string `json:"_id"`
	RID    string `json:"rid"`
	T      string `json:"t"`
	FName  string `json:"fname"`
	Alert  bool   `json:"alert"`
	Unread int    `json:"unread"`
	Read   when   `json:"ls"`
}

// inquiry is a chat's place in the queue.
type inquiry struct {
	ID         string `json:"_id"`
	RID        string `json:"rid"`
	Name       string `json:"name"`
	TS         when   `json:"ts"`
	Department string `json:"department"`
}

// department is a team.
type department struct {
	ID          string   `json:"_id"`
	Name        string   `json:"name"`
	Enabled     bool     `json:"enabled"`
	OnForm      bool     `json:"showOnRegistration"`
	NeedsTag    bool     `json:"requestTagBeforeClosingChat"`
	ClosingTags []string `json:"chatClosingTags"`
}

// agent is a user who serves chats.
type agent struct {
	person
	Status   string `json:"status"`
	Livechat string `json:"statusLivechat"` // "" where it is not told
}

func (a agent) available() bool { return a.Livechat != "not-available" && a.Status != "offline" }
