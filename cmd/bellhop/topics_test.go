package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/model"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// trainTopics learns two topics, of which one is about invoices, into a file.
func trainTopics(t *testing.T, path, invoices string) {
	t.Helper()
	var all []model.Example
	for n := range 40 {
		all = append(all, model.Example{Text: fmt.Sprint("the invoice is wrong ", n), Labels: []string{invoices}},
			model.Example{Text: fmt.Sprint("where is my parcel ", n), Labels: []string{"parcels"}})
	}
	topics, err := model.Learn(t.Context(), all, model.LearnOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := topics.Save(path, model.Facts{}); err != nil {
		t.Fatal(err)
	}
}

// choose asks the host's read for one label.
func choose(t *testing.T, read host.Read, labels ...string) (string, error) {
	t.Helper()
	got, err := read(context.Background(), host.Inquiry{Question: sdk.Question{Text: "my invoice is wrong", Labels: labels, Max: 1}})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%q", got.(sdk.Choice).Labels), nil
}

func TestPluginsAreToldLearnedTopics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "topics.bin")
	trainTopics(t, path, "billing")
	all, err := reads(config.Model{TopicsFile: path}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := choose(t, all["classify"], "Billing", "Parcels"); got != `["Billing"]` || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := choose(t, all["classify"], "Parcels", "Other"); got != `[]` || err != nil {
		t.Errorf("%s, %v: nothing that was offered fits", got, err)
	}
	if _, err := choose(t, all["classify"], "weather"); err == nil || !strings.Contains(err.Error(), "none of the labels was learned") {
		t.Errorf("%v", err)
	}
}

func TestLearnedTopicsAnswerForTheEndpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "topics.bin")
	trainTopics(t, path, "billing")
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "busy", http.StatusServiceUnavailable)
	}))
	t.Cleanup(busy.Close)
	all, err := reads(config.Model{BaseURL: busy.URL, Name: "tiny", TopicsFile: path}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := choose(t, all["classify"], "billing"); got != `["billing"]` || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTopicsAreReadAgainWhenTheyChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "topics.bin")
	trainTopics(t, path, "billing")
	all, err := reads(config.Model{TopicsFile: path}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	trainTopics(t, path, "invoices")
	touch(t, path, 1)
	if got, err := choose(t, all["classify"], "invoices"); got != `["invoices"]` || err != nil {
		t.Errorf("after training again: %s, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("not topics"), 0o600); err != nil {
		t.Fatal(err)
	}
	touch(t, path, 2)
	if got, err := choose(t, all["classify"], "invoices"); got != `["invoices"]` || err != nil {
		t.Errorf("after the file is spoilt: %s, %v", got, err)
	}
}

// touch makes sure that a file looks changed, whatever the clock of its disk.
func touch(t *testing.T, path string, minutes int) {
	t.Helper()
	at := time.Now().Add(time.Duration(minutes) * time.Minute)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestTopicsFileThatIsNoneIsAFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing.bin")
	for _, c := range []config.Model{{TopicsFile: path}, {TopicsFile: path, BaseURL: "http://127.0.0.1:1", Name: "tiny"}} {
		if _, err := reads(c, t.TempDir()); err == nil || !strings.Contains(err.Error(), "model.topics_file: ") {
			t.Errorf("%v", err)
		}
	}
}

func TestTopicsThatTheChatsTaughtAreToldAtOnce(t *testing.T) {
	data := t.TempDir()
	all, err := reads(config.Model{}, data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := choose(t, all["classify"], "billing"); err == nil || !strings.Contains(err.Error(), "have bellhop topics train learn from chats") {
		t.Errorf("before anything was learned: %v", err)
	}
	db, err := store.Open(filepath.Join(data, "bellhop.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	l := &learning{db: db, data: data}
	if _, err := l.now(t.Context()); err == nil || !strings.Contains(err.Error(), "people have tagged 0 of the chats") {
		t.Errorf("of no chats: %v", err)
	}
	for n := range 40 {
		end(t, db, sdk.ChatID(fmt.Sprint("invoice", n)), "billing", fmt.Sprint("the invoice is wrong ", n))
		end(t, db, sdk.ChatID(fmt.Sprint("parcel", n)), "parcels", fmt.Sprint("where is my parcel ", n))
	}
	v, err := l.now(t.Context())
	if err != nil || v.Texts != 80 || !v.InUse {
		t.Fatalf("%+v, %v", v, err)
	}
	if got, err := choose(t, all["classify"], "Billing"); got != `["Billing"]` || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := l.now(t.Context()); !errors.Is(err, model.ErrNothingNew) {
		t.Errorf("learning again: %v", err)
	}
}

func TestTagsThatNearlyAllChatsHaveTellNoTopic(t *testing.T) {
	var tagged []store.Tagged
	var examples []model.Example
	for n := range 40 {
		tags := []string{"sold", []string{"billing", "parcels"}[n%2]}
		if n == 7 {
			tags = []string{"sold"}
		}
		for _, c := range []store.Tagged{{Department: "Sales", Tags: tags}, {Department: "Billing", Tags: []string{"billing"}}} {
			tagged, examples = append(tagged, c), append(examples, model.Example{Labels: c.Tags})
		}
	}
	dropUsual(tagged, examples)
	for n, want := range map[int]string{0: "billing", 2: "parcels", 14: "sold", 1: "billing"} {
		if got := strings.Join(examples[n].Labels, ", "); got != want {
			t.Errorf("chat %d teaches %q, want %q", n, got, want)
		}
	}
}

// told runs the command and is what it says, or its error.
func told(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	if err := root.ExecuteContext(t.Context()); err != nil {
		return err.Error()
	}
	return out.String()
}

func TestTopicsOfChatsAreTaughtListedAndRolledBackByCommands(t *testing.T) {
	data := t.TempDir()
	teach := func(beginning string, n int) {
		db, err := store.Open(filepath.Join(data, "bellhop.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for i := range n {
			end(t, db, sdk.ChatID(fmt.Sprint(beginning, "invoice", i)), "billing", fmt.Sprint("the invoice is wrong ", i))
			end(t, db, sdk.ChatID(fmt.Sprint(beginning, "parcel", i)), "parcels", fmt.Sprint("where is my parcel ", i))
			end(t, db, sdk.ChatID(fmt.Sprint(beginning, "name", i)), fmt.Sprint("for Maya ", beginning, i/4), "it is for Maya")
		}
	}
	teach("a", 40)
	for _, c := range []struct{ args, want string }{
		{"train", "version 1 of the topics is in use: 2 topics from 80 chats; right in 100.0 %"},
		{"train", "nothing new was learned"},
		{"explain", "billing: invoice"},
		{"explain invoice", "billing 100 %, sure"},
		{"list", "in use"},
	} {
		got := told(t, append(append([]string{"topics"}, strings.Fields(c.args)...), "--folder", data)...)
		if !strings.Contains(got, c.want) || strings.Contains(got, "Maya") {
			t.Errorf("topics %s: %q, want %q", c.args, got, c.want)
		}
	}
	teach("b", 10)
	for _, c := range []struct{ args, want string }{
		{"train", "version 2 of the topics is in use: 2 topics from 100 chats"},
		{"rollback", "version 1 of the topics is in use: 2 topics from 80 chats; what is learned later is used after"},
		{"rollback", "no former version"},
		{"use newest", "version 2 of the topics is in use: 2 topics from 100 chats"},
		{"list --json", `"in_use": true`},
	} {
		if got := told(t, append(append([]string{"topics"}, strings.Fields(c.args)...), "--folder", data)...); !strings.Contains(got, c.want) {
			t.Errorf("topics %s: %q, want %q", c.args, got, c.want)
		}
	}
}

// end has a chat end that a person has tagged.
func end(t *testing.T, db *store.DB, chat sdk.ChatID, tag, text string) {
	t.Helper()
	m := &sdk.Message{ID: sdk.MessageID(chat) + "-m", From: sdk.Guest, Text: text}
	for _, e := range []bridge.Event{
		{Event: sdk.Event{ID: bridge.MessageEventID(m.ID), Kind: sdk.EventMessage, Chat: chat, Message: m}, Picture: sdk.Chat{ID: chat, Status: sdk.Taken}},
		{Event: sdk.Event{ID: bridge.ClosedID(chat), Kind: sdk.EventClosed, Chat: chat}, Picture: sdk.Chat{ID: chat, Status: sdk.Closed, Tags: []string{tag}}},
	} {
		if _, _, err := db.Append(e, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTopicsAreLearnedOnceANight(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 30, 0, 0, time.UTC) }
	for _, c := range []struct {
		last, now time.Time
		want      bool
	}{
		{at(2, 3), at(2, 4), false},
		{at(2, 3), at(3, 1), false},
		{at(2, 3), at(3, 2), true},
		{at(2, 3), at(3, 12), false}, // the host was off at night
		{at(2, 3), at(4, 12), true},  // and again
		{time.Time{}, at(2, 12), true},
	} {
		if got := due(c.last, c.now); got != c.want {
			t.Errorf("last %s, now %s: due is %v", c.last, c.now, got)
		}
	}
}
