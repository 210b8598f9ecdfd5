package worker

import "github.com/bellhop-chat/bellhop/sdk"

// engine tries rules.
func engine() func(*sdk.Chat, sdk.Rule, string, map[string]sdk.Hours) sdk.Match { return nil }
