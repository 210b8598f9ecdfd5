package bridge

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// FuzzEvents: whatever a server writes, what becomes of it is sound, is told
// once, and is the same in whichever order the frames come, twice or late. An
// input is a workspace in lines: documents of rooms as the server has them at the
// end, and frames.
func FuzzEvents(f *testing.F) {
	for _, name := range []string{"manual", "auto"} {
		for _, text := range recordedWorlds(f, name) {
			f.Add([]byte(text), uint64(1))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		w, ok := readWorld(data)
		if !ok {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		first := w.play(t, w.frames, func() bool { return true })
		for range 4 {
			again := slices.Concat(w.frames, w.frames)
			r.Shuffle(len(again), func(a, b int) { again[a], again[b] = again[b], again[a] })
			second := w.play(t, again, func() bool { return r.IntN(3) == 0 })
			if a, b := first.ids(), second.ids(); !slices.Equal(a, b) {
				t.Errorf("in order the frames gave\n\t%s\nand in disorder\n\t%s", strings.Join(a, "\n\t"), strings.Join(b, "\n\t"))
			}
		}
	})
}

// world is what a server has, and what it tells.
type world struct {
	rooms    map[string]rest.Room
	messages map[string][]rest.Message // by room
	frames   []ddp.Event
	now      time.Time // later than anything in it
}

// readWorld reads an input; false means that no server can be so: one message
// is one message, whenever it is shown.
func readWorld(data []byte) (*world, bool) {
	w := &world{rooms: map[string]rest.Room{}, messages: map[string][]rest.Message{}}
	for line := range bytes.Lines(data) {
		var l struct {
			Room       *rest.Room
			Collection string
			Fields     struct {
				EventName string
				Args      []json.RawMessage
			}
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, false
		}
		if l.Room != nil {
			w.rooms[l.Room.ID] = *l.Room
			w.now = later(w.now, later(l.Room.UpdatedAt.Time, l.Room.ClosedAt.Time))
			continue
		}
		e := ddp.Event{Collection: l.Collection, Name: l.Fields.EventName, Args: l.Fields.Args}
		w.frames = append(w.frames, e)
		if e.Collection != streamMessages || e.Name != "__my_messages__" {
			continue
		}
		list, _ := messages(e.Args)
		for _, m := range list {
			if m.err == nil && !w.keep(m.Message) {
				return nil, false
			}
		}
	}
	w.now = w.now.Add(time.Minute)
	return w, len(w.frames) < 100 && w.now.Year() < 2100
}

// keep has the server have the message, as it was changed last.
func (w *world) keep(m rest.Message) bool {
	w.now = later(w.now, later(m.UpdatedAt.Time, m.TS.Time))
	for rid, list := range w.messages {
		for n, was := range list {
			switch {
			case was.ID != m.ID && !was.TS.Equal(m.TS.Time):
			case was.ID != m.ID || rid != m.RoomID || !reflect.DeepEqual(lasting(was), lasting(m)):
				return false // another at the same time, whose order nothing tells, or not the same
			case m.UpdatedAt.Before(was.UpdatedAt.Time):
				return true
			default:
				list[n] = m
				return true
			}
		}
	}
	w.messages[m.RoomID] = append(w.messages[m.RoomID], m)
	return true
}

// lasting is of a message what no change changes.
func lasting(m rest.Message) rest.Message {
	return rest.Message{Type: m.Type, TS: m.TS, User: rest.Ref{ID: m.User.ID}, Token: m.Token, Hidden: m.Hidden, Transfer: m.Transfer}
}

// audience is what a host heard in a play.
type audience struct {
	t      *testing.T
	world  *world
	events []Event
	known  map[sdk.EventID]bool
	marks  map[sdk.ChatID]time.Time
}

// play plays the frames to a watch whose chats were compared when there were
// none. After each frame, if look says so, and in the end the chats are looked
// at that want it.
func (w *world) play(t *testing.T, frames []ddp.Event, look func() bool) *audience {
	heard := &audience{t: t, world: w, known: map[sdk.EventID]bool{}, marks: map[sdk.ChatID]time.Time{}}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(w.now)) // of the bubble's clock: all of it has happened
		ctx, cancel := context.WithCancel(t.Context())
		g, ctx := errgroup.WithContext(ctx)
		b, err := New(Options{URL: "http://127.0.0.1", UserID: "bot", Token: "x"})
		if err != nil {
			t.Fatal(err)
		}
		b.me.Store(&rest.Session{UserID: "Tsym488Hbth9kgQ6i", Username: "bot"})
		watch := newWatch(ctx, g, b, Picture{Knows: func(id sdk.EventID) bool { return heard.known[id] }}, heard.accept)
		watch.listed = true
		g.Go(func() error {
			for {
				select {
				case turn := <-watch.turns:
					if err := turn(); err != nil {
						t.Errorf("a turn failed: %v", err)
					}
					if look() {
						w.look(t, watch)
					}
				case <-ctx.Done():
					return nil
				}
			}
		})
		for _, e := range frames {
			if err := watch.frame(e); err != nil {
				t.Errorf("the frame %+v failed: %v", e, err)
			}
		}
		for range 2 * maxUnfit { // looks that met a change are taken again, later
			synctest.Wait()
			watch.do(func() error { w.look(t, watch); return nil })
			time.Sleep(time.Minute) // of the bubble's clock
		}
		cancel()
		g.Wait()
	})
	return heard
}

