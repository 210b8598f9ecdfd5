package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// agent is the one that is meant; found is false when there is none.
func (a *attempt) agent(ctx context.Context) (u rest.User, found bool, err error) {
	all, err := a.rest.Agents(ctx)
	if err != nil {
		return u, false, err
	}
	n := slices.IndexFunc(all, func(u rest.User) bool { return strings.EqualFold(u.Username, agentName(a.e.Target)) })
	if n < 0 {
		return u, false, nil
	}
	return all[n], true, nil
}

// wasAvailable reports whether the agent is as an earlier attempt was to have
// it.
func (a *attempt) wasAvailable(ctx context.Context) (sdk.Outcome, bool, error) {
	if a.e.Attempt == 0 {
		return sdk.Outcome{}, false, nil
	}
	u, found, err := a.agent(ctx)
	return done("the agent is so"), found && u.Livechat == a.e.Value, err
}

// setStatus makes an agent available, or not.
func (a *attempt) setStatus(ctx context.Context) sdk.Outcome {
	u, found, err := a.agent(ctx)
	switch {
	case err != nil:
		return failed(err)
	case !found:
		return refused("there is no agent @" + agentName(a.e.Target))
	case u.Livechat == a.e.Value:
		return unchanged("the agent was so already")
	}
	err = a.rest.SetAvailable(ctx, u.ID, a.e.Value == sdk.Available)
	now, found, blind := a.agent(ctx)
	var o sdk.Outcome
	switch {
	case blind != nil && rest.Temporary(blind):
		o = Later(fmt.Sprintf("%s; and whether the agent is so: %v", orSuccess(err), blind))
	case blind != nil:
		return failed(blind)
	case found && now.Livechat == a.e.Value:
		o = done("@" + u.Username + " is " + a.e.Value)
	case err == nil:
		return refused("the workspace left @" + u.Username + " " + now.Livechat + ": outside of business hours it makes nobody available")
	default:
		return failed(err)
	}
	o.Former = &sdk.Former{Value: u.Livechat}
	return o
}
