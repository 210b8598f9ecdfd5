package desk_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// visitor is an HTTP client with cookies, as a browser is.
type visitor struct {
	t    testing.TB
	base string
	http *http.Client
	csrf string // of who signed in
}

func newVisitor(t testing.TB, w *world) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, base: w.base, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (v *visitor) do(verb, path string, form url.Values, header ...string) (*http.Response, string) {
	v.t.Helper()
	req, err := http.NewRequest(verb, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res, string(data)
}

var csrfForm = regexp.MustCompile(`"X-CSRF-Token":"([^"]+)"`)

func TestPagesLoadNothingFromElsewhereAndRunNothingOfTheirOwn(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	v := newVisitor(t, w)
	for _, path := range []string{"/desk/login", "/guest/", "/pages/desk.js", "/desk/", "/call/x"} {
		res, body := v.do("GET", path, nil)
		if p := res.Header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: policy %q", path, p)
		}
		for key, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"} {
			if res.Header.Get(key) != want {
				t.Errorf("%s: %s is %q", path, key, res.Header.Get(key))
			}
		}
		if strings.HasSuffix(path, ".js") {
			continue
		}
		for _, bad := range []string{"<style", "style=", "onclick=", "javascript:", "src=\"http", "href=\"http"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %s", path, bad)
			}
		}
	}
}

func TestSessionIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	v := newVisitor(t, w)
	form := url.Values{"name": {"alice"}, "password": {w.accounts.Alice.Password}}
	if res, _ := v.do("POST", "/desk/login", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); res.StatusCode != http.StatusForbidden {
		t.Errorf("another site signs somebody in: %s", res.Status)
	}
	res, _ := v.do("POST", "/desk/login", form)
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Fatalf("sign in: %s %v", res.Status, res.Cookies())
	}
	if c := res.Cookies()[0]; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge <= 0 {
		t.Errorf("cookie %s", c)
	}
	_, page := v.do("GET", "/desk/", nil)
	token := csrfForm.FindStringSubmatch(page)
	if token == nil {
		t.Fatal("the page has no token")
	}
	for name, header := range map[string][]string{
		"no token": nil, "a wrong token": {"X-CSRF-Token", "x"}, "the token from another site": {"X-CSRF-Token", token[1], "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
	} {
		if res, _ := v.do("POST", "/desk/status", url.Values{"available": {"0"}}, header...); res.StatusCode != http.StatusForbidden {
			t.Errorf("with %s: %s", name, res.Status)
		}
	}
	if res, _ := v.do("POST", "/desk/status", url.Values{"available": {"0"}}, "X-CSRF-Token", token[1]); res.StatusCode != http.StatusOK {
		t.Errorf("with the token: %s", res.Status)
	}
	if res, _ := v.do("POST", "/desk/logout", url.Values{"csrf": {token[1]}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("sign out: %s", res.Status)
	}
	if res, _ := v.do("GET", "/desk/", nil); res.Header.Get("Location") != "/desk/login" {
		t.Errorf("after signing out the desk is there: %s", res.Status)
	}
}

// TestSignInLeadsBackToTheChat and to nowhere else, whatever stands in its place.
func TestSignInLeadsBackToTheChat(t *testing.T) {
	w := newWorld(t, lobby.Options{NoLimits: true})
	v := newVisitor(t, w)
	for _, path := range []string{"/desk/chat/abc", "/desk/chat/abc/info"} {
		if res, _ := v.do("GET", path, nil); res.Header.Get("Location") != "/desk/login?chat=abc" {
			t.Errorf("%s leads to %q", path, res.Header.Get("Location"))
		}
	}
	if res, _ := v.do("GET", "/desk/chat/abc", nil, "HX-Request", "true"); res.Header.Get("HX-Redirect") != "/desk/login?chat=abc" {
		t.Errorf("a page's request leads to %q", res.Header.Get("HX-Redirect"))
	}
	if _, body := v.do("GET", "/desk/login?chat=abc", nil); !strings.Contains(body, `name="chat" value="abc"`) {
		t.Error("the form does not know the chat")
	}
	for chat, want := range map[string]string{
		"": "/desk/", "abc": "/desk/chat/abc",
		"//evil.example": "/desk/chat/%2F%2Fevil.example", `/\evil.example`: "/desk/chat/%2F%5Cevil.example", "https://evil.example": "/desk/chat/https:%2F%2Fevil.example",
		"../../logout": "/desk/chat/..%2F..%2Flogout", "%2f%2fevil.example": "/desk/chat/%252f%252fevil.example", "a\r\nX: y": "/desk/chat/a%0D%0AX:%20y",
	} {
		form := url.Values{"name": {"alice"}, "password": {w.accounts.Alice.Password}, "chat": {chat}}
		if res, _ := v.do("POST", "/desk/login", form); res.Header.Get("Location") != want {
			t.Errorf("chat %q leads to %q", chat, res.Header.Get("Location"))
		}
	}
}

func TestPasswordsCantBeTriedForEver(t *testing.T) {
	w := newWorld(t, lobby.Options{NoLimits: true})
	v := newVisitor(t, w)
	for range 31 {
		res, _ := v.do("POST", "/desk/login", url.Values{"name": {"alice"}, "password": {"wrong"}})
		if res.StatusCode == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("31 passwords were tried in a minute")
}

func TestGuestSeesOnlyTheOwnChatAndFiles(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	begin := func(name string) (*visitor, string) {
		v := newVisitor(t, w)
		_, page := v.do("GET", "/guest/", nil)
		csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)[1]
		v.do("POST", "/guest/start", url.Values{"name": {name}, "csrf": {csrf}})
		_, page = v.do("GET", "/guest/", nil)
		return v, regexp.MustCompile(`data-rid="([^"]+)"`).FindStringSubmatch(page)[1]
	}
	_, hers := begin("Maya")
	eve, _ := begin("Eve")
	for _, path := range []string{"/call/" + hers, "/call/" + hers + "/events", "/desk/chat/" + hers, "/desk/chat/" + hers + "/info"} {
		res, _ := eve.do("GET", path, nil)
		if res.StatusCode == http.StatusOK {
			t.Errorf("%s is open to another guest: %s", path, res.Status)
		}
	}
	if res, _ := eve.do("GET", "/guest/file/"+hers+"/abc/x.png", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("a file that is not there: %s", res.Status)
	}
}

// TestChatThatIsNoLongerTheAgentsIsNoErrorOfTheServer: it was given away while its page
// was open.
func TestChatThatIsNoLongerTheAgentsIsNoErrorOfTheServer(t *testing.T) {
	w := newWorld(t, lobby.Options{Routing: "auto", Online: []string{"alice"}, NoLimits: true})
	rid := w.crowd(1)[0][1]
	alice, carol := newVisitor(t, w), newVisitor(t, w)
	alice.do("POST", "/desk/login", url.Values{"name": {"alice"}, "password": {w.accounts.Alice.Password}})
	carol.do("POST", "/desk/login", url.Values{"name": {"carol"}, "password": {w.accounts.Carol.Password}})
	for who, v := range map[string]*visitor{"alice": alice, "carol": carol} {
		for _, what := range []string{"", "/info", "/search?q=x", "/search?q=x&re=1", "/files", "/history", "/contact", "/ask/close", "/ask/forward"} {
			res, body := v.do("GET", "/desk/chat/"+rid+what, nil, "HX-Request", "true")
			if res.StatusCode >= 500 || who == "alice" && res.StatusCode != http.StatusOK {
				t.Errorf("%s, %s: %s: %s", who, what, res.Status, body)
			}
		}
	}
}

func TestStrangePathsAreNoErrorsOfTheServer(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	v := newVisitor(t, w)
	v.do("POST", "/desk/login", url.Values{"name": {"alice"}, "password": {w.accounts.Alice.Password}})
	for _, path := range []string{
		"/desk/chat/..%2f..%2fetc", "/desk/chat/nosuchroom", "/desk/chat/%00", "/desk/chat/" + strings.Repeat("a", 500), "/desk/chat/nosuchroom/history/x", "/desk/chat/nosuchroom/search?q=%5B&re=1",
		"/desk/chat/nosuchroom/why?key=1", "/desk/file/x/y", "/desk/chat/nosuchroom/ask/nothing", "/desk/events?tab=1", "/call/nosuchroom", "/desk/nothing", "/guest/nothing", "/pages/../desk.go", "/pages/nothing.js",
	} {
		if res, body := v.do("GET", path, nil); res.StatusCode >= 500 {
			t.Errorf("%s: %s: %s", path, res.Status, body)
		}
	}
}
