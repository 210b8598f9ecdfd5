package rule_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/sdk"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var hours = map[string]sdk.Hours{
	"support": {Why: "closed: Monday after 11:00"},
	"nights":  {Open: true, Why: "always"},
	"sales":   {Open: true},
}

// try tries the rule in a handler, as a plugin does.
func try(t *testing.T, e *rule.Engine, c sdk.Chat, r sdk.Rule, text string) sdk.Match {
	t.Helper()
	var m sdk.Match
	runner, err := sdk.NewRunner(func(p *sdk.Plugin) error {
		p.OnOpened(func(c *sdk.Chat) error {
			m = c.Match(r, text)
			return nil
		})
		return nil
	}, nil, nil, e.Match)
	if err != nil {
		t.Fatal(err)
	}
	reply := runner.Handle(sdk.Call{Event: sdk.Event{Kind: sdk.EventOpened}, Chat: c, Now: noon, Hours: hours})
	if reply.Error != "" {
		t.Fatal(reply.Error)
	}
	return m
}

func TestEachPartSaysWhatItFound(t *testing.T) {
	sales := sdk.Chat{Department: "Sales", DepartmentID: "dep1", WaitingSince: noon.Add(-5 * time.Minute)}
	gold := sdk.Chat{Visitor: sdk.Visitor{Name: "Maya", Emails: []string{"maya@example.org"}, Fields: map[string]string{"Tier": "Gold"}}}
	const minute = sdk.Duration(time.Minute)
	cases := map[string]struct {
		chat sdk.Chat
		rule sdk.Rule
		text string
		held bool
		says string
	}{
		"word":                  {sales, sdk.Rule{Words: []string{"refund", "invoice"}}, "my INVOICE, please", true, `words matched "invoice"`},
		"word in Arabic":        {sales, sdk.Rule{Words: []string{"الفاتورة"}}, "سؤال عن الفَاتُورَة رقم 2024", true, `words matched "الفاتورة"`},
		"word in Devanagari":    {sales, sdk.Rule{Words: []string{"भुगतान"}}, "मेरा भुगतान दो बार", true, `words matched "भुगतान"`},
		"accents":               {sales, sdk.Rule{Words: []string{"reclamacao"}}, "uma Reclamação", true, `words matched "reclamacao"`},
		"part of a word":        {sales, sdk.Rule{Words: []string{"in", "voice"}}, "invoice", false, `words: none of 2 found`},
		"one word":              {sales, sdk.Rule{Words: []string{"refund"}}, "hello", false, `words: "refund" not found`},
		"empty word":            {sales, sdk.Rule{Words: []string{""}}, "hello", false, `words: word 1, "", is empty: remove it from the list`},
		"pattern":               {sales, sdk.Rule{Pattern: `\d{4}-\d+`}, "number 4711-20!", true, `pattern matched "4711-20"`},
		"pattern not found":     {sales, sdk.Rule{Pattern: `\d+`}, "number", false, `pattern: nothing like \d+ found`},
		"pattern that is none":  {sales, sdk.Rule{Pattern: `(`}, "(", false, "pattern: ( cannot be used (error parsing regexp: missing closing ): `(`): correct it, in the syntax of RE2"},
		"department":            {sales, sdk.Rule{Department: sdk.Names{"Support", "SALES"}}, "", true, `department is Sales`},
		"department by id":      {sales, sdk.Rule{Department: sdk.Names{"dep1"}}, "", true, `department is Sales`},
		"other department":      {sales, sdk.Rule{Department: sdk.Names{"Support", "none"}}, "", false, `department is Sales, not Support or none`},
		"no department":         {gold, sdk.Rule{Department: sdk.Names{"None"}}, "", true, `department is none`},
		"needs a department":    {gold, sdk.Rule{Department: sdk.Names{"Sales"}}, "", false, `department is none, not Sales`},
		"closed":                {sales, sdk.Rule{Hours: "closed support"}, "", true, `hours: support is closed: Monday after 11:00`},
		"not open":              {sales, sdk.Rule{Hours: "open support"}, "", false, `hours: support is closed: Monday after 11:00`},
		"open":                  {sales, sdk.Rule{Hours: "open nights"}, "", true, `hours: nights is open: always`},
		"open without a reason": {sales, sdk.Rule{Hours: "open  sales"}, "", true, `hours: sales is open`},
		"unknown schedule":      {sales, sdk.Rule{Hours: "open suport"}, "", false, `hours: there is no schedule "suport": write one of nights, sales, support, or add it under hours in config.yaml`},
		"neither open":          {sales, sdk.Rule{Hours: "support"}, "", false, `hours: "support" is neither open nor closed with a schedule's name: write it like "closed nights"`},
		"waits":                 {sales, sdk.Rule{Waiting: 5 * minute}, "", true, `waiting 5m, at least 5m`},
		"waits too short":       {sales, sdk.Rule{Waiting: 90 * minute}, "", false, `waiting 5m, less than 1h30m`},
		"nobody waits":          {gold, sdk.Rule{Waiting: minute}, "", false, `waiting: no message waits for an answer`},
		"contact":               {gold, sdk.Rule{Contact: map[string]string{"tier": "gold"}}, "", true, `contact's tier is "gold"`},
		"contact's mail":        {gold, sdk.Rule{Contact: map[string]string{"email": "Maya@Example.org"}}, "", true, `contact's email is "Maya@Example.org"`},
		"other contact":         {gold, sdk.Rule{Contact: map[string]string{"tier": "silver"}}, "", false, `contact's tier is "Gold", not "silver"`},
		"contact without field": {gold, sdk.Rule{Contact: map[string]string{"phone": "1"}}, "", false, `contact's phone is unknown, not "1"`},
	}
	for name, c := range cases {
		m := try(t, rule.New(), c.chat, c.rule, c.text)
		if m.Held != c.held || len(m.Parts) != 1 || m.Parts[0].Held != c.held || m.Parts[0].Says != c.says {
			t.Errorf("%s: got %+v\nwant %v %s", name, m, c.held, c.says)
		}
	}
}

