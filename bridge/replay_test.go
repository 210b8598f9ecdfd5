package bridge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// What each step of the recordings makes happen, by the beginning of its name.
// Steps that are not named make nothing happen in a chat.
var (
	manualSteps = map[string][]string{
		"2-":   {"opened", "queued"},
		"3-":   {"guest: Hello, I need help"},
		"5-":   {"taken by bot"},
		"7-":   {"guest: Are you there?"},
		"8-":   {"bot: Hi, I am the assistant."},
		"9-":   {"bot: Second reply (REST)"},
		"10-":  {"forwarded to Support", "queued"},
		"11-":  {"taken by alice", "guest: message to alice"},
		"12-":  {"taken by carol", "forwarded to carol"},
		"14-":  {"closed"},
		"16-":  {"opened", "queued", "guest: Hi from erik"},
		"17-":  {"taken by bot"},
		"18-":  {"forwarded to queue", "queued"},
		"19-":  {"closed"},
		"21-":  {"opened", "queued"},
		"21a-": {"guest: Hi from finn"},
		"21b-": {"taken by bot"},
		"21d-": {"bot: Hello finn", "bot: posted with chat.postMessage"},
		"21e-": {"guest: typo", "edited guest: fixed"}, // and deleted at once
		"21g-": {"forwarded to Empty", "queued"},
		"21h-": {"forwarded to"}, // a department that does not exist
		"21i-": {"taken by bot"},
		"22-":  {"closed"},
		"23-":  {"opened", "queued", "guest: me again", "closed"},
	}
	autoSteps = changed(manualSteps, map[string][]string{
		"2-":  {"opened", "taken by bot"},
		"5-":  nil,
		"10-": {"taken by carol", "forwarded to Support"},
		"11-": nil,
		"12-": {"taken by alice", "forwarded to alice"},
		"16-": {"opened", "taken by alice", "guest: Hi from erik"},
		"17-": nil,
	})
)

func changed(steps, other map[string][]string) map[string][]string {
	all := map[string][]string{}
	for k, v := range steps {
		all[k] = v
	}
	for k, v := range other {
		all[k] = v
	}
	return all
}

// want are the events that a step's name promises.
func want(steps map[string][]string, name string) []string {
	for prefix, events := range steps {
		if strings.HasPrefix(name, prefix) {
			return events
		}
	}
	return nil
}

// way is how the bridge comes to know what happened in a step.
type way struct {
	frames    func([]json.RawMessage) []json.RawMessage // those of a step that are sent, and how; nil means as recorded
	reconcile time.Duration                             // 0 means that nothing is compared while frames come
	away      bool                                      // the bridge is away during the step, and no frame reaches it
	anyOrder  bool                                      // what is told too late comes after what was told in time
}

// replay plays a recording to a bridge, which must give each step's events,
// once.
func replay(t *testing.T, name string, steps map[string][]string, w way) {
	t.Helper()
	p := newPlayer(t)
	all := recording(t, name)
	p.auto = name == "auto"
	p.learn(all[0])
	p.learn(all[1])
	j := newJournal(t)
	o := p.options()
	o.Reconcile = cmp.Or(w.reconcile, time.Hour)
	stop := j.run(o)
	j.compared()
	done := 0
	for _, s := range all[2:] {
		if w.away {
			stop()
			p.learn(s)
			stop = j.run(o)
			j.compared()
		} else {
			p.learn(s)
			p.send(w.order(s))
		}
		events := w.sure(want(steps, s.name))
		j.wait(fmt.Sprintf("step %s: %q", s.name, events), func() bool { return len(w.told(j.all)) >= done+len(events) })
		if got := w.told(j.events(""))[done:]; !w.same(got, events) {
			t.Fatalf("step %s gave %q, want %q", s.name, got, events)
		}
		done += len(events)
	}
	stop()
	j.run(o)
	j.compared() // what came once too often would come until here
	if got := w.told(j.events("")); len(got) != done {
		t.Fatalf("the end gave %q", got[done:])
	}
	checkEnd(t, j)
}

// order are a step's frames as they are sent.
func (w way) order(s recorded) []json.RawMessage {
	var frames []json.RawMessage
	for _, l := range s.lines {
		if l.Kind == "ddp" {
			frames = append(frames, l.Payload)
		}
	}
	if w.frames == nil {
		return frames
	}
	return w.frames(frames)
}

// told are the events, in short, as far as they are sure.
func (w way) told(events []Event) []string {
	var list []string
	for _, e := range events {
		list = append(list, short(e))
	}
	return w.sure(list)
}

// sure leaves out what is told earlier or later, or not at all, by how frames
// come: of a deletion no frame tells a manager, so it comes whenever messages
// are read again, and a comparison may know a message only as it was edited.
func (w way) sure(events []string) []string {
	return slices.DeleteFunc(slices.Clone(events), func(what string) bool {
		return strings.HasPrefix(what, string(sdk.EventDeleted)) || w.reconcile > 0 && strings.HasPrefix(what, string(sdk.EventEdited))
	})
}

// edited is the message that is edited within its step: as it was, by as it is.
// A comparison that comes before its frame knows it only as it is.
var edited = map[string]string{"guest: fixed": "guest: typo"}

func (w way) same(got, want []string) bool {
	if w.reconcile > 0 {
		got = slices.Clone(got)
		for n, text := range got {
			if was, known := edited[text]; known {
				got[n] = was
			}
		}
	}
	if w.anyOrder {
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	}
	return slices.Equal(got, want)
}

