package desk_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// signedIn is an agent's browser without a window: its cookies, and what its page says.
func (w *world) signedIn(t *testing.T, a lobby.Account) *visitor {
	t.Helper()
	v := newVisitor(t, w)
	v.do("POST", "/desk/login", url.Values{"name": {a.User}, "password": {a.Password}})
	_, page := v.do("GET", "/desk/", nil)
	token := csrfForm.FindStringSubmatch(page)
	if token == nil {
		t.Fatalf("%s is not signed in: %s", a.User, page)
	}
	v.csrf = token[1]
	return v
}

// does posts a form of the page and wants it done.
func (v *visitor) does(path string, form url.Values) {
	v.t.Helper()
	if res, body := v.do("POST", path, form, "X-CSRF-Token", v.csrf, "HX-Request", "true"); res.StatusCode >= 300 {
		v.t.Errorf("%s: %s: %s", path, res.Status, body)
	}
}

// shows wants a text in a part of the page.
func (v *visitor) shows(path, text string) {
	v.t.Helper()
	if res, body := v.do("GET", path, nil); res.StatusCode != http.StatusOK || !strings.Contains(body, text) {
		v.t.Errorf("%s does not show %q: %s: %s", path, text, res.Status, body)
	}
}

func (v *visitor) sends(path, name, data string) {
	v.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		v.t.Fatal(err)
	}
	part.Write([]byte(data))
	form.Close()
	req, err := http.NewRequest("POST", v.base+path, &b)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("X-CSRF-Token", v.csrf)
	res, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode >= 300 {
		v.t.Errorf("send %s: %s", name, res.Status)
	}
}

// TestDeskWorksOnEveryVersion does one chat from the queue to its end and its history.
func TestDeskWorksOnEveryVersion(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			w := newWorld(t, lobby.Options{As: as, NoLimits: true})
			guest := w.crowd(1)[0]
			w.call([2]string{}, http.MethodPost, "livechat/message", map[string]any{"token": guest[0], "rid": guest[1], "msg": "my printer says error123"}, nil)
			alice, at := w.signedIn(t, w.accounts.Alice), "/desk/chat/"+guest[1]
			alice.shows("/desk/", "Choose a conversation")
			alice.does(at+"/take", url.Values{})
			alice.does(at+"/message", url.Values{"text": {"have you switched it on?"}})
			alice.sends(at+"/file", "manual.txt", "press the button")
			alice.does(at+"/seen", url.Values{"read": {"1"}})
			alice.shows(at, "have you switched it on?")
			alice.shows(at, "manual.txt")
			alice.shows(at+"/files?q=MANUAL&kind=other", "manual.txt")
			alice.shows(at+`/search?q=error\d{3}&re=on`, "<mark>error123</mark>")
			alice.shows(at+"/info", "Guest 0")
			alice.does(at+"/contact", url.Values{"contact-name": {"Gwen"}, "phone": {"123"}})
			alice.shows(at+"/contact", "123")
			alice.does(at+"/transcript", url.Values{"email": {"gwen@example.com"}, "subject": {"our chat"}})
			alice.shows(at+"/ask/transcript", "gwen@example.com")
			alice.does(at+"/forward", url.Values{"to": {"department/" + w.accounts.Departments["Support"]}, "name": {"Support"}})
			alice.does(at+"/take", url.Values{})
			alice.does(at+"/close", url.Values{"comment": {"it was off"}, "tags": {"printer, off"}})
			alice.shows(at, "it was off")
			alice.does("/desk/status", url.Values{"available": {"0"}})
		})
	}
}
