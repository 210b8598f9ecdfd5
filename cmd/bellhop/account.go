package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/sdk"
)

// tally is what happened in a demo: chats by what was done in them, but for
// transcripts and calls, which are counted one by one.
type tally struct {
	forwarded   map[string]bool // rooms that Bellhop moved
	tagged      map[string]bool // rooms that Bellhop tagged
	transcripts int             // mails that the mail server took, and PDFs that agents got
	calls       int             // links that guests got
}

func newTally() tally {
	return tally{forwarded: map[string]bool{}, tagged: map[string]bool{}}
}

// account counts what happened from the logs of workspace and mail server, and
// compares it with what Bellhop's store says.
func (s *stage) account(show *show, played []playedChat) error {
	happened, err := s.happened()
	if err != nil {
		return err
	}
	believed, failed, err := s.believed(played)
	if err != nil {
		return err
	}
	for _, f := range failed {
		show.line("failed: %s", f)
	}
	show.line("demo: %d chats, %d forwarded, %d tagged, %d transcripts delivered, %d calls started, %d failed",
		len(played), len(happened.forwarded), len(happened.tagged), happened.transcripts, happened.calls, len(failed))
	if faults := happened.differs(believed); len(faults) > 0 {
		return fmt.Errorf("the logs and Bellhop's store do not agree: %s", strings.Join(faults, "; "))
	}
	if len(failed) > 0 {
		return errors.New("not everything went well: see the lines above")
	}
	return nil
}

// happened counts from the logs alone.
func (s *stage) happened() (tally, error) {
	t := newTally()
	facts, err := s.readFacts()
	if err != nil {
		return t, err
	}
	for _, f := range facts {
		if f.By == s.accounts.Bot.User {
			t.fact(f)
		}
	}
	mails, err := readMails(s.path("mails"))
	t.transcripts += len(mails)
	return t, err
}

// fact counts one thing that Bellhop's account did.
func (t *tally) fact(f lobby.Fact) {
	switch {
	case f.Fact == "forwarded":
		t.forwarded[f.RID] = true
	case f.Fact == "tagged" && len(f.Tags) > len(f.TagsBefore):
		t.tagged[f.RID] = true
	case f.Fact == "uploaded" && f.FileType == "application/pdf" && len(f.To) > 0:
		t.transcripts++
	case f.Fact == "message" && strings.Contains(f.Text, "/call/"+f.RID):
		t.calls++
	}
}

// readMails reads the mail server's log.
func readMails(dir string) ([]mail.Accepted, error) {
	f, err := os.Open(filepath.Join(dir, mail.LogName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []mail.Accepted
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a mail.Accepted
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			return nil, fmt.Errorf("read mail log: %w", err)
		}
		all = append(all, a)
	}
	return all, lines.Err()
}

// believed counts what the store says was done in the chats, and what failed.
// What a limit or a rule of the house forbade is no failure.
func (s *stage) believed(played []playedChat) (tally, []string, error) {
	t := newTally()
	var failed []string
	for _, p := range played {
		if p.err != nil {
			failed = append(failed, p.err.Error())
		}
		why, err := s.db.Why(p.room)
		if err != nil {
			return t, nil, err
		}
		for _, w := range why {
			if w.Decision.Error != "" {
				failed = append(failed, fmt.Sprintf("%s: %s failed on %s: %s", p.name, w.Decision.Instance, w.Decision.Event, w.Decision.Error))
			}
			for _, e := range w.Effects {
				if e.Outcome == nil || fails(*e.Outcome) {
					failed = append(failed, fmt.Sprintf("%s: %s by %s: %v", p.name, e.Effect.Kind, e.Effect.Instance, e.Outcome))
					continue
				}
				t.effect(e.Effect.Effect, string(p.room), *e.Outcome)
			}
		}
	}
	return t, failed, nil
}

// fails reports whether nobody but Bellhop is to blame for the outcome.
func fails(o sdk.Outcome) bool {
	return o.State == sdk.Unconfirmed || o.State == sdk.Refused && !strings.HasPrefix(o.Reason, "limit: ")
}

// effect counts one effect.
func (t *tally) effect(e sdk.Effect, room string, o sdk.Outcome) {
	if o.State != sdk.Done {
		return
	}
	switch e.Kind {
	case sdk.EffectForward:
		if !o.Unchanged {
			t.forwarded[room] = true
		}
	case sdk.EffectTag:
		if !o.Unchanged {
			t.tagged[room] = true
		}
	case sdk.EffectTranscript:
		t.transcripts += len(e.Delivery.Mail)
		if e.Delivery.Direct {
			t.transcripts++
		}
	case sdk.EffectCall:
		t.calls++
	}
}

// differs says in what two tallies differ.
func (t tally) differs(believed tally) []string {
	var faults []string
	note := func(what string, happened, believed any) {
		if fmt.Sprint(happened) != fmt.Sprint(believed) {
			faults = append(faults, fmt.Sprintf("%s: logs %v, store %v", what, happened, believed))
		}
	}
	note("forwarded", t.forwarded, believed.forwarded)
	note("tagged", t.tagged, believed.tagged)
	note("transcripts delivered", t.transcripts, believed.transcripts)
	note("calls started", t.calls, believed.calls)
	return faults
}

// keepPDFs writes the PDFs of the mails that were taken into a folder.
func (s *stage) keepPDFs() error {
	mails, err := readMails(s.path("mails"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.path("pdf"), 0o700); err != nil {
		return err
	}
	for _, m := range mails {
		raw, err := os.ReadFile(filepath.Join(s.path("mails"), m.File))
		if err != nil {
			return err
		}
		for _, f := range mail.Files(raw) {
			if f.Type != "application/pdf" {
				continue
			}
			name := strings.TrimSuffix(m.File, ".eml") + ".pdf"
			if err := os.WriteFile(filepath.Join(s.path("pdf"), name), f.Data, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}
