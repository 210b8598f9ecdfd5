package console

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Undoing is something that an instance has done, and how it is taken back.
type Undoing struct {
	Action
	Back  string `json:"back,omitempty"`  // what takes it back, such as "untag billing"; "" when nothing does
	Stays string `json:"stays,omitempty"` // why nothing does
}

// Undo asks that what an instance has done since then be taken back.
type Undo struct {
	Instance string    `json:"instance"`
	Since    time.Time `json:"since"`
	By       string    `json:"by"`

	// Of one effect, instead of Instance and Since.
	Chat sdk.ChatID    `json:"chat,omitempty"`
	Key  sdk.EffectKey `json:"key,omitempty"`
}

func (s *server) undoable(r *http.Request) (any, error) {
	since, err := time.Parse(time.RFC3339Nano, r.FormValue("since"))
	if err != nil {
		return nil, err
	}
	plan, err := host.Undoable(s.Store, r.FormValue("instance"), since)
	if err != nil {
		return nil, err
	}
	return s.undoings(plan)
}

func (s *server) undo(r *http.Request) (any, error) {
	q, err := read[Undo](r)
	if err != nil {
		return nil, err
	}
	if q.Key != "" {
		u, err := s.Host.TakeBack(q.Chat, q.Key, q.By)
		if err != nil {
			return nil, err
		}
		return s.undoings([]host.Undoing{u})
	}
	plan, err := s.Host.Undo(q.Instance, q.Since, q.By)
	if err != nil {
		return nil, err
	}
	return s.undoings(plan)
}

func (s *server) undoings(plan []host.Undoing) ([]Undoing, error) {
	c, err := s.chronicle()
	if err != nil {
		return nil, err
	}
	all := []Undoing{}
	for _, u := range plan {
		a, err := c.action(u.Carried)
		if err != nil {
			return nil, err
		}
		told := Undoing{Action: a, Stays: u.Why}
		if u.Back.Kind != "" {
			told.Back = host.Report{Effect: u.Back}.What()
		}
		if p := u.Back.Present; p != nil {
			told.Back = strings.TrimSpace(fmt.Sprintf("%s, if it is still %q", told.Back, *p))
		}
		all = append(all, told)
	}
	return all, nil
}
