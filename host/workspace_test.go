package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// workspace is a chat server of which a test says all that happens. It keeps
// every fact and gives each Run all of them, as a catch-up may: the journal
// must drop what it knows. It finds the trace of a repeat, and looks for nothing
// else after the time that an effect has.
type workspace struct {
	mu       sync.Mutex
	chats    map[sdk.ChatID]sdk.Chat
	facts    []bridge.Event
	applied  []bridge.Effect // what changed something
	tries    []bridge.Effect // every call of Apply
	triedAt  []time.Time
	apply    func(bridge.Effect) *sdk.Outcome // what a test wants instead; nil means none
	answer   func(bridge.Effect, sdk.Outcome) sdk.Outcome
	slow     func(context.Context, bridge.Effect) *sdk.Outcome // takes its time before that
	reading  func(context.Context, sdk.ChatID)                 // is called when messages are read; nil means nothing
	picture  bridge.Picture                                    // that the present Run began with
	told     int                                               // facts that the present Run has given
	happened map[sdk.ChatID][]bridge.Happening
	files    map[string][]byte
	untold   error // that nobody tells it
	runs     int   // how often Run was called
	running  bool
	caught   bool           // and has said that it has caught up
	deaf     bool           // it tells nothing, not even that it has caught up
	parted   bool           // and is to say that the connection is lost
	asides   []bridge.Event // to be given before all else
	news     *sync.Cond     // of what stands above
	n        int
}

func newWorkspace() *workspace {
	w := &workspace{chats: map[sdk.ChatID]sdk.Chat{}}
	w.news = sync.NewCond(&w.mu)
	return w
}

// clone is the workspace as it is now, for another host. The caller holds
// w.mu.
func (w *workspace) clone() *workspace {
	c := newWorkspace()
	for id, chat := range w.chats {
		c.chats[id] = chat
	}
	c.facts, c.applied, c.n = slices.Clone(w.facts), slices.Clone(w.applied), w.n
	return c
}

// Run gives all facts, says that it has caught up, and goes on with what
// happens. What happened before a store's first start is a baseline.
func (w *workspace) Run(ctx context.Context, p bridge.Picture, emit func(bridge.Event) error) error {
	defer context.AfterFunc(ctx, w.wake)()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.picture, w.told, w.running, w.caught = p, 0, true, false
	w.runs++
	w.news.Broadcast()
	defer func() {
		w.running = false
		w.news.Broadcast()
	}()
	old := 0
	if p.Seen.IsZero() {
		old = len(w.facts)
	}
	for ctx.Err() == nil {
		switch {
		case len(w.asides) > 0:
			e := w.asides[0]
			if err := w.unlocked(emit, e); err != nil {
				return err
			}
			w.asides = w.asides[1:]
			w.news.Broadcast()
			continue
		case w.parted:
			w.parted, w.caught = false, false
			if err := w.unlocked(emit, bridge.Event{Parted: true}); err != nil {
				return err
			}
			w.news.Broadcast()
			continue
		case w.deaf || w.caught && w.told == len(w.facts):
			w.news.Wait()
			continue
		case w.told == len(w.facts):
			if err := w.unlocked(emit, bridge.Event{Seen: time.Now()}); err != nil {
				return err
			}
			w.caught = true
			w.news.Broadcast()
			continue
		}
		e := w.facts[w.told]
		e.Baseline = w.told < old
		if err := w.unlocked(emit, e); err != nil {
			return err
		}
		w.told++
		w.news.Broadcast()
	}
	return ctx.Err()
}

func (w *workspace) unlocked(emit func(bridge.Event) error, e bridge.Event) error {
	w.mu.Unlock()
	defer w.mu.Lock()
	return emit(e)
}

// aside gives the host an event that is no fact, also while it is silent.
func (w *workspace) aside(e bridge.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asides = append(w.asides, e)
	for w.news.Broadcast(); len(w.asides) > 0 && w.running; w.news.Wait() {
	}
}

// newest is what happened last.
func (w *workspace) newest() bridge.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.facts[len(w.facts)-1]
}

// part loses the connection, until it is not silent any more.
func (w *workspace) part() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf, w.parted = true, true
	for w.news.Broadcast(); w.parted && w.running; w.news.Wait() {
	}
}

func (w *workspace) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.news.Broadcast()
}

// drained waits until the host has been given everything.
func (w *workspace) drained() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.running && !w.deaf && (w.told < len(w.facts) || !w.caught) {
		w.news.Wait()
	}
}

// count is how many facts there are.
func (w *workspace) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.facts)
}

