package console

import (
	"cmp"
	"fmt"
	"net/http"
	"path"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Story is what happened in a chat and what became of it.
type Story struct {
	Chat    sdk.ChatID `json:"chat"`
	Link    string     `json:"link"`
	Visitor string     `json:"visitor,omitempty"` // id
	Tags    []Tag      `json:"tags"`              // that it has, as far as is known
	Events  []Happened `json:"events"`            // the oldest first
}

// Happened is an event with all that was decided on it.
type Happened struct {
	At        time.Time     `json:"at"`
	Event     sdk.EventID   `json:"event"`
	What      string        `json:"what"`            // such as `guest: hello`
	Cause     sdk.EffectKey `json:"cause,omitempty"` // the effect of ours that brought it about
	Late      bool          `json:"late,omitempty"`  // it was learned long after it happened
	Decisions []Decided     `json:"decisions"`       // none means that no instance had anything to say
}

// Decided is what an instance made of an event.
type Decided struct {
	At       time.Time `json:"at"`
	Instance string    `json:"instance"`
	Version  string    `json:"version"` // of the plugin
	Mode     string    `json:"mode"`
	Rules    []string  `json:"rules,omitempty"` // that were tried, with what they found
	Skips    []string  `json:"skips,omitempty"` // why nothing was done
	Log      []string  `json:"log,omitempty"`   // what the plugin printed
	Error    string    `json:"error,omitempty"` // of an event that went to the dead letters
	Effects  []Action  `json:"effects,omitempty"`
}

// UnknownError says that no event of a chat has been seen.
type UnknownError struct{ Chat sdk.ChatID }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("nothing is known of chat %q: name its id, which ends its link, or look whether it is older than the instances or the retention", e.Chat)
}

func (s *server) why(r *http.Request) (any, error) {
	id := sdk.ChatID(r.FormValue("chat"))
	entries, err := s.Store.History(id)
	if err != nil {
		return nil, err
	}
	decisions, err := s.Store.Why(id)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 && len(decisions) == 0 {
		return nil, &UnknownError{id}
	}
	c, err := s.chronicle()
	if err != nil {
		return nil, err
	}
	story, err := c.story(id, entries, decisions)
	if err != nil {
		return nil, err
	}
	known, err := s.Store.Chat(id)
	if err != nil {
		return nil, err
	}
	story.Visitor = known.Chat.Visitor.ID
	story.Tags, err = c.tags(known.Chat, decisions)
	return story, err
}

func (c *chronicle) story(id sdk.ChatID, entries []*store.Entry, decisions []store.Explained) (Story, error) {
	story := Story{Chat: id, Link: c.link(id)}
	place := map[sdk.EventID]int{}
	tell := func(e *store.Entry) {
		place[e.Event.ID] = len(story.Events)
		at := e.Event.At
		if at.IsZero() {
			at = e.Accepted
		}
		story.Events = append(story.Events, Happened{At: at, Event: e.Event.ID, What: what(&e.Event), Cause: e.Event.Cause, Late: e.Event.Late, Decisions: []Decided{}})
	}
	for _, e := range entries {
		tell(e)
	}
	for _, d := range decisions {
		if _, there := place[d.Decision.Event]; !there { // the journal keeps events for a shorter time
			e := *d.Entry
			e.Event.ID, e.Accepted = d.Decision.Event, d.Decision.At
			tell(&e)
		}
		decided, err := c.decided(d)
		if err != nil {
			return story, err
		}
		h := &story.Events[place[d.Decision.Event]]
		h.Decisions = append(h.Decisions, decided)
	}
	return story, nil
}

