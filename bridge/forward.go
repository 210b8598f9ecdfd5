package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// targets are where the chat may go, the best first.
func (a *attempt) targets() []sdk.Target {
	return append([]sdk.Target{a.e.Target}, a.e.Fallback...)
}

// scout reads the chat's moves, and already who the first target is and who is
// online: the guest waits, and a call after another makes the wait longer.
// Whatever is wrong with a target is found again, and told, when it is its turn.
func (a *attempt) scout(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error {
		if d, why, err := a.find(ctx, a.e.Target); why == "" && err == nil {
			a.first = &d
		}
		return nil
	})
	g.Go(func() error {
		if a.e.Target.Agent == "" {
			a.agents, a.unseen = a.rest.Agents(ctx)
		}
		return nil
	})
	g.Go(func() (err error) {
		a.moves, err = a.rest.Transfers(ctx, string(a.e.Chat))
		return err
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("look for our own forward: %w", err)
	}
	return nil
}

// wasMoved looks for our move in the chat's history, and not at where the chat
// is: a person may have moved it back. When nobody is where it went, and there
// are further targets, the forward goes on from there.
func (a *attempt) wasMoved(ctx context.Context) (sdk.Outcome, bool, error) {
	n, move := a.lastMove()
	if move == nil {
		return sdk.Outcome{}, false, nil
	}
	if move.ToAgent != nil && a.waitsIn(move.ToDepartment) && a.late() == "" {
		if err := a.handOver(ctx, move.ToAgent.ID); rest.Temporary(err) {
			return sdk.Outcome{}, false, err
		}
	}
	o := done(a.moved(*move))
	if move.FromDepartment != "" {
		o.Former = &sdk.Former{Target: sdk.Target{Department: move.FromDepartment}}
	}
	if a.e.Attempt == 0 {
		o.Detail += "; Bellhop had moved it already" // by another effect, or before its store was restored
	}
	if n+1 == len(a.targets()) || !a.waitsIn(move.ToDepartment) || a.late() != "" {
		return o, true, nil
	}
	there := destination{target: a.targets()[n], department: *move.ToDepartment}
	if why := a.nobodyAt(ctx, there); why != "" {
		a.from, a.notes = n+1, []string{why}
		return o, false, nil
	}
	return o, true, nil
}

// waitsIn reports whether the chat is in the department's queue.
func (a *attempt) waitsIn(d *rest.Department) bool {
	r := a.room
	return d != nil && r.Open && r.ServedBy == nil && r.DepartmentID == d.ID
}

// lastMove is our last move to one of the targets since the event, and which.
func (a *attempt) lastMove() (int, *rest.Transfer) {
	since := a.since()
	for _, m := range slices.Backward(a.moves) {
		if m.By.ID != a.by.ID || m.TS.Before(since) {
			continue
		}
		if n := slices.IndexFunc(a.targets(), func(t sdk.Target) bool { return leadsTo(m, t) }); n >= 0 {
			return n, &m
		}
	}
	return 0, nil
}

// leadsTo reports whether the move went to the target.
func leadsTo(m rest.Transfer, t sdk.Target) bool {
	into := t.Department != "" && m.ToDepartment != nil && (m.ToDepartment.ID == t.Department || strings.EqualFold(m.ToDepartment.Name, t.Department))
	if t.Agent != "" && m.ToAgent != nil {
		return strings.EqualFold(m.ToAgent.Username, agentName(t)) && (into || m.ToDepartment == nil)
	}
	return into
}

func agentName(t sdk.Target) string { return strings.TrimPrefix(t.Agent, "@") }

// forward moves the chat, and notes where it was.
func (a *attempt) forward(ctx context.Context) sdk.Outcome {
	was := sdk.Target{Department: a.room.DepartmentID}
	if s := a.room.ServedBy; s != nil {
		was.Agent = s.Username
	}
	o := a.tryTargets(ctx)
	if a.from == 0 && o.State == sdk.Done && !o.Unchanged {
		o.Former = &sdk.Former{Target: was}
	}
	return o
}

// tryTargets tries the targets one after another.
func (a *attempt) tryTargets(ctx context.Context) sdk.Outcome {
	waits := a.from > 0 // in the queue of a target at which nobody is
	for n, t := range a.targets()[a.from:] {
		d, why, err := a.target(ctx, a.from+n, t)
		if err != nil {
			return failed(err)
		}
		if why == "" && isThere(a.room, d) && waits {
			return a.withNotes(done("it is at " + t.String()))
		}
		if why == "" && isThere(a.room, d) {
			return a.withNotes(unchanged("already at " + t.String() + ": moved nothing"))
		}
		if why == "" {
			why = a.nobodyAt(ctx, d)
		}
		if why == "" {
			o, next := a.move(ctx, d)
			if !next {
				return a.withNotes(o)
			}
			waits = waits || o.State == sdk.Done
			why = o.Detail + o.Reason
		}
		a.notes = append(a.notes, why)
	}
	if waits {
		return done(strings.Join(a.notes, "; "))
	}
	return refused(strings.Join(a.notes, "; "))
}

