package rule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/sdk"
)

// told are the answers to reads by kind: an error, or what JSON is made of.
type told map[string]any

var staff = []sdk.AgentInfo{
	{Username: "alice", Available: true, Status: "online", Open: 4, Waiting: 1},
	{Username: "carol", Status: "offline", Open: 2},
}

// ask tries the rule, answers what it asks for, and gives the kinds of that.
func ask(t *testing.T, chat sdk.Chat, r sdk.Rule, text string, known told) (m sdk.Match, kinds, logged []string) {
	t.Helper()
	runner, err := sdk.NewRunner(func(p *sdk.Plugin) error {
		p.OnOpened(func(c *sdk.Chat) error {
			m = c.Match(r, text)
			return nil
		})
		return nil
	}, nil, nil, rule.New().Match)
	if err != nil {
		t.Fatal(err)
	}
	call := sdk.Call{Event: sdk.Event{Kind: sdk.EventOpened, Chat: "a"}, Chat: chat, Now: noon}
	reply := runner.Handle(call)
	for reply.Read != nil {
		kinds = append(kinds, reply.Read.Kind)
		a := sdk.Answer{Read: *reply.Read}
		switch v := known[reply.Read.Kind].(type) {
		case error:
			a.Error = v.Error()
		default:
			if a.Value, err = json.Marshal(v); err != nil {
				t.Fatal(err)
			}
		}
		call.Answers = append(call.Answers, a)
		reply = runner.Handle(call)
	}
	if reply.Error != "" {
		t.Fatal(reply.Error)
	}
	return m, kinds, reply.Log
}

func number(n int) *int { return &n }

