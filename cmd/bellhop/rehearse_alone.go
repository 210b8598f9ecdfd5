package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// aside is what a line of a file does that belongs to no chat.
var aside = map[convo.Kind]func(*rehearsal, context.Context, convo.Step) error{
	convo.Enable:   func(r *rehearsal, ctx context.Context, _ convo.Step) error { return r.turn(ctx, host.On) },
	convo.Disable:  func(r *rehearsal, ctx context.Context, _ convo.Step) error { return r.turn(ctx, host.Off) },
	convo.Schedule: (*rehearsal).schedule,
	convo.Webhook:  (*rehearsal).webhook,
	convo.Command:  (*rehearsal).command,
	convo.Staff:    (*rehearsal).staff,
}

// step does what one line says.
func (r *rehearsal) step(ctx context.Context, id sdk.ChatID, s convo.Step) error {
	r.now = id
	if do := aside[s.Kind]; do != nil {
		return do(r, ctx, s)
	}
	return r.scene.step(id, s)
}

// turn switches the instance on or off.
func (r *rehearsal) turn(ctx context.Context, mode host.Mode) error {
	if r.spec.Mode == mode {
		return fmt.Errorf("the instance is %s already", mode)
	}
	r.spec.Mode = mode
	return r.host.Reload(ctx, map[string]host.Instance{r.instance: r.spec})
}

// schedule lets time pass until the plugin's schedule comes.
func (r *rehearsal) schedule(ctx context.Context, s convo.Step) error {
	at, there := r.host.NextTime(r.instance, s.Text)
	if !there {
		return fmt.Errorf("the plugin has no p.Every(%q, ...), or is off", s.Text)
	}
	return r.wait(ctx, at.Sub(r.scene.Now()))
}

func (r *rehearsal) webhook(ctx context.Context, s convo.Step) error {
	r.calls++
	call := sdk.WebhookRequest{Path: s.Who, Method: "POST", Body: s.Text, Header: map[string]string{"Content-Type": "application/json"}}
	ctx, cancel := context.WithCancel(ctx)
	cancel() // what comes of it is seen when all has come to rest
	_, err := r.host.Hook(ctx, r.instance, fmt.Sprint(r.calls), call)
	if errors.Is(err, host.ErrNoWebhook) {
		return fmt.Errorf("the plugin has no p.OnWebhook(%q, ...), or is off", s.Who)
	}
	return err
}

func (r *rehearsal) command(_ context.Context, s convo.Step) error {
	r.scene.order(s, r.now)
	return nil
}

func (r *rehearsal) staff(_ context.Context, s convo.Step) error {
	r.scene.shift(s)
	return nil
}

// shift changes an agent's availability and departments.
func (s *scene) shift(step convo.Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	who := agentPerson(step.Who)
	change := sdk.AgentChange{Before: s.staff[step.Who], Now: sdk.AgentInfo{
		ID: who.ID, Username: who.Username, Name: who.Name, Status: "online", Available: step.Text == "available", Departments: step.Departments(),
	}}
	if len(step.Fields) == 0 {
		change.Now.Departments = change.Before.Departments
	}
	if s.staff == nil {
		s.staff = map[string]sdk.AgentInfo{}
	}
	s.staff[step.Who] = change.Now
	s.pending = append(s.pending, bridge.Event{Event: sdk.Event{ID: bridge.AgentID(fmt.Sprint(who.ID, s.serial), s.now), Kind: sdk.EventAgent, At: s.now, Agent: &change}})
	nudge(s.more)
}

// order has somebody order something by direct message.
func (s *scene) order(step convo.Step, chat sdk.ChatID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	c := sdk.ParseCommand(step.Text)
	c.By, c.Roles, c.At = agentPerson(step.Who), step.Roles(), s.now
	c.Message, c.Room = sdk.MessageID(fmt.Sprintf("m%d", s.serial)), "direct/"+step.Who
	if step.InThread() {
		c.Chat = chat
	}
	s.pending = append(s.pending, bridge.Event{Event: sdk.Event{ID: bridge.CommandID(c.Message), Kind: sdk.EventCommand, At: s.now, Command: &c}})
	nudge(s.more)
}

// past is what the file says of the time before it begins.
func (r *rehearsal) past(file *convo.File) error {
	if file.State == nil {
		return nil
	}
	was := store.Setup{Plugin: r.spec.Plugin, Version: r.spec.Version, Mode: string(host.On)}
	if file.StateOf != "" {
		was.Version = file.StateOf
	}
	if err := r.db.Change(r.instance, was, true, sceneStart); err != nil {
		return err
	}
	p, _, err := r.db.Progress(r.instance)
	if err != nil {
		return err
	}
	before := store.Result{Instance: r.instance, Progress: p}
	for _, key := range sdk.Keys(file.State) {
		before.Writes = append(before.Writes, sdk.Write{Scope: sdk.ScopeInstance, Key: key, Value: file.State[key]})
	}
	_, ticket, err := r.db.Commit(before)
	if err == nil {
		err = ticket.Wait()
	}
	return err
}
