package rest

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRecordedUploadIsRead(t *testing.T) {
	s := newServer(t).on("POST rooms.upload/Qk3CgLMxgYLBG5Gb8", recorded("upload"), recorded("upload-forbidden"))
	c := s.client()
	if _, err := c.Upload(ctx, "Qk3CgLMxgYLBG5Gb8", Sending{Name: "Größe \"1\".pdf", Type: "application/pdf", Data: []byte("data")}); err != nil {
		t.Fatal(err)
	}
	n := len(s.bodies) - 1
	_, params, err := mime.ParseMediaType(s.headers[n].Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(strings.NewReader(s.bodies[n]), params["boundary"]).NextPart()
	if err != nil {
		t.Fatal(err)
	}
	data, _ := io.ReadAll(part)
	if part.FormName() != "file" || part.FileName() != "Größe \"1\".pdf" || part.Header.Get("Content-Type") != "application/pdf" || string(data) != "data" {
		t.Errorf("sent %s %q %v %q", part.FormName(), part.FileName(), part.Header, data)
	}
	if _, err := c.Upload(ctx, "Qk3CgLMxgYLBG5Gb8", Sending{Name: "a", Type: "text/plain"}); !errors.Is(err, ErrForbidden) {
		t.Errorf("error is %v", err)
	}
}

func TestNewServersTakeFilesInTwoSteps(t *testing.T) {
	s := newServer(t).
		on("POST rooms.upload/r", status(404, `{"success":false,"error":"Not found"}`)).
		on("POST rooms.media/r", text200(`{"file":{"_id":"f","url":"/x"},"success":true}`)).
		on("POST rooms.mediaConfirm/r/f", text200(`{"message":{"_id":"m"},"success":true}`))
	c := s.client()
	for range 2 {
		if _, err := c.Upload(ctx, "r", Sending{Name: "a.txt", Type: "text/plain", Data: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.seen("mediaConfirm")) != 2 || len(s.seen("rooms.upload")) != 1 {
		t.Errorf("calls were %v", s.seen(""))
	}
}

// TestTokenDoesNotFollowAFileToAnotherHost: files may lie in a store elsewhere.
func TestTokenDoesNotFollowAFileToAnotherHost(t *testing.T) {
	var got http.Header
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.Write([]byte("from the store"))
	}))
	defer store.Close()
	s := newServer(t).on("GET /file-upload/f/a.txt", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, store.URL+"/signed", http.StatusFound)
	})
	data, err := s.client().Download(ctx, File{ID: "f", Name: "a.txt"}, GuestKey{}, 100)
	if err != nil || string(data) != "from the store" {
		t.Fatalf("%q, %v", data, err)
	}
	if got.Get("X-Auth-Token") != "" || got.Get("X-User-Id") != "" {
		t.Errorf("the other host was given %v", got)
	}
	if s.headers[0].Get("X-Auth-Token") != "secret-token" {
		t.Error("the workspace itself was given no token")
	}
}

func TestRedirectedCallIsNotFollowed(t *testing.T) {
	s := newServer(t).on("POST livechat/room.forward", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/api/v1/me", http.StatusTemporaryRedirect)
	})
	if err := s.client().Forward(ctx, "r", "d", "", ""); !errors.Is(err, ErrNotRocketChat) || len(s.seen("/me")) != 0 {
		t.Errorf("error is %v", err)
	}
}

func TestRedirectsInACircleEnd(t *testing.T) {
	s := newServer(t).on("GET /file-upload/f/a.txt", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	})
	if _, err := s.client().Download(ctx, File{ID: "f", Name: "a.txt"}, GuestKey{}, 100); err == nil || len(s.seen("")) > 10 {
		t.Errorf("error is %v after %d requests", err, len(s.seen("")))
	}
}

func TestGuestsFileIsReadAsTheGuestWhereTheAccountMayNot(t *testing.T) {
	s := newServer(t).on("GET /file-upload/f/a.txt", func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("rc_room_type") == "l" && q.Get("rc_rid") == "r" && q.Get("rc_token") == "guest" && r.Header.Get("X-Auth-Token") == "" {
			w.Write([]byte("hello"))
			return
		}
		recorded("download-forbidden")(w, r)
	})
	c := s.client()
	if data, err := c.Download(ctx, File{ID: "f", Name: "a.txt"}, GuestKey{Room: "r", Token: "guest"}, 100); err != nil || string(data) != "hello" {
		t.Errorf("%q, %v", data, err)
	}
	_, err := c.Download(ctx, File{ID: "f", Name: "a.txt"}, GuestKey{}, 100)
	if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "FileUpload_Restrict_to_users_who_can_access_room") {
		t.Errorf("error is %v", err)
	}
}

func TestMissingFileIsNotFound(t *testing.T) {
	s := newServer(t).on("GET /file-upload/nope/x.txt", recorded("download-none"))
	if _, err := s.client().Download(ctx, File{ID: "nope", Name: "x.txt"}, GuestKey{}, 100); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
}

// TestLongAnswerIsCutOff: more than asked for is not even read.
func TestLongAnswerIsCutOff(t *testing.T) {
	endless := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		line := []byte(`{"x":"` + strings.Repeat("y", 1<<16))
		for {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	}
	s := newServer(t).on("GET rooms.info", endless).on("GET /file-upload/f/a.txt", endless)
	c := s.clientWith(Options{UserID: "u", Token: "secret-token", MaxBody: 1 << 20})
	if _, err := c.Room(ctx, "r"); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "1048576 bytes") {
		t.Errorf("error is %v", err)
	}
	if _, err := c.Download(ctx, File{ID: "f", Name: "a.txt"}, GuestKey{}, 1000); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error is %v", err)
	}
}

func TestNamesInPathsAreEscaped(t *testing.T) {
	s := newServer(t)
	c := s.client()
	c.Transfers(ctx, "../../x?y#z")
	c.Download(ctx, File{ID: "../f", Name: "a/b?c.txt"}, GuestKey{}, 10)
	for _, call := range s.seen("") {
		if strings.Contains(call, "../") || strings.Contains(call, "?y") || strings.Contains(call, "?c.txt") {
			t.Errorf("asked %s", call)
		}
	}
}
