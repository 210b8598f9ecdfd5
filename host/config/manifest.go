package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Manifest is a plugin's plugin.yaml.
type Manifest struct {
	ID          string          `yaml:"id"`          // a-z, 0-9, - and _
	Version     string          `yaml:"version"`     // such as 1.0.0
	SDK         int             `yaml:"sdk"`         // of the SDK that it was written for; 1
	Title       string          `yaml:"title"`       // what it does, in a few words
	Description string          `yaml:"description"` // what it does, in a few sentences
	Events      []string        `yaml:"events"`      // kinds that it hears of, such as message; nil means all that it has handlers for
	Needs       Grants          `yaml:"needs"`       // what it cannot work without
	Defaults    json.RawMessage `yaml:"defaults"`    // settings of a new instance, a JSON object; nil means none
}

const sdkVersion = 1

// Events are the kinds of events that a manifest may name.
var Events = []string{
	"opened", "queued", "taken", "message", "edited", "deleted", "typing", "forwarded", "held", "resumed", "call", "contact", "closed",
	"agent", "command", "webhook", "schedule", "timer", "result", "deed", "enabled", "disabled",
}

// LoadManifest reads the text of a plugin.yaml. The error is [Faults].
func LoadManifest(data []byte) (Manifest, error) {
	var m Manifest
	r := newReader("plugin.yaml")
	r.read(data, &m)
	r.checkManifest(m)
	if err := r.err(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

func (r *reader) checkManifest(m Manifest) {
	r.id("id", m.ID)
	switch {
	case r.faulty("version"):
	case m.Version == "":
		r.fault("version", "is missing: write it like 1.0.0")
	case !versionForm.MatchString(m.Version):
		r.fault("version", fmt.Sprintf("%q is no version: write it like 1.0.0", m.Version))
	}
	if m.SDK != sdkVersion && !r.faulty("sdk") {
		r.fault("sdk", fmt.Sprintf("wants %d, the SDK that this Bellhop has, not %d", sdkVersion, m.SDK))
	}
	for n, kind := range m.Events {
		if !slices.Contains(Events, kind) {
			hint := cmp.Or(suggest(kind, Events), ": there are "+strings.Join(Events, ", "))
			r.fault(fmt.Sprintf("events[%d]", n), fmt.Sprintf("%q is no kind of event%s", kind, hint))
		}
	}
	r.hosts("needs.hosts", m.Needs.Hosts)
	r.rates("needs.rates", m.Needs)
	if m.Title == "" && !r.faulty("title") {
		r.fault("title", "is missing: say in a few words what the plugin does")
	}
}