// checkEnd compares the pictures with what the recorded rooms say at the end.
func checkEnd(t *testing.T, j *journal) {
	t.Helper()
	byName := map[string]Known{}
	for _, k := range j.picture().Chats {
		byName[k.Chat.Visitor.Name+" "+k.Chat.Closing.Comment] = k
	}
	for name, want := range map[string]string{
		"Visitor dora Solved, bye":           "carol/alice closed, Support, billing,solved,vip, 2 forwards",
		"Visitor erik Closed by visitor":     "visitor closed, Sales, , 1 forwards",
		"Visitor finn Resolved by assistant": "bot closed, nope, billing,vip, 2 forwards",
		"Visitor finn Closed by visitor":     "visitor closed, Sales, , 0 forwards",
	} {
		c := byName[name].Chat
		by := c.Closing.By.Username
		if c.Closing.ByVisitor {
			by = "visitor"
		}
		got := fmt.Sprintf("%s %s, %s, %s, %d forwards", by, c.Status, c.Department, strings.Join(c.Tags, ","), c.Forwards)
		if who, rest, _ := strings.Cut(want, " "); !strings.Contains(who, by) || by == "" || got != by+" "+rest {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		if len(c.Visitor.Emails) != 1 || len(c.Visitor.Phones) != 1 {
			t.Errorf("%s has visitor %+v", name, c.Visitor)
		}
	}
}

func TestRecordedManualRouting(t *testing.T) { replay(t, "manual", manualSteps, way{}) }

func TestRecordedAutomaticRouting(t *testing.T) { replay(t, "auto", autoSteps, way{}) }

// TestCatchUpGivesEachRecordedStep: no frame tells of it, and yet it is told,
// in order.
func TestCatchUpGivesEachRecordedStep(t *testing.T) {
	deleted := map[string][]string{"21e-": nil} // written and deleted meanwhile: nothing is left that could tell
	replay(t, "manual", changed(manualSteps, deleted), way{away: true})
	replay(t, "auto", changed(autoSteps, deleted), way{away: true})
}

// streamOf is what a frame keeps its place in.
func streamOf(t *testing.T, f json.RawMessage) string {
	collection, event, _ := frameOf(t, f)
	return collection + " " + event
}

// mixed shuffles the frames of different streams: within one stream they stay
// in order.
func mixed(t *testing.T, r *rand.Rand, frames []json.RawMessage) []json.RawMessage {
	byStream := map[string][]json.RawMessage{}
	var order []string
	for _, f := range frames {
		s := streamOf(t, f)
		byStream[s] = append(byStream[s], f)
		order = append(order, s)
	}
	r.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	var out []json.RawMessage
	for _, s := range order {
		out = append(out, byStream[s][0])
		byStream[s] = byStream[s][1:]
	}
	return out
}

// doubled repeats frames, at once or later.
func doubled(r *rand.Rand, frames []json.RawMessage) []json.RawMessage {
	out := slices.Clone(frames)
	for _, f := range frames {
		if r.IntN(3) == 0 {
			at := slices.IndexFunc(out, func(o json.RawMessage) bool { return string(o) == string(f) })
			out = slices.Insert(out, at+1+r.IntN(len(out)-at), f)
		}
	}
	return out
}

// lossy drops frames. The one message that is deleted within its step stays:
// nothing but its frame ever told of it.
func lossy(r *rand.Rand, frames []json.RawMessage) []json.RawMessage {
	return slices.DeleteFunc(slices.Clone(frames), func(f json.RawMessage) bool {
		return r.IntN(3) == 0 && !strings.Contains(string(f), `"msg":"typo"`)
	})
}

// late keeps all frames but those of messages back until the next step, when
// they tell what is no more.
func late(t *testing.T) func([]json.RawMessage) []json.RawMessage {
	var kept []json.RawMessage
	return func(frames []json.RawMessage) []json.RawMessage {
		out := kept
		kept = nil
		for _, f := range frames {
			if strings.HasPrefix(streamOf(t, f), streamMessages) {
				out = append(out, f)
			} else {
				kept = append(kept, f)
			}
		}
		return out
	}
}

// disorders are what happens to frames on their way.
var disorders = map[string]func(*testing.T, *rand.Rand) way{
	"shuffled": func(t *testing.T, r *rand.Rand) way {
		return way{frames: func(f []json.RawMessage) []json.RawMessage { return mixed(t, r, f) }}
	},
	"doubled": func(t *testing.T, r *rand.Rand) way {
		return way{frames: func(f []json.RawMessage) []json.RawMessage { return doubled(r, mixed(t, r, f)) }}
	},
	"late": func(t *testing.T, r *rand.Rand) way {
		hold := late(t)
		return way{reconcile: 10 * time.Millisecond, frames: func(f []json.RawMessage) []json.RawMessage { return mixed(t, r, hold(f)) }}
	},
	"lost": func(t *testing.T, r *rand.Rand) way {
		return way{anyOrder: true, reconcile: 10 * time.Millisecond, frames: func(f []json.RawMessage) []json.RawMessage { return lossy(r, mixed(t, r, f)) }}
	},
}

// TestDisorderedFramesGiveTheSameEvents: streams run apart, frames come twice,
// late, or never.
func TestDisorderedFramesGiveTheSameEvents(t *testing.T) {
	for kind, disorder := range disorders {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s/%d", kind, seed), func(t *testing.T) {
				t.Parallel()
				replay(t, "manual", manualSteps, disorder(t, rand.New(rand.NewPCG(seed, 7))))
				replay(t, "auto", autoSteps, disorder(t, rand.New(rand.NewPCG(seed, 8))))
			})
		}
	}
}
