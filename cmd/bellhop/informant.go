package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/sdk"
)

// informant answers what a rule asks for while it is tried without a host.
type informant struct {
	host.Directory
	read  map[string]host.Read
	loads func() map[string]burdens // what goes on, by department and by agent; nil means nothing
}

// burdens are chats that are open, and those of them that wait.
type burdens struct{ open, waiting int }

// looks are the reads that a rule may make.
var looks = map[string]func(informant, context.Context, sdk.Question) (any, error){
	sdk.ReadAgents:      informant.agents,
	sdk.ReadDepartments: informant.departments,
	sdk.ReadContact:     func(i informant, ctx context.Context, q sdk.Question) (any, error) { return i.Contact(ctx, q.Chat) },
	sdk.ReadPage:        func(i informant, ctx context.Context, q sdk.Question) (any, error) { return i.Page(ctx, q.Chat) },
	sdk.ReadPast:        func(i informant, ctx context.Context, q sdk.Question) (any, error) { return i.PastChats(ctx, q.Chat) },
}

// answer is what came of a read.
func (i informant) answer(ctx context.Context, r sdk.Read) sdk.Answer {
	a := sdk.Answer{Read: r}
	found, err := i.find(ctx, r)
	if err == nil {
		a.Value, err = json.Marshal(found)
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

func (i informant) find(ctx context.Context, r sdk.Read) (any, error) {
	var q sdk.Question
	if err := json.Unmarshal(r.Args, &q); err != nil {
		return nil, err
	}
	if read := i.read[r.Kind]; read != nil {
		return read(ctx, host.Inquiry{Question: q, Kind: r.Kind})
	}
	if find := looks[r.Kind]; find != nil {
		return find(i, ctx, q)
	}
	return nil, fmt.Errorf("nobody here answers %s: write its answer under -- answers -- of a conversation file", r.Kind)
}

func (i informant) agents(ctx context.Context, q sdk.Question) (any, error) {
	found, err := i.Agents(ctx, q.Text)
	for n, a := range found {
		b := i.burden("agent " + a.ID)
		found[n].Open, found[n].Waiting = a.Open+b.open, a.Waiting+b.waiting
	}
	return found, err
}

func (i informant) departments(ctx context.Context, _ sdk.Question) (any, error) {
	found, err := i.Departments(ctx)
	for n, d := range found {
		b := i.burden("department " + d.ID)
		found[n].Open, found[n].Waiting = d.Open+b.open, d.Waiting+b.waiting
	}
	return found, err
}

func (i informant) burden(of string) burdens {
	if i.loads == nil {
		return burdens{}
	}
	return i.loads()[of]
}

// loads are what goes on in the scene.
func (s *scene) loads() map[string]burdens {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]burdens{}
	count := func(of string, waits bool) {
		b := all[of]
		b.open++
		if waits {
			b.waiting++
		}
		all[of] = b
	}
	for _, c := range s.chats {
		if c.Open() {
			count("department "+c.DepartmentID, c.Status == sdk.Queued)
			count("agent "+c.Agent.ID, !c.WaitingSince.IsZero())
		}
	}
	return all
}
