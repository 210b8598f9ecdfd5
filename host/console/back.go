package console

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Back is what an instance goes back to, and what of that can't be undone.
type Back struct {
	Instance string    `json:"instance"`
	Plugin   string    `json:"plugin"`
	From     string    `json:"from"` // version
	To       string    `json:"to"`   // version
	At       time.Time `json:"at"`   // of the upgrade

	Settings   json.RawMessage `json:"settings,omitempty"` // of before
	Rights     json.RawMessage `json:"rights"`             // of before: see host.Grants
	Configured bool            `json:"configured"`         // the settings have changed since
	Remembered int             `json:"remembered"`         // names that it remembered for itself then
	Chats      int             `json:"chats"`              // of which it remembered something then
	Done       []Action        `json:"done"`               // since, and not to be undone
	Waiting    int             `json:"waiting"`            // effects that are still to be carried out
}

func (s *server) back(r *http.Request) (any, error) {
	name := r.FormValue("instance")
	b, err := host.FindBack(s.Store, name)
	if err != nil {
		return nil, err
	}
	was := b.Snapshot.Setup
	all := Back{
		Instance: name, Plugin: was.Plugin, From: b.Now.Version, To: was.Version, At: b.Snapshot.At,
		Settings: was.Settings, Rights: was.Grants, Configured: string(was.Settings) != string(b.Now.Settings),
		Remembered: len(b.Snapshot.States[""]), Chats: len(b.Snapshot.States),
	}
	if all.Remembered > 0 {
		all.Chats--
	}
	if all.Done, err = s.doneSince(name, b.Snapshot.At); err != nil {
		return nil, err
	}
	waiting, err := s.Host.Waiting()
	for _, w := range waiting {
		if w.Effect.Instance == name {
			all.Waiting++
		}
	}
	return all, err
}

// doneSince is what the instance has done since then.
func (s *server) doneSince(instance string, at time.Time) ([]Action, error) {
	c, err := s.chronicle()
	if err != nil {
		return nil, err
	}
	var done []store.Carried
	err = s.Store.Outcomes(at, func(e store.Carried) error {
		if e.Effect.Instance == instance && e.Outcome.State == sdk.Done {
			done = append(done, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.actions(done)
}

// GoBack asks that an instance go back.
type GoBack struct {
	Instance string `json:"instance"`
}

func (s *server) goBack(r *http.Request) (any, error) {
	q, err := read[GoBack](r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.Host.Rollback(r.Context(), q.Instance)
}