// withNotes adds why the targets before were none.
func (a *attempt) withNotes(o sdk.Outcome) sdk.Outcome {
	if o.State == sdk.Done && len(a.notes) > 0 {
		o.Detail += " (" + strings.Join(a.notes, "; ") + ")"
	}
	return o
}

// move forwards the chat and looks at what became of it. next says that
// another target is to be tried, for the reason in the outcome: one that is
// done says that the chat was moved, but to where nobody is.
func (a *attempt) move(ctx context.Context, d destination) (o sdk.Outcome, next bool) {
	department := d.department.ID
	if department == a.room.DepartmentID && d.agent.ID != "" {
		department = "" // servers refuse a move within the department
	}
	a.agents, a.unseen = nil, nil // they may come and go
	err := a.rest.Forward(ctx, a.room.ID, department, d.agent.ID, strings.TrimSpace(cleanText(a.e.Public)))
	arrived := err == nil && a.read(ctx) == nil
	if arrived && department != "" && d.agent.ID != "" && a.waitsIn(&d.department) {
		err = a.handOver(ctx, d.agent.ID)
		arrived = err == nil
	}
	if arrived && isThere(a.room, d) {
		return done(a.moved(d.move())), false
	}
	return a.doubtful(ctx, d, err)
}

// handOver gives a chat that waits in a department's queue to an agent, and reads
// it again: a server that assigns nobody by itself has put it there, whatever
// agent was named.
func (a *attempt) handOver(ctx context.Context, agent string) error {
	return errors.Join(a.rest.Forward(ctx, a.room.ID, "", agent, ""), a.read(ctx))
}

// doubtful is the outcome of a forward whose answer is not to be believed: the
// chat's history tells.
func (a *attempt) doubtful(ctx context.Context, d destination, err error) (o sdk.Outcome, next bool) {
	moves, blind := a.rest.Transfers(ctx, a.room.ID)
	if blind = deleted(blind); blind == nil {
		a.moves = moves
		blind = a.read(ctx)
	}
	_, trace := a.lastMove()
	switch {
	case blind != nil && errors.Is(blind, rest.ErrNotFound):
		return failed(blind), false
	case blind != nil:
		return Later(fmt.Sprintf("forwarded with %v; and whether it arrived: %v", orSuccess(err), blind)), false
	case trace == nil || !leadsTo(*trace, d.target):
		return a.unmoved(d, err)
	}
	if err != nil && a.room.ServedBy == nil && a.nobodyAt(ctx, d) != "" {
		return done("nobody is online in " + d.target.String() + ": the chat waits in its queue"), true
	}
	return done(a.moved(*trace)), false
}

func orSuccess(err error) string {
	if err == nil {
		return "success"
	}
	return err.Error()
}

// unmoved is the outcome of a forward that left no trace.
func (a *attempt) unmoved(d destination, err error) (o sdk.Outcome, next bool) {
	code := rest.CodeOf(err)
	switch {
	case isThere(a.room, d):
		return a.alreadyThere(d, err), false
	case !a.room.Open:
		return overtaken(a.ended()), false
	case err == nil, code == "error-no-agents-available-for-service-on-department": // 3.11 says success when nobody can take the chat
		return refused("nobody in " + d.target.String() + " can take the chat"), true
	case advice[code] != "" || !errors.Is(err, rest.ErrRefused) && !errors.Is(err, rest.ErrNotFound):
		return failed(err), false
	case code == "error-user-is-offline":
		return refused(d.target.String() + " is offline"), true
	}
	return refused("to " + d.target.String() + ": " + err.Error()), true
}

// alreadyThere is the outcome when the chat is at its target and its history
// knows of no move of ours. Only a refusal proves that it was somebody else.
func (a *attempt) alreadyThere(d destination, err error) sdk.Outcome {
	if errors.Is(err, rest.ErrRefused) {
		return unchanged("already at " + d.target.String() + ": moved nothing")
	}
	return done("it is at " + d.target.String() + ", and the workspace does not tell who moved it")
}

// moved tells where the chat went, and where it is if that tells more.
func (a *attempt) moved(m rest.Transfer) string {
	to := ""
	switch {
	case m.ToAgent != nil && m.ToDepartment != nil && a.room.ServedBy != nil && a.room.ServedBy.ID == m.ToAgent.ID:
		return "to @" + m.ToAgent.Username + " in " + m.ToDepartment.Name
	case m.ToDepartment != nil:
		to = "to " + m.ToDepartment.Name
	case m.ToAgent != nil:
		to = "to @" + m.ToAgent.Username
	}
	switch r := a.room; {
	case m.ToDepartment == nil || r.DepartmentID != m.ToDepartment.ID:
	case r.ServedBy != nil:
		to += ", @" + r.ServedBy.Username + " serves it"
	case r.Open:
		to += ", where it waits"
	}
	return to
}
