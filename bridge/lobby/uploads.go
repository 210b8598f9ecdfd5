package lobby

import (
	"bytes"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"slices"
	"strings"
	"time"
)

// upload is a stored file. Its bytes lie in memory, and beside the state file
// when there is one.
type upload struct {
	ID          string    `json:"_id"`
	RID         string    `json:"rid"`
	Name        string    `json:"name"`
	Type        string    `json:"type"`
	Size        int       `json:"size"`
	UserID      string    `json:"userId,omitempty"`
	Token       string    `json:"visitorToken,omitempty"`
	Description string    `json:"description,omitempty"`
	Width       int       `json:"width,omitempty"`
	Height      int       `json:"height,omitempty"`
	Key         string    `json:"key"` // opens the file to whoever has the public link
	At          time.Time `json:"uploadedAt"`
	Unseen      bool      `json:"unseen,omitempty"` // stored, but no message shows it yet

	data []byte
}

func (f *upload) link() string { return "/file-upload/" + f.ID + "/" + f.Name }

// publicLink needs no further credentials.
func (f *upload) publicLink() string { return f.link() + "?token=" + f.Key }

// doc is the file as lists of files show it.
func (w *world) uploadDoc(f *upload, base string) doc {
	path := "/ufs/GridFS:Uploads/" + f.ID + "/" + f.Name
	group, _, _ := strings.Cut(f.Type, "/")
	d := doc{
		"_id": f.ID, "name": f.Name, "size": f.Size, "type": f.Type, "rid": f.RID, "store": "GridFS:Uploads", "_updatedAt": f.At,
		"instanceId": "lobby", "complete": true, "etag": f.ID, "path": path, "progress": 1, "token": f.ID[:min(10, len(f.ID))],
		"uploading": false, "uploadedAt": f.At, "url": base + path, "typeGroup": group,
	}
	d.opt("userId", f.UserID).opt("visitorToken", f.Token).opt("description", f.Description)
	if f.Width > 0 {
		d["identify"] = doc{"format": strings.TrimPrefix(f.Type, "image/"), "size": doc{"width": f.Width, "height": f.Height}}
	}
	if u := w.users[f.UserID]; u != nil {
		d["user"] = u.person().doc()
	}
	return d
}

// attachment is the file as its message shows it.
func (f *upload) attachment() map[string]any {
	a := doc{"title": f.Name, "type": "file", "title_link": f.link(), "title_link_download": true}
	a.opt("description", f.Description)
	group, _, _ := strings.Cut(f.Type, "/")
	switch group {
	case "image":
		a["image_url"], a["image_type"], a["image_size"] = f.link(), f.Type, f.Size
		if f.Width > 0 {
			a["image_dimensions"] = map[string]any{"width": f.Width, "height": f.Height}
			a["image_preview"] = b64(f.data[:min(len(f.data), 4096)])
		}
	case "audio", "video":
		a[group+"_url"], a[group+"_type"], a[group+"_size"] = f.link(), f.Type, f.Size
	}
	return a
}

func (f *upload) message() *message {
	return &message{Extra: extra{
		"file":        map[string]any{"_id": f.ID, "name": f.Name, "type": f.Type},
		"attachments": []any{f.attachment()},
	}}
}

func (w *world) addUpload(f *upload) {
	w.uploads[f.ID] = f
	w.byRoom[f.RID] = append(w.byRoom[f.RID], f)
}

// keep stores a file that the room takes, its bytes first.
func (t *tx) keep(f *upload) error {
	if err := t.mayUpload(t.rooms[f.RID], f); err != nil {
		return err
	}
	f.ID, f.Key, f.Size, f.At = newID(), randomText(43), len(f.data), t.now
	if strings.HasPrefix(f.Type, "image/") {
		if c, _, err := image.DecodeConfig(bytes.NewReader(f.data)); err == nil {
			f.Width, f.Height = c.Width, c.Height
		}
	}
	if err := t.s.state.saveFile(f.ID, f.data); err != nil {
		return err
	}
	t.addUpload(f)
	t.put(f)
	return nil
}

func (t *tx) removeUpload(id string) {
	f := t.uploads[id]
	if f == nil {
		return
	}
	delete(t.uploads, id)
	t.byRoom[f.RID] = slices.DeleteFunc(t.byRoom[f.RID], func(x *upload) bool { return x == f })
	t.remove(f)
}

// sendFile is rooms.upload: the file, and a message that shows it.
func (t *tx) sendFile(u *user, r *room, f *upload, text string) (*message, error) {
	f.RID, f.UserID = r.ID, u.ID
	if err := t.keep(f); err != nil {
		return nil, err
	}
	return t.shown(u, r, f, text), nil
}

// shown is the message that shows a user's file.
func (t *tx) shown(u *user, r *room, f *upload, text string) *message {
	m := f.message()
	m.Msg, m.U = text, u.person().short()
	m.Extra["groupable"] = false
	t.say(r, m)
	t.uploadFact(r, m, f)
	return m
}

// guestFile is livechat/upload.
func (t *tx) guestFile(v *visitor, r *room, f *upload) error {
	f.RID, f.Token = r.ID, v.Token
	if err := t.keep(f); err != nil {
		return err
	}
	m := f.message()
	m.U, m.Token = v.person(), v.Token
	m.Extra["alias"] = v.alias()
	t.say(r, m)
	t.uploadFact(r, m, f)
	return nil
}

func (t *tx) uploadFact(r *room, m *message, f *upload) {
	fact := Fact{Fact: "uploaded", RID: r.ID, By: m.U.Username, Guest: m.Token != "", Text: m.Msg, ID: m.ID, File: f.Name, FileID: f.ID, FileType: f.Type, Size: f.Size}
	if r.T == "d" {
		for _, p := range r.Members {
			if p.ID != m.U.ID {
				fact.To = append(fact.To, p.Username)
			}
		}
	}
	t.fact(fact, r)
}
