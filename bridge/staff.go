package bridge

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// maxMembers is of how many departments the agents are read in one comparison.
const maxMembers = 20

// staff are the agents as they were told of, in this run or before, or were when
// they were first looked at. No stream tells of others' availability, nor of
// departments. The watch's goroutine owns it.
type staff struct {
	agents  map[string]sdk.AgentInfo   // by id; nil before the first look
	members map[string][]string        // ids of a department's agents, by the department's
	read    map[string]time.Time       // when they were, by our clock
	names   map[string]rest.Department // of the departments that there are
	last    time.Time                  // when a change was last found, by the server's clock
}

// census is what one look at the staff has found.
type census struct {
	agents      []rest.User
	departments []rest.Department
	members     map[string][]string // of those departments that were read
}

// census reads all agents, and of some departments who belongs to them: of those
// that were not read for longest, as far as the server's limits leave room.
func (b *Bridge) census(ctx context.Context, read map[string]time.Time) *census {
	c := &census{members: map[string][]string{}}
	var err error
	if c.departments, err = b.rest.Departments(ctx); err == nil {
		c.agents, err = b.rest.Agents(ctx)
	}
	if err != nil {
		b.log.Debug("agents are looked at later", "err", err)
		return nil
	}
	order := slices.SortedFunc(slices.Values(c.departments), func(x, y rest.Department) int {
		return cmp.Or(read[x.ID].Compare(read[y.ID]), cmp.Compare(x.ID, y.ID))
	})
	for _, d := range order[:min(len(order), b.rest.SpareDepartments(maxMembers))] {
		_, members, err := b.rest.Department(ctx, d.ID)
		if err != nil || members == nil {
			b.log.Debug("department's agents are not to be had", "department", d.Name, "err", err)
			continue
		}
		ids := []string{}
		for _, m := range members {
			ids = append(ids, m.AgentID)
		}
		c.members[d.ID] = ids
	}
	return c
}

// staffIs tells what has changed of the agents. What is learned for the first
// time is no change.
func (w *watch) staffIs(c *census) error {
	s := &w.staff
	first := s.agents == nil
	if first {
		s.agents, s.members, s.read = map[string]sdk.AgentInfo{}, map[string][]string{}, map[string]time.Time{}
	}
	learned := s.learn(c)
	there := map[string]bool{}
	for _, u := range c.agents {
		if u.ID == w.b.me.Load().UserID || !soundID(u.ID) {
			continue
		}
		there[u.ID] = true
		now := sdk.AgentInfo{
			ID: u.ID, Username: cleanLine(u.Username), Name: cleanLine(u.Name), Status: cleanLine(u.Status),
			Available: available(u), Departments: s.departmentsOf(u.ID),
		}
		before, known := s.agents[u.ID]
		s.agents[u.ID] = now
		if same := known && before.Available == now.Available && slices.Equal(before.Departments, now.Departments); first || same {
			continue
		}
		if err := w.shift(before, now); err != nil {
			return err
		}
	}
	for id, before := range s.agents {
		if there[id] {
			continue
		}
		delete(s.agents, id)
		if err := w.shift(before, sdk.AgentInfo{ID: before.ID, Username: before.Username, Name: before.Name}); err != nil {
			return err
		}
	}
	if first || learned {
		return w.emit(Event{Staff: s.known()})
	}
	return nil
}

// hasLeft reports whether that is all that is said of somebody who is no agent.
func hasLeft(a sdk.AgentInfo) bool {
	return a.Status == "" && !a.Available && len(a.Departments) == 0
}

// known is what another run begins with.
func (s *staff) known() *Staff {
	k := &Staff{Agents: maps.Clone(s.agents), Departments: map[string]string{}, Told: s.last}
	for id := range s.read {
		k.Departments[id] = s.nameOf(id)
	}
	return k
}

// staffOf is what an earlier run knew.
func staffOf(k Staff) staff {
	if k.Agents == nil {
		return staff{last: k.Told}
	}
	s := staff{last: k.Told, agents: maps.Clone(k.Agents), members: map[string][]string{}, read: map[string]time.Time{}}
	for department, name := range k.Departments {
		s.read[department] = time.Unix(0, 0) // long ago, but not never
		s.members[department] = []string{}
		for id, a := range k.Agents {
			if slices.Contains(a.Departments, name) {
				s.members[department] = append(s.members[department], id)
			}
		}
	}
	return s
}

// forget lets go what is known of agents, since nobody asks for it any more or too
// much may have changed.
func (w *watch) forgetStaff() error {
	if w.staff.agents == nil {
		return nil
	}
	w.staff = staff{last: w.staff.last}
	return w.emit(Event{Staff: &Staff{Told: w.staff.last}})
}

// learn takes in who belongs to which department, and says whether some were read
// for the first time. How it was then is how it was all along.
func (s *staff) learn(c *census) (first bool) {
	s.names = map[string]rest.Department{}
	for _, d := range c.departments {
		s.names[d.ID] = d
	}
	fresh := map[string][]string{}
	for id, members := range c.members {
		if s.read[id].IsZero() {
			fresh[id] = members
		}
		s.members[id], s.read[id] = members, time.Now()
	}
	for id, a := range s.agents {
		for department, members := range fresh {
			if slices.Contains(members, id) && !slices.Contains(a.Departments, s.nameOf(department)) {
				a.Departments = sorted(append(slices.Clone(a.Departments), s.nameOf(department)))
			}
		}
		s.agents[id] = a
	}
	for id := range s.read {
		if _, there := s.names[id]; !there {
			delete(s.read, id)
			delete(s.members, id)
		}
	}
	return len(fresh) > 0
}

func (s *staff) nameOf(department string) string {
	return cmp.Or(cleanLine(s.names[department].Name), department)
}

func (s *staff) departmentsOf(agent string) []string {
	var names []string
	for id, members := range s.members {
		if slices.Contains(members, agent) {
			names = append(names, s.nameOf(id))
		}
	}
	return sorted(names)
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

// shift tells that an agent has changed. Nothing dates that but the look that
// found it.
func (w *watch) shift(before, now sdk.AgentInfo) error {
	at := later(w.b.clock.now(), w.staff.last.Add(time.Millisecond)) // which is known to the second
	w.staff.last = at
	return w.emit(Event{Event: sdk.Event{ID: AgentID(now.ID, at), Kind: sdk.EventAgent, At: at, Agent: &sdk.AgentChange{Now: now, Before: before}}})
}
