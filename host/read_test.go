package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// texts are what messages say.
func texts(messages []sdk.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Text)
	}
	return strings.Join(all, " | ")
}

// onAsk calls fn on each message that begins with "?".
func onAsk(fn func(p *sdk.Plugin, c *sdk.Chat, m sdk.Message) error) plugin {
	return func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			if !strings.HasPrefix(m.Text, "?") {
				return nil
			}
			return fn(p, c, m)
		})
		return nil
	}
}

func TestHistoryGoesBeyondTheLastMessages(t *testing.T) {
	var seen notes
	reads := onAsk(func(_ *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		some, err := c.History(3)
		seen.add("%s %v", texts(some), err)
		all, err := c.History(100)
		seen.add("%d %v", len(all), err)
		since, err := c.HistorySince(some[1].At)
		seen.add("%s %v", texts(since), err)
		_, err = c.History(0)
		seen.add("%v", err)
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.set("reads", func(i *Instance) { i.Grants.Reads = nil })
		w.start()
		for n := range 30 {
			w.ws.say("a", fmt.Sprint(n))
			time.Sleep(time.Second)
		}
		w.ws.say("a", "?")
		w.quiet()
		all := seen.list() // with each answer the handler runs again
		w.same("seen", all[len(all)-4:], []string{"28 | 29 | ? <nil>", "31 <nil>", "29 | ? <nil>", "history of 0 messages: ask for 1 to 1000"})
	})
}

func TestHistoryIsAsMuchAsAnAnswerHolds(t *testing.T) {
	var seen notes
	reads := onAsk(func(_ *sdk.Plugin, c *sdk.Chat, m sdk.Message) error {
		all, err := c.History(10)
		seen.add("%d, the last is %s, %v", len(all), all[len(all)-1].Text, err)
		return nil
	})
	play(t, map[string]plugin{"reads": reads}, func(w *world) {
		for range 8 {
			w.ws.say("a", strings.Repeat("x", 60<<10))
		}
		w.ws.say("a", "?")
		w.quiet()
		w.same("seen", seen.list(), []string{"5, the last is ?, <nil>"})
	})
}

func TestSearchFindsTextsAndExpressions(t *testing.T) {
	for pattern, want := range map[string]string{
		"cafe":                    "at the Café",
		"  CAFÉ ":                 "at the Café",
		"error":                   "error404 | error four",
		`/error\d{3}/`:            "error404",
		`/ERROR/i`:                "error404 | error four",
		`/^at .*é$/`:              "at the Café",
		"":                        "search for nothing",
		" ":                       "search for nothing",
		"/a(/":                    "missing closing ): `a(`; the syntax is that of https://golang.org/s/re2syntax",
		"/a{1,2000}/":             "invalid repeat count",
		"/":                       "",
		"a.c":                     "",
		strings.Repeat("x", 1025): "search for 1025 bytes: at most 1024",
	} {
		t.Run(pattern, func(t *testing.T) {
			var seen notes
			searches := onAsk(func(_ *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
				found, err := c.Search(pattern)
				if err != nil {
					seen.add("%v", err)
					return nil
				}
				seen.add("%s", texts(found))
				return nil
			})
			play(t, map[string]plugin{"searches": searches}, func(w *world) {
				for _, text := range []string{"at the Café", "error404", "error four"} {
					w.ws.say("a", text)
				}
				w.ws.say("a", "?")
				w.quiet()
				got := seen.list()
				if len(got) != 1 || got[0] != want && (want == "" || !strings.Contains(got[0], want)) {
					t.Errorf("found %q, want %q", got, want)
				}
			})
		})
	}
}

