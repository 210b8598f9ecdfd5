package desk

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// What the plugin asks for is shown by the conversations in testdata. Here is
// what they cannot show.

func start(t *testing.T, settings string, state map[string]string) *sdk.Runner {
	t.Helper()
	r, err := sdk.NewRunner(Register, []byte(settings), state, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEachTextStandsInEachLanguage(t *testing.T) {
	places := regexp.MustCompile("`[a-z]+( [a-z]+)?`|" + `\{\w+\}`)
	same := map[string]bool{"name": true, "phone": true, "channel": true, "comment": true} // words that two languages share
	for _, name := range names(texts) {
		row := texts[name]
		if len(row) != len(languages) {
			t.Fatalf("%s has %d texts for %d languages", name, len(row), len(languages))
		}
		for n, says := range row {
			if strings.TrimSpace(says) == "" {
				t.Errorf("%s says nothing in %s", name, languages[n])
			}
			if n > 0 && says == row[0] && !same[name] {
				t.Errorf("%s is not translated into %s: %q", name, languages[n], says)
			}
			if want, got := unordered(places, row[0]), unordered(places, says); want != got && name != "languages" {
				t.Errorf("%s in %s names %s, and in English %s", name, languages[n], got, want)
			}
		}
	}
}

func unordered(p *regexp.Regexp, says string) string {
	all := p.FindAllString(says, -1)
	slices.Sort(all)
	return strings.Join(all, " ")
}

func names(m map[string][]string) (all []string) {
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// A name that is misspelt would say nothing.
func TestEachKindOfDeedHasAText(t *testing.T) {
	for _, kind := range append(tellables(), sdk.EffectUndo) {
		if text("en", "did "+string(kind)) == "" {
			t.Errorf("what %s does has no text", kind)
		}
	}
	for _, status := range []sdk.Status{sdk.Queued, sdk.Taken, sdk.Held, sdk.Closed} {
		if text("en", "is "+string(status)) == "" {
			t.Errorf("a chat that is %s has no text", status)
		}
	}
}

func TestEachCommandHasItsHelpAndItsUsage(t *testing.T) {
	offers := start(t, "", nil).Offers()
	if len(offers.Commands) != len(usages) {
		t.Errorf("%d commands, and %d usages", len(offers.Commands), len(usages))
	}
	for _, c := range offers.Commands {
		if _, known := usages[c.Name]; !known || text("en", "help "+c.Name) == "" || !strings.HasSuffix(c.Help, text("en", "help "+c.Name)) {
			t.Errorf("help on %s is %q", c.Name, c.Help)
		}
	}
}

func TestLatestIsTheChatInWhichSomethingHappenedLast(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]*sdk.Chat{
		"opened":   {OpenedAt: noon},
		"taken":    {OpenedAt: noon.Add(-time.Hour), TakenAt: noon},
		"waiting":  {OpenedAt: noon.Add(-time.Hour), TakenAt: noon.Add(-time.Minute), WaitingSince: noon},
		"answered": {OpenedAt: noon.Add(-time.Hour), Figures: sdk.Figures{AskedAt: noon.Add(-time.Minute), RepliedAt: noon}},
		"on hold":  {OpenedAt: noon.Add(-time.Hour), HeldAt: noon},
	} {
		if got := touched(c); !got.Equal(noon) {
			t.Errorf("%s: touched at %s", name, got)
		}
	}
}

func TestChatIsNamedByNameIDOrLink(t *testing.T) {
	for says, want := range map[string][2]string{
		"#Maya hello there":                              {"Maya", "hello there"},
		`#"Maya Jones" hello`:                            {"Maya Jones", "hello"},
		`#"Maya Jones`:                                   {`Maya`, "Jones"},
		"https://chat.example.org/live/a1 x":             {"a1", "x"},
		"https://chat.example.org/live/a1/room-info?x=1": {"a1", ""},
		"see https://chat.example.org/live/a1":           {"", "see https://chat.example.org/live/a1"},
		"hello #Maya":                                    {"", "hello #Maya"},
		"# hello":                                        {"", "# hello"},
		"":                                               {"", ""},
	} {
		if name, rest := chatName(says, false); name != want[0] || rest != want[1] {
			t.Errorf("%q names %q, and the rest is %q", says, name, rest)
		}
	}
	for says, want := range map[string]string{"Maya Jones": "Maya Jones", "#Maya Jones": "Maya Jones", `#"Maya Jones"`: "Maya Jones", "": ""} {
		if name, _ := chatName(says, true); name != want {
			t.Errorf("%q alone names %q", says, name)
		}
	}
}

// TestGuestsNameIsNoLink: a guest can't have agents led elsewhere by a name.
func TestGuestsNameIsNoLink(t *testing.T) {
	if got := plain("x](https://evil.example) [y"); strings.ContainsAny(got, "[]") {
		t.Errorf("a name is shown as %q", got)
	}
}

// TestManyPeopleAreRemembered: an instance remembers 256 things.
func TestManyPeopleAreRemembered(t *testing.T) {
	shelves, state := map[string]bool{}, map[string]string{}
	for n := range 5000 {
		shelves[shelf("agent"+string(rune('a'+n%26))+strings.Repeat("x", n/26))] = true
	}
	if len(shelves) > 200 {
		t.Errorf("%d shelves", len(shelves))
	}
	kept, _ := json.Marshal(map[string]person{"alice": {Met: true}})
	state[shelf("alice")] = string(kept)
	r := start(t, "", state)
	reply := r.Handle(sdk.Call{Event: sdk.Event{Kind: sdk.EventCommand, Command: &sdk.Command{Name: "language", Args: "de", By: sdk.Person{Username: "alice"}}}})
	if reply.Error != "" || len(reply.Writes) != 1 || reply.Writes[0].Value != `{"alice":{"met":true,"language":"de"}}` {
		t.Errorf("error %q, writes %+v", reply.Error, reply.Writes)
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for settings, want := range map[string]string{
		`{"language": "nl"}`:             "none that I speak: write one of en, de",
		`{"languages": {"alice": "xx"}}`: `language "xx" of alice`,
		`{"tell": ["answer"]}`:           "what may be told of: forward, tag",
		`{"everywhere": ["two words"]}`:  "write a role",
		`{"everwhere": []}`:              "unknown field",
	} {
		if _, err := sdk.NewRunner(Register, []byte(settings), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q", settings, err, want)
		}
	}
}

// TestInstancesShareNoSettings: what one says must not become another's default.
func TestInstancesShareNoSettings(t *testing.T) {
	before := kindList(toldOf)
	start(t, `{"tell": ["close"]}`, nil)
	if kindList(toldOf) != before {
		t.Errorf("the default is %s now", kindList(toldOf))
	}
}

// TestAnswersFitIntoAMessage: workspaces refuse longer ones, and then nobody hears
// anything.
func TestAnswersFitIntoAMessage(t *testing.T) {
	if got := fit(strings.Repeat("a line\n", 2000)); len(got) > 5000 || !strings.HasSuffix(got, "a line\n…") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-20:])
	}
	long := strings.Repeat("x", 4000)
	messages := []sdk.Message{}
	for n := range 50 {
		messages = append(messages, sdk.Message{ID: sdk.MessageID(strings.Repeat("m", 17)), Text: string(rune('a'+n%26)) + long, By: sdk.Person{Name: "Maya"}})
	}
	chat, _ := json.Marshal(sdk.Chat{ID: "a1", Status: sdk.Taken, Agent: sdk.Person{Username: "alice"}})
	found, _ := json.Marshal(messages)
	r := start(t, "", nil)
	call := sdk.Call{Site: "https://chat.example.org", Event: sdk.Event{Kind: sdk.EventCommand, Command: &sdk.Command{Name: "history", Args: "50", Chat: "a1", By: sdk.Person{Username: "alice"}}}}
	for _, answer := range [][]byte{chat, found} {
		reply := r.Handle(call)
		if reply.Read == nil {
			t.Fatalf("asks nothing: %+v", reply)
		}
		call.Answers = append(call.Answers, sdk.Answer{Read: *reply.Read, Value: answer})
	}
	reply := r.Handle(call)
	if reply.Error != "" || len(reply.Effects) != 1 {
		t.Fatalf("error %q, effects %+v", reply.Error, reply.Effects)
	}
	says := reply.Effects[0].Text
	if n := len([]rune(says)); n > 5000 || n < 3000 || !strings.Contains(says, ": "+messages[49].Text[:1]+"xx") {
		t.Errorf("%d characters, ending in %.50q", n, says[len(says)-50:])
	}
}