func TestAllKeysMustHold(t *testing.T) {
	r := sdk.Rule{Name: "gold invoice", Words: []string{"invoice"}, Department: sdk.Names{"Sales"}, Contact: map[string]string{"tier": "gold", "name": "Maya"}}
	c := sdk.Chat{Department: "Sales", Visitor: sdk.Visitor{Name: "Maya", Fields: map[string]string{"tier": "gold"}}}
	held := try(t, rule.New(), c, r, "invoice")
	if want := `rule "gold invoice": words matched "invoice", department is Sales, contact's name is "Maya", contact's tier is "gold"`; !held.Held || held.String() != want {
		t.Errorf("got %v %s", held.Held, held)
	}
	c.Department = "Support"
	not := try(t, rule.New(), c, r, "hello")
	if want := `rule "gold invoice": words: "invoice" not found, department is Support, not Sales`; not.Held || not.String() != want {
		t.Errorf("got %v %s", not.Held, not)
	}
	if always := try(t, rule.New(), c, sdk.Rule{Name: "all"}, ""); !always.Held || always.String() != `rule "all": holds always` {
		t.Errorf("rule without keys: %+v", always)
	}
}

func TestLongTextIsCut(t *testing.T) {
	long := strings.Repeat("lorem ipsum ", 1<<17) + "invoice"
	r := sdk.Rule{Words: []string{"invoice"}, Pattern: "invoice$"}
	got := try(t, rule.New(), sdk.Chat{}, r, long)
	if want := `rule "": words: "invoice" not found in the first 16 KiB, pattern: nothing like invoice$ found in the first 16 KiB`; got.Held || got.String() != want {
		t.Errorf("got %s", got)
	}
	if !try(t, rule.New(), sdk.Chat{}, sdk.Rule{Words: []string{"lorem"}}, long).Held {
		t.Error("the beginning was not looked at")
	}
}

