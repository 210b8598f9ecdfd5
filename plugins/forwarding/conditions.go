//go:build go1.20

package forwarding

import "github.com/bellhop-chat/bellhop/sdk"

// offerAll has each rule with topics offer those of all rules. Who chooses then
// weighs them against each other, and is asked once for a message and not once
// for each rule.
func (s Settings) offerAll() {
	var all sdk.Names
	for _, r := range s.Rules {
		if r.Topic != nil {
			all = append(append(all, r.Topic.Is...), r.Topic.Among...)
		}
	}
	for _, r := range s.Rules {
		if r.Topic != nil {
			r.Topic.Among = all
		}
	}
}

// saysNothing reports whether the rule looks at nothing that is said.
func saysNothing(r sdk.Rule) bool {
	return len(r.Words) == 0 && r.Pattern == "" && len(r.Language) == 0 && r.Topic == nil && r.When == ""
}
