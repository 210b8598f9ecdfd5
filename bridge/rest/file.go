package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"time"
)

// filePatience is how long an upload or a download may take.
const filePatience = 5 * time.Minute

// Sending is a file on its way into a room.
type Sending struct {
	Name    string
	Type    string // MIME
	Data    []byte
	Caption string // the text of its message; may be empty
}

// Upload sends a file into a room and says by which message. A repeat would
// send it again.
func (c *Client) Upload(ctx context.Context, room string, s Sending) (Message, error) {
	u := &upload{room: room, file: s}
	err := try(ctx, c, waysToUpload, u)
	return u.got.Message, err
}

// upload is one call of Upload.
type upload struct {
	room string
	file Sending
	got  struct {
		Message Message `json:"message"`
	}
}

// post sends the file with the fields to a path below which stands the room.
func (u *upload) post(ctx context.Context, c *Client, path string, fields map[string]string, into any) (call, error) {
	k := call{verb: http.MethodPost, path: path + url.PathEscape(u.room), timeout: filePatience}
	var err error
	if k.body, k.kind, err = u.file.form(fields); err != nil {
		return k, fmt.Errorf("write upload: %w", err)
	}
	return k, c.json(ctx, k, into)
}

func (c *Client) roomsUpload(ctx context.Context, u *upload) error {
	fields := map[string]string{}
	if u.file.Caption != "" {
		fields["msg"] = u.file.Caption
	}
	_, err := u.post(ctx, c, "rooms.upload/", fields, &u.got)
	return err
}

// media sends the bytes first, which nobody sees, and then the message.
func (c *Client) media(ctx context.Context, u *upload) error {
	var got struct {
		File struct {
			ID string `json:"_id"`
		} `json:"file"`
	}
	k, err := u.post(ctx, c, "rooms.media/", nil, &got)
	if err != nil {
		return err
	}
	if got.File.ID == "" {
		return &Error{Call: k.name(), Kind: ErrUnclear, Text: "no file in it"}
	}
	fields := map[string]string{}
	if u.file.Caption != "" {
		fields["msg"] = u.file.Caption
	}
	return c.Post(ctx, "rooms.mediaConfirm/"+url.PathEscape(u.room)+"/"+url.PathEscape(got.File.ID), fields, &u.got)
}

// form is the file and the fields as a multipart body.
func (s Sending) form(fields map[string]string) (body []byte, contentType string, err error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for name, value := range fields {
		if err == nil {
			err = w.WriteField(name, value)
		}
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": "file", "filename": s.Name}))
	h.Set("Content-Type", s.Type)
	part, failed := w.CreatePart(h)
	if err = errors.Join(err, failed); err == nil {
		_, err = part.Write(s.Data)
	}
	if err == nil {
		err = w.Close()
	}
	return buf.Bytes(), w.FormDataContentType(), err
}

// GuestKey lets a guest's own files be read where the account may not: from
// 6.0 on servers give files only to those who joined the room.
type GuestKey struct {
	Room  string
	Token string // the guest's
}

// Download is a file's bytes, at most limit of them. With a key that is not
// zero it is tried when the account's own right does not suffice.
func (c *Client) Download(ctx context.Context, f File, key GuestKey, limit int64) ([]byte, error) {
	k := call{verb: http.MethodGet, root: "/", path: "file-upload/" + url.PathEscape(f.ID) + "/" + url.PathEscape(fileName(f)), file: true, limit: limit, timeout: filePatience}
	a, err := c.do(ctx, k)
	if kind := kindOf(err); kind != ErrForbidden {
		return a.body, err
	}
	if key.Token == "" {
		return nil, withHint(err, filesHint)
	}
	k.public = true
	k.query = url.Values{"rc_room_type": {"l"}, "rc_rid": {key.Room}, "rc_token": {key.Token}}
	if a, err = c.do(ctx, k); err != nil {
		return nil, withHint(err, filesHint)
	}
	return a.body, nil
}

const filesHint = "in Administration, File Upload, let those who can access a room have its files (FileUpload_Restrict_to_users_who_can_access_room, from 6.10 on), or do not restrict files to members (FileUpload_Restrict_to_room_members), or do not protect them (FileUpload_ProtectFiles)"

func fileName(f File) string {
	if f.Name == "" {
		return "file"
	}
	return f.Name
}
