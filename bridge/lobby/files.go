package lobby

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// form2 is a multipart body: one file, and fields.
type form2 struct {
	file   *upload
	fields map[string]string
}

// readForm reads a multipart body with exactly one file in the field "file".
func readForm(r *http.Request, most int64) (*form2, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, textError("File required")
	}
	f := &form2{fields: map[string]string{}}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, textError(err.Error())
		}
		data, err := io.ReadAll(io.LimitReader(part, most+1))
		if err != nil {
			return nil, textError(err.Error())
		}
		if int64(len(data)) > most {
			return nil, meteor("error-file-too-large", "File exceeds allowed size", nil)
		}
		name := part.FileName()
		switch {
		case name == "":
			f.fields[part.FormName()] = string(data)
		case part.FormName() != "file":
			return nil, meteor("invalid-field", "", nil)
		case f.file != nil:
			return nil, textError("Just 1 file is allowed")
		default:
			f.file = &upload{Name: path.Base(name), Type: typeOf(name, part.Header.Get("Content-Type")), data: data}
		}
	}
	if f.file == nil {
		return nil, textError("File required")
	}
	f.file.Description = f.fields["description"]
	return f, nil
}

func typeOf(name, declared string) string {
	if declared != "" {
		return declared
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// download serves a file to those who may have it: users, by their version's
// rule, and the guest. The name in the path does not matter.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	var f *upload
	allowed := false
	s.do(func(t *tx) error {
		f = t.uploads[r.PathValue("id")]
		allowed = f != nil && (!t.on(setFilesProtect) || r.URL.Query().Get("token") == f.Key || t.mayDownload(f, r))
		return nil
	})
	status := http.StatusOK
	switch {
	case f == nil:
		status = http.StatusNotFound
	case !allowed:
		status = http.StatusForbidden
	}
	if status != http.StatusOK {
		w.WriteHeader(status)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Last-Modified", f.At.Format(http.TimeFormat))
	if strings.HasPrefix(r.URL.Path, "/ufs/") { // the store behind the links
		h.Set("Content-Disposition", "attachment; filename=\""+url.PathEscape(f.Name)+"\"")
		h.Set("Etag", f.ID)
	} else {
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(f.Name))
		h.Set("Content-Security-Policy", "default-src 'none'")
		h.Set("Cache-Control", "max-age=31536000")
	}
	w.WriteHeader(http.StatusOK)
	w.Write(f.data)
}

// mayDownload looks at headers, query and cookies, in which a guest names its
// room type, room and token.
func (t *tx) mayDownload(f *upload, r *http.Request) bool {
	value := func(key string) string {
		if v := r.URL.Query().Get(key); v != "" {
			return v
		}
		if c, err := r.Cookie(key); err == nil {
			return c.Value
		}
		return ""
	}
	if value("rc_room_type") == "l" {
		room := t.guestRoom(value("rc_rid"), value("rc_token"))
		return room != nil && (room.Open || t.does(guestKeysOutlive))
	}
	uid, secret := r.Header.Get("X-User-Id"), r.Header.Get("X-Auth-Token")
	if secret == "" {
		uid, secret = value("rc_uid"), value("rc_token")
	}
	u, _ := t.byToken(secret)
	return u != nil && u.ID == uid && t.mayHave(u, f)
}

// mayHave is the rule for users: up to 5.x anybody may have any file.
func (t *tx) mayHave(u *user, f *upload) bool {
	switch {
	case t.on(setFilesForAll):
		return t.canSee(u, t.rooms[f.RID])
	case t.does(filesForMembers) && t.on(setFilesForMembers):
		return t.subs[f.RID][u.ID] != nil
	}
	return true
}
