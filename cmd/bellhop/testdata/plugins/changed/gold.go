package gold

import "github.com/bellhop-chat/bellhop/sdk"

type settings struct {
	Wait sdk.Duration `json:"wait"`
}

func Register(p *sdk.Plugin) error {
	s := settings{}
	p.OnOpened(func(c *sdk.Chat) error { return sdk.Skip("evil") })
	return p.Settings(&s)
}
