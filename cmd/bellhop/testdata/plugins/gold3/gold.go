package gold

import (
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

func Register(p *sdk.Plugin) error {
	time.Sleep(time.Second)
	return nil
}