// TestSlowSearchStopsNobodyElse: a search that takes its whole time leaves
// other chats of its instance, other instances and their searches alone.
func TestSlowSearchStopsNobodyElse(t *testing.T) {
	p, err := newPattern(`/(a{1,500}){1,2}x/`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if found, err := p.in(ctx, strings.Repeat("a", 1<<20)); found || err == nil || !strings.Contains(err.Error(), "not done within 2s: look for something simpler") {
		t.Errorf("in 50 ms: %t, %v", found, err)
	}

	var seen notes
	begun := make(chan bool, 2)
	search := func(_ *sdk.Plugin, c *sdk.Chat, m sdk.Message) error {
		if m.Text == "?" {
			seen.add("%s: asked nothing", c.ID)
			return nil
		}
		found, err := c.Search(m.Text[1:])
		seen.add("%s: %d %v", c.ID, len(found), err)
		return nil
	}
	quick := onAsk(func(p *sdk.Plugin, c *sdk.Chat, m sdk.Message) error {
		if c.ID != "b" {
			return nil
		}
		return search(p, c, m)
	})
	w := newWorld(t, map[string]plugin{"slow": onAsk(search), "quick": quick}) // in real time: a search does not wait, it works
	w.start()
	w.host.comparing = time.Minute // longer than this machine is ever busy with something else
	for _, chat := range []sdk.ChatID{"slow1", "slow2"} {
		for range 16 {
			w.ws.say(chat, strings.Repeat("a", 64<<10))
		}
	}
	w.quiet()
	w.ws.reading = func(_ context.Context, id sdk.ChatID) {
		if id != "b" {
			begun <- true
		}
	}
	w.ws.say("slow1", "?/(a{1,500}){1,2}x/")
	w.ws.say("slow2", "?/(a{1,500}){1,2}x/")
	<-begun
	w.ws.say("c", "?")
	w.ws.say("b", "?b")
	for len(seen.list()) < 2 {
		time.Sleep(time.Millisecond)
	}
	first := seen.list()[:2]
	slices.Sort(first)
	w.same("what ends while searches are slow", first, []string{"b: 1 <nil>", "c: asked nothing"})
	w.end()
}

func TestFilesAreFoundByKindAndName(t *testing.T) {
	for what, want := range map[string]string{
		"": "bill.pdf Photo.JPG notes", "pdf": "bill.pdf", "image": "Photo.JPG", "other": "notes", "PHOTO": "Photo.JPG", "video": "",
	} {
		t.Run(what, func(t *testing.T) {
			var seen notes
			lists := onAsk(func(_ *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
				files, err := c.Files(what)
				var names []string
				for _, f := range files {
					names = append(names, f.Name)
				}
				seen.add("%s%v", strings.Join(names, " "), err)
				return nil
			})
			play(t, map[string]plugin{"lists": lists}, func(w *world) {
				w.ws.write("a", sdk.Message{From: sdk.Guest, Files: []sdk.File{{ID: "1", Name: "bill.pdf", Type: "application/pdf"}, {ID: "2", Name: "Photo.JPG"}}})
				w.ws.write("a", sdk.Message{From: sdk.Human, Files: []sdk.File{{ID: "3", Name: "notes", Type: "application/octet-stream"}}})
				w.ws.say("a", "?")
				w.quiet()
				w.same("seen", seen.list(), []string{want + "<nil>"})
			})
		})
	}
}

func TestChatThatWasReadHasAllVerbs(t *testing.T) {
	var seen notes
	acts := func(p *sdk.Plugin) error {
		p.OnTimer("later", func(c *sdk.Chat) error {
			c.Reply("still there?")
			return nil
		})
		p.OnResult(func(c *sdk.Chat, r sdk.Result) error {
			seen.add("%s %s %s", c.ID, r.Effect.Kind, r.Outcome.State)
			return nil
		})
		return onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
			b, err := p.Chat("b")
			if err != nil {
				return err
			}
			said, err := b.History(5)
			if err != nil {
				return err
			}
			b.Forward(sdk.Department("Billing"), sdk.Because("%s", texts(said)))
			b.Tag([]string{"moved"})
			b.SetTimer("later", 5*time.Minute)
			c.Tag([]string{"asked"})
			return nil
		})(p)
	}
	prepared(t, map[string]plugin{"acts": acts}, func(w *world) {
		w.start()
		w.ws.say("b", "hello")
		w.ws.say("a", "?")
		w.quiet()
		time.Sleep(10 * time.Minute)
		w.did("a tag asked", "b forward Billing", "b tag moved", "b reply still there?")
		results := seen.list()
		slices.Sort(results)
		w.same("results", results, []string{"a tag done", "b forward done", "b reply done", "b tag done"})
		for _, chat := range []sdk.ChatID{"a", "b"} {
			e := w.why(chat)[0].Effects
			if len(e) != 3 || e[0].Effect.Chat != "b" || e[0].Effect.Reason != "hello" || e[0].Effect.Agent.Username != "alice" || e[0].Effect.Assume.DepartmentID != "id-Sales" || e[2].Effect.Chat != "a" {
				t.Errorf("on %s: %+v", chat, e)
			}
		}
	})
}