// ask has somebody order something, with those answers to what it reads.
func ask(t *testing.T, c sdk.Command, answers ...any) sdk.Reply {
	t.Helper()
	call := sdk.Call{Site: "https://chat.example.org", Event: sdk.Event{Kind: sdk.EventCommand, Command: &c}}
	r := start(t, "", nil)
	reply := r.Handle(call)
	for _, a := range answers {
		if reply.Read == nil {
			break
		}
		value, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		call.Answers = append(call.Answers, sdk.Answer{Read: *reply.Read, Value: value})
		reply = r.Handle(call)
	}
	if reply.Error != "" || reply.Read != nil || len(reply.Effects) != 1 {
		t.Fatalf("%s: error %q, asks %+v, effects %+v", c.Name, reply.Error, reply.Read, reply.Effects)
	}
	return reply
}

// TestFromWhomAChatWasTakenMayHaveItBack, and may see nothing else of it.
func TestFromWhomAChatWasTakenMayHaveItBack(t *testing.T) {
	chat := sdk.Chat{ID: "a1", Status: sdk.Taken, Department: "Billing", Agent: sdk.Person{Username: "carol"}}
	moved := sdk.Deed{Key: "rules/message/m1/0", Instance: "rules", Effect: sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Billing")},
		Outcome: sdk.Outcome{State: sdk.Done, Former: &sdk.Former{Target: sdk.Target{Department: "Sales", Agent: "alice"}}}}
	command := func(name, who string) sdk.Command {
		return sdk.Command{Name: name, Chat: "a1", By: sdk.Person{Username: who}, Roles: []string{"livechat-agent"}}
	}
	if e := ask(t, command("undo", "alice"), chat, []sdk.Deed{moved}).Effects[0]; e.Kind != sdk.EffectUndo || e.Undoes != moved.Key || e.Chat != "a1" {
		t.Errorf("undo of who had the chat asks for %+v", e)
	}
	if e := ask(t, command("why", "alice"), chat, []sdk.Deed{moved}).Effects[0]; !strings.Contains(e.Text, "forwarded: Billing") {
		t.Errorf("why of who had the chat says %q", e.Text)
	}
	for _, c := range []sdk.Command{command("undo", "bob"), command("why", "bob"), command("room", "alice"), command("history", "alice")} {
		if e := ask(t, c, chat, []sdk.Deed{moved}).Effects[0]; !strings.Contains(e.Text, "I know no chat") {
			t.Errorf("%s of %s is answered with %q", c.Name, c.By.Username, e.Text)
		}
	}
}
