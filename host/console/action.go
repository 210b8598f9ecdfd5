package console

import (
	"net/http"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Action is an effect for people to read.
type Action struct {
	Key      sdk.EffectKey    `json:"key"`
	Kind     sdk.EffectKind   `json:"kind"`
	At       time.Time        `json:"at"` // when it ended; of one that waits, of the event that it answers
	Instance string           `json:"instance"`
	Plugin   string           `json:"plugin"`
	What     string           `json:"what"` // such as "forward Billing"
	Chat     sdk.ChatID       `json:"chat"`
	Link     string           `json:"link"`
	From     string           `json:"from,omitempty"` // forward: the department, before
	To       string           `json:"to,omitempty"`   // forward: where it was to go, or went
	Tags     []string         `json:"tags,omitempty"` // tag, untag
	Rule     string           `json:"rule,omitempty"`
	Reason   string           `json:"reason,omitempty"`
	Outcome  sdk.OutcomeState `json:"outcome,omitempty"` // "" while it waits
	Because  string           `json:"because,omitempty"` // of an outcome that is not done, or of the waiting
	Consent  string           `json:"consent,omitempty"` // who is asked first, or has allowed it
	Stays    string           `json:"stays,omitempty"`   // why it can't be taken back; only in a Story
	Next     *time.Time       `json:"next,omitempty"`    // attempt
}

// chronicle makes actions of effects.
type chronicle struct {
	*server
	setups map[string]store.Setup
}

func (s *server) chronicle() (*chronicle, error) {
	setups, err := s.Store.Instances()
	return &chronicle{s, setups}, err
}

func (c *chronicle) action(carried store.Carried) (Action, error) {
	e, o := carried.Effect, carried.Outcome
	a := Action{
		Key: e.Key, Kind: e.Kind, Tags: e.Tags, At: e.EventAt, Instance: e.Instance, Plugin: c.setups[e.Instance].Plugin, What: host.Report{Effect: e}.What(),
		Chat: e.Chat, Link: c.link(e.Chat), Rule: e.Rule, Reason: e.Reason,
	}
	a.Consent = host.Awaits(carried)
	if o != nil {
		a.At, a.Outcome, a.Because = o.At, o.State, o.Reason
	}
	if e.Kind != sdk.EffectForward {
		return a, nil
	}
	a.To = e.Target.String()
	if o != nil && o.State == sdk.Done && o.Detail != "" {
		a.To = o.Detail
	}
	entry, err := c.Store.EntryOf(e.Event)
	if entry != nil {
		a.From = entry.Picture.Department
	}
	return a, err
}

// log is what ended, the oldest first.
func (s *server) log(r *http.Request) (any, error) {
	since, err := time.Parse(time.RFC3339Nano, r.FormValue("since"))
	if err != nil {
		return nil, err
	}
	c, err := s.chronicle()
	if err != nil {
		return nil, err
	}
	var ended []store.Carried
	plugin := r.FormValue("plugin")
	err = s.Store.Outcomes(since, func(e store.Carried) error {
		if by := e.Effect.Instance; plugin == "" || plugin == by || plugin == c.setups[by].Plugin {
			ended = append(ended, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.actions(ended)
}

func (c *chronicle) actions(effects []store.Carried) ([]Action, error) {
	all := make([]Action, 0, len(effects))
	for _, e := range effects {
		a, err := c.action(e)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// outbox is what waits.
func (s *server) outbox(*http.Request) (any, error) {
	c, err := s.chronicle()
	if err != nil {
		return nil, err
	}
	waiting, err := s.Host.Waiting()
	if err != nil {
		return nil, err
	}
	all := make([]Action, 0, len(waiting))
	for _, w := range waiting {
		a, err := c.action(store.Carried{Effect: w.Effect})
		if err != nil {
			return nil, err
		}
		a.Because = w.Why
		if !w.Next.IsZero() {
			a.Next = &w.Next
		}
		all = append(all, a)
	}
	return all, nil
}
