package bridge

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// What each step of the recordings makes happen, by the beginning of its name.
// Steps that are not named make nothing happen in a chat.
var (
	manualSteps = map[string][]string{
		"2-":   {"opened"},
		"3-":   {"guest: Hello, I need help"},
		"5-":   {"taken by bot"},
		"7-":   {"guest: Are you there?"},
		"8-":   {"bot: Hi, I am the assistant."},
		"9-":   {"bot: Second reply (REST)"},
		"10-":  {"forwarded to Support"},
		"11-":  {"taken by alice", "guest: message to alice"},
		"12-":  {"taken by carol", "forwarded to carol"},
		"14-":  {"closed"},
		"16-":  {"opened", "guest: Hi from erik"},
		"17-":  {"taken by bot"},
		"18-":  {"forwarded to queue"},
		"19-":  {"closed"},
		"21-":  {"opened"},
		"21a-": {"guest: Hi from finn"},
		"21b-": {"taken by bot"},
		"21d-": {"bot: Hello finn", "bot: posted with chat.postMessage"},
		"21e-": {"guest: typo"}, // edited and deleted at once
		"21g-": {"forwarded to Empty"},
		"21h-": {"forwarded to"}, // a department that does not exist
		"21i-": {"taken by bot"},
		"22-":  {"closed"},
		"23-":  {"opened", "guest: me again", "closed"},
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

// disorder changes the frames of a step.
type disorder func(frames []json.RawMessage) []json.RawMessage

func asRecorded(frames []json.RawMessage) []json.RawMessage { return frames }

// replay plays a recording through a bridge, which must give each step's
// events, once.
func replay(t *testing.T, name string, steps map[string][]string, d disorder, reconcile time.Duration) {
	p := newPlayer(t)
	all := recording(t, name)
	p.learn(all[0])
	p.learn(all[1])
	j := newJournal(t)
	o := p.options()
	o.Reconcile = reconcile
	j.run(o)
	j.compared()
	done := 0
	for _, s := range all[2:] {
		p.learn(s)
		var frames []json.RawMessage
		for _, l := range s.lines {
			if l.Kind == "ddp" {
				frames = append(frames, l.Payload)
			}
		}
		for _, f := range d(frames) {
			p.write(f)
		}
		events := want(steps, s.name)
		j.wait(fmt.Sprintf("step %s: %q", s.name, events), func() bool { return len(j.all) >= done+len(events) })
		if got := j.told("")[done:]; !slices.Equal(got, events) {
			t.Fatalf("step %s gave %q, want %q", s.name, got, events)
		}
		done += len(events)
	}
	checkEnd(t, j)
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

func TestRecordedManualRouting(t *testing.T) {
	replay(t, "manual", manualSteps, asRecorded, time.Hour)
}

func TestRecordedAutomaticRouting(t *testing.T) {
	replay(t, "auto", autoSteps, asRecorded, time.Hour)
}

// streamOf is what a frame keeps its place in.
func streamOf(t *testing.T, f json.RawMessage) string {
	collection, event, _ := frameOf(t, f)
	return collection + " " + event
}

// mixed shuffles the frames of different streams: within one stream they stay
// in order.
func mixed(t *testing.T, r *rand.Rand) disorder {
	return func(frames []json.RawMessage) []json.RawMessage {
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
}

// doubled repeats frames, at once or later.
func doubled(r *rand.Rand) disorder {
	return func(frames []json.RawMessage) []json.RawMessage {
		out := slices.Clone(frames)
		for _, f := range frames {
			if r.IntN(3) == 0 {
				at := slices.IndexFunc(out, func(o json.RawMessage) bool { return string(o) == string(f) })
				out = slices.Insert(out, at+1+r.IntN(len(out)-at), f)
			}
		}
		return out
	}
}

// lossy drops frames. The one message that is deleted within its step stays:
// nothing but its frame ever told of it.
func lossy(r *rand.Rand) disorder {
	return func(frames []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(slices.Clone(frames), func(f json.RawMessage) bool {
			return r.IntN(3) == 0 && !strings.Contains(string(f), `"msg":"typo"`)
		})
	}
}

// TestDisorderedFramesGiveTheSameEvents: streams run apart, frames come twice
// and get lost.
func TestDisorderedFramesGiveTheSameEvents(t *testing.T) {
	kinds := map[string]func(r *rand.Rand) (disorder, time.Duration){
		"shuffled": func(r *rand.Rand) (disorder, time.Duration) { return mixed(t, r), time.Hour },
		"doubled": func(r *rand.Rand) (disorder, time.Duration) {
			mix, double := mixed(t, r), doubled(r)
			return func(f []json.RawMessage) []json.RawMessage { return double(mix(f)) }, time.Hour
		},
		"lost": func(r *rand.Rand) (disorder, time.Duration) {
			mix, lose := mixed(t, r), lossy(r)
			return func(f []json.RawMessage) []json.RawMessage { return lose(mix(f)) }, 50 * time.Millisecond
		},
	}
	for kind, make := range kinds {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("%s/%d", kind, seed), func(t *testing.T) {
				t.Parallel()
				d, reconcile := make(rand.New(rand.NewPCG(seed, 7)))
				replay(t, "manual", manualSteps, d, reconcile)
				d, reconcile = make(rand.New(rand.NewPCG(seed, 8)))
				replay(t, "auto", autoSteps, d, reconcile)
			})
		}
	}
}