// look has the looks taken that the watch wants.
func (w *world) look(t *testing.T, watch *watch) {
	for n := 0; len(watch.urgent)+len(watch.calm) > 0; n++ {
		if n > 1000 {
			t.Fatal("the looks do not end")
		}
		all := append(watch.urgent, watch.calm...)
		watch.urgent, watch.calm = nil, nil
		for _, f := range all {
			a := watch.ask(f)
			l, err := w.answer(a)
			if err := watch.looked(f, a, l, err); err != nil {
				t.Errorf("the look at %s failed: %v", f.id, err)
			}
		}
	}
}

// answer is what a look finds.
func (w *world) answer(a asked) (look, error) {
	room, there := w.rooms[string(a.chat)]
	if !there {
		return look{}, &rest.Error{Call: "GET rooms.info", Kind: rest.ErrNotFound}
	}
	l := look{room: room, whole: a.whole || !room.Open, at: w.now}
	for _, m := range w.messages[room.ID] {
		if l.whole && (m.UpdatedAt.IsZero() || m.UpdatedAt.After(a.since)) {
			l.messages = append(l.messages, m)
		}
	}
	slices.SortFunc(l.messages, func(a, b rest.Message) int { return cmp.Or(a.TS.Compare(b.TS.Time), cmp.Compare(a.ID, b.ID)) })
	l.mix(a.backlog)
	return l, nil
}

// accept finds fault with what must not be.
func (h *audience) accept(e Event) error {
	fault := func(what string) { h.t.Errorf("%s: %+v", what, e) }
	if e.Chat == "" || !soundID(string(e.Chat)) || e.Picture.ID != e.Chat {
		fault("an event of no chat")
	}
	if e.Watermark.Before(h.marks[e.Chat]) {
		fault("a watermark that goes back")
	}
	h.marks[e.Chat] = e.Watermark
	if len(e.Picture.Last) > maxLast || !slices.IsSortedFunc(e.Picture.Last, func(a, b sdk.Message) int { return a.At.Compare(b.At) }) {
		fault("last messages that are too many, or in disorder")
	}
	for _, m := range e.Picture.Last {
		h.text(m.Text, maxShort)
	}
	if e.Message != nil {
		h.text(e.Message.Text, maxText)
	}
	if e.ID == "" {
		return nil
	}
	if h.known[e.ID] {
		fault("an event that came again")
	}
	h.known[e.ID] = true
	if e.Baseline {
		return nil
	}
	h.events = append(h.events, e)
	if e.Kind == "" || !utf8.ValidString(string(e.ID)) || !h.isOfServer(e) {
		fault("an event that is not of server facts")
	}
	if e.Kind == sdk.EventClosed && h.world.rooms[string(e.Chat)].Open {
		fault("an end of a chat that is open")
	}
	return nil
}

func (h *audience) text(s string, most int) {
	if len(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
		h.t.Errorf("a text that is not bearable: %q", s)
	}
}

// isOfServer reports whether the parts of the event's ID are what the server
// has written.
func (h *audience) isOfServer(e Event) bool {
	parts := strings.Split(string(e.ID), "/")
	kind, of := parts[0], strings.Join(parts[1:], "/")
	if kind != string(e.Kind) {
		return false
	}
	if e.Kind == sdk.EventMessage || e.Kind == sdk.EventDeleted {
		return slices.ContainsFunc(h.world.messages[string(e.Chat)], func(m rest.Message) bool { return m.ID == of })
	}
	if e.Kind == sdk.EventEdited {
		return slices.ContainsFunc(h.world.messages[string(e.Chat)], func(m rest.Message) bool { return strings.HasPrefix(of, m.ID+"/") })
	}
	_, there := h.world.rooms[string(e.Chat)]
	return there && (of == string(e.Chat) || strings.HasPrefix(of, string(e.Chat)+"/"))
}

// ids are what was told, but for edits: whoever hears of the last first does not
// tell of those before.
func (h *audience) ids() []string {
	var ids []string
	for _, e := range h.events {
		if e.Kind != sdk.EventEdited {
			ids = append(ids, string(e.ID))
		}
	}
	slices.Sort(ids)
	return ids
}

// recordedWorlds are the steps of a recording, each with the rooms as they are
// after it, and all messages of each room.
func recordedWorlds(t testing.TB, name string) []string {
	p := newPlayer(t)
	steps := recording(t, name)
	p.learn(steps[0])
	var worlds []string
	var all []json.RawMessage
	for _, s := range steps[1:] {
		p.learn(s)
		frames := way{}.order(s)
		all = append(all, frames...)
		if len(frames) > 0 {
			worlds = append(worlds, worldOf(t, p, frames))
		}
	}
	for _, room := range slices.Sorted(maps.Keys(p.rooms)) {
		var said []json.RawMessage
		for _, f := range all {
			if text := string(f); strings.Contains(text, streamMessages) && strings.Contains(text, `"rid":"`+room) {
				said = append(said, f)
			}
		}
		worlds = append(worlds, worldOf(t, p, said))
	}
	return worlds
}

func worldOf(t testing.TB, p *player, frames []json.RawMessage) string {
	var text strings.Builder
	for _, id := range slices.Sorted(maps.Keys(p.rooms)) {
		if slices.ContainsFunc(frames, func(f json.RawMessage) bool { return strings.Contains(string(f), id) }) {
			doc, err := json.Marshal(document{"room": p.rooms[id]})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&text, "%s\n", doc)
		}
	}
	for _, f := range frames {
		fmt.Fprintf(&text, "%s\n", f)
	}
	return text.String()
}
