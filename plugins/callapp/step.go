//go:build go1.20

package callapp

import (
	"fmt"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// step follows a call that was offered here, and tells the agent of each step.
func (s Settings) step(c *sdk.Chat, v sdk.Conference) error {
	if c.State().Get(mine) == "" {
		return sdk.Skip("this call was not offered here")
	}
	switch v.State {
	case sdk.CallOffered:
		return sdk.Skip("agent and guest have their links")
	case sdk.CallJoined:
		return s.tell(c, joined(c, v), "somebody joined the call")
	case sdk.CallMissed:
		return s.missed(c, v)
	case sdk.CallFailed:
		c.State().Delete(offered)
		c.State().Set(failed, v.ID)
		return s.tell(c, fmt.Sprintf("The call with %.60s failed: %.500s.", guest(c), v.Why), "the service of calls makes no room")
	case sdk.CallUnknown:
		c.State().Delete(offered)
		return s.tell(c, fmt.Sprintf("The links to the call with %.60s are over. When it ended is unknown.", guest(c)), "the links are over, and nobody tells the end")
	case sdk.CallEnded:
		return s.ended(c, v)
	}
	if v.Ended.IsZero() {
		return sdk.Skip("the workspace's own conference has started; who joined is unknown")
	}
	return s.ended(c, v)
}

// tell writes a line to the agent, if there is one.
func (s Settings) tell(c *sdk.Chat, line, why string) error {
	if c.Agent.IsZero() {
		return sdk.Skip("nobody to tell that: %s", why)
	}
	c.TellAgent(line, sdk.Because("%s", why))
	return nil
}

// joined says who came last, and who is awaited.
func joined(c *sdk.Chat, v sdk.Conference) string {
	switch {
	case v.AgentJoined.IsZero():
		return fmt.Sprintf("%.60s has joined the call and waits for you.", guest(c))
	case v.GuestJoined.IsZero():
		return fmt.Sprintf("You have joined the call. %.60s is not there yet.", guest(c))
	}
	return fmt.Sprintf("You and %.60s are in the call.", guest(c))
}

// missed marks the chat. Another call may be offered at once.
func (s Settings) missed(c *sdk.Chat, v sdk.Conference) error {
	if !v.JoinsKnown {
		return sdk.Skip("who joined is unknown, so nothing is missed")
	}
	c.State().Delete(offered)
	line := fmt.Sprintf("%.60s did not come to the call.", guest(c))
	switch {
	case !v.GuestJoined.IsZero():
		line = fmt.Sprintf("You missed the call: %.60s was there.", guest(c))
	case v.AgentJoined.IsZero():
		line = fmt.Sprintf("Nobody came to the call with %.60s.", guest(c))
	}
	if len(s.MissedTags) > 0 && c.State().Get(tagged) == "" { // who took the tag away wants the chat without
		c.State().Set(tagged, "yes")
		c.Tag(s.MissedTags, sdk.Because("call was missed"))
	}
	if !c.Agent.IsZero() {
		c.TellAgent(line, sdk.Because("call was missed"))
	}
	return nil
}

// ended tells how long the call was, as far as that is known.
func (s Settings) ended(c *sdk.Chat, v sdk.Conference) error {
	c.State().Delete(offered)
	if v.State == sdk.CallEnded && (v.AgentJoined.IsZero() || v.GuestJoined.IsZero()) {
		return s.missed(c, v)
	}
	long := v.Duration()
	line := fmt.Sprintf("The call with %.60s has ended. How long it was is unknown.", guest(c))
	if long > 0 {
		line = fmt.Sprintf("The call with %.60s has ended after %s.", guest(c), length(long))
	}
	if long > 0 && s.EndedText != "" && c.Open() {
		c.Reply(strings.ReplaceAll(s.EndedText, "{duration}", length(long)), sdk.Because("call has ended"))
	}
	return s.tell(c, line, "call has ended")
}

// length is a duration as clocks show it: 6:12, or 1:06:12.
func length(d time.Duration) string {
	n := int(d / time.Second)
	if n < 3600 {
		return fmt.Sprintf("%d:%02d", n/60, n%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
}
