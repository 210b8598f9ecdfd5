//go:build go1.20

// Package tally tags each chat with its number.
package tally

import (
	"strconv"

	"github.com/bellhop-chat/bellhop/sdk"
)

func Register(p *sdk.Plugin) error {
	p.OnOpened(func(c *sdk.Chat) error {
		c.Tag([]string{"chats " + strconv.Itoa(p.State().Add("chats", 1))})
		return nil
	})
	return nil
}
