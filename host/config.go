package host

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Mode says what becomes of an instance's decisions.
type Mode string

// An instance is in one of these.
const (
	Off     Mode = "off"     // it does not run
	Shadow  Mode = "shadow"  // it decides, and only records
	Confirm Mode = "confirm" // its effects are carried out when the chat's agent says yes
	On      Mode = "on"      // its effects are carried out
)

// acts reports whether anything comes of what is decided in the mode.
func (m Mode) acts() bool { return m == Confirm || m == On }

// Instance is a plugin with its settings, as it runs.
type Instance struct {
	Plugin   string            // its id
	Version  string            // of the plugin
	Mode     Mode              // "" means Shadow
	Sources  map[string][]byte // Go files by name
	Settings json.RawMessage   // a JSON object; nil means none
	Grants   Grants
	Events   []sdk.EventKind // that it is shown, beside those of its own doing; nil means all
	Zone     string          // whose clock its schedules go by, such as Europe/Berlin; "" means UTC

	// Commands says who may use which of the plugin's commands: roles, such as
	// livechat-manager, and people, such as @alice, by the command's name or "*",
	// which stands for all others. Without it CommandRoles may use all.
	Commands map[string][]string
}

// Grants is what an instance may ask for. A nil list of Departments, Tags,
// Fields or Mail sets no bound of that kind; Hosts are those that it names.
type Grants struct {
	Effects     []sdk.EffectKind `json:"effects,omitempty"`
	Reads       []string         `json:"reads,omitempty"`       // kinds, such as classify
	Departments []string         `json:"departments,omitempty"` // that chats may be forwarded to, by name or id
	Tags        []string         `json:"tags,omitempty"`        // that may be set
	Fields      []string         `json:"fields,omitempty"`      // of chats, that may be set
	Mail        []string         `json:"mail,omitempty"`        // addresses or @domains that mails and transcripts may go to
	Hosts       []string         `json:"hosts,omitempty"`       // that may be asked, as package web has them

	Rates map[sdk.EffectKind]Rate `json:"rates,omitempty"` // of those that have one: how often
}

// Rate is how often an instance may ask for effects of a kind: so many within
// the span. What is refused does not count, nor what a person orders by a command.
type Rate struct {
	Max  int           `json:"max"`
	Span time.Duration `json:"span"` // nanoseconds
}

func (s Instance) check(name string) error {
	if name == "" || len(name) > maxName || strings.ContainsAny(name, "/\x00") {
		return fmt.Errorf("make instance %q: its name must have 1 to %d bytes and no slash", name, maxName)
	}
	if name == store.Self {
		return fmt.Errorf("make instance %q: that is what the host calls itself: give it another name", name)
	}
	if !slices.Contains([]Mode{"", Off, Shadow, Confirm, On}, s.Mode) {
		return fmt.Errorf("make instance %s: mode %q is none of off, shadow, confirm, on", name, s.Mode)
	}
	if len(s.Settings) > 0 && !json.Valid(s.Settings) {
		return fmt.Errorf("make instance %s: its settings are no JSON", name)
	}
	return nil
}

func (s Instance) mode() Mode {
	if s.Mode == "" {
		return Shadow
	}
	return s.Mode
}

// setup is what the journal keeps of the instance.
func (s Instance) setup() store.Setup {
	grants, err := json.Marshal(rights{s.Grants, s.Commands, s.Zone, s.Events})
	if err != nil {
		panic(err) // texts only
	}
	return store.Setup{
		Plugin: s.Plugin, Version: s.Version, Mode: string(s.mode()),
		Settings: s.Settings, Grants: grants, Sources: s.sum(),
	}
}

// rights is what the journal keeps of an instance's grants, and of whatever else
// makes it decide otherwise.
type rights struct {
	Grants
	Commands map[string][]string `json:"commands,omitempty"`
	Zone     string              `json:"zone,omitempty"`
	Events   []sdk.EventKind     `json:"events,omitempty"`
}

// instanceOf is the instance that is set up so, without its source.
func instanceOf(was store.Setup) (Instance, error) {
	i := Instance{Plugin: was.Plugin, Version: was.Version, Mode: Mode(was.Mode), Settings: was.Settings}
	var r rights
	if len(was.Grants) > 0 {
		if err := json.Unmarshal(was.Grants, &r); err != nil {
			return i, fmt.Errorf("read what instance was granted: %w", err)
		}
	}
	i.Grants, i.Commands, i.Zone, i.Events = r.Grants, r.Commands, r.Zone, r.Events
	return i, nil
}

func (s Instance) sum() []byte {
	names := make([]string, 0, len(s.Sources))
	for name := range s.Sources {
		names = append(names, name)
	}
	sort.Strings(names)
	sum := sha256.New()
	for _, name := range names {
		fmt.Fprintf(sum, "%d %s %d ", len(name), name, len(s.Sources[name]))
		sum.Write(s.Sources[name])
	}
	return sum.Sum(nil)
}

// enroll journals what has changed about the instances since the store was
// last open. Those that are gone count as off. Parting are those that are off by
// now and have to be told so first.
func (h *Host) enroll(ctx context.Context) (parting map[string]store.Setup, err error) {
	known, err := h.store.Instances()
	if err != nil {
		return nil, err
	}
	hold, err := h.store.Hold()
	if err != nil {
		return nil, err
	}
	parting = map[string]store.Setup{}
	for name, spec := range h.specs() {
		was := known[name]
		switch {
		case h.barred(name):
		case hold == nil && h.mustPart(spec, was):
			parting[name] = was
		case upgrades(was, spec):
			err = h.upgradeAtStart(ctx, name, spec, known)
		default:
			err = h.change(name, spec.setup(), known)
		}
		if err != nil {
			return nil, err
		}
	}
	specs := h.specs()
	for name, was := range known {
		if _, there := specs[name]; !there {
			was.Mode, was.Paused = string(Off), ""
			if err := h.change(name, was, known); err != nil {
				return nil, err
			}
		}
	}
	return parting, nil
}

// change journals that an instance is set up otherwise than before. One that
// is new or was off begins anew. A pause lasts until something else changes.
func (h *Host) change(name string, to store.Setup, known map[string]store.Setup) error {
	was, there := known[name]
	was.Paused = ""
	if there && was.Same(to) {
		return nil
	}
	if err := h.timers.turn(turn(name, was, to, there, h.clock.Now())); err != nil {
		return fmt.Errorf("journal change of instance %s: %w", name, err)
	}
	h.wake() // all pass the entry that tells of it
	return nil
}

// turn is how the instance becomes another. One that begins anew, or whose
// decisions count from now on, is told that it begins.
func turn(name string, was, to store.Setup, there bool, at time.Time) store.Turn {
	anew := !there || was.Mode == string(Off)
	counts := was.Mode == string(Shadow) && Mode(to.Mode).acts()
	return store.Turn{Instance: name, To: to, At: at, Anew: anew, Begins: to.Mode != string(Off) && (anew || counts)}
}

var errUnknown = errors.New("there is no such instance that is not off: `bellhop status` lists them")