// begun waits until a host runs.
func (w *workspace) begun() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.running {
		w.news.Wait()
	}
}

// ran is how often Run was called.
func (w *workspace) ran() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.runs
}

// silence ends or begins the telling of what happens.
func (w *workspace) silence(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf = on
	w.news.Broadcast()
}

// happen makes a fact of what has happened to a chat. The caller holds w.mu.
func (w *workspace) happen(e sdk.Event) sdk.EventID {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	w.facts = append(w.facts, bridge.Event{Event: e, Picture: w.chats[e.Chat], Watermark: e.At})
	w.news.Broadcast()
	return e.ID
}

// send is a fact that a test makes itself.
func (w *workspace) send(e sdk.Event) sdk.EventID {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known(e.Chat)
	return w.happen(e)
}

// known makes a chat that is open and taken by alice in Sales, unless there is
// one. The caller holds w.mu.
func (w *workspace) known(id sdk.ChatID) {
	if _, there := w.chats[id]; there {
		return
	}
	w.chats[id] = sdk.Chat{
		ID: id, Status: sdk.Taken, Department: "Sales", DepartmentID: "id-Sales", OpenedAt: time.Now(),
		Agent: sdk.Person{ID: "a1", Username: "alice"}, Visitor: sdk.Visitor{ID: "v1", Name: "Maya"},
	}
}

// change changes a chat without a word.
func (w *workspace) change(id sdk.ChatID, how func(*sdk.Chat)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known(id)
	c := w.chats[id]
	how(&c)
	w.chats[id] = c
}

func (w *workspace) say(chat sdk.ChatID, text string) sdk.EventID {
	return w.write(chat, sdk.Message{From: sdk.Guest, Text: text})
}

func (w *workspace) write(chat sdk.ChatID, m sdk.Message) sdk.EventID {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known(chat)
	if m.ID == "" {
		w.n++
		m.ID = sdk.MessageID(fmt.Sprintf("%s-%d", chat, w.n))
	}
	if m.At.IsZero() {
		m.At = time.Now()
	}
	return w.happen(sdk.Event{ID: bridge.MessageEventID(m.ID), Kind: sdk.EventMessage, Chat: chat, Message: &m, At: m.At})
}

// leave is the guest's closing of a chat.
func (w *workspace) leave(chat sdk.ChatID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known(chat)
	w.end(chat, sdk.Closing{ByVisitor: true})
}

func (w *workspace) end(chat sdk.ChatID, how sdk.Closing) {
	c := w.chats[chat]
	c.Status, c.ClosedAt, c.Closing = sdk.Closed, time.Now(), how
	w.chats[chat] = c
	w.happen(sdk.Event{ID: bridge.ClosedID(chat), Kind: sdk.EventClosed, Chat: chat})
}

// Apply carries an effect out as the bridge does.
func (w *workspace) Apply(ctx context.Context, e bridge.Effect) sdk.Outcome {
	w.mu.Lock()
	w.tries, w.triedAt = append(w.tries, e), append(w.triedAt, time.Now())
	instead, answer, slow := w.apply, w.answer, w.slow
	w.mu.Unlock()
	if slow != nil {
		if o := slow(ctx, e); o != nil {
			return *o
		}
	}
	if instead != nil {
		if o := instead(e); o != nil {
			return *o
		}
	}
	o := w.carryOut(ctx, e)
	if answer != nil {
		return answer(e, o)
	}
	return o
}

func (w *workspace) carryOut(ctx context.Context, e bridge.Effect) sdk.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() != nil {
		return bridge.Later("cut off")
	}
	chat := w.chats[e.Chat]
	if e.Attempt > 0 && w.finds(e, chat) {
		return sdk.Outcome{State: sdk.Done, Detail: "found"}
	}
	overtaken := func(why string) sdk.Outcome { return sdk.Outcome{State: sdk.Overtaken, Reason: why} }
	switch a := e.Assume; {
	case time.Now().After(e.Until):
		return overtaken("no trace, and too late")
	case a.Open && !chat.Open():
		return overtaken("the chat is closed")
	case (a.Moves || a.DepartmentID != "") && a.DepartmentID != chat.DepartmentID:
		return overtaken("another department")
	case (a.Moves || a.AgentID != "") && a.AgentID != chat.Agent.ID:
		return overtaken("another agent")
	}
	w.applied = append(w.applied, e)
	if do := doing[e.Kind]; do != nil {
		do(w, e, chat)
	}
	return sdk.Outcome{State: sdk.Done}
}

