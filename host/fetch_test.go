package host

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/web"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestFetchAsksWithTheGrantsOfItsInstance(t *testing.T) {
	var seen, asked notes
	reads := onAsk(func(p *sdk.Plugin, c *sdk.Chat, m sdk.Message) error {
		got, err := p.Fetch(m.Text[1:], sdk.WithHeader("Accept", "text/plain"))
		seen.add("%d %s %v", got.Status, got.Text(), err)
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.set("reads", func(i *Instance) { i.Grants.Reads, i.Grants.Hosts = []string{sdk.ReadFetch}, []string{"a.example"} })
		w.opts.Services.Web = func(_ context.Context, r web.Request) (sdk.Response, error) {
			asked.add("%s %s %v %v %q", r.Method, r.URL, r.Headers, r.Hosts, r.Key)
			return sdk.Response{Status: 200, Body: []byte("\xff<&>")}, r.Check()
		}
		w.start()
		w.ws.say("a", "?https://a.example/x")
		w.ws.say("a", "?https://b.example/")
		w.quiet()
		w.same("seen", seen.list(), []string{"200 \xff<&> <nil>", "0  not granted: add b.example to the hosts that the instance may reach"})
		w.same("asked", asked.list(), []string{`GET https://a.example/x [{Accept text/plain}] [a.example] ""`, `GET https://b.example/ [{Accept text/plain}] [a.example] ""`})
	})
}

// TestWhatWasFetchedIsNotFetchedAgain: neither on a retry nor after a restart.
func TestWhatWasFetchedIsNotFetchedAgain(t *testing.T) {
	var seen, asked notes
	reads := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		got, err := p.Fetch("https://a.example/")
		seen.add("%s %v", got.Text(), err)
		if len(seen.list()) < 3 {
			return fmt.Errorf("not yet")
		}
		c.Tag([]string{got.Text()})
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.opts.Services.Web = func(context.Context, web.Request) (sdk.Response, error) {
			asked.add("asked")
			return sdk.Response{Status: 200, Body: fmt.Append(nil, "answer", len(asked.list()))}, nil
		}
		w.start()
		w.ws.say("a", "?")
		time.Sleep(time.Hour)
		w.did("a tag answer1")
		w.same("asked", asked.list(), []string{"asked"})
	})
}

func TestLargestAnswerFitsIntoARead(t *testing.T) {
	var seen notes
	reads := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		got, err := p.Fetch("https://a.example/")
		seen.add("%d %v", len(got.Body), err)
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.opts.Services.Web = func(context.Context, web.Request) (sdk.Response, error) {
			return sdk.Response{Status: 200, Body: make([]byte, sdk.MaxResponse)}, nil
		}
		w.start()
		w.ws.say("a", "?")
		w.quiet()
		w.same("seen", seen.list(), []string{fmt.Sprint(sdk.MaxResponse, " <nil>")})
	})
}
