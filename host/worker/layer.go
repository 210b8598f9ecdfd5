package worker

import (
	"context"
	"fmt"
)

// Layer is a part of the sandbox.
type Layer string

// The layers, in the order in which a worker puts them on.
const (
	LayerLimits   Layer = "limits"    // memory, files, dumps; always
	LayerLandlock Layer = "landlock"  // no file and no network, said by the file system; where the kernel has it
	LayerSeccomp  Layer = "seccomp"   // no system call but a few; required
	LayerSelfTest Layer = "self-test" // the worker tried what must not work, and it did not; required
)

// AllLayers are all there can be.
var AllLayers = []Layer{LayerLimits, LayerLandlock, LayerSeccomp, LayerSelfTest}

// Layers starts a worker without a plugin and gives the layers that hold on
// this machine. The error says why a required one does not.
func Layers(ctx context.Context, o Options) ([]Layer, error) {
	s, err := spawn(o)
	if err != nil {
		return nil, fmt.Errorf("try sandbox: %w", err)
	}
	defer s.wait()
	defer s.kill()
	defer context.AfterFunc(ctx, s.kill)()
	w := newWire(s.conn, hostile)
	if err := w.send(ToWorker{Init: &Init{Version: Version, Limits: o.Init.Limits}}); err != nil {
		return nil, fmt.Errorf("try sandbox: %w", err)
	}
	var m FromWorker
	if err := w.receive(&m); err != nil || m.Ready == nil || !possible(m.Ready) {
		return nil, fmt.Errorf("try sandbox: the worker gives no answer (%v)", err)
	}
	if m.Ready.Unsafe != "" {
		return m.Ready.Layers, fmt.Errorf("try sandbox: %s", m.Ready.Unsafe)
	}
	return m.Ready.Layers, nil // that there is no plugin is no news
}
