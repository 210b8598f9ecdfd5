package host

import (
	"sort"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
)

// Overview is how a host stands.
type Overview struct {
	Running   bool             `json:"running"`
	Heard     time.Time        `json:"heard"`             // when the workspace last said that all was told; zero when it has not since the start
	Held      *store.Hold      `json:"held,omitempty"`    // what PauseAll has said; nil when nothing is held
	Refused   *Refusal         `json:"refused,omitempty"` // why nothing happens; nil while the store takes writes
	Outbox    int              `json:"outbox"`            // effects that wait to be carried out
	Instances []InstanceStatus `json:"instances"`
}

// Overview is how the host stands.
func (h *Host) Overview() (Overview, error) {
	o := Overview{Running: true, Held: h.hold.Load(), Refused: h.Refused(), Instances: h.Status()}
	if at := h.heard.Load(); at != nil {
		o.Heard = *at
	}
	waiting, err := h.Waiting()
	o.Outbox = len(waiting)
	return o, err
}

// Waiting is an effect that waits to be carried out.
type Waiting struct {
	Effect bridge.Effect
	Why    string    // it is not done yet
	Next   time.Time // attempt; zero when none is planned
}

// Waiting is what waits to be carried out, by chat, in the order in which it
// is done there.
func (h *Host) Waiting() ([]Waiting, error) { return h.outbox.list(), nil }

func (o *outbox) list() (all []Waiting) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.lanes {
		for n, j := range l.jobs {
			w := Waiting{Effect: j.effect(), Why: "it is being done", Next: j.next}
			switch {
			case o.rests(j):
				w.Why, w.Next = "its instance is paused", time.Time{}
			case n > 0:
				w.Why = "an effect before it on this chat is not done yet"
			case j.lastly != "":
				w.Why = j.lastly
			}
			all = append(all, w)
		}
	}
	for _, q := range o.asked {
		for _, c := range q.parcel.Effects {
			if q.isAbout(&c) {
				all = append(all, Waiting{Effect: c.Effect, Why: Awaits(c)})
			}
		}
	}
	sort.SliceStable(all, func(a, b int) bool { return all[a].Effect.Chat < all[b].Effect.Chat })
	return all
}
