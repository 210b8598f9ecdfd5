package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/pflag"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/sdk"
)

// deskCommands are what scripts can do besides running programs.
var deskCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"workspace": startWorkspace,
	"play":      playFile,
	"leave":     leaveChat,
	"direct":    writeDirect,
	"token":     writeToken,
	"visitor":   nameVisitor,
	"letter":    nameLetter,
	"until":     untilSays,
	"hook":      callHook,
	"later":     moveClock,
	"permit":    permitRoles,
	"told":      untilTold,
}

// stages are the workspaces of the scripts that run, by the scripts' folders.
var stages sync.Map

func stageOf(ts *testscript.TestScript) *stage {
	s, there := stages.Load(ts.MkAbs("."))
	if !there {
		ts.Fatalf("say workspace first")
	}
	return s.(*stage)
}

// startWorkspace starts a workspace for the script, with flags of bellhop lobby
// that say what is wrong in it, and writes a config.yaml that leads to it. Its
// data folder is the script's own.
func startWorkspace(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs("stage")
	ts.Check(os.Mkdir(dir, 0o700))
	f := pflag.NewFlagSet("workspace", pflag.ContinueOnError)
	var world worldFlags
	world.flags(f)
	as := f.String("as", "", "")
	licensed := f.Bool("licensed", false, "")
	ts.Check(f.Parse(args))
	s, err := newServers(dir, quiet, func(o *lobby.Options) {
		o.As, o.Licensed = *as, *licensed
		ts.Check(world.over(o))
		o.Now = movable(ts.MkAbs("."), o.Now)
	})
	ts.Check(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }) }()
	ts.Defer(func() {
		stop()
		<-ended
		s.close()
	})
	c := s.config()
	c.Data = ts.MkAbs("data")
	_, err = writeConfig(ts.MkAbs("."), c)
	ts.Check(err)
	s.player.leaveOpen = true
	stages.Store(ts.MkAbs("."), s)
}

// moved is by how much the clocks of the scripts' workspaces were moved, by the
// scripts' folders.
var moved sync.Map

// movable is a workspace's clock that the script can move.
func movable(dir string, now func() time.Time) func() time.Time {
	if now == nil {
		now = time.Now
	}
	by := &atomic.Int64{}
	moved.Store(dir, by)
	return func() time.Time { return now().Add(time.Duration(by.Load())) }
}

// moveClock sets the workspace's clock forward, as if so much time had passed
// there: later DURATION.
func moveClock(ts *testscript.TestScript, _ bool, args []string) {
	stageOf(ts)
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	by, _ := moved.Load(ts.MkAbs("."))
	by.(*atomic.Int64).Add(int64(d))
}

// permitRoles gives a permission to roles and takes it from all others, as an
// admin: permit PERMISSION ROLE...
func permitRoles(ts *testscript.TestScript, _ bool, args []string) {
	body := map[string]any{"permissions": []any{map[string]any{"_id": args[0], "roles": args[1:]}}}
	ts.Check(stageOf(ts).player.client.as(context.Background(), "admin", http.MethodPost, "permissions.update", body, nil))
}

// untilTold waits for a direct message of Bellhop's account to somebody: told USER
// PATTERN.
func untilTold(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[1])
	for end := time.Now().Add(time.Minute); time.Now().Before(end); pause(context.Background(), 20*time.Millisecond) {
		facts, err := stageOf(ts).readFacts()
		ts.Check(err)
		if slices.ContainsFunc(facts, func(f lobby.Fact) bool {
			return f.Fact == "dm" && slices.Contains(f.To, args[0]) && pattern.MatchString(f.Text)
		}) {
			return
		}
	}
	ts.Fatalf("%s is never told %q", args[0], args[1])
}

// playFile plays the conversations of a file: play NAME FILE. The name makes
// the chat's id, which goes into the variables CHAT and NAME.
func playFile(ts *testscript.TestScript, _ bool, args []string) {
	chats, err := readConversations(ts.MkAbs(args[1]))
	ts.Check(err)
	room, err := stageOf(ts).player.play(context.Background(), args[0], chats[0])
	ts.Check(err)
	ts.Setenv("CHAT", string(room))
	ts.Setenv(args[0], string(room))
}

// untilSays runs a program again and again until it says what is waited for:
// until PATTERN PROGRAM ARGS.
func untilSays(ts *testscript.TestScript, neg bool, args []string) {
	pattern := regexp.MustCompile("(?m)" + args[0])
	for end := time.Now().Add(time.Minute); time.Now().Before(end); pause(context.Background(), 20*time.Millisecond) {
		ts.Exec(args[1], args[2:]...)
		if pattern.MatchString(ts.ReadFile("stdout")) != neg {
			return
		}
	}
	ts.Fatalf("%s never says %q; lastly:\n%s%s", strings.Join(args[1:], " "), args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
}

// leaveChat has the guest of a chat close it: leave NAME.
func leaveChat(ts *testscript.TestScript, _ bool, args []string) {
	t := turn{player: stageOf(ts).player, room: sdk.ChatID(idOf("room", args[0])), token: idOf("token", args[0])}
	ts.Check(t.leave(context.Background()))
}

// nameVisitor puts the id of a chat's visitor, as a command tells it, into the
// variable VISITOR: visitor CHAT.
func nameVisitor(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("bellhop", "why", args[0], "--json"))
	var s console.Story
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &s))
	ts.Setenv("VISITOR", s.Visitor)
}

// nameLetter puts the event of a chat's dead letter into the variable EVENT:
// letter CHAT.
func nameLetter(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("bellhop", "dead", "list", "--json"))
	var all []console.Letter
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &all))
	for _, l := range all {
		if string(l.Chat) == args[0] {
			ts.Setenv("EVENT", string(l.Event))
			return
		}
	}
	ts.Fatalf("no dead letter of chat %s", args[0])
}

// writeToken writes a token of Bellhop's account into a file, and puts the
// workspace's address and the account's id into the variables URL and BOT: token
// FILE.
func writeToken(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts)
	s.player.client.account["bot"] = account(s.accounts.Bot)
	l, err := s.player.client.login(context.Background(), "bot")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(l.token+"\n"), 0o600))
	ts.Setenv("URL", s.accounts.Base)
	ts.Setenv("BOT", l.user)
}

// writeDirect has somebody write to Bellhop's account: direct USER TEXT.
func writeDirect(ts *testscript.TestScript, _ bool, args []string) {
	body := map[string]any{"channel": "@bot", "text": args[1]}
	ts.Check(stageOf(ts).player.client.as(context.Background(), args[0], http.MethodPost, "chat.postMessage", body, nil))
}

// callHook calls a plugin's webhook and prints what it answers: hook
// INSTANCE/PATH SECRET BODY [KEY]. The secret "" means the one that the store
// makes.
func callHook(ts *testscript.TestScript, _ bool, args []string) {
	instance, path, _ := strings.Cut(args[0], "/")
	ts.Check(ts.Exec("bellhop", "plugin", "webhooks", instance))
	told := regexp.MustCompile(`POST (\S+/hooks/\w+/)\S+\n(?s:.*)secret: (.*)\n`).FindStringSubmatch(ts.ReadFile("stdout"))
	if told == nil {
		ts.Fatalf("no webhooks: %s", ts.ReadFile("stdout"))
	}
	secret := args[1]
	if secret == "" {
		secret = told[2]
	}
	r, err := http.NewRequest(http.MethodPost, told[1]+path, strings.NewReader(args[2]))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+secret)
	if len(args) > 3 {
		r.Header.Set("Idempotency-Key", args[3])
	}
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d %s", answer.StatusCode, body)
}