// TestEffectOnAnotherChatAssumesWhatWasReadOfIt: what a person does between the
// answer and the effect holds it up, as with the event's own chat.
func TestEffectOnAnotherChatStumblesAlone(t *testing.T) {
	acts := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		b, err := p.Chat("b")
		if err != nil {
			return err
		}
		b.Reply("refused")
		b.Tag([]string{"skipped"})
		c.Tag([]string{"done"})
		return nil
	})
	prepared(t, map[string]plugin{"acts": acts}, func(w *world) {
		w.set("acts", func(i *Instance) { i.Grants.Effects = []sdk.EffectKind{sdk.EffectTag} })
		w.start()
		w.ws.say("b", "hello")
		w.ws.say("a", "?")
		w.ended("acts b reply refused: refused not granted", "acts b tag skipped: skipped", "acts a tag done: done")
	})
}

func TestOpenChatsAreListedByDepartmentAgentAndTag(t *testing.T) {
	for want, f := range map[string]sdk.ChatFilter{
		"a b c":  {},
		"b":      {Department: "billing"},
		"a c":    {Agent: "@alice", Department: "id-Sales"},
		"c":      {Tag: "vip"},
		"":       {Status: sdk.Queued},
		"a b c ": {Status: sdk.Taken},
		"b ":     {Waiting: time.Minute},
	} {
		t.Run(want, func(t *testing.T) {
			var seen notes
			lists := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
				chats, err := p.Chats(f)
				var ids []string
				for _, c := range chats {
					ids = append(ids, string(c.ID))
					c.Tag([]string{"seen"})
				}
				seen.add("%s%v", strings.Join(ids, " "), err)
				return nil
			})
			play(t, map[string]plugin{"lists": lists}, func(w *world) {
				w.ws.say("a", "hello")
				w.ws.change("b", func(c *sdk.Chat) {
					c.Department, c.DepartmentID, c.WaitingSince, c.OpenedAt = "Billing", "id-Billing", time.Now().Add(-time.Hour), time.Now().Add(time.Second)
				})
				w.ws.say("b", "hello")
				w.ws.change("c", func(c *sdk.Chat) { c.Tags, c.OpenedAt = []string{"vip"}, time.Now().Add(time.Minute) })
				w.ws.say("c", "hello")
				w.ws.say("d", "hello")
				w.ws.leave("d")
				w.quiet()
				w.ws.say("a", "?")
				w.quiet()
				w.same("seen", seen.list(), []string{strings.TrimSpace(want) + "<nil>"})
				if n := len(w.ws.did()); n != len(strings.Fields(want)) {
					t.Errorf("%d tags were set, want one on each: %q", n, w.ws.did())
				}
			})
		})
	}
}

