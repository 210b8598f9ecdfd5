//go:build go1.20

// Package tally can't take over what was counted.
package tally

import (
	"errors"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

func Register(p *sdk.Plugin) error {
	p.Migrate("*", func() error {
		return errors.New(strings.Join(p.State().Keys(), ", ") + ": what is that?")
	})
	p.OnOpened(func(c *sdk.Chat) error { return nil })
	return nil
}
