package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// scene is a workspace without a server, for playing conversation files: what
// the file says happens at once, effects change the chats as they would on a
// server, and time stands still unless it is moved. It is also the host's
// clock.
type scene struct {
	mu      sync.Mutex // guards all below
	now     time.Time
	waits   []wait
	chats   map[sdk.ChatID]*sdk.Chat
	said    map[sdk.ChatID][]sdk.Message // all of it, the oldest first
	serial  int
	pages   map[sdk.ChatID]sdk.Page  // on which the guests are
	staff   map[string]sdk.AgentInfo // as lines have changed them, by username
	pending []bridge.Event
	more    chan struct{} // gets a value when pending has grown
	empty   chan struct{} // gets a value when pending has become empty
}

type wait struct {
	at   time.Time
	fire chan time.Time
}

// sceneStart is when each conversation file begins: a Monday noon.
var sceneStart = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// botPerson is who Bellhop is in a scene.
var botPerson = sdk.Person{ID: "bot", Username: "bot", Name: "Bellhop"}

func newScene() *scene {
	return &scene{now: sceneStart, chats: map[sdk.ChatID]*sdk.Chat{}, said: map[sdk.ChatID][]sdk.Message{}, pages: map[sdk.ChatID]sdk.Page{}, more: make(chan struct{}, 1), empty: make(chan struct{}, 1)}
}

// Now is the scene's time.
func (s *scene) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// After sends when the scene's time has moved by d.
func (s *scene) After(d time.Duration) <-chan time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := wait{s.now.Add(d), make(chan time.Time, 1)}
	if d <= 0 {
		w.fire <- s.now
		return w.fire
	}
	s.waits = append(s.waits, w)
	return w.fire
}

// next moves the time to the next moment for which somebody waits, but not
// beyond end, and reports whether there was one.
func (s *scene) next(end time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := end
	for _, w := range s.waits {
		if w.at.Before(at) {
			at = w.at
		}
	}
	s.now = at
	fired := false
	s.waits = slices.DeleteFunc(s.waits, func(w wait) bool {
		if w.at.After(at) {
			return false
		}
		w.fire <- at
		fired = true
		return true
	})
	return fired
}

// Run gives the host what happens.
func (s *scene) Run(ctx context.Context, _ bridge.Picture, emit func(bridge.Event) error) error {
	if err := emit(bridge.Event{Seen: s.Now()}); err != nil {
		return err
	}
	for {
		e, ok := s.head()
		if !ok {
			select {
			case <-s.more:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := emit(e); err != nil {
			return err
		}
		s.drop()
	}
}

// head is the oldest event that the host has not taken.
func (s *scene) head() (bridge.Event, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) == 0 {
		return bridge.Event{}, false
	}
	return s.pending[0], true
}

func (s *scene) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = s.pending[1:]
	if len(s.pending) == 0 {
		nudge(s.empty)
	}
}

