package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestCallIsReadWithoutSecretsAndWithinLimits(t *testing.T) {
	read := func(method, body string) (sdk.WebhookRequest, int) {
		r := httptest.NewRequest(method, "/hooks/shop/orders/paid?a=1&a=2", strings.NewReader(body))
		r.SetPathValue("path", "orders/paid")
		for _, name := range []string{"Authorization", "Cookie", "X-Bellhop-Secret", "Proxy-Authorization", "X-Shop"} {
			r.Header.Add(name, "secret or not")
		}
		call, no := readCall(httptest.NewRecorder(), r)
		if no != nil {
			return call, no.status
		}
		return call, 0
	}
	call, status := read("PUT", "{}")
	if status != 0 || call.Path != "orders/paid" || call.Method != "PUT" || call.Body != "{}" || call.Query["a"] != "1" || len(call.Header) != 1 || call.Header["X-Shop"] == "" {
		t.Errorf("%d: %+v", status, call)
	}
	for _, c := range []struct {
		method, body string
		want         int
	}{
		{"POST", strings.Repeat("x", sdk.MaxWebhook), 0},
		{"POST", strings.Repeat("x", sdk.MaxWebhook+1), http.StatusRequestEntityTooLarge},
		{"GET", "", http.StatusMethodNotAllowed},
	} {
		if _, status := read(c.method, c.body); status != c.want {
			t.Errorf("%s with %d bytes: %d, want %d", c.method, len(c.body), status, c.want)
		}
	}
}

func TestCallerWithoutTheSecretLearnsNothing(t *testing.T) {
	h := &hooks{log: quiet, secret: func(instance string) (string, error) {
		if instance == "shop" {
			return "right", nil
		}
		return "", nil
	}}
	serve := h.handler()
	ask := func(path, header, value string) string {
		r := httptest.NewRequest("POST", path, bytes.NewReader(nil))
		if header != "" {
			r.Header.Set(header, value)
		}
		w := httptest.NewRecorder()
		serve.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		return w.Result().Status + string(body)
	}
	want := ask("/hooks/shop/orders", "", "")
	if !strings.HasPrefix(want, "401") {
		t.Fatal(want)
	}
	for _, c := range [][3]string{
		{"/hooks/shop/orders", "Authorization", "Bearer wrong"}, {"/hooks/shop/orders", "Authorization", "right"},
		{"/hooks/shop/orders", "X-Bellhop-Secret", ""}, {"/hooks/nobody/orders", "", ""}, {"/hooks/nobody/orders", "Authorization", "Bearer "},
		{"/hooks/shop/", "Authorization", "Bearer wrong"},
	} {
		if got := ask(c[0], c[1], c[2]); got != want {
			t.Errorf("%v: %s, want %s", c, got, want)
		}
	}
}

func TestEachOutcomeOfAWebhookHasAnAnswer(t *testing.T) {
	for _, o := range []string{host.Handled, host.Skipped, host.Accepted, host.Failed} {
		if statusOf[o]/100 != 2 {
			t.Errorf("%s is answered by %d", o, statusOf[o])
		}
	}
}