func TestKeysThatAskSayWhatTheyFound(t *testing.T) {
	known := told{
		sdk.ReadAgents:      staff,
		sdk.ReadDepartments: []sdk.DepartmentInfo{{ID: "d1", Name: "Support", Open: 6, Waiting: 2}},
		sdk.ReadPast: []sdk.PastChat{
			{Agent: sdk.Person{Username: "carol"}, Tags: []string{"Réclamation"}, ClosedAt: noon.Add(-time.Hour)}, {ClosedAt: noon.Add(-100 * time.Hour)},
		},
		sdk.ReadClassify: sdk.Choice{Labels: []string{"refund"}, Confidence: 0.85, Source: "topics learned from 812 texts"},
		sdk.ReadPage:     sdk.Page{URL: "https://www.example.com/Pricing/eu?plan=2"},
	}
	served := sdk.Chat{ID: "a", Department: "Support", DepartmentID: "d1", Agent: sdk.Person{ID: "u", Username: "alice"}}
	gone, ex, queued := served, served, served
	gone.Agent.Username, ex.Agent.Username, queued.Agent = "carol", "mallory", sdk.Person{}
	queued.Department, queued.DepartmentID = "", ""
	for _, c := range []struct {
		chat sdk.Chat
		rule sdk.Rule
		held bool
		says string
	}{
		{served, sdk.Rule{Available: &sdk.Staff{Department: sdk.ItsOwn}}, true, "alice is available in Support"},
		{served, sdk.Rule{Unavailable: &sdk.Staff{Department: "Support"}}, false, "alice is available in Support"},
		{queued, sdk.Rule{Available: &sdk.Staff{Department: sdk.ItsOwn}}, true, "alice is available in the workspace"},
		{served, sdk.Rule{Available: &sdk.Staff{Agent: "@Carol"}}, false, "Carol is not available: offline"},
		{served, sdk.Rule{Unavailable: &sdk.Staff{Agent: sdk.ItsOwn}}, false, "alice is available"},
		{gone, sdk.Rule{Unavailable: &sdk.Staff{Agent: sdk.ItsOwn}}, true, "carol is not available: offline"},
		{ex, sdk.Rule{Unavailable: &sdk.Staff{Agent: sdk.ItsOwn}}, true, "mallory is no agent any more"},
		{queued, sdk.Rule{Unavailable: &sdk.Staff{Agent: sdk.ItsOwn}}, false, "unavailable: nobody serves the chat"},
		{served, sdk.Rule{Unavailable: &sdk.Staff{Agent: "mallory"}}, false, "unavailable cannot be told: there is no agent mallory: correct the username"},
		{served, sdk.Rule{Unavailable: &sdk.Staff{Department: "Support", Agent: "mallory"}}, false, "mallory is no agent of Support"},
		{served, sdk.Rule{Load: &sdk.Load{Department: "SUPPORT", Over: number(5)}}, true, "Support has 6 open chats, more than 5"},
		{served, sdk.Rule{Load: &sdk.Load{Department: sdk.ItsOwn, Over: number(6)}}, false, "Support has 6 open chats, not more than 6"},
		{served, sdk.Rule{Load: &sdk.Load{Department: "d1", Waiting: true, Over: number(0), Under: number(2)}}, false, "Support has 2 waiting chats, more than 0 and not fewer than 2"},
		{served, sdk.Rule{Load: &sdk.Load{Agent: sdk.ItsOwn, Waiting: true, Under: number(2)}}, true, "alice has 1 waiting chat, fewer than 2"},
		{queued, sdk.Rule{Load: &sdk.Load{Agent: sdk.ItsOwn, Under: number(2)}}, false, "load: nobody serves the chat"},
		{queued, sdk.Rule{Load: &sdk.Load{Department: sdk.ItsOwn, Under: number(2)}}, false, "load: the chat is in no department"},
		{served, sdk.Rule{Load: &sdk.Load{Department: "Moon", Under: number(2)}}, false, "load cannot be told: there is no department Moon"},
		{served, sdk.Rule{Earlier: &sdk.Earlier{Under: number(1)}}, false, "2 earlier chats, not fewer than 1"},
		{served, sdk.Rule{Earlier: &sdk.Earlier{Within: sdk.Duration(2 * time.Hour), Over: number(0)}}, true, "1 earlier chat within 2h, more than 0"},
		{served, sdk.Rule{Earlier: &sdk.Earlier{}}, true, "2 earlier chats, more than 0"},
		{served, sdk.Rule{Earlier: &sdk.Earlier{Tags: sdk.Names{"reclamation"}}}, true, `an earlier chat was tagged "Réclamation"`},
		{served, sdk.Rule{Earlier: &sdk.Earlier{Tags: sdk.Names{"vip"}}}, false, "of 2 earlier chats none was tagged vip"},
		{served, sdk.Rule{Earlier: &sdk.Earlier{Agent: sdk.Names{"alice"}}}, false, "the last agent was carol, not alice"},
		{served, sdk.Rule{Topic: &sdk.Topics{Is: sdk.Names{"Refund"}}}, true, "topic is refund (85 %, says topics learned from 812 texts)"},
		{served, sdk.Rule{Topic: &sdk.Topics{Is: sdk.Names{"refund"}, Sure: 0.9}}, false, "topic is perhaps refund (85 %, says topics learned from 812 texts): not sure enough, which is 90 %"},
		{served, sdk.Rule{Topic: &sdk.Topics{Is: sdk.Names{"parcel"}}}, false, "topic is refund (85 %, says topics learned from 812 texts), not parcel"},
		{served, sdk.Rule{Page: sdk.Names{"/pricing"}}, true, `page is "https://www.example.com/Pricing/eu?plan=2", at /pricing`},
		{served, sdk.Rule{When: `load("alice") == 4 and chats("Support") == 6 and queue("its own") == 2 and serving("its own") and not serving("carol")`}, true, "is true"},
		{served, sdk.Rule{When: `about("refund") and not about("refund", 0.9)`}, true, "is true"},
		{served, sdk.Rule{When: `earlier == 2 and last_agent == "carol"`}, true, `is true (earlier is 2, last_agent is "carol")`},
		{served, sdk.Rule{When: `load("mallory") == 0`}, false, "there is no agent mallory"},
	} {
		m, _, _ := ask(t, c.chat, c.rule, "my money", known)
		if len(m.Parts) != 1 || m.Held != c.held || !strings.Contains(m.Parts[0].Says, c.says) {
			t.Errorf("%+v: got %+v\nwant %v, %s", c.rule, m, c.held, c.says)
		}
	}
}

