package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Message is a message's document, from REST and from streams alike.
type Message struct {
	ID          string       `json:"_id"`
	RoomID      string       `json:"rid"`
	Type        string       `json:"t"` // "" is what somebody wrote, all else the system's
	Text        string       `json:"msg"`
	Thread      string       `json:"tmid"` // the message that the thread begins with; "" means none
	TS          Time         `json:"ts"`
	User        Ref          `json:"u"`
	Token       string       `json:"token"` // set when the guest wrote it
	Alias       string       `json:"alias"`
	UpdatedAt   Time         `json:"_updatedAt"`
	EditedAt    Time         `json:"editedAt"`
	EditedBy    *Ref         `json:"editedBy"`
	Hidden      bool         `json:"_hidden"`
	File        *File        `json:"file"`
	Files       []File       `json:"files"` // from 3.14; the first is the original
	Attachments []Attachment `json:"attachments"`
	Transfer    *Transfer    `json:"transferData"` // of livechat_transfer_history
	Request     *Request     `json:"requestData"`  // of livechat_transcript_history

	// Of videoconf the card, whose blocks apps may have changed.
	Blocks json.RawMessage `json:"blocks"`
}

// Call is the id of the conference that the message shows the card of; "" when
// it shows none.
func (m Message) Call() string {
	var blocks []struct {
		Type    string `json:"type"`
		CallID  string `json:"callId"`
		BlockID string `json:"blockId"` // of the buttons: in chats the card is of these
	}
	json.Unmarshal(m.Blocks, &blocks) // what cannot be read is no card
	for _, b := range blocks {
		if b.CallID != "" {
			return b.CallID
		}
		if b.Type == "actions" && b.BlockID != "" {
			return b.BlockID
		}
	}
	return ""
}

// File is a sent file. Up to 3.x a message does not tell the size.
type File struct {
	ID   string `json:"_id"`
	Name string `json:"name"`
	Type string `json:"type"` // MIME
	Size int64  `json:"size"` // bytes; 0 means unknown
	// From Files only.
	UploadedAt Time   `json:"uploadedAt"`
	UserID     string `json:"userId"`
	RoomID     string `json:"rid"`
}

// Attachment is what hangs on a message, of a file its description and place.
type Attachment struct {
	Title       string `json:"title"`
	Type        string `json:"type"` // "file" when it is one
	Description string `json:"description"`
	TitleLink   string `json:"title_link"` // /file-upload/<id>/<name>
	ImageURL    string `json:"image_url"`
	ImageType   string `json:"image_type"`
	ImageSize   int64  `json:"image_size"`
	AudioURL    string `json:"audio_url"`
	VideoURL    string `json:"video_url"`
	Text        string `json:"text"` // of a quote
	AuthorName  string `json:"author_name"`
	MessageLink string `json:"message_link"` // set when it is a quote
	TS          Time   `json:"ts"`           // of the quoted message

	Attachments []Attachment `json:"attachments"` // what hung on the quoted message
}

// Message reads one message. ErrNotFound says that there is none, or that the
// account does not see it: the server does not tell these apart.
func (c *Client) Message(ctx context.Context, id string) (Message, error) {
	var got struct {
		Message Message `json:"message"`
	}
	k := call{verb: "GET", path: "chat.getMessage", query: url.Values{"msgId": {id}}}
	err := c.json(ctx, k, &got)
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest {
		e.Kind = ErrNotFound
	}
	if err == nil && got.Message.ID == "" {
		err = &Error{Call: k.name(), Kind: ErrUnclear, Text: "no message in it"}
	}
	return got.Message, err
}

// SendMessage sends a text under an _id of our own. A repeat makes no second
// message, but the server answers it with a strange error, so whoever gets an
// error asks for the Message.
func (c *Client) SendMessage(ctx context.Context, room, id, text string) (Message, error) {
	return c.SendInThread(ctx, room, "", id, text)
}

// SendInThread is SendMessage into the thread that begins with that message. It is
// shown among the other messages of the room too.
func (c *Client) SendInThread(ctx context.Context, room, thread, id, text string) (Message, error) {
	var got struct {
		Message Message `json:"message"`
	}
	k := call{verb: http.MethodPost, path: "chat.sendMessage"}
	message := map[string]any{"_id": id, "rid": room, "msg": text}
	if thread != "" {
		message["tmid"], message["tshow"] = thread, true
	}
	if err := c.send(ctx, k, map[string]any{"message": message}, &got); err != nil {
		return Message{}, err
	}
	if got.Message.ID != id {
		return Message{}, &Error{Call: k.name(), Kind: ErrUnclear, Text: "the message in it is not the one that was sent"}
	}
	return got.Message, nil
}

