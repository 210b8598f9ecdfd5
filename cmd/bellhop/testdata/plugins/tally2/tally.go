//go:build go1.20

// Package tally tags each chat with its number, and says it.
package tally

import (
	"strconv"

	"github.com/bellhop-chat/bellhop/sdk"
)

func Register(p *sdk.Plugin) error {
	p.Migrate("1.0.*", func() error {
		p.State().Set("count", p.State().Get("chats"))
		p.State().Delete("chats")
		return nil
	})
	p.OnOpened(func(c *sdk.Chat) error {
		n := "count " + strconv.Itoa(p.State().Add("count", 1))
		c.Tag([]string{n})
		c.Reply(n)
		return nil
	})
	return nil
}
