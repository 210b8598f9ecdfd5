package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// priorities reads those of the workspace, and which of them is meant: the zero
// one when none is to be. Why says that there is no such.
func (a *attempt) priorities(ctx context.Context) (all []rest.Priority, want rest.Priority, why string, err error) {
	name := strings.TrimSpace(a.e.Value)
	all, err = a.rest.Priorities(ctx)
	switch {
	case rest.Unpaid(err):
		return nil, want, "only Rocket.Chat 6 and newer with the paid omnichannel features have priorities: tag the chat instead", nil
	case err != nil:
		return nil, want, "", fmt.Errorf("find priority %s: %w", name, err)
	case name == "":
		return all, want, "", nil
	}
	var titles []string
	for _, p := range all {
		titles = append(titles, p.Title())
	}
	for _, same := range samePriority {
		if n := slices.IndexFunc(all, func(p rest.Priority) bool { return same(p, name) }); n >= 0 {
			return all, all[n], "", nil
		}
	}
	return nil, want, clip(fmt.Sprintf("there is no priority %s (there are %s)", name, strings.Join(titles, ", ")), maxShort), nil
}

// samePriority are the ways in which a name means a priority, the surest first.
var samePriority = []func(rest.Priority, string) bool{
	func(p rest.Priority, name string) bool { return p.Title() == name },
	func(p rest.Priority, name string) bool { return strings.EqualFold(p.Title(), name) },
	func(p rest.Priority, name string) bool { return strings.EqualFold(p.I18n, name) },
}

// wasPrioritized reports whether the chat has the priority that an earlier
// attempt was to give it.
func (a *attempt) wasPrioritized(ctx context.Context) (sdk.Outcome, bool, error) {
	if a.e.Attempt == 0 {
		return sdk.Outcome{}, false, nil
	}
	_, want, why, err := a.priorities(ctx)
	return done("the priority is so"), err == nil && why == "" && a.room.PriorityID == want.ID, err
}

// prioritize gives the chat a priority, or takes its away.
func (a *attempt) prioritize(ctx context.Context) sdk.Outcome {
	all, want, why, err := a.priorities(ctx)
	before := titleOf(all, a.room.PriorityID)
	switch {
	case err != nil:
		return failed(err)
	case why != "":
		return refused(why)
	case a.room.PriorityID == want.ID:
		return unchanged("the priority was so already")
	case a.e.Present != nil && !isPriority(all, a.room.PriorityID, *a.e.Present):
		return overtaken(fmt.Sprintf("somebody has made the priority %q since", before))
	}
	err = a.rest.SetPriority(ctx, a.room.ID, want.ID)
	o, blind := a.seeAgain(ctx, err, "the priority is so")
	switch {
	case blind:
	case a.room.PriorityID == want.ID:
		o = done(fmt.Sprintf("%q, before %q", want.Title(), before))
	case err == nil:
		o = Later(fmt.Sprintf("the workspace says that the priority is set, but it is %q", titleOf(all, a.room.PriorityID)))
	default:
		o = failed(err)
	}
	if o.State == sdk.Done || o.State == "" {
		o.Former = &sdk.Former{Value: before}
	}
	return o
}

// isPriority reports whether the name means the priority; "" means none.
func isPriority(all []rest.Priority, id, name string) bool {
	n := slices.IndexFunc(all, func(p rest.Priority) bool { return p.ID == id })
	if n < 0 || name == "" {
		return id == "" && name == ""
	}
	return slices.ContainsFunc(samePriority, func(same func(rest.Priority, string) bool) bool { return same(all[n], name) })
}

// titleOf is a priority's name; its id where there is no such any more.
func titleOf(all []rest.Priority, id string) string {
	if n := slices.IndexFunc(all, func(p rest.Priority) bool { return p.ID == id }); n >= 0 {
		return all[n].Title()
	}
	return id
}
