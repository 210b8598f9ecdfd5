package bridge

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/sdk"
)

// BenchmarkIngest is how many frames of guests' messages a second go through
// the bridge's connection, when nobody reads its events ("undecoded") and when
// the messages in them are read ("decoded"), and the second as a part of the
// first. For comparison: how many go on through the bridge until the host has
// their events, among 200 open chats ("told"), and how many a websocket takes of
// which nobody reads more than the bytes ("bare"). A server in the same process
// writes frame after frame, as fast as they are taken, to each in turn.
func BenchmarkIngest(b *testing.B) {
	in := openInflow(b, 200)
	names := []string{"bare", "undecoded", "decoded", "told"}
	ways := []taker{in.bare(), in.connection(false), in.connection(true), in.whole()}
	took := make([]time.Duration, len(ways))
	for done := -portion; done < b.N; done += portion { // the first portion pays for what is made once
		for n, w := range ways {
			if d := in.pour(w, portion); done >= 0 {
				took[n] += d
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	frames := float64((b.N + portion - 1) / portion * portion)
	for n, name := range names {
		b.ReportMetric(frames/took[n].Seconds(), name+"/s")
	}
	b.ReportMetric(took[1].Seconds()/took[2].Seconds(), "decoded/undecoded")
}

// portion is how many frames are sent before it is the other's turn, so that
// what else the machine does slows both.
const portion = 2000

// taker is what takes frames from a connection.
type taker struct {
	conn  *websocket.Conn // the server's end
	taken <-chan struct{} // gets one for each portion
}

// inflow is a workspace that tells of messages as fast as they are taken.
type inflow struct {
	*player
	b     *testing.B
	rooms []string
	sent  int
}

func openInflow(b *testing.B, chats int) *inflow {
	p := newPlayer(b)
	p.now = time.Now().Add(-time.Minute)
	p.me = document{"_id": "botbotbotbotbotbo", "username": "bot", "success": true, "roles": []any{"livechat-manager"}}
	in := &inflow{player: p, b: b}
	for n := range chats {
		id := fmt.Sprintf("room%013d", n)
		at := p.now.Add(-time.Hour).UTC().Format(time.RFC3339Nano)
		p.rooms[id] = document{"_id": id, "t": "l", "open": true, "ts": at, "_updatedAt": at, "departmentId": "LzpGpvhFZAP4z9Kxb", "v": document{"_id": fmt.Sprintf("guest%012d", n), "username": "guest-1"}}
		in.rooms = append(in.rooms, id)
	}
	return in
}

// frames are the next messages, one after another in each room, as 3.11 tells
// them and as they are on the wire.
func (in *inflow) frames(count int) [][]byte {
	list := make([][]byte, count)
	for n := range list {
		in.sent++
		room := in.sent % len(in.rooms)
		at := in.now.Add(time.Duration(in.sent) * time.Millisecond).UnixMilli()
		wire := fmt.Appendf([]byte{0x81, 126, 0, 0}, inflowFrame, in.sent, in.rooms[room], at, room, at)
		binary.BigEndian.PutUint16(wire[2:], uint16(len(wire)-4))
		list[n] = wire
	}
	return list
}

// inflowFrame is a recorded frame with its ids and times left open.
const inflowFrame = `{"msg":"changed","collection":"stream-room-messages","id":"id","fields":{"eventName":"__my_messages__","args":[[{"_id":"message%013d","rid":"%s","msg":"Hello, I need help with the invoice that came on Monday","token":"tok-dora-1795329021522","alias":"Visitor dora","ts":{"$date":%d},"u":{"_id":"guest%012d","username":"guest-2","name":"Visitor dora"},"mentions":[],"channels":[],"_updatedAt":{"$date":%d}}],{"roomParticipant":false,"roomType":"l"}]}}`

// picture is what a host knows of the chats.
func (in *inflow) picture() Picture {
	chats := map[sdk.ChatID]Known{}
	for n, id := range in.rooms {
		guest := sdk.Visitor{ID: fmt.Sprintf("guest%012d", n), Username: "guest-1"}
		chats[sdk.ChatID(id)] = Known{Watermark: in.now, Chat: sdk.Chat{
			ID: sdk.ChatID(id), Status: sdk.Queued, DepartmentID: "LzpGpvhFZAP4z9Kxb", Visitor: guest,
			Last: []sdk.Message{{ID: "first", From: sdk.Guest, Text: "hello", At: in.now.Add(-time.Hour)}},
		}}
	}
	return Picture{Chats: chats, Seen: in.now, Knows: func(sdk.EventID) bool { return false }}
}

// whole is a bridge whose host has taken all events.
func (in *inflow) whole() taker {
	o := in.options()
	o.Log = nil
	bridge, err := New(o)
	if err != nil {
		in.b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over, ready, taken := make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	told, compared := 0, sync.OnceFunc(func() { close(ready) })
	go func() {
		defer close(over)
		bridge.Run(ctx, in.picture(), func(e Event) error {
			if !e.Seen.IsZero() {
				compared()
			}
			if e.Kind == sdk.EventMessage {
				if told++; told%portion == 0 {
					taken <- struct{}{}
				}
			}
			return nil
		})
	}()
	in.b.Cleanup(func() { cancel(); <-over; o.HTTP.CloseIdleConnections() })
	<-ready
	return taker{in.conn, taken}
}

// connection is the bridge's.
func (in *inflow) connection(decode bool) taker {
	taken, read := make(chan struct{}, 1), 0
	conn, err := ddp.Dial(in.b.Context(), ddp.Options{URL: in.server.URL, OnEvent: func(_ context.Context, e ddp.Event) error {
		if decode {
			if list, err := messages(e.Args); err != nil || len(list) != 1 || list[0].err != nil {
				in.b.Errorf("messages are %+v, %v", list, err)
			}
		}
		if read++; read%portion == 0 {
			taken <- struct{}{}
		}
		return nil
	}})
	if err != nil {
		in.b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); conn.Run(ctx) }()
	in.b.Cleanup(func() { cancel(); <-over })
	return taker{in.conn, taken}
}

// bare is a websocket that is read.
func (in *inflow) bare() taker {
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(in.server.URL, "http")+"/websocket", http.Header{})
	if err != nil {
		in.b.Fatal(err)
	}
	if err := ws.WriteJSON(document{"msg": "connect"}); err != nil {
		in.b.Fatal(err)
	}
	if _, _, err := ws.ReadMessage(); err != nil { // which is the sign that in.conn is the other end
		in.b.Fatal(err)
	}
	over, taken := make(chan struct{}), make(chan struct{}, 1)
	go func() {
		defer close(over)
		for read := 1; ; read++ {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
			if read%portion == 0 {
				taken <- struct{}{}
			}
		}
	}()
	in.b.Cleanup(func() { ws.Close(); <-over })
	return taker{in.conn, taken}
}

// pour sends frames and waits until all are taken.
func (in *inflow) pour(w taker, frames int) time.Duration {
	list := in.frames(frames)
	in.mu.Lock()
	defer in.mu.Unlock()
	began := time.Now()
	for _, f := range list {
		if _, err := w.conn.NetConn().Write(f); err != nil {
			in.b.Fatal(err)
		}
	}
	<-w.taken
	return time.Since(began)
}
