package web

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// asker asks a server of this machine that has been made an exception of.
func asker(t *testing.T, handler http.HandlerFunc) (*Client, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return New(Options{Private: []string{"127.0.0.1", "localhost"}, Timeout: 10 * time.Second}), server.URL
}

func get(grant ...string) func(c *Client, url string, headers ...sdk.Header) (sdk.Response, error) {
	return func(c *Client, url string, headers ...sdk.Header) (sdk.Response, error) {
		return c.Do(context.Background(), Request{Method: http.MethodGet, URL: url, Headers: headers, Hosts: grant})
	}
}

func TestAnswerOfAnyStatusIsAnAnswer(t *testing.T) {
	c, base := asker(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"asked": %q, "key": %q, "agent": %q}`, r.URL.RequestURI(), r.Header.Get("X-Key"), r.UserAgent())
	})
	got, err := get(base)(c, base+"/a?b=c", sdk.WithHeader("X-Key", "k"))
	want := `{"asked": "/a?b=c", "key": "k", "agent": "Bellhop"}`
	if err != nil || got.Status != 404 || got.Type != "application/json" || got.Text() != want {
		t.Errorf("got %d %s %s, %v", got.Status, got.Type, got.Text(), err)
	}
}

func TestOnlyPublicAddressesAreReached(t *testing.T) {
	for address, want := range map[string]bool{
		"1.1.1.1": true, "8.8.8.8": true, "2606:4700::1111": true, "172.32.0.1": true, "64:ff9b::101:101": true,
		"127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false,
		"::1": false, "::": false, "::ffff:10.0.0.1": false, "::ffff:1.1.1.1": true, "fe80::1": false, "fc00::1": false, "fd12::1": false, "ff02::1": false,
		"2001:db8::1": false, "2002:7f00:1::": false, "64:ff9b::a00:1": false, "64:ff9b:1::1": false, "::7f00:1": false, "2001::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %t", address, got)
		}
	}
}

// TestPrivateAddressIsRefusedWhateverItsName: the address is looked at where
// the connection is made, after the name is resolved.
func TestPrivateAddressIsRefusedWhateverItsName(t *testing.T) {
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "LOCALHOST"} {
		at := "http://" + host + ":" + port
		_, err := get(at)(New(Options{}), at)
		var private *privateError
		if !errors.As(err, &private) || !strings.Contains(err.Error(), "which is not public: if plugins may reach it, name") {
			t.Errorf("%s: %v", host, err)
		}
		var e *Error
		if !errors.As(err, &e) || e.Temporary || e.Unknown {
			t.Errorf("%s: %+v, and no repeat can help", host, e)
		}
	}
	if reached {
		t.Error("the server was reached")
	}
}

func TestOddNumbersAreNoHosts(t *testing.T) {
	for _, host := range []string{"2130706433", "0x7f000001", "127.1", "0177.0.0.1", "127.0.0.0x1"} {
		_, err := get("http://"+host)(New(Options{}), "http://"+host+"/")
		if err == nil || !strings.Contains(err.Error(), "neither a name nor an address") {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestHostsMustBeGranted(t *testing.T) {
	for _, c := range []struct {
		url     string
		granted bool
		grants  string
	}{
		{"https://api.example.com/x", true, "api.example.com"},
		{"https://API.Example.com./x", true, "api.example.com"},
		{"https://api.example.com:443/x", true, "api.example.com"},
		{"https://api.example.com/x", true, "https://api.example.com"},
		{"https://api.example.com/x", true, "other.example.com *.example.com"},
		{"https://a.b.example.com/x", true, "*.example.com"},
		{"https://münchen.example/", true, "xn--mnchen-3ya.example"},
		{"https://api.example.com:8443/x", true, "api.example.com:8443"},
		{"http://api.example.com/x", true, "http://api.example.com"},
		{"https://192.0.2.7/x", true, "192.0.2.7"},
		{"https://[2001:db8::7]/x", true, "[2001:db8::7]"},
		{"https://api.example.com/x", false, ""},
		{"https://example.com/", false, "*.example.com"},
		{"https://badexample.com/", false, "*.example.com"},
		{"https://api.example.com.evil.org/", false, "api.example.com"},
		{"https://evil.org/api.example.com", false, "api.example.com"},
		{"https://evil.org#@api.example.com", false, "api.example.com"},
		{"https://api.example.com:8443/x", false, "api.example.com"},
		{"http://api.example.com/x", false, "api.example.com"},
		{"https://api.example.com/x", false, "http://api.example.com"},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := Granted(strings.Fields(c.grants), u); got != c.granted {
			t.Errorf("%s by %q: %t", c.url, c.grants, got)
		}
	}
	if _, err := get("other.example.com")(New(Options{}), "http://api.example.com:81/secret"); err == nil || err.Error() != "not granted: add http://api.example.com:81 to the hosts that the instance may reach" {
		t.Errorf("told %v", err)
	}
}

func TestGrantsThatMeanNothingAreRefused(t *testing.T) {
	for _, grant := range []string{"api.example.com", "*.example.com", "localhost", "http://api.example.com:81", "192.0.2.1", "[2001:db8::1]:8443"} {
		if err := CheckGrant(grant); err != nil {
			t.Errorf("%s: %v", grant, err)
		}
	}
	for grant, want := range map[string]string{
		"": "too wide", "*": "only the beginning", "*.com": "too wide", "api.*.com": "only the beginning", "ftp://a.example": "no host",
		"api.example.com/path": "more than a host", "a b": "more than a host", "127.1": "neither a name nor an address", "user@a.example": "more than a host",
	} {
		if err := CheckGrant(grant); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", grant, err)
		}
	}
}

func TestURLsThatAreNoneAreRefusedWithoutBeingTold(t *testing.T) {
	for text, want := range map[string]string{
		"ftp://a.example/secret":       "no URL of the web",
		"/secret":                      "no URL of the web",
		"https:///secret":              "no URL of the web",
		"https://me:secret@a.example/": "holds a password",
		"https://a.example/%zzsecret":  "it is no URL",
		"file:///etc/secret":           "no URL of the web",
	} {
		_, err := get("a.example")(New(Options{}), text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestHeadersThatSteerTheRequestAreRefused(t *testing.T) {
	for _, h := range []sdk.Header{{Name: "Host", Value: "evil"}, {Name: "transfer-encoding", Value: "chunked"}, {Name: "a b"}, {Name: "A", Value: "b\r\nC: d"}, {Name: "idempotency-key", Value: "1"}} {
		err := Request{URL: "https://a.example/", Hosts: []string{"a.example"}, Headers: []sdk.Header{h}}.Check()
		if err == nil {
			t.Errorf("%q is taken", h)
		}
	}
}

func TestRedirectsLeadToGrantedHostsAloneAndTakeNoKeyAlong(t *testing.T) {
	var key string
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key = r.Header.Get("X-Key")
		fmt.Fprint(w, "there")
	}))
	defer there.Close()
	c, base := asker(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, there.URL, http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		case "/here":
			http.Redirect(w, r, "/end", http.StatusFound)
		default:
			fmt.Fprint(w, r.Header.Get("X-Key"))
		}
	})
	if got, err := get(base, there.URL)(c, base+"/away", sdk.WithHeader("X-Key", "k")); err != nil || got.Text() != "there" || key != "" {
		t.Errorf("got %q, %v, and the other host the key %q", got.Text(), err, key)
	}
	if got, err := get(base)(c, base+"/here", sdk.WithHeader("X-Key", "k")); err != nil || got.Text() != "k" {
		t.Errorf("got %q, %v", got.Text(), err)
	}
	for path, want := range map[string]string{"/away": "not granted: add http://127.0.0.1:", "/loop": "more than 5 times", "/file": "no URL of the web"} {
		if got, err := get(base)(c, base+path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", path, got.Text(), err)
		}
	}
}

// TestRedirectToPrivateAddressIsRefused: a grant lets nobody in where only a
// private address is, however it is come by.
func TestRedirectToPrivateAddressIsRefused(t *testing.T) {
	c, base := asker(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "localhost" || strings.HasPrefix(r.Host, "localhost:") {
			t.Error("the private address is reached")
		}
		_, port, _ := net.SplitHostPort(r.Host)
		http.Redirect(w, r, "http://localhost:"+port, http.StatusFound)
	})
	c.o.Private = []string{"127.0.0.1"}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(base, "http://"))
	var private *privateError
	if _, err := get(base, "http://localhost:"+port)(c, base); !errors.As(err, &private) {
		t.Errorf("told %v", err)
	}
}

func TestOnlyGETFollowsRedirects(t *testing.T) {
	c, base := asker(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Error("it is followed")
		}
		http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
	})
	got, err := c.Do(t.Context(), Request{Method: "POST", URL: base + "/", Body: []byte("x"), Hosts: []string{base}})
	if err != nil || got.Status != 307 || got.Location != "/other" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLongAnswerIsRefusedAlsoWhenItIsPacked(t *testing.T) {
	c, base := asker(t, func(w http.ResponseWriter, r *http.Request) {
		size := sdk.MaxResponse
		if r.URL.Path == "/long" {
			size++
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		z.Write(make([]byte, size))
		z.Close()
	})
	if got, err := get(base)(c, base+"/fits"); err != nil || len(got.Body) != sdk.MaxResponse {
		t.Errorf("%d bytes, %v", len(got.Body), err)
	}
	if _, err := get(base)(c, base+"/long"); err == nil || !strings.Contains(err.Error(), "more than 131072 bytes: ask for less") {
		t.Errorf("told %v", err)
	}
}

func TestFailuresSayWhetherARepeatHelps(t *testing.T) {
	held := make(chan bool)
	defer close(held)
	c, base := asker(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			<-held
		case "/cut":
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("half"))
		}
	})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for at, want := range map[string]Error{
		base + "/cut": {Temporary: true, Unknown: true},
		gone.URL:      {Temporary: true},
	} {
		_, err := get(base, gone.URL)(c, at)
		var e *Error
		if !errors.As(err, &e) || e.Temporary != want.Temporary || e.Unknown != want.Unknown {
			t.Errorf("%s: %+v", at, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var e *Error
	if _, err := c.Do(ctx, Request{Method: "GET", URL: base + "/slow", Hosts: []string{base}}); !errors.As(err, &e) || !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	c.http.Timeout = 1 // nanosecond
	if _, err := get(base)(c, base+"/slow"); !errors.As(err, &e) || !e.Temporary {
		t.Errorf("late: %v", err)
	}
}

func TestRequestSaysWhatItsBodyIsAndByWhichKeyItIsKnown(t *testing.T) {
	c, base := asker(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/tickets/7")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, r.Method, " ", r.Header.Get("Content-Type"), " ", r.Header.Get("Idempotency-Key"))
	})
	for body, want := range map[string]string{`{"a": 1}`: "PUT application/json k7", "a=1": "PUT text/plain; charset=utf-8 k7", "": "PUT  k7"} {
		got, err := c.Do(t.Context(), Request{Method: "PUT", URL: base, Body: []byte(body), Key: "k7", Hosts: []string{base}})
		if err != nil || got.Status != 201 || got.Text() != want || got.Location != "/tickets/7" {
			t.Errorf("%s: %d %s, %v", body, got.Status, got.Text(), err)
		}
	}
	got, err := c.Do(t.Context(), Request{Method: "POST", URL: base, Body: []byte("a=1"), Type: "application/x-www-form-urlencoded", Hosts: []string{base}})
	if err != nil || got.Text() != "POST application/x-www-form-urlencoded " {
		t.Errorf("%s, %v", got.Text(), err)
	}
}