// UpdateMessage replaces the text of a message. The account may edit its own.
func (c *Client) UpdateMessage(ctx context.Context, room, id, text string) error {
	return c.Post(ctx, "chat.update", map[string]string{"roomId": room, "msgId": id, "text": text}, nil)
}

// DeleteMessage deletes a message. The account may delete its own.
func (c *Client) DeleteMessage(ctx context.Context, room, id string) error {
	return c.Post(ctx, "chat.delete", map[string]string{"roomId": room, "msgId": id}, nil)
}

// Deleted is a message that is no more.
type Deleted struct {
	ID        string `json:"_id"`
	DeletedAt Time   `json:"_deletedAt"`
}

// SyncMessages are the room's messages that changed after since, system
// messages and all, the oldest first, and those that were deleted. The server
// knows no pages here: Options.MaxBody is the limit.
func (c *Client) SyncMessages(ctx context.Context, room string, since time.Time) ([]Message, []Deleted, error) {
	if since.IsZero() {
		since = time.Unix(0, 0)
	}
	var got struct {
		Result struct {
			Updated []Message `json:"updated"`
			Deleted []Deleted `json:"deleted"`
		} `json:"result"`
	}
	query := url.Values{"roomId": {room}, "lastUpdate": {iso(since)}}
	if err := c.Get(ctx, "chat.syncMessages", query, &got); err != nil {
		return nil, nil, err
	}
	byTime(got.Result.Updated)
	return got.Result.Updated, got.Result.Deleted, nil
}

// SpareSyncs is of how many rooms SyncMessages may be read now that could as well be
// read later, at most most: half of what the server takes is left to others.
func (c *Client) SpareSyncs(most int) int {
	return c.limits.spare(call{verb: http.MethodGet, path: "chat.syncMessages"}, most)
}

// DirectsSince are the ids of the account's rooms of direct messages in which
// something changed since.
func (c *Client) DirectsSince(ctx context.Context, since time.Time) (rooms []string, err error) {
	var got struct {
		Update []struct {
			ID   string `json:"_id"`
			Type string `json:"t"`
		} `json:"update"`
	}
	if err := c.Get(ctx, "rooms.get", url.Values{"updatedSince": {iso(since)}}, &got); err != nil {
		return nil, err
	}
	for _, r := range got.Update {
		if r.Type == "d" {
			rooms = append(rooms, r.ID)
		}
	}
	return rooms, nil
}

// byTime puts messages, which servers give the newest first, into the order in
// which they were written: also those of the same millisecond.
func byTime(list []Message) {
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b Message) int { return a.TS.Compare(b.TS.Time) })
}

// Messages are the newest messages of a livechat, at most limit, the oldest
// first; more says that there are older ones. From 4.2 on system messages may
// be missing: the server leaves some out.
func (c *Client) Messages(ctx context.Context, room string, limit int) (list []Message, more bool, err error) {
	r := &reading{room: room, limit: limit + 1}
	if err := try(ctx, c, waysToRead, r); err != nil {
		return nil, false, err
	}
	byTime(r.list)
	if len(r.list) > limit {
		return r.list[len(r.list)-limit:], true, nil
	}
	return r.list, false, nil
}

// reading is of the newest messages of a chat.
type reading struct {
	room  string
	limit int
	list  []Message // what was read
}

func (c *Client) chatMessages(ctx context.Context, r *reading) (err error) {
	r.list, err = c.history(ctx, "livechat/"+url.PathEscape(r.room)+"/messages", url.Values{"sort": {`{"ts":-1}`}}, r.limit)
	return err
}

func (c *Client) channelsHistory(ctx context.Context, r *reading) (err error) {
	r.list, err = c.history(ctx, "channels.history", url.Values{"roomId": {r.room}}, r.limit)
	return err
}

// history reads messages page after page, the newest first, until a page
// brings nothing. New messages push older ones to the next page, so a message
// may come twice, but none is missed.
func (c *Client) history(ctx context.Context, path string, query url.Values, limit int) ([]Message, error) {
	var all []Message
	seen := map[string]bool{}
	for offset := 0; len(all) < limit; {
		list, _, err := listing[Message]{path: path, field: "messages", query: query}.page(ctx, c, offset)
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, m := range list {
			if !seen[m.ID] {
				seen[m.ID] = true
				all = append(all, m)
			}
		}
		if len(all) == before {
			break
		}
		offset += len(list)
	}
	return all, nil
}
