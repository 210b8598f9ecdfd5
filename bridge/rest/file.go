package rest

import (
	"bytes"
	"context"
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

// Upload sends a file into a room. A repeat would send it again.
func (c *Client) Upload(ctx context.Context, room, name, kind string, data []byte) error {
	form, contentType, err := multipartForm(name, kind, data)
	if err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	return try(ctx, c, waysToUpload, upload{room, form, contentType})
}

// upload is a file on its way into a room.
type upload struct {
	room string
	form []byte
	kind string // the form's content type
}

func (u upload) call(path string) call {
	return call{verb: http.MethodPost, path: path + url.PathEscape(u.room), body: u.form, kind: u.kind, timeout: filePatience}
}

func (c *Client) roomsUpload(ctx context.Context, u upload) error {
	return c.json(ctx, u.call("rooms.upload/"), nil)
}

// media sends the bytes first, which nobody sees, and then the message.
func (c *Client) media(ctx context.Context, u upload) error {
	var got struct {
		File struct {
			ID string `json:"_id"`
		} `json:"file"`
	}
	k := u.call("rooms.media/")
	if err := c.json(ctx, k, &got); err != nil {
		return err
	}
	if got.File.ID == "" {
		return &Error{Call: k.name(), Kind: ErrUnclear, Text: "no file in it"}
	}
	return c.Post(ctx, "rooms.mediaConfirm/"+url.PathEscape(u.room)+"/"+url.PathEscape(got.File.ID), map[string]string{}, nil)
}

func multipartForm(name, kind string, data []byte) (body []byte, contentType string, err error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": "file", "filename": name}))
	h.Set("Content-Type", kind)
	part, err := w.CreatePart(h)
	if err == nil {
		_, err = part.Write(data)
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

const filesHint = "let those who can access a room have its files: Administration, File Upload, Restrict files to users who can access room"

func fileName(f File) string {
	if f.Name == "" {
		return "file"
	}
	return f.Name
}
