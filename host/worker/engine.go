package worker

import (
	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/sdk"
)

// engine tries rules. It compiles each once in the worker's life.
func engine() func(*sdk.Chat, sdk.Rule, string, map[string]sdk.Hours) sdk.Match {
	return rule.New().Match
}
