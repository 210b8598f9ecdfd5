//go:build go1.20

package desk

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
)

// person is what is remembered of somebody.
type person struct {
	Met      bool   `json:"met,omitempty"`      // has read who Bellhop is
	Quiet    bool   `json:"quiet,omitempty"`    // wants only to be answered
	Language string `json:"language,omitempty"` // "" means that none was chosen
	Last     string `json:"last,omitempty"`     // the chat that was last named in a command, or told of
}

// shelf is the name under which a person is remembered, together with others: an
// instance remembers few things, and a workspace has many agents.
func shelf(username string) string {
	sum := fnv.New32a()
	sum.Write([]byte(username))
	return fmt.Sprintf("people %d", sum.Sum32()%128)
}

func (d *desk) people(username string) map[string]person {
	all := map[string]person{}
	kept := d.p.State().Get(shelf(username))
	if kept == "" {
		return all
	}
	if err := json.Unmarshal([]byte(kept), &all); err != nil {
		d.p.Log("what was remembered of people is no more to be read: %s", err.Error())
		return map[string]person{}
	}
	return all
}

func (d *desk) person(username string) person { return d.people(username)[username] }

// remember keeps what is to be known of a person.
func (d *desk) remember(username string, is person) error {
	all := d.people(username)
	all[username] = is
	kept, err := json.Marshal(all)
	if err == nil {
		d.p.State().Set(shelf(username), string(kept))
	}
	return err
}

// languageOf is the language in which somebody is written to.
func (d *desk) languageOf(username string) string {
	if chosen := d.person(username).Language; chosen != "" {
		return chosen
	}
	if set := d.s.Languages[username]; set != "" {
		return set
	}
	return d.s.Language
}

// hello is what stands before the first message to somebody; "" before all others.
func (d *desk) hello(username string) string {
	is := d.person(username)
	if is.Met {
		return ""
	}
	is.Met = true
	if err := d.remember(username, is); err != nil {
		d.p.Log("remember @%s: %s", username, err.Error())
	}
	language := d.languageOf(username)
	owner := d.s.Owner
	if owner == "" {
		owner = text(language, "an admin")
	}
	return text(language, "hello", owner) + "\n\n"
}

// mayEverywhere reports whether somebody may use all chats.
func (d *desk) mayEverywhere(username string, roles []string) bool {
	for _, who := range d.s.Everywhere {
		if strings.HasPrefix(who, "@") && who[1:] == username {
			return true
		}
		for _, role := range roles {
			if role == who {
				return true
			}
		}
	}
	return false
}