func TestNonsenseIsNoFault(t *testing.T) {
	r := sdk.Rule{Words: []string{"\xff!"}, Pattern: `\x{fffd}`}
	for _, text := range []string{"", "\xff\xfe", "\x00", strings.Repeat("\u0301", 1<<16), strings.Repeat("\xe0", 1<<15)} {
		if m := try(t, rule.New(), sdk.Chat{}, r, text); len(m.Parts) != 2 {
			t.Errorf("%.10q: %+v", text, m)
		}
	}
}

func TestSameTwice(t *testing.T) {
	e := rule.New()
	r := sdk.Rule{Words: []string{"a", "b"}, Pattern: "[", Contact: map[string]string{"x": "1", "y": "2", "z": "3"}}
	first := try(t, e, sdk.Chat{}, r, "b a")
	for range 20 {
		if again := try(t, e, sdk.Chat{}, r, "b a"); !reflect.DeepEqual(again, first) {
			t.Fatalf("got %+v, then %+v", first, again)
		}
	}
	other := try(t, e, sdk.Chat{}, sdk.Rule{Words: []string{"a b"}}, "b a")
	if other.Held {
		t.Errorf("two lists of words were taken for one: %+v", other)
	}
}

func TestManyRulesDoNotFillTheMemory(t *testing.T) {
	e := rule.New()
	for i := range 2500 {
		word := "x" + strconv.Itoa(i)
		if m := e.Match(&sdk.Chat{}, sdk.Rule{Words: []string{word}, Pattern: word}, word, nil); m.Parts[1].Held != true {
			t.Fatalf("rule %d: %+v", i, m)
		}
	}
	if n := e.Cached(); n > 2000 {
		t.Errorf("%d compiled", n)
	}
}

func TestCheckReportsAllFaultsOfARule(t *testing.T) {
	bad := sdk.Rule{
		Words: []string{"a", " "}, Pattern: "(", Department: sdk.Names{""}, Hours: "open mars", Waiting: sdk.Duration(sdk.MaxTimer + 1),
		Contact: map[string]string{"tier": ""}, Fallback: []sdk.Target{{}},
	}
	wants := []string{"it has no name", `word 2, " ", is empty`, "missing closing )", `write "none"`, "write one of nights, support", "waiting: ",
		"write a field and the value", "it has no to", "target 1 is empty"}
	faults := rule.Check(bad, []string{"nights", "support"}, nil)
	if len(faults) != len(wants) {
		t.Errorf("%d faults: %v", len(faults), faults)
	}
	for i, want := range wants {
		if i < len(faults) && !strings.Contains(faults[i].Error(), want) {
			t.Errorf("fault %d: got %v, want %s", i, faults[i], want)
		}
	}
	good := sdk.Rule{Name: "x", Words: []string{"a"}, Pattern: "b", Department: sdk.Names{"none"}, Hours: "closed support", To: sdk.Department("Billing"), Fallback: []sdk.Target{sdk.Agent("carol")}}
	if faults := rule.Check(good, []string{"support"}, nil); len(faults) > 0 {
		t.Errorf("good rule: %v", faults)
	}
	if faults := rule.Check(good, nil, nil); len(faults) != 1 || !strings.Contains(faults[0].Error(), "and no other: add it under hours in config.yaml") {
		t.Errorf("no schedules: %v", faults)
	}
}

func BenchmarkMatch(b *testing.B) {
	r := sdk.Rule{
		Name: "billing words", Department: sdk.Names{"Sales", "Support"}, Pattern: `\b[A-Z]{2}-\d{6}\b`,
		Words: []string{"invoice", "refund", "charged twice", "bill", "फ़ोन", "भुगतान", "فاتورة", "الفاتورة", "factura", "Rechnung"},
	}
	c := &sdk.Chat{Department: "Sales"}
	for _, text := range []struct{ name, text string }{
		{"short", "Hello! My order from October is wrong, see AB-123456, and I wait for an answer."},
		{"1MB", strings.Repeat("Hello, I wait for an answer. ", 1<<20/29)},
	} {
		b.Run(text.name, func(b *testing.B) {
			e := rule.New()
			b.ReportAllocs()
			for b.Loop() {
				e.Match(c, r, text.text, nil)
			}
		})
	}
}
