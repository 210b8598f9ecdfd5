package script_test

import (
	"testing"

	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/sdk"
)

const gold = `package gold

import (
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

type settings struct {
	Tier string ` + "`json:\"tier\"`" + `
	Rules []sdk.Rule ` + "`json:\"rules\"`" + `
}

// Register is called once, before the first event.
func Register(p *sdk.Plugin) error {
	s := settings{Tier: "gold"}
	if err := p.Settings(&s); err != nil {
		return err
	}
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		if strings.Contains(m.Text, "boom") {
			var none *sdk.Rule
			return sdk.Skip("%s", none.Name)
		}
		if !c.Contact().Has("tier", s.Tier) {
			return sdk.Skip("not %s", s.Tier)
		}
		c.SetTimer("gold waits", 2*time.Minute)
		return nil
	})
	p.OnTimer("gold waits", func(c *sdk.Chat) error {
		c.Forward(sdk.Department("Leads"), sdk.Because("gold customer waited %s", c.Waiting()))
		return nil
	})
	return nil
}
`

func files(src string) map[string][]byte { return map[string][]byte{"a.go": []byte(src)} }

func TestLoadedPluginHandles(t *testing.T) {
	p, err := script.Load(files(gold), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sdk.NewRunner(p.Register, []byte(`{"tier":"silver"}`), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := sdk.Message{Text: "hello"}
	call := sdk.Call{Event: sdk.Event{Kind: sdk.EventMessage, Message: &m}, Chat: sdk.Chat{Visitor: sdk.Visitor{Fields: map[string]string{"tier": "silver"}}}}
	if got := r.Handle(call); len(got.Timers) != 1 {
		t.Errorf("got %+v", got)
	}
	m.Text = "boom"
	t.Log(p.Explain(r.Handle(call).Error))
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := script.Load(files(gold), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if r := script.Check(files(gold)); len(r.Faults) > 0 {
			b.Fatal(r.Faults)
		}
	}
}

// BenchmarkFirstCheck is the gate in a process that has just begun, such as a
// worker: it reads the packages too.
func BenchmarkFirstCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		script.ForgetPackages()
		if r := script.Check(files(gold)); len(r.Faults) > 0 {
			b.Fatal(r.Faults)
		}
	}
}
