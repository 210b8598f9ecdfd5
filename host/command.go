package host

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// CommandRoles are whose commands are heeded where an instance does not say
// otherwise.
var CommandRoles = []string{"livechat-agent", "livechat-manager", "admin"}

// maxOwn is how many answers of the host's own one person gets in a
// minute: two robots that do not understand each other would never stop.
const maxOwn = 10

// command takes what somebody has ordered by a direct message: it gives it to
// the instance that knows the command, or answers itself. Both are in the
// journal before anything comes of them.
func (h *Host) command(ctx context.Context, e sdk.Event) error {
	if e.Command == nil || h.store.Knows(e.ID) {
		return nil
	}
	h.swapping.RLock()
	defer h.swapping.RUnlock()
	if err := h.introduced(ctx); err != nil {
		return err
	}
	answer, isAnswer, err := h.consent(e.Command)
	switch {
	case err != nil:
		return err
	case !isAnswer:
		e.Instance, answer = h.route(e.Command)
	}
	if answer == "" {
		return h.record(e)
	}
	return h.reply(e, answer)
}

// introduced waits until each instance that starts has said what it knows, or
// failed.
func (h *Host) introduced(ctx context.Context) error {
	for _, i := range h.all() {
		i.poke()
		select {
		case <-i.met:
		case <-i.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// meet tells that the instance has said what it knows, or that it will not.
func (i *instance) meet() {
	if i.status() != Starting {
		i.known.Do(func() { close(i.met) })
	}
}

// reply journals a command with the host's own answer to it.
func (h *Host) reply(e sdk.Event, answer string) error {
	h.moves.Add(1)
	now := h.clock.Now()
	e.Late = now.Sub(e.At) > late
	entry := &store.Entry{Accepted: now, Event: e}
	d := &store.Decision{Event: e.ID, Instance: store.Self, Mode: string(On), At: now}
	r := store.Result{Instance: store.Self, Decision: d, Answer: []*store.Entry{entry}}
	if e.Instance == "" {
		e.Instance = store.Self // nobody else is to see it
		entry.Event = e
	}
	if h.mayTalk(e.Command.By.ID, now) {
		asked := sdk.Effect{Kind: sdk.EffectAnswer, Text: answer}
		effect := bridge.Effect{
			Effect: asked, Key: sdk.EffectKey(store.Self + "/" + string(e.ID) + "/0"), Instance: store.Self,
			Event: e.ID, EventAt: e.At, Until: now.Add(keep(asked)), Agent: e.Command.By, Attempt: h.attemptsBefore(entry),
		}
		d.Effects = []sdk.EffectKey{effect.Key}
		r.Effects = []store.Carried{{Effect: effect}}
	}
	n, ticket, err := h.store.Commit(r)
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		return fmt.Errorf("journal event %s: %w", e.ID, err)
	}
	h.wake()
	if len(r.Effects) > 0 {
		h.outbox.add(store.Parcel{Number: n, Effects: r.Effects})
	}
	return nil
}

// mayTalk counts the host's own answers to a person.
func (h *Host) mayTalk(person string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	latest := recent(append(h.talks[person], now), time.Minute)
	if len(latest) > maxOwn {
		return false
	}
	if len(h.talks) > 1000 || h.talks == nil {
		h.talks = map[string][]time.Time{}
	}
	h.talks[person] = latest
	return true
}

// known is a command that an instance knows and that somebody may use.
type known struct {
	instance *instance
	sdk.CommandHelp
}

// commandsFor are the commands that the person may use, by name and instance.
func (h *Host) commandsFor(c *sdk.Command) []known {
	var all []known
	for _, i := range h.all() {
		offers := i.offers.Load()
		if offers == nil {
			continue
		}
		for _, o := range offers.Commands {
			if i.spec.heeds(o.Name, c) {
				all = append(all, known{i, o})
			}
		}
	}
	sort.Slice(all, func(a, b int) bool {
		x, y := all[a], all[b]
		return x.Name < y.Name || x.Name == y.Name && x.instance.name < y.instance.name
	})
	return all
}

// heeds reports whether the instance takes the command from its giver.
func (s Instance) heeds(name string, c *sdk.Command) bool {
	who, said := s.Commands[name]
	if !said {
		who, said = s.Commands["*"]
	}
	if !said {
		who = CommandRoles
	}
	return slices.ContainsFunc(who, func(w string) bool {
		user, isUser := strings.CutPrefix(w, "@")
		return isUser && user == c.By.Username && user != "" || !isUser && slices.Contains(c.Roles, w)
	})
}

// route says which instance gets the command, and what the host answers itself
// when there is none or nothing will come of it.
func (h *Host) route(c *sdk.Command) (instance, answer string) {
	all := h.commandsFor(c)
	if c.Name == "help" {
		return h.routeHelp(c, all)
	}
	at, name, chosen := strings.Cut(c.Name, "/") // INSTANCE/NAME, where several know it
	if !chosen {
		at, name = "", c.Name
	}
	var who []known
	for _, k := range all {
		if k.Name == name && (at == "" || at == k.instance.name) {
			who = append(who, k)
		}
	}
	switch {
	case len(all) == 0 && !slices.ContainsFunc(CommandRoles, func(r string) bool { return slices.Contains(c.Roles, r) }):
		return "", "I take commands from livechat agents, managers and admins only."
	case len(who) == 0 && h.helps(all) != nil && h.mayTalk(c.By.ID, h.clock.Now()):
		c.Name, c.Args, c.Words = "help", clip(c.Name, maxName), []string{clip(c.Name, maxName)}
		return h.routeHelp(c, all)
	case len(who) == 0:
		return "", fmt.Sprintf("I know no command `%s`%s. Write `help` to see what I can do for you.", clip(c.Name, maxName), h.silent())
	case len(who) > 1:
		var ways []string
		for _, k := range who {
			ways = append(ways, "`"+k.instance.name+"/"+name+"`")
		}
		return "", fmt.Sprintf("Several know `%s`: write %s.", name, strings.Join(ways, " or "))
	}
	c.Name = name
	return h.fate(who[0].instance, c)
}

// routeHelp gives the question what there is to the instance that offers to
// answer it, if it is the only one; else the host does.
func (h *Host) routeHelp(c *sdk.Command, all []known) (to, answer string) {
	who := h.helps(all)
	all = slices.DeleteFunc(slices.Clone(all), func(k known) bool { return k.Name == "help" })
	if who == nil {
		return "", h.help(c, all)
	}
	for n, k := range all {
		k.Name = nameIn(all, n)
		c.May = append(c.May, k.CommandHelp)
	}
	return who.name, ""
}

// helps is the instance that answers "help", and commands that nobody knows, in the
// host's stead: the only one that offers to, if something comes of its commands; nil
// when there is none.
func (h *Host) helps(all []known) (who *instance) {
	for _, k := range all {
		switch {
		case k.Name != "help":
		case who != nil:
			return nil
		default:
			who = k.instance
		}
	}
	if who == nil || who.standing().state == Paused || who.standing().state == Aside || !who.spec.mode().acts() {
		return nil
	}
	return who
}

// nameIn is what a command is called: after its instance too where several have one
// of its name.
func nameIn(all []known, n int) string {
	name := all[n].Name
	if n > 0 && all[n-1].Name == name || n+1 < len(all) && all[n+1].Name == name {
		return all[n].instance.name + "/" + name
	}
	return name
}

// fate says what will not come of a command, though an instance knows it.
func (h *Host) fate(i *instance, c *sdk.Command) (instance, answer string) {
	now := i.standing()
	switch {
	case now.state == Paused:
		return "", fmt.Sprintf("`%s` does nothing now, because %s pauses: %s", c.Name, i.name, now.why)
	case now.state == Aside:
		return "", fmt.Sprintf("`%s` does nothing now: %s failed too often and is set aside. An admin can let it go on.", c.Name, i.name)
	case !i.spec.mode().acts():
		return i.name, fmt.Sprintf("%s is in mode %s: it only records what it would do, so nothing comes of `%s`.", i.name, i.spec.mode(), c.Name)
	}
	return i.name, ""
}

// silent names the instances whose commands are not known, because they have
// not run yet.
func (h *Host) silent() string {
	var names []string
	for _, i := range h.all() {
		if i.offers.Load() == nil {
			names = append(names, i.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	sort.Strings(names)
	return fmt.Sprintf(" (those of %s are not to be had now)", joined(names))
}

// help lists the commands, or the one that is asked for.
func (h *Host) help(c *sdk.Command, all []known) string {
	var lines []string
	for n, k := range all {
		name := nameIn(all, n)
		if c.Args == "" || c.Args == name || c.Args == k.Name {
			lines = append(lines, "`"+name+"` "+k.Help)
		}
	}
	manages := slices.Contains(c.Roles, "livechat-manager") || slices.Contains(c.Roles, "admin")
	if manages && (c.Args == "" || c.Args == "stop") {
		lines = append(lines, "`stop` alone: ends at once all that I do, until somebody resumes it")
	}
	switch {
	case len(lines) > 0 && c.Args == "":
		return "You can tell me:\n" + strings.Join(lines, "\n")
	case len(lines) > 0:
		return strings.Join(lines, "\n")
	case c.Args != "":
		return fmt.Sprintf("I know no command `%s` that you may use. Write `help` alone to see what I can do for you.", clip(c.Args, maxName))
	}
	return "There is no command that you may use" + h.silent() + "."
}