// taken waits until the host has taken all that happened.
func (s *scene) taken(ctx context.Context) error {
	for {
		if _, waits := s.head(); !waits {
			return nil
		}
		select {
		case <-s.empty:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// nudge leaves a value in a channel that holds one.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// emit puts an event with the chat's present picture up. It is called with mu
// held.
func (s *scene) emit(c *sdk.Chat, e sdk.Event) {
	e.Chat, e.At = c.ID, s.now
	s.pending = append(s.pending, bridge.Event{Event: e, Picture: copyChat(c), Watermark: s.now})
	nudge(s.more)
}

// copyChat is a chat that later changes do not reach.
func copyChat(c *sdk.Chat) sdk.Chat {
	n := *c
	n.Tags, n.Last, n.Fields = slices.Clone(c.Tags), slices.Clone(c.Last), maps.Clone(c.Fields)
	return n
}

// change changes the chat by the name, if it is there and open.
func (s *scene) change(id sdk.ChatID, fn func(c *sdk.Chat) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	switch {
	case c == nil:
		return fmt.Errorf("chat %s has no @visitor line", id)
	case !c.Open():
		return fmt.Errorf("chat %s is closed already", id)
	}
	return fn(c)
}

// open begins a chat.
func (s *scene) open(id sdk.ChatID, v sdk.Visitor, department string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &sdk.Chat{ID: id, Status: sdk.Queued, Visitor: v, Department: department, DepartmentID: department, Channel: "widget", OpenedAt: s.now, QueuedAt: s.now}
	s.chats[id] = c
	s.emit(c, sdk.Event{ID: bridge.OpenedID(id), Kind: sdk.EventOpened})
	s.queued(c, "")
}

// say adds a message of the guest or of an agent, who takes the chat first
// when nobody serves it.
func (s *scene) say(id sdk.ChatID, said sdk.Message) error {
	if said.From == sdk.Human {
		if err := s.take(id, said.By); err != nil {
			return err
		}
	}
	return s.change(id, func(c *sdk.Chat) error {
		m := s.add(c, said)
		s.emit(c, sdk.Event{ID: bridge.MessageEventID(m.ID), Kind: sdk.EventMessage, Message: &m})
		if said.From == sdk.Guest {
			s.resumed(c, "")
		}
		return nil
	})
}

// add appends a message to the chat and moves its times.
func (s *scene) add(c *sdk.Chat, m sdk.Message) sdk.Message {
	s.serial++
	m.ID, m.At = sdk.MessageID(fmt.Sprintf("m%d", s.serial)), s.now
	switch {
	case m.From == sdk.Guest && c.WaitingSince.IsZero():
		c.WaitingSince = s.now
	case m.From == sdk.Human:
		c.WaitingSince = time.Time{}
		if c.AnsweredAt.IsZero() {
			c.AnsweredAt = s.now
		}
	}
	s.said[c.ID] = append(s.said[c.ID], m)
	c.Last = append(c.Last, m)
	c.Last = c.Last[max(0, len(c.Last)-20):]
	return m
}

// take gives a chat that nobody serves to the agent.
func (s *scene) take(id sdk.ChatID, by sdk.Person) error {
	return s.change(id, func(c *sdk.Chat) error {
		if !c.Agent.IsZero() {
			return nil
		}
		c.Agent, c.Status, c.TakenAt, c.QueuedAt = by, sdk.Taken, s.now, time.Time{}
		s.emit(c, sdk.Event{ID: bridge.TakenID(id, by.ID, s.now), Kind: sdk.EventTaken})
		return nil
	})
}

// forward moves a chat.
func (s *scene) forward(id sdk.ChatID, by sdk.Person, to sdk.Target, comment string, ours sdk.EffectKey) error {
	return s.change(id, func(c *sdk.Chat) error {
		f := sdk.Forwarding{By: by, FromDepartment: c.Department, ToDepartment: to.Department, Comment: comment, At: s.now, Ours: ours != ""}
		s.wait(c)
		if to.Department != "" {
			c.Department, c.DepartmentID = to.Department, to.Department
		}
		if to.Agent != "" {
			c.Agent, c.Status, c.TakenAt, c.QueuedAt = agentPerson(to.Agent), sdk.Taken, s.now, time.Time{}
			f.ToAgent = c.Agent
		}
		c.Forwards++
		s.moved(c, f, ours)
		s.queued(c, ours)
		return nil
	})
}

// end closes a chat.
func (s *scene) end(id sdk.ChatID, how sdk.Closing, ours sdk.EffectKey) error {
	return s.change(id, func(c *sdk.Chat) error {
		c.Status, c.ClosedAt, c.Closing, c.QueuedAt, c.HeldAt = sdk.Closed, s.now, how, time.Time{}, time.Time{}
		s.emit(c, sdk.Event{ID: bridge.ClosedID(id), Kind: sdk.EventClosed, Cause: ours})
		return nil
	})
}

// agentPerson is the agent by that name.
func agentPerson(name string) sdk.Person {
	return sdk.Person{ID: strings.ToLower(name), Username: strings.ToLower(name), Name: name}
}

// apply carries out what an effect does to the scene. What only people would
// see does nothing here.
var apply = map[sdk.EffectKind]func(*scene, bridge.Effect) (done sdk.Outcome, err error){
	sdk.EffectReply:   (*scene).applyReply,
	sdk.EffectForward: (*scene).applyForward,
	sdk.EffectClose:   (*scene).applyClose,
	sdk.EffectTag:     (*scene).applyTag,
	sdk.EffectUntag:   (*scene).applyTag,
	sdk.EffectFile:    (*scene).applyFile,
	sdk.EffectEdit:    (*scene).applyEdit,
	sdk.EffectDelete:  (*scene).applyDelete,
	sdk.EffectTake:    (*scene).applyTake,
	sdk.EffectQueue:   (*scene).applyQueue,
	sdk.EffectHold:    (*scene).applyHold,
	sdk.EffectResume:  (*scene).applyResume,
	sdk.EffectField:   (*scene).applyField,
	sdk.EffectContact: (*scene).applyContact,
}

// Apply carries an effect out.
func (s *scene) Apply(_ context.Context, e bridge.Effect) sdk.Outcome {
	done := sdk.Outcome{State: sdk.Done, At: s.Now()}
	fn := apply[e.Kind]
	if fn == nil {
		return done
	}
	o, err := fn(s, e)
	if err != nil {
		return sdk.Outcome{State: sdk.Overtaken, Reason: err.Error(), At: done.At}
	}
	o.State, o.At = done.State, done.At
	return o
}

func (s *scene) applyReply(e bridge.Effect) (sdk.Outcome, error) {
	return s.write(e.Chat, sdk.Message{Text: e.Text})
}

func (s *scene) applyFile(e bridge.Effect) (sdk.Outcome, error) {
	file := sdk.File{ID: "sent", Name: e.File.Name, Type: e.File.Type, Size: int64(len(e.File.Bytes()))}
	return s.write(e.Chat, sdk.Message{Text: e.File.Caption, Files: []sdk.File{file}})
}

// write adds a message of Bellhop.
func (s *scene) write(id sdk.ChatID, m sdk.Message) (o sdk.Outcome, err error) {
	err = s.change(id, func(c *sdk.Chat) error {
		m.From, m.By = sdk.Bot, botPerson
		o.Message = s.add(c, m).ID
		return nil
	})
	return o, err
}

func (s *scene) applyEdit(e bridge.Effect) (sdk.Outcome, error) {
	return s.rewrite(e, func(c *sdk.Chat, n int) { c.Last[n].Text, c.Last[n].Edited = e.Text, s.now })
}

func (s *scene) applyDelete(e bridge.Effect) (sdk.Outcome, error) {
	return s.rewrite(e, func(c *sdk.Chat, n int) { c.Last = slices.Delete(c.Last, n, n+1) })
}

// rewrite changes a message of Bellhop, if the chat still holds it.
func (s *scene) rewrite(e bridge.Effect, how func(c *sdk.Chat, n int)) (sdk.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[e.Chat]
	if c == nil {
		return sdk.Outcome{}, fmt.Errorf("there is no chat %s", e.Chat)
	}
	n := slices.IndexFunc(c.Last, func(m sdk.Message) bool { return m.ID == e.Message && m.From == sdk.Bot })
	if n < 0 {
		return sdk.Outcome{}, fmt.Errorf("there is no message %s of Bellhop", e.Message)
	}
	how(c, n)
	return sdk.Outcome{}, nil
}

func (s *scene) applyForward(e bridge.Effect) (sdk.Outcome, error) {
	here := false
	err := s.change(e.Chat, func(c *sdk.Chat) error {
		here = e.Target.Agent == "" && c.Department == e.Target.Department || e.Target.Agent != "" && c.Agent.Username == e.Target.Agent
		return nil
	})
	if err != nil || here {
		return sdk.Outcome{Detail: "already at " + e.Target.String()}, err
	}
	return sdk.Outcome{Detail: "to " + e.Target.String()}, s.forward(e.Chat, botPerson, e.Target, e.Public, e.Key)
}

func (s *scene) applyClose(e bridge.Effect) (sdk.Outcome, error) {
	return sdk.Outcome{}, s.end(e.Chat, sdk.Closing{By: botPerson, Comment: e.Text}, e.Key)
}

func (s *scene) applyTag(e bridge.Effect) (sdk.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[e.Chat]
	c.Tags = slices.DeleteFunc(c.Tags, func(t string) bool { return slices.Contains(e.Tags, t) })
	if e.Kind == sdk.EffectTag {
		c.Tags = append(c.Tags, e.Tags...)
	}
	return sdk.Outcome{Detail: "tags: " + strings.Join(c.Tags, ", ")}, nil
}

// Conversation is the chat with its messages.
func (s *scene) Conversation(_ context.Context, id sdk.ChatID) (sdk.Chat, []sdk.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c == nil {
		return sdk.Chat{}, nil, fmt.Errorf("there is no chat %s", id)
	}
	return copyChat(c), slices.Clone(s.said[id]), nil
}

// Happenings are none: nobody reads the transcripts that are written here.
func (s *scene) Happenings(context.Context, sdk.ChatID) ([]bridge.Happening, error) { return nil, nil }

// Messages are what was said in the chat.
func (s *scene) Messages(_ context.Context, id sdk.ChatID, n int) ([]sdk.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.said[id]
	return slices.Clone(all[max(0, len(all)-n):]), nil
}

// Download is never asked for: conversation files hold no files.
func (s *scene) Download(_ context.Context, f sdk.File) ([]byte, error) {
	return nil, fmt.Errorf("there is no file %s", f.Name)
}
