package bridge

import (
	"context"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// namesLast is how long the names of departments and agents are believed, and
// namesPause how soon an unknown department makes us ask again.
const (
	namesLast  = time.Hour
	namesPause = time.Minute
)

// names are those of departments and agents, which chats mention by id.
type names struct {
	rest *rest.Client

	mu          sync.Mutex        // guards what follows
	departments map[string]string // name by id
	agents      map[string]string // name by id
	asked       time.Time
}

func newNames(c *rest.Client) *names {
	return &names{rest: c, departments: map[string]string{}, agents: map[string]string{}}
}

// learn asks the server for all names, unless it was asked recently. Without
// names there are still ids, so a failure only means to ask again later.
func (n *names) learn(ctx context.Context, pause time.Duration) error {
	n.mu.Lock()
	recent := time.Since(n.asked) < pause
	if !recent {
		n.asked = time.Now()
	}
	n.mu.Unlock()
	if recent {
		return nil
	}
	departments, err := n.rest.Departments(ctx)
	if err != nil {
		return err
	}
	agents, err := n.rest.Agents(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range departments {
		n.departments[d.ID] = d.Name
	}
	for _, a := range agents {
		n.agents[a.ID] = a.Name
	}
	return err
}

// hear takes a department's name from a document that happens to tell it.
func (n *names) hear(d *rest.Department) {
	if d == nil || d.ID == "" || d.Name == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.departments[d.ID] = d.Name
}

// department is the name of a department, or its id when that is all there is.
func (n *names) department(id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name := n.departments[id]; name != "" {
		return name
	}
	return id
}

// idOf is the id of the department that is called so, or has this id; "" when
// no such is known.
func (n *names) idOf(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, known := n.departments[name]; known {
		return name
	}
	for id, called := range n.departments {
		if called == name {
			return id
		}
	}
	return ""
}

// meet makes sure that the department has a name, if it has one.
func (n *names) meet(ctx context.Context, id string) {
	n.mu.Lock()
	known := id == "" || n.departments[id] != ""
	n.mu.Unlock()
	if !known {
		n.learn(ctx, namesPause) // an unknown name is no fault: the id stands for it
	}
}

// agent is the name of an agent; "" when it is unknown.
func (n *names) agent(id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.agents[id]
}

// all are the ids of the departments.
func (n *names) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	ids := make([]string, 0, len(n.departments))
	for id := range n.departments {
		ids = append(ids, id)
	}
	return ids
}