func TestNobodyIsAskedInVain(t *testing.T) {
	all := sdk.Rule{
		Name: "r", Words: []string{"invoice"}, Available: &sdk.Staff{}, Earlier: &sdk.Earlier{}, Topic: &sdk.Topics{Is: sdk.Names{"refund"}}, Page: sdk.Names{"/"}, When: "earlier > 0",
	}
	known := told{
		sdk.ReadAgents: staff, sdk.ReadPast: []sdk.PastChat{{ID: "p"}}, sdk.ReadPage: sdk.Page{URL: "https://a.example/"},
		sdk.ReadClassify: sdk.Choice{Labels: []string{"refund"}, Confidence: 1},
	}
	m, kinds, _ := ask(t, sdk.Chat{ID: "a"}, all, "invoice", known)
	if want := []string{sdk.ReadPage, sdk.ReadAgents, sdk.ReadPast, sdk.ReadClassify}; !m.Held || !slices.Equal(kinds, want) {
		t.Errorf("%+v asked %v, want %v", m, kinds, want)
	}
	if m, kinds, _ := ask(t, sdk.Chat{ID: "a"}, all, "hello", known); m.Held || len(kinds) > 0 {
		t.Errorf("the words are not there, and it asked %v", kinds)
	}
	known[sdk.ReadAgents] = []sdk.AgentInfo{}
	if m, kinds, _ := ask(t, sdk.Chat{ID: "a"}, all, "invoice", known); m.Held || slices.Contains(kinds, sdk.ReadClassify) {
		t.Errorf("nobody is there, and it asked %v", kinds)
	}
}

func TestWhatCannotBeReadHoldsForNoRuleAndIsLogged(t *testing.T) {
	none := errors.New("not granted")
	known := told{sdk.ReadAgents: none, sdk.ReadDepartments: none, sdk.ReadPast: none, sdk.ReadPage: none, sdk.ReadClassify: none}
	for _, r := range []sdk.Rule{
		{Available: &sdk.Staff{}}, {Unavailable: &sdk.Staff{}}, {Load: &sdk.Load{Agent: "alice", Under: number(9)}}, {Load: &sdk.Load{Department: "Support", Under: number(9)}},
		{Earlier: &sdk.Earlier{Under: number(1)}}, {Page: sdk.Names{"/"}}, {Topic: &sdk.Topics{Is: sdk.Names{"refund"}}},
		{When: `not available("Support")`}, {When: `page == ""`}, {When: "earlier == 0"}, {When: `not about("refund")`},
	} {
		m, _, logged := ask(t, sdk.Chat{ID: "a"}, r, "hello", known)
		if m.Held || len(m.Parts) != 1 || !m.Parts[0].Failed || len(logged) != 1 || !strings.Contains(logged[0], "not granted") {
			t.Errorf("%+v: %+v, logged %q", r, m, logged)
		}
	}
}

func TestPageIsTheAddressAndWhatIsBelow(t *testing.T) {
	for _, c := range []struct {
		page, address string
		held          bool
	}{
		{"/pricing", "https://a.example/pricing", true},
		{"/pricing/", "https://a.example/pricing/eu", true},
		{"/pricing", "https://a.example/pricing-old", false},
		{"/pricing", "https://a.example/eu/pricing", false},
		{"*/pricing", "https://a.example/eu/pricing", true},
		{"/", "https://a.example", true},
		{"/b%C3%BCro", "https://a.example/B%C3%9CRO/1", true},
		{"a.example", "http://A.EXAMPLE:8080/x", true},
		{"a.example:8080/x", "http://a.example:8080/x", true},
		{"https://a.example/x", "http://a.example/x/y", true},
		{"a.example", "https://a.example.evil.example/", false},
		{"a.example/x", "https://evil.example/a.example/x", false},
		{"/x", "javascript:/x", false},
		{"/x", "//a.example/x", false},
		{"/x", "https://a.example/%zz/x", false},
		{"/x", "https://a.example/x/" + strings.Repeat("y", 1<<20), true},
		{"/.*", "https://a.example/anything", false},
	} {
		m, _, _ := ask(t, sdk.Chat{ID: "a"}, sdk.Rule{Page: sdk.Names{c.page}}, "", told{sdk.ReadPage: sdk.Page{URL: c.address}})
		if m.Held != c.held || len(m.Parts[0].Says) > 300 {
			t.Errorf("%s at %.60s: %+v", c.page, c.address, m)
		}
	}
}