// TestNoOtherChatIsReachedThatWasNotRead: what a worker says is hostile input.
func TestNoOtherChatIsReachedThatWasNotRead(t *testing.T) {
	harmless := onAsk(func(*sdk.Plugin, *sdk.Chat, sdk.Message) error { return nil })
	for _, kind := range []string{sdk.ReadHistory, sdk.ReadSearch, sdk.ReadFiles, sdk.ReadContact, sdk.ReadPage, sdk.ReadPast, sdk.ReadDeeds} {
		t.Run(kind, func(t *testing.T) {
			var seen notes
			prepared(t, map[string]plugin{"evil": harmless}, func(w *world) {
				w.ws.reading = func(_ context.Context, id sdk.ChatID) { t.Errorf("messages of %s are read", id) }
				w.twists["evil"] = func(d worker.Deliver, done *worker.Done) error {
					for _, a := range d.Call.Answers {
						seen.add("%s%s", a.Value, a.Error)
						return nil
					}
					if d.Call.Event.Chat == "a" {
						done.Reply = sdk.Reply{Read: &sdk.Read{Kind: kind, Args: json.RawMessage(`{"chat":"b","text":"x","max":1}`)}}
					}
					return nil
				}
				w.start()
				w.ws.say("b", "hello")
				w.ws.say("a", "?")
				w.quiet()
				w.same("told", seen.list(), []string{`chat "b" is neither the event's nor one that was read for it: use p.Chat`})
			})
		})
	}
}

// everyRead makes each kind of read once; what is beyond the event's chat must
// be granted.
var everyRead = map[string]func(*sdk.Plugin, *sdk.Chat) error{
	sdk.ReadHistory:     func(_ *sdk.Plugin, c *sdk.Chat) error { _, err := c.History(5); return err },
	sdk.ReadSearch:      func(_ *sdk.Plugin, c *sdk.Chat) error { _, err := c.Search("x"); return err },
	sdk.ReadFiles:       func(_ *sdk.Plugin, c *sdk.Chat) error { _, err := c.Files(""); return err },
	sdk.ReadChat:        func(p *sdk.Plugin, _ *sdk.Chat) error { _, err := p.Chat("b"); return err },
	sdk.ReadChats:       func(p *sdk.Plugin, _ *sdk.Chat) error { _, err := p.Chats(sdk.ChatFilter{}); return err },
	sdk.ReadClassify:    func(p *sdk.Plugin, _ *sdk.Chat) error { _, err := p.Classify("x", []string{"y"}, 1); return err },
	sdk.ReadFetch:       func(p *sdk.Plugin, _ *sdk.Chat) error { _, err := p.Fetch("https://a.example/"); return err },
	sdk.ReadDepartments: func(p *sdk.Plugin, _ *sdk.Chat) error { _, err := p.Departments(); return err },
	sdk.ReadAgents:      func(p *sdk.Plugin, _ *sdk.Chat) error { _, err := p.Agents("Sales"); return err },
	sdk.ReadHours:       func(p *sdk.Plugin, _ *sdk.Chat) error { _, err := p.Hours(""); return err },
	sdk.ReadPast:        func(_ *sdk.Plugin, c *sdk.Chat) error { _, err := c.PastChats(); return err },
	sdk.ReadDeeds:       func(_ *sdk.Plugin, c *sdk.Chat) error { _, err := c.Deeds(); return err },
	sdk.ReadPage:        func(_ *sdk.Plugin, c *sdk.Chat) error { _, err := c.Page(); return err },
	sdk.ReadContacts:    func(p *sdk.Plugin, _ *sdk.Chat) error { _, err := p.SearchContacts("maya"); return err },
	sdk.ReadContact: func(_ *sdk.Plugin, c *sdk.Chat) error {
		c.ContactID = "k1"
		if k := c.Contact(); k.Problem != "" {
			return errors.New(k.Problem)
		}
		return nil
	},
	sdk.ReadAsk: func(p *sdk.Plugin, _ *sdk.Chat) error {
		_, err := p.Ask(sdk.Prompt{Task: "x", Labels: []string{"y"}})
		return err
	},
}

