package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// TestPDFOfAChatInTheDemoIsTheConversation: it comes to the agent who asked for it when
// the chat ended, as a direct message.
func TestPDFOfAChatInTheDemoIsTheConversation(t *testing.T) {
	s, err := newServers(t.TempDir(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	files := make(chan lobby.Fact, 10)
	s.ledger.each = func(l logLine) {
		if l.Kind == "fact" && l.Fact.Fact == "uploaded" && l.By == "rocket.cat" {
			files <- l.Fact
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = s.serve(ctx, func(ctx context.Context) error {
		room := begin(t, ctx, s, "exported", "Sales", "may I have this on paper?")
		w := &talk{t: t, ctx: ctx, s: s}
		w.do("alice", "livechat/room.closeByUser", map[string]any{"rid": room, "comment": "bye", "generateTranscriptPdf": true}, nil)
		for f := range files { // one lies in the chat, one comes to alice
			if f.RID == string(room) {
				continue
			}
			checkPDF(t, ctx, w, f.RID)
			return nil
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkPDF(t *testing.T, ctx context.Context, w *talk, room string) {
	var got struct {
		Messages []struct {
			U           struct{ Username string }
			Attachments []struct {
				Link string `json:"title_link"`
			}
		}
	}
	c := w.s.player.client
	if err := c.as(ctx, "alice", http.MethodGet, "im.messages?roomId="+room, nil, &got); err != nil || len(got.Messages) != 1 || len(got.Messages[0].Attachments) != 1 {
		t.Fatalf("alice's direct messages with rocket.cat: %+v %v", got, err)
	}
	data := download(t, ctx, c, got.Messages[0].Attachments[0].Link)
	if !bytes.HasPrefix(data, []byte("%PDF-")) || len(data) < 10000 || !strings.HasSuffix(got.Messages[0].Attachments[0].Link, ".pdf") {
		t.Errorf("what comes is %d bytes of %.20q, and no page with its fonts", len(data), data)
	}
}

// download is a file as alice's browser gets it.
func download(t *testing.T, ctx context.Context, c *client, link string) []byte {
	l, err := c.login(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+link, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-User-Id", l.user)
	req.Header.Set("X-Auth-Token", l.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