func TestRuleWhoseReadIsNotGrantedIsRefused(t *testing.T) {
	for _, c := range []struct {
		rule  sdk.Rule
		reads []string
	}{
		{sdk.Rule{Available: &sdk.Staff{}}, []string{sdk.ReadAgents}},
		{sdk.Rule{Unavailable: &sdk.Staff{}}, []string{sdk.ReadAgents}},
		{sdk.Rule{Load: &sdk.Load{Agent: "alice", Over: number(1)}}, []string{sdk.ReadAgents}},
		{sdk.Rule{Load: &sdk.Load{Department: "Support", Over: number(1)}}, []string{sdk.ReadDepartments}},
		{sdk.Rule{Earlier: &sdk.Earlier{}}, []string{sdk.ReadPast}},
		{sdk.Rule{Topic: &sdk.Topics{Is: sdk.Names{"refund"}}}, []string{sdk.ReadClassify}},
		{sdk.Rule{To: sdk.Target{LeastBusy: "Support"}}, []string{sdk.ReadAgents}},
		{sdk.Rule{To: sdk.Target{LastAgent: true}}, []string{sdk.ReadPast, sdk.ReadAgents}},
		{sdk.Rule{To: sdk.Department("Support"), Fallback: []sdk.Target{{LeastBusy: "Billing"}, {LastAgent: true}}}, []string{sdk.ReadAgents, sdk.ReadPast}},
		{sdk.Rule{When: `available("") or about("refund") or earlier > 1 or chats("x") > 1`}, []string{sdk.ReadPast, sdk.ReadAgents, sdk.ReadDepartments, sdk.ReadClassify}},
		{sdk.Rule{Contact: map[string]string{"tier": "gold"}, Page: sdk.Names{"/"}, When: `page != "" and has("a", "b")`}, nil},
	} {
		c.rule.Name = "r"
		if faults := rule.Check(c.rule, nil, c.reads); len(faults) > 0 {
			t.Errorf("%+v: %v", c.rule, faults)
		}
		faults := fmt.Sprint(rule.Check(c.rule, nil, nil))
		for _, read := range c.reads {
			if !strings.Contains(faults, fmt.Sprintf("it needs the read %q, which is not granted: add it to reads under grants", read)) {
				t.Errorf("%+v without %s: %s", c.rule, read, faults)
			}
		}
	}
}

func TestKeysThatAskAreCheckedBeforeTheyAreUsed(t *testing.T) {
	for want, r := range map[string]sdk.Rule{
		"names not exactly one of department and agent": {Load: &sdk.Load{Over: number(1)}},
		"neither over nor under":                        {Load: &sdk.Load{Agent: "a"}},
		"no number is over 3 and under 4":               {Load: &sdk.Load{Agent: "a", Over: number(3), Under: number(4)}},
		"over: -1 is less than 0":                       {Earlier: &sdk.Earlier{Over: number(-1)}},
		"nothing is fewer than 0":                       {Earlier: &sdk.Earlier{Under: number(0)}},
		"it has no is":                                  {Topic: &sdk.Topics{Among: sdk.Names{"a"}}},
		"sure: 80 is not within 0 and 1":                {Topic: &sdk.Topics{Is: sdk.Names{"a"}, Sure: 80}},
		"page: one is empty":                            {Page: sdk.Names{" "}},
		"holds more than an address's host and path":    {Page: sdk.Names{"/a?b"}},
		"its topic is not a text in quotes":             {When: "about(text)"},
	} {
		r.Name = "r"
		if faults := rule.Check(r, nil, sdk.ReadKinds); len(faults) != 1 || !strings.Contains(faults[0].Error(), want) {
			t.Errorf("%+v: %v, want %s", r, faults, want)
		}
	}
}

func TestHasTagComparesAsRulesDo(t *testing.T) {
	var has []bool
	runner, err := sdk.NewRunner(func(p *sdk.Plugin) error {
		p.OnOpened(func(c *sdk.Chat) error {
			for _, tag := range []string{"reclamacao", "RECLAMAÇÃO", "reclama", ""} {
				has = append(has, c.HasTag(tag))
			}
			return nil
		})
		return nil
	}, nil, nil, rule.New().Match)
	if err != nil {
		t.Fatal(err)
	}
	reply := runner.Handle(sdk.Call{Event: sdk.Event{Kind: sdk.EventOpened}, Chat: sdk.Chat{Tags: []string{"Reclamação"}}})
	if !slices.Equal(has, []bool{true, true, false, false}) || len(reply.Matches) > 0 {
		t.Errorf("has %v, with matches %v", has, reply.Matches)
	}
}
