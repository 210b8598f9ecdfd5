package console

import (
	"net/http"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Line is something that an instance's plugin logged, or failed with.
type Line struct {
	At      time.Time   `json:"at"`
	Version string      `json:"version"` // of the plugin
	Event   sdk.EventID `json:"event"`
	Chat    sdk.ChatID  `json:"chat,omitempty"`
	Text    string      `json:"text"`
	Error   bool        `json:"error,omitempty"` // it failed
}

// logs are an instance's lines, the oldest first. Last are the failures of events
// that are going to be tried again.
func (s *server) logs(r *http.Request) (any, error) {
	since, err := time.Parse(time.RFC3339Nano, r.FormValue("since"))
	if err != nil {
		return nil, err
	}
	name := r.FormValue("instance")
	decisions, err := s.Store.Logs(name, since)
	all := []Line{}
	for _, d := range decisions {
		line := Line{At: d.At, Version: d.Version, Event: d.Event, Chat: d.Chat}
		for _, text := range d.Log {
			line.Text = text
			all = append(all, line)
		}
		if d.Error != "" {
			line.Text, line.Error = "given up: "+d.Error, true
			all = append(all, line)
		}
	}
	if err != nil {
		return nil, err
	}
	failing, err := s.failing(name)
	return append(all, failing...), err
}

func (s *server) failing(instance string) (all []Line, err error) {
	p, _, err := s.Store.Progress(instance)
	for _, o := range p.Open {
		if o.Error == "" || err != nil {
			continue
		}
		e, fault := s.Store.Entry(o.Seq)
		if err = fault; err == nil {
			all = append(all, Line{At: e.Accepted, Event: e.Event.ID, Chat: e.Event.Chat, Text: "to be tried again: " + o.Error, Error: true})
		}
	}
	return all, err
}
