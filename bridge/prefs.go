package bridge

import (
	"context"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// prefsLast is how long the workspace's settings are believed.
const prefsLast = 10 * time.Minute

// prefs are the settings of the workspace that anybody may read.
type prefs struct {
	rest *rest.Client

	mu    sync.Mutex // guards what follows
	value map[string]any
	asked time.Time
}

// of is a setting; nil when it is not known. The server is asked at most every
// ten minutes, and an answer that does not come means that nothing is known.
func (p *prefs) of(ctx context.Context, id string) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.asked) > prefsLast {
		all, err := p.rest.Settings(ctx)
		if err != nil {
			return p.value[id]
		}
		p.asked, p.value = time.Now(), map[string]any{}
		for _, s := range all {
			p.value[s.ID] = s.Value
		}
	}
	return p.value[id]
}

// forget has the server asked again.
func (p *prefs) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = time.Time{}
}

func (p *prefs) number(ctx context.Context, id string) (n int, known bool) {
	f, known := p.of(ctx, id).(float64)
	return int(f), known
}

func (p *prefs) on(ctx context.Context, id string) bool { return isOn(p.of(ctx, id)) }
