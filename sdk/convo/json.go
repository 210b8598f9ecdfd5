package convo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Names of those who talk in a conversation of FromJSON.
const (
	JSONGuest = "Guest"
	JSONAgent = "agent"
)

// FromJSON reads a conversation that is written as one line of JSON:
//
//	{"id": "...", "lang": "en", "topics": [...], "intents": [...],
//	 "turns": [{"from": "guest" or "agent", "text": "..."}]}
//
// Other keys are left alone. The id becomes the chat's name, topics and
// intents a comment, and those who talk are JSONGuest and JSONAgent. Nobody
// closes the chat.
func FromJSON(line []byte) (Chat, error) {
	var j struct {
		ID      string                         `json:"id"`
		Lang    string                         `json:"lang"`
		Topics  []string                       `json:"topics"`
		Intents []string                       `json:"intents"`
		Turns   *[]struct{ From, Text string } `json:"turns"`
	}
	if err := json.Unmarshal(line, &j); err != nil {
		return Chat{}, fmt.Errorf("read conversation: %w", plainJSON(err))
	}
	if j.Turns == nil {
		return Chat{}, errors.New(`read conversation: it has no "turns": write {"id": "...", "turns": [{"from": "guest", "text": "..."}]}`)
	}
	c := Chat{Name: strings.Join(strings.Fields(j.ID), " ")}
	if about := aboutLine(j.Topics, j.Intents); about != "" {
		c.add(Step{Kind: Comment, Text: about})
	}
	v := Step{Kind: Visitor, Who: JSONGuest}
	if j.Lang != "" {
		v.Fields = map[string]string{keyLanguage: j.Lang}
	}
	c.add(v)
	for i, t := range *j.Turns {
		s := Step{Kind: Say, Text: t.Text}
		switch t.From {
		case "guest":
			s.Who, s.From = JSONGuest, sdk.Guest
		case "agent":
			s.Who, s.From = JSONAgent, sdk.Human
		default:
			return Chat{}, fmt.Errorf(`read conversation %s: turn %d is from %q: write "guest" or "agent"`, j.ID, i+1, t.From)
		}
		c.add(s)
	}
	return c, nil
}

// plainJSON says a type that does not fit without the names of Go's.
func plainJSON(err error) error {
	var t *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &t):
		return err
	case t.Field == "":
		return fmt.Errorf(`a conversation is an object and no %s: write {"id": "...", "turns": [{"from": "guest", "text": "..."}]}`, t.Value)
	}
	return fmt.Errorf("%s cannot be of the type %s (at byte %d)", strings.ToLower(t.Field), t.Value, t.Offset)
}

func aboutLine(topics, intents []string) string {
	var parts []string
	if len(topics) > 0 {
		parts = append(parts, "topics: "+strings.Join(topics, ", "))
	}
	if len(intents) > 0 {
		parts = append(parts, "intents: "+strings.Join(intents, ", "))
	}
	return oneLine(strings.Join(parts, "; "))
}