func TestReadsBeyondTheChatMustBeGranted(t *testing.T) {
	near := []string{sdk.ReadHistory, sdk.ReadSearch, sdk.ReadFiles, sdk.ReadContact, sdk.ReadPage}
	for _, kind := range sdk.ReadKinds {
		t.Run(kind, func(t *testing.T) {
			var seen notes
			reads := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
				seen.add("%v", everyRead[kind](p, c))
				return nil
			})
			prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
				w.opts.Directory = people{}
				w.set("reads", func(i *Instance) { i.Grants.Reads = nil })
				w.start()
				w.ws.say("a", "?")
				w.quiet()
				want := "not granted: add " + kind + " to the reads that the instance may make"
				if slices.Contains(near, kind) {
					want = "<nil>"
				}
				w.same("told", seen.list(), []string{want})
			})
		})
	}
}

func TestSlowReadOfAnyKindDelaysOnlyItsOwnChat(t *testing.T) {
	for _, kind := range sdk.ReadKinds {
		t.Run(kind, func(t *testing.T) {
			var seen, asked notes
			reads := func(p *sdk.Plugin) error {
				p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
					if m.Text == "?" {
						everyRead[kind](p, c)
					}
					seen.add("%s %s", c.ID, m.Text)
					return nil
				})
				return nil
			}
			prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
				w.opts.Read = map[string]Read{kind: slowly(20*time.Second, &asked)}
				w.start()
				w.ws.say("a", "?")
				w.ws.say("a", "next")
				w.ws.say("b", "plain")
				w.quiet()
				w.same("seen", seen.list(), []string{"b plain", "a ?", "a next"})
				if n := len(asked.list()); n != 1 {
					t.Errorf("it was asked %d times", n)
				}
			})
		})
	}
}

func TestAnswersOfAnEventAreBounded(t *testing.T) {
	var seen notes
	reads := onAsk(func(_ *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		for n := range 6 {
			found, err := c.Search(fmt.Sprint("word", n))
			seen.add("%d %v", len(found), err)
		}
		return nil
	})
	prepared(t, map[string]plugin{"reads": reads}, func(w *world) {
		w.opts.Read = map[string]Read{sdk.ReadSearch: func(context.Context, Inquiry) (any, error) {
			return []sdk.Message{{Text: strings.Repeat("x", 250<<10)}}, nil
		}}
		w.start()
		w.ws.say("a", "?")
		w.quiet()
		all := seen.list()
		last := all[len(all)-6:]
		if last[3] != "1 <nil>" || !strings.Contains(last[4], "at most 1048576 for one event: ask for less") {
			t.Errorf("told %q", last)
		}
	})
}

func TestForgottenChatIsForgottenWhereItWasActedOn(t *testing.T) {
	acts := onAsk(func(p *sdk.Plugin, c *sdk.Chat, _ sdk.Message) error {
		b, err := p.Chat("b")
		if err != nil {
			return err
		}
		b.Tag([]string{"x"}, sdk.Because("secret of Bea"))
		p.Log("secret of Bea")
		return nil
	})
	play(t, map[string]plugin{"acts": acts}, func(w *world) {
		w.ws.change("b", func(c *sdk.Chat) { c.Visitor = sdk.Visitor{ID: "v2", Name: "Bea"} })
		w.ws.say("b", "hello")
		w.ws.say("a", "?")
		w.did("b tag x")
		w.ws.leave("b")
		w.quiet()
		time.Sleep(time.Minute)
		w.end()
		w.ws.facts = nil // a workspace does not tell again what was told
		w.start()
		w.quiet()
		if _, err := w.host.Forget(context.Background(), "v2"); err != nil {
			t.Fatal(err)
		}
		for _, x := range w.why("a") {
			if strings.Contains(fmt.Sprint(x), "secret") {
				t.Errorf("a's decisions still say %+v", x)
			}
		}
	})
}
