package convo_test

import (
	"math/rand"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

func parse(t *testing.T, text string) *convo.File {
	t.Helper()
	f, err := convo.Parse("test.txt", []byte(text))
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return f
}

// lineless is the file without the numbers of lines, which Format may change.
func lineless(f *convo.File) *convo.File {
	f.Settings.Line, f.Hours.Line, f.Answers.Line = 0, 0, 0
	for i := range f.Effects {
		f.Effects[i].Line = 0
	}
	for i := range f.Chats {
		f.Chats[i].Line = 0
		for j := range f.Chats[i].Steps {
			f.Chats[i].Steps[j].Line = 0
		}
	}
	return f
}

func TestCanonicalTextStaysAsItIs(t *testing.T) {
	text, err := os.ReadFile("testdata/everything.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := convo.Format(parse(t, string(text))); got != string(text) {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
}

func TestEverythingIsUnderstood(t *testing.T) {
	text, err := os.ReadFile("testdata/everything.txt")
	if err != nil {
		t.Fatal(err)
	}
	f := parse(t, string(text))
	if f.Comment != "All that the format knows.\nIt has two chats.\n" || f.Settings.Line != 4 || f.Hours.Text != "support: closed\n" || len(f.Effects) != 2 || f.Effects[1].Line != 75 {
		t.Errorf("file: %+v", f)
	}
	c := f.Chats[0]
	if c.Guest != "Maya Jones" || strings.Join(c.Agents, " ") != "alice carol dave" || c.Line != 14 {
		t.Errorf("chat: guest %q, agents %q, line %d", c.Guest, c.Agents, c.Line)
	}
	v := c.Steps[0]
	want := sdk.Visitor{Name: "Maya Jones", Emails: []string{"maya@example.org"}, Phones: []string{"+4712345678"}, Language: "en", Fields: map[string]string{"tier": "very gold", "note": ""}}
	if !reflect.DeepEqual(v.Visitor(), want) || v.Department() != "Sales" {
		t.Errorf("visitor: %+v in %q", v.Visitor(), v.Department())
	}
	said := c.Steps[3]
	if said.From != sdk.Guest || said.Text != "hello, my Invoice is wrong:\nthe first line\n  an indented one\n\nafter a blank line" || said.Line != 18 {
		t.Errorf("message: %+v", said)
	}
	if s := c.Steps[28]; s.Kind != convo.Command || s.Who != "carol" || s.Text != "chats" || strings.Join(s.Roles(), " ") != "livechat-manager admin" {
		t.Errorf("command: %+v", s)
	}
	if s := c.Steps[26]; s.Kind != convo.Staff || s.Who != "carol" || s.Text != "not-available" || strings.Join(s.Departments(), "|") != "Key Accounts|Sales" {
		t.Errorf("staff: %+v", s)
	}
	if s := c.Steps[29]; s.Kind != convo.Webhook || s.Who != "orders" || s.Text != `{"id": 7}` {
		t.Errorf("webhook: %+v", s)
	}
	if !reflect.DeepEqual(f.State, map[string]string{"count": "3", "last: order": "O-7 ", "none": ""}) || f.StateOf != "1.0.0" {
		t.Errorf("state of %q: %q", f.StateOf, f.State)
	}
	if s := c.Steps[4]; s.Wait != 5*time.Minute {
		t.Errorf("wait: %+v", s)
	}
	if s := c.Steps[6]; s.From != sdk.Human || s.Text != "two spaces  " {
		t.Errorf("quoted message: %+v", s)
	}
	if s := c.Steps[12].Target; s != sdk.Department("Key Accounts") {
		t.Errorf("department with a space: %+v", s)
	}
	if s := c.Steps[14].Target; s != (sdk.Target{Department: "Billing", Agent: "dave"}) {
		t.Errorf("agent in a department: %+v", s)
	}
	if s := c.Steps[16]; s.Kind != convo.Typing || s.Who != "Maya Jones" || s.From != sdk.Guest {
		t.Errorf("typing: %+v", s)
	}
	if s := c.Steps[17]; s.Kind != convo.Edit || s.Who != "dave" || s.From != sdk.Human || s.Text != "I am here, " {
		t.Errorf("edit: %+v", s)
	}
	was := sdk.Visitor{Name: "Maya Jones", Language: "en", Fields: map[string]string{"tier": "gold", "x": "y"}}
	is := sdk.Visitor{Name: "Maya J", Language: "en", Emails: []string{"m@example.org"}, Fields: map[string]string{"tier": "silver", "x": "y"}}
	if s := c.Steps[24]; !reflect.DeepEqual(s.Change(was), is) || was.Fields["tier"] != "gold" {
		t.Errorf("contact: %+v makes %+v of %+v", s, s.Change(was), was)
	}
	two := f.Chats[1].Steps
	for n, want := range map[int]sdk.Sender{8: sdk.Guest, 9: sdk.Human} {
		if s := two[n]; s.Kind != convo.Join || s.From != want {
			t.Errorf("who comes to a call: %+v, want %s", s, want)
		}
	}
	if s := two[11]; s.Kind != convo.Failed || s.Text != "no room" {
		t.Errorf("call that failed: %+v", s)
	}
	if s := two[3]; s.Kind != convo.Quote || s.Who != "Bot" || s.From != sdk.Human || s.Text != "which invoice?" {
		t.Errorf("quote: %+v", s)
	}
	if s := two[4]; s.Kind != convo.Attach || s.From != sdk.Guest || s.Text != "photo 1.png" || s.Size() != 48213 || s.Fields["text"] != "here it is" {
		t.Errorf("file: %+v", s)
	}
	last := c.Steps[len(c.Steps)-5:]
	if e, undone := last[0].Deed(); undone || last[0].Who != "forwarding" || e.Kind != sdk.EffectForward || e.Target.String() != "Billing @carol" || e.Reason != `rule "invoices"` {
		t.Errorf("deed: %+v is %+v", last[0], e)
	}
	if e, undone := last[1].Deed(); !undone || e.Kind != sdk.EffectTag || strings.Join(e.Tags, "|") != "invoice|refund" {
		t.Errorf("deed that was taken back: %+v is %+v", last[1], e)
	}
	if s := last[3]; !s.InThread() || s.Who != "carol" || strings.Join(s.Roles(), " ") != "admin" || s.Text != "undo" {
		t.Errorf("command in a thread: %+v", s)
	}
	if s := two[6]; s.Kind != convo.Tag || len(s.Tags()) != 2 || s.Tags()[1] != "big customer" {
		t.Errorf("tags: %v are %q", s, s.Tags())
	}
	if s := f.Chats[1].Steps[2]; s.Text != "\x00\ufeff \"quoted\"" {
		t.Errorf("control characters: %q", s.Text)
	}
}

func TestLooseTextIsMadeCanonical(t *testing.T) {
	loose := "\ufeffWords\r\n\r\n--  chat   two --  \r\n\r\n@visitor   Maya\t department=\"Sales\"\r\nMaya :   hi\t\r\n\tone\r\n\t two\r\n\r\n\r\n+90s\r\n!close    \r\n"
	want := "Words\n-- chat two --\n@visitor Maya department=Sales\nMaya: hi\n  one\n   two\n+1m30s\n!close\n"
	if got := convo.Format(parse(t, loose)); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestFaultsNameTheLineAndWhatToWrite(t *testing.T) {
	chat := func(lines ...string) string {
		return "-- chat --\n@visitor Maya\n" + strings.Join(lines, "\n") + "\n"
	}
	cases := map[string][2]string{
		"no section":              {"-- chats --\n", `t.txt:1: -- chats -- is no section: use settings, hours`},
		"settings with a name":    {"-- settings two --\n", `-- settings two -- is no section`},
		"section twice":           {chat() + "-- chat --\n", `t.txt:4: -- chat -- stands in line 1 already`},
		"nobody":                  {"-- chat --\nMaya: hi\n", `t.txt:2: nobody is there yet: write @visitor NAME above it`},
		"schedule without a time": {chat("!schedule"), `t.txt:3: !schedule says which one`},
		"webhook without a path":  {chat("!webhook"), `t.txt:3: !webhook says which one`},
		"command of nobody":       {chat("!command forward"), `t.txt:3: !command says who orders what`},
		"two states":              {"-- state --\na: 1\n-- state 1.0.0 --\nb: 2\n", `t.txt:3: -- state 1.0.0 -- is a second state`},
		"state of no name":        {"-- state --\nhello\n", `t.txt:2: "hello" is no line of a state`},
		"no line":                 {chat("hello"), `t.txt:3: "hello" is no line of a conversation: write NAME: text`},
		"address":                 {chat("https://example.org"), `is no line of a conversation`},
		"unknown action":          {chat("!clos"), `t.txt:3: !clos is not known: write !take AGENT`},
		"unknown party":           {chat("@agnet alice"), `@agnet is not known: write @visitor NAME or @agent NAME`},
		"two visitors":            {chat("@visitor Sam"), `has a visitor already, Maya`},
		"visitor without name":    {"-- chat --\n@visitor tier=gold\n", `@visitor has no name: write @visitor Maya`},
		"word behind fields":      {"-- chat --\n@visitor Maya tier=very gold\n", `"gold" stands behind the fields`},
		"field twice":             {"-- chat --\n@visitor Maya a=1 a=2\n", `a stands there twice`},
		"bad quotes":              {"-- chat --\n@visitor Maya a=\"1\n", `write it in quotes`},
		"visitor as agent":        {chat("@agent Maya"), `Maya is the visitor`},
		"nearly the visitor":      {chat("maya: hi"), `maya is not the visitor Maya`},
		"time":                    {chat("+5"), `+5 is no time: write it like +30s`},
		"no time":                 {chat("+0s"), `+0s is no time`},
		"forward nowhere":         {chat("!forward"), `!forward names no place`},
		"forward to two":          {chat("!forward @a b"), `!forward names no place`},
		"take nobody":             {chat("!take"), `"" is not one name: write it like !take alice`},
		"leave with words":        {chat("!leave now"), `!leave has no words`},
		"hold with words":         {chat("!hold the line"), `!hold has no words`},
		"edit of nothing":         {chat("!edit Maya"), `write it like !edit Maya: hello again`},
		"tag without a name":      {chat("!tag , "), `write it like !tag billing, big customer`},
		"page without an address": {chat("!page"), `write it like !page https://shop.example.com/pricing`},
		"untag without a name":    {chat("!untag"), `write it like !untag billing, big customer`},
		"typing of nobody":        {chat("!typing"), `write it like !typing Maya`},
		"delete like the guest":   {chat("!delete maya"), `maya is not the visitor Maya: write the names alike`},
		"contact without what":    {chat("!contact Maya"), `write it like !contact tier=gold`},
		"contact moves nothing":   {chat("!contact department=Sales"), `write !forward DEPARTMENT`},
		"lines under an action":   {chat("!close done", "  and gone"), `only a message has more than one line`},
		"indented first":          {"-- chat --\n  Maya: hi\n", `t.txt:2: is indented`},
		"after the end":           {chat("!leave", "+5m", "Maya: hi"), `t.txt:5: the chat has ended in line 3`},
		"bad bytes":               {chat("Maya: \xff"), `t.txt:3: is not UTF-8`},
		"comment among effects":   {"-- effects --\n# tags\n", `t.txt:2: effects have no comments`},
	}
	for name, c := range cases {
		if _, err := convo.Parse("t.txt", []byte(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: got %v, want %q", name, err, c[1])
		}
	}
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	_, err := convo.Parse("t.txt", []byte("-- chat --\n@visitor Maya\nhello\n!clos\n"))
	if err == nil || !strings.Contains(err.Error(), "t.txt:3:") || !strings.Contains(err.Error(), "t.txt:4:") {
		t.Errorf("got %v", err)
	}
	_, err = convo.Parse("t.txt", []byte("-- chat --\n"+strings.Repeat("x\n", 1000)))
	if n := strings.Count(err.Error(), "\n"); n != 20 {
		t.Errorf("%d lines of faults", n+1)
	}
}

// TestWhateverIsWrittenIsReadBack writes made-up chats and reads them.
func TestWhateverIsWrittenIsReadBack(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for i := 0; i < 3000; i++ {
		f := made(r)
		text := convo.Format(f)
		back := lineless(parse(t, text))
		if got := convo.Format(back); got != text {
			t.Fatalf("text %d: got\n%q\nwant\n%q", i, got, text)
		}
		if got, want := back.Chats[0].Steps, f.Chats[0].Steps; !reflect.DeepEqual(got, want) {
			t.Fatalf("chat %d: got\n%+v\nwant\n%+v\nin\n%s", i, got, want, text)
		}
	}
}

var pieces = []string{"a", "B", " ", "  ", "\n", "\n\n", "\t", "\"", "`", "'", "\\", ":", ": ", "=", "@", "!", "+5m", "#", "-- chat --", "\x00", "\x7f", "\xff", "\u00a0", "\u2028", "\ufeff", "😀", "م", "मे", "\r", "{link}"}

func words(r *rand.Rand) string {
	var s string
	for n := r.Intn(6); n > 0; n-- {
		s += pieces[r.Intn(len(pieces))]
	}
	return s
}

func made(r *rand.Rand) *convo.File {
	guest := "m" + words(r)
	c := convo.Chat{Steps: []convo.Step{{Kind: convo.Visitor, Who: guest}}}
	for n := r.Intn(3); n > 0; n-- {
		v := &c.Steps[0]
		if v.Fields == nil {
			v.Fields = map[string]string{}
		}
		v.Fields[[]string{"department", "email", "tier", "x.y"}[r.Intn(4)]] = words(r)
	}
	for n := r.Intn(4); n > 0; n-- {
		c.Steps = append(c.Steps, convo.Step{Kind: convo.Say, Who: guest, From: sdk.Guest, Text: words(r)})
		c.Steps = append(c.Steps, convo.Step{Kind: convo.Say, Who: "z" + words(r), From: sdk.Human, Text: words(r)})
		c.Steps = append(c.Steps, convo.Step{Kind: convo.Edit, Who: guest, From: sdk.Guest, Text: words(r)}, convo.Step{Kind: convo.Delete, Who: guest, From: sdk.Guest})
		c.Steps = append(c.Steps, convo.Step{Kind: convo.Contact, Fields: map[string]string{"name": words(r), "x.y": words(r)}})
		c.Steps = append(c.Steps, convo.Step{Kind: convo.Wait, Wait: time.Duration(1 + r.Intn(1e9))}, convo.Step{Kind: convo.Tag, Text: "a, b c"}, convo.Step{Kind: convo.Untag, Text: "b c"}, convo.Step{Kind: convo.Page, Text: "https://a.example/" + words(r)})
	}
	c.Steps = append(c.Steps, convo.Step{Kind: convo.Close, Text: words(r)})
	return &convo.File{Chats: []convo.Chat{c}}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/everything.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("-- chat --\n@visitor a\na: \"\\n\"\n  x\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := convo.Parse("f.txt", []byte(text))
		if err != nil {
			return
		}
		once := convo.Format(file)
		back, err := convo.Parse("f.txt", []byte(once))
		if err != nil {
			t.Fatalf("%v\nin\n%q\nof\n%q", err, once, text)
		}
		if !reflect.DeepEqual(lineless(back), lineless(file)) {
			t.Fatalf("got\n%+v\nwant\n%+v", back, file)
		}
	})
}

func TestEffectsInOneLine(t *testing.T) {
	because := `rule "billing words": words matched "invoice"`
	cases := []struct {
		want   string
		effect sdk.Effect
	}{
		{`reply "two\nlines"`, sdk.Effect{Kind: sdk.EffectReply, Text: "two\nlines"}},
		{`tell "नमस्ते" because a b`, sdk.Effect{Kind: sdk.EffectTell, Text: "नमस्ते", Reason: " a\n\tb\x00"}},
		{`forward Billing because ` + because, sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Billing"), Reason: because}},
		{`forward Leads or Support, @carol saying "One moment" because x`, sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Leads"),
			Fallback: []sdk.Target{sdk.Department("Support"), sdk.Agent("carol")}, Public: "One moment", Reason: "x"}},
		{`tag invoice, "a, b" because x`, sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"invoice", "a, b"}, Reason: "x"}},
		{`untag invoice`, sdk.Effect{Kind: sdk.EffectUntag, Tags: []string{"invoice"}}},
		{`transcript mail a@example.org, b@example.org, direct subject "Your chat"`, sdk.Effect{Kind: sdk.EffectTranscript,
			Delivery: &sdk.Delivery{Mail: []string{"a@example.org", "b@example.org"}, Direct: true, Subject: "Your chat"}}},
		{`transcript mail a@example.org by server at close`, sdk.Effect{Kind: sdk.EffectTranscript,
			Delivery: &sdk.Delivery{Mail: []string{"a@example.org"}, Server: true, AtClose: true}}},
		{`call "Here: {link}" within 5m because x`, sdk.Effect{Kind: sdk.EffectCall, Text: "Here: {link}", NotAfter: 5 * time.Minute, Reason: "x"}},
		{`file "terms.txt" holding "No\nrefunds." saying "As you asked" because x`, sdk.Effect{Kind: sdk.EffectFile, Reason: "x",
			File: &sdk.Upload{Name: "terms.txt", Text: "No\nrefunds.", Caption: "As you asked"}}},
		{`file "terms.pdf" of 4 bytes`, sdk.Effect{Kind: sdk.EffectFile, File: &sdk.Upload{Name: "terms.pdf", Data: []byte("%PDF")}}},
		{`typing`, sdk.Effect{Kind: sdk.EffectTyping}},
		{`edit m3 "two" because x`, sdk.Effect{Kind: sdk.EffectEdit, Message: "m3", Text: "two", Reason: "x"}},
		{`delete m3`, sdk.Effect{Kind: sdk.EffectDelete, Message: "m3"}},
		{`direct @carol "look"`, sdk.Effect{Kind: sdk.EffectDirect, To: "carol", Text: "look"}},
		{`post #desk "look"`, sdk.Effect{Kind: sdk.EffectPost, To: "#desk", Text: "look"}},
		{`mail a@example.org, b@example.org subject "Hi" "text"`, sdk.Effect{Kind: sdk.EffectMail,
			Mail: &sdk.Mail{To: []string{"a@example.org", "b@example.org"}, Subject: "Hi", Text: "text", HTML: "<p>text"}}},
		{`mail a@example.org HTML "<p>text"`, sdk.Effect{Kind: sdk.EffectMail, Mail: &sdk.Mail{To: []string{"a@example.org"}, HTML: "<p>text"}}},
		{`request POST https://crm.example/tickets "{\"id\": 7}" because x`, sdk.Effect{Kind: sdk.EffectRequest, Reason: "x",
			Request: &sdk.Request{URL: "https://crm.example/tickets", Body: `{"id": 7}`, Headers: []sdk.Header{sdk.WithHeader("X-Key", "secret")}}}},
		{`request DELETE https://crm.example/7`, sdk.Effect{Kind: sdk.EffectRequest, Request: &sdk.Request{Method: "DELETE", URL: "https://crm.example/7"}}},
		{`close`, sdk.Effect{Kind: sdk.EffectClose}},
		{`close "Bye" because x`, sdk.Effect{Kind: sdk.EffectClose, Text: "Bye", Reason: "x"}},
		{`answer "Here they are"`, sdk.Effect{Kind: sdk.EffectAnswer, Text: "Here they are"}},
		{`take`, sdk.Effect{Kind: sdk.EffectTake}},
		{`take @carol because x`, sdk.Effect{Kind: sdk.EffectTake, Target: sdk.Agent("carol"), Reason: "x"}},
		{`queue because x`, sdk.Effect{Kind: sdk.EffectQueue, Reason: "x"}},
		{`hold because x`, sdk.Effect{Kind: sdk.EffectHold, Reason: "x"}},
		{`resume`, sdk.Effect{Kind: sdk.EffectResume}},
		{`field order_no "O-3" because x`, sdk.Effect{Kind: sdk.EffectField, Field: "order_no", Value: "O-3", Reason: "x"}},
		{`field order_no ""`, sdk.Effect{Kind: sdk.EffectField, Field: "order_no"}},
		{`priority "High"`, sdk.Effect{Kind: sdk.EffectPriority, Value: "High"}},
		{`contact name "Maya L", email m@example.org, phone +47123, field tier "gold", field zip ""`, sdk.Effect{Kind: sdk.EffectContact,
			Contact: &sdk.ContactEdit{Name: "Maya L", Emails: []string{"m@example.org"}, Phones: []string{"+47123"}, Fields: map[string]string{"zip": "", "tier": "gold"}}}},
		{`undo autotag/message/m1/0 because x`, sdk.Effect{Kind: sdk.EffectUndo, Undoes: "autotag/message/m1/0", Reason: "x"}},
		{`tell "look" in thread because x`, sdk.Effect{Kind: sdk.EffectTell, Text: "look", Thread: true, Reason: "x"}},
		{`status @carol not-available`, sdk.Effect{Kind: sdk.EffectStatus, Target: sdk.Agent("carol"), Value: sdk.NotAvailable}},
	}
	shown := map[sdk.EffectKind]bool{}
	for _, c := range cases {
		shown[c.effect.Kind] = true
	}
	for _, kind := range sdk.EffectKinds {
		if !shown[kind] {
			t.Errorf("how %s looks is not tested", kind)
		}
	}
	for _, c := range cases {
		if got := convo.Effect(c.effect); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if got := convo.EffectIn("two", cases[5].effect); got != "untag invoice (chat two)" {
		t.Errorf("in a chat: %s", got)
	}
}

func TestConversationsFromJSON(t *testing.T) {
	line := `{"id": "sgd 1", "lang": "en", "topics": ["buses", "hotels"], "intents": ["FindBus"], "more": 1,
		"turns": [{"from": "guest", "text": "Find me\na bus"}, {"from": "agent", "text": "When?"}]}`
	c, err := convo.FromJSON([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	want := "-- chat sgd 1 --\n# topics: buses, hotels; intents: FindBus\n@visitor Guest language=en\nGuest: Find me\n  a bus\nagent: When?\n"
	if c.String() != want || c.Guest != "Guest" || c.Agents[0] != "agent" {
		t.Errorf("got %q %+v", c.String(), c)
	}
	empty, err := convo.FromJSON([]byte(`{"id":"x","turns":[]}`))
	if err != nil || empty.String() != "-- chat x --\n@visitor Guest\n" {
		t.Errorf("empty conversation: %q, %v", empty.String(), err)
	}
	for text, want := range map[string]string{
		`{`:                                     "read conversation: ",
		`{"id":"x"}`:                            `no "turns"`,
		`{"id":"x","turns":[{"from":"robot"}]}`: `turn 1 is from "robot"`,
		`{"id":"x","turns":[{"from":1,"text":"a"}]}`: "turns.from cannot be of the type number",
		`{"id":"x","turns":["a"]}`:                   "turns cannot be of the type string",
		`["a"]`:                                      "an object and no array",
	} {
		if _, err := convo.FromJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