func (c *chronicle) decided(x store.Explained) (Decided, error) {
	d := x.Decision
	effects, err := c.actions(x.Effects)
	if err != nil {
		return Decided{}, err
	}
	for n := range x.Effects {
		x.Effects[n].Place = store.Place{Number: d.Number, Index: n}
	}
	stays, err := host.Stays(c.Store, x.Effects)
	for n, why := range stays {
		effects[n].Stays = why
	}
	decided := Decided{
		At: d.At, Instance: d.Instance, Version: d.Version, Mode: d.Mode,
		Skips: d.Skips, Log: d.Log, Error: d.Error, Effects: effects,
	}
	for _, m := range d.Matches {
		held := "did not hold"
		if m.Held {
			held = "held"
		}
		decided.Rules = append(decided.Rules, fmt.Sprintf("%s (%s)", m, held))
	}
	return decided, err
}

// saying are the kinds of events that tell more than their kind.
var saying = map[sdk.EventKind]func(*sdk.Event) string{
	sdk.EventMessage: func(e *sdk.Event) string {
		if e.Message == nil {
			return "message"
		}
		return fmt.Sprintf("%s: %s", e.Message.From, e.Message.Text)
	},
	sdk.EventEdited:  changed,
	sdk.EventDeleted: changed,
	sdk.EventTyping: func(e *sdk.Event) string {
		if e.Typing == nil {
			return "typing"
		}
		return fmt.Sprintf("%s types: %s", e.Typing.From, cmp.Or(e.Typing.By.Name, e.Typing.By.Username))
	},
	sdk.EventCall: func(e *sdk.Event) string {
		if e.Conference != nil && e.Conference.State != "" {
			return callStep(e)
		}
		if e.Conference != nil && !e.Conference.Ended.IsZero() {
			return "call ended"
		}
		return "call started"
	},
	sdk.EventAgent: func(e *sdk.Event) string {
		if e.Agent == nil {
			return "agent"
		}
		return "agent " + e.Agent.Now.Username + map[bool]string{true: " takes chats", false: " takes no chats"}[e.Agent.Now.Available]
	},
	sdk.EventContact: func(*sdk.Event) string { return "the guest's data changed" },
	sdk.EventHeld:    func(*sdk.Event) string { return "put on hold" },
	sdk.EventForwarded: func(e *sdk.Event) string {
		if e.Forwarding == nil {
			return "forwarded"
		}
		f := e.Forwarding
		to := f.ToDepartment
		if !f.ToAgent.IsZero() {
			to += " @" + f.ToAgent.Username
		}
		return fmt.Sprintf("forwarded from %s to %s by %s", cmp.Or(f.FromDepartment, "no department"), cmp.Or(to, "the queue"), cmp.Or(f.By.Username, "the server"))
	},
	sdk.EventTimer: func(e *sdk.Event) string { return fmt.Sprintf("timer %q of %s", e.Timer, e.Instance) },
	sdk.EventDeed: func(e *sdk.Event) string {
		if e.Deed == nil {
			return "deed"
		}
		return fmt.Sprintf("%s of %s is %s", e.Deed.Effect.Kind, e.Deed.Instance, e.Deed.Outcome.State)
	},
	sdk.EventResult: func(e *sdk.Event) string {
		if e.Result == nil {
			return "result"
		}
		return fmt.Sprintf("%s of %s ended: %s", e.Result.Effect.Kind, e.Instance, e.Result.Outcome.State)
	},
}

func changed(e *sdk.Event) string {
	if e.Message == nil {
		return string(e.Kind)
	}
	return fmt.Sprintf("%s %s: %s", e.Kind, cmp.Or(e.Message.From, "message"), e.Message.Text)
}

func what(e *sdk.Event) string {
	if says := saying[e.Kind]; says != nil {
		return says(e)
	}
	return string(e.Kind)
}

// callStep tells of a step of a call that Bellhop has offered.
func callStep(e *sdk.Event) string {
	v := e.Conference
	switch {
	case v.State == sdk.CallJoined && path.Base(string(e.ID)) == "guest-joined":
		return "call joined by the guest"
	case v.State == sdk.CallJoined:
		return "call joined by the agent"
	case v.State == sdk.CallUnknown:
		return "links of the call are over; when it ended is unknown"
	case v.Duration() > 0:
		return "call ended after " + v.Duration().String()
	}
	return "call " + string(v.State)
}
