package gold

import "github.com/bellhop-chat/bellhop/sdk"

type settings struct {
	Wait   sdk.Duration `json:"wait"` // how long they wait at most
	Levels sdk.Names    `json:"levels"`
}

func Register(p *sdk.Plugin) error {
	s := settings{}
	p.OnOpened(func(c *sdk.Chat) error { return sdk.Skip("not gold") })
	return p.Settings(&s)
}
