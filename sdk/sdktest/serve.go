package sdktest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bellhop-chat/bellhop/sdk"
)

// ToPlugin is what bellhop says: exactly one of its fields is set.
type ToPlugin struct {
	Init  *Init             `json:"init,omitempty"`  // a plugin is to be made anew
	Call  *sdk.Call         `json:"call,omitempty"`  // an event
	Reset map[string]string `json:"reset,omitempty"` // the instance's state as it was committed; answered by nothing
	Match *sdk.Match        `json:"match,omitempty"` // the answer to FromPlugin.Match,
	Read  *sdk.Read         `json:"read,omitempty"`  // or what must be read before the rule can be tried
}

// Init is what a plugin is made with.
type Init struct {
	Settings json.RawMessage   `json:"settings,omitempty"`
	State    map[string]string `json:"state,omitempty"` // the instance's own
}

// FromPlugin is what the compiled plugin says: exactly one of its fields is set.
type FromPlugin struct {
	Ready *Ready     `json:"ready,omitempty"` // the answer to Init
	Reply *sdk.Reply `json:"reply,omitempty"` // the answer to Call
	Match *Trial     `json:"match,omitempty"` // a rule is to be tried before the reply
}

// Ready says what a plugin hears of, or why it could not be made.
type Ready struct {
	Handles []sdk.EventKind `json:"handles,omitempty"`
	Offers  sdk.Offers      `json:"offers"`
	Error   string          `json:"error,omitempty"`
}

// Trial is a rule to be tried on a chat and a text.
type Trial struct {
	Chat  sdk.Chat             `json:"chat"`
	Now   string               `json:"now"` // RFC 3339 with nanoseconds: of the event
	Rule  sdk.Rule             `json:"rule"`
	Text  string               `json:"text"`
	Hours map[string]sdk.Hours `json:"hours,omitempty"`

	Answers []sdk.Answer `json:"answers,omitempty"` // to what was read for the event before
}

// Serve makes and calls the plugin as in says, and answers to out, until in
// ends.
func Serve(register func(*sdk.Plugin) error, in io.Reader, out io.Writer) error {
	s := &server{register: register, in: json.NewDecoder(bufio.NewReader(in)), out: json.NewEncoder(out)}
	for {
		var m ToPlugin
		switch err := s.in.Decode(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read what bellhop says: %w", err)
		}
		if err := s.answer(m); err != nil {
			return err
		}
	}
}

type server struct {
	register func(*sdk.Plugin) error
	in       *json.Decoder
	out      *json.Encoder
	runner   *sdk.Runner
	call     sdk.Call // the present one
	broken   error    // the talk about a rule failed
}

func (s *server) answer(m ToPlugin) error {
	switch {
	case m.Init != nil:
		return s.out.Encode(FromPlugin{Ready: s.start(*m.Init)})
	case s.runner == nil:
		return errors.New("bellhop must say init first")
	case m.Call != nil:
		s.call = *m.Call
		reply := s.runner.Handle(*m.Call)
		if s.broken != nil {
			return s.broken
		}
		return s.out.Encode(FromPlugin{Reply: &reply})
	case m.Reset != nil:
		s.runner.Reset(m.Reset)
	}
	return nil
}

func (s *server) start(i Init) *Ready {
	r, err := sdk.NewRunner(s.register, i.Settings, i.State, s.match)
	if err != nil {
		return &Ready{Error: err.Error()}
	}
	s.runner = r
	return &Ready{Handles: r.Handles(), Offers: r.Offers()}
}

// match has bellhop try a rule, in the middle of a call.
func (s *server) match(c *sdk.Chat, r sdk.Rule, text string, hours map[string]sdk.Hours) sdk.Match {
	t := &Trial{Chat: *c, Now: s.call.Now.Format(timeForm), Rule: r, Text: text, Hours: hours, Answers: s.call.Answers}
	var m ToPlugin
	err := s.out.Encode(FromPlugin{Match: t})
	if err == nil {
		err = s.in.Decode(&m)
	}
	if err == nil && m.Read != nil {
		sdk.Park(c, *m.Read)
	}
	if err == nil && m.Match == nil {
		err = errors.New("bellhop must answer a rule with its match")
	}
	if err != nil {
		s.broken = fmt.Errorf("try rule %q: %w", r.Name, err)
		panic(s.broken)
	}
	return *m.Match
}

const timeForm = "2006-01-02T15:04:05.999999999Z07:00"