// finds reports whether a repeat finds what was done. Of tags it only sees which
// there are. The caller holds w.mu.
func (w *workspace) finds(e bridge.Effect, c sdk.Chat) bool {
	isSet := func(t string) bool { return slices.Contains(c.Tags, t) }
	if e.Kind == sdk.EffectTag {
		return !slices.ContainsFunc(e.Tags, func(t string) bool { return !isSet(t) })
	}
	return slices.ContainsFunc(w.applied, func(d bridge.Effect) bool { return d.Key == e.Key && d.Kind == e.Kind })
}

// doing is what effects do to a chat. The caller holds w.mu.
var doing = map[sdk.EffectKind]func(*workspace, bridge.Effect, sdk.Chat){
	sdk.EffectForward: func(w *workspace, e bridge.Effect, c sdk.Chat) {
		f := sdk.Forwarding{FromDepartment: c.Department, ToDepartment: e.Target.Department, At: time.Now(), Ours: true}
		c.Department, c.DepartmentID, c.Forwards = e.Target.Department, "id-"+e.Target.Department, c.Forwards+1
		if agent := e.Target.Agent; agent != "" {
			c.Agent = sdk.Person{ID: "id-" + agent, Username: agent}
		}
		w.chats[e.Chat] = c
		w.happen(sdk.Event{ID: bridge.ForwardedID(e.Chat, f.At), Kind: sdk.EventForwarded, Chat: e.Chat, Forwarding: &f})
	},
	sdk.EffectTag: func(w *workspace, e bridge.Effect, c sdk.Chat) {
		c.Tags = append(slices.Clone(c.Tags), e.Tags...)
		w.chats[e.Chat] = c
	},
	sdk.EffectUntag: func(w *workspace, e bridge.Effect, c sdk.Chat) {
		c.Tags = slices.DeleteFunc(slices.Clone(c.Tags), func(t string) bool { return slices.Contains(e.OurTags, t) })
		w.chats[e.Chat] = c
	},
	sdk.EffectClose: func(w *workspace, e bridge.Effect, c sdk.Chat) {
		w.end(e.Chat, sdk.Closing{By: sdk.Person{Username: "bot"}})
	},
	sdk.EffectReply: func(w *workspace, e bridge.Effect, c sdk.Chat) {
		m := sdk.Message{ID: bridge.MessageID(e.Key, 0), From: sdk.Bot, Text: e.Text, At: time.Now()}
		w.happen(sdk.Event{ID: bridge.MessageEventID(m.ID), Kind: sdk.EventMessage, Chat: e.Chat, Message: &m})
	},
}

func (w *workspace) Conversation(_ context.Context, id sdk.ChatID) (sdk.Chat, []sdk.Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []sdk.Message
	for _, f := range w.facts {
		if f.Chat == id && f.Message != nil {
			all = append(all, *f.Message)
		}
	}
	return w.chats[id], all, nil
}

func (w *workspace) Happenings(_ context.Context, id sdk.ChatID) ([]bridge.Happening, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.happened[id], w.untold
}

func (w *workspace) Messages(ctx context.Context, id sdk.ChatID, n int) ([]sdk.Message, error) {
	if w.reading != nil {
		w.reading(ctx, id)
	}
	_, all, err := w.Conversation(ctx, id)
	return all[max(0, len(all)-n):], err
}

func (w *workspace) Download(_ context.Context, f sdk.File) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if data := w.files[f.ID]; data != nil {
		return data, nil
	}
	return nil, errors.New("no such file here")
}

// instead makes Apply answer otherwise; nil outcomes leave it as it is.
func (w *workspace) instead(fn func(bridge.Effect) *sdk.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.apply = fn
}

// answers changes what Apply says after it has done its work.
func (w *workspace) answers(fn func(bridge.Effect, sdk.Outcome) sdk.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = fn
}

// away makes every attempt end nothing.
func (w *workspace) away(on bool) {
	if !on {
		w.instead(nil)
		return
	}
	w.instead(func(bridge.Effect) *sdk.Outcome { o := bridge.Later("the server is away"); return &o })
}

// did is what was carried out, sorted: chat, kind, target or text.
func (w *workspace) did() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return saying(w.applied)
}

// tried is every attempt, in order.
func (w *workspace) tried() []bridge.Effect {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.tries)
}

func saying(effects []bridge.Effect) []string {
	var all []string
	for _, e := range effects {
		all = append(all, says(e))
	}
	sort.Strings(all)
	return all
}

func says(e bridge.Effect) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Chat, e.Kind, e.Target.String()+e.Text+strings.Join(e.Tags, ",")))
}
