package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

func ruleCommand() *cobra.Command {
	return group("rule", "Try rules on conversations",
		tryCommand())
}

func tryCommand() *cobra.Command {
	var t trial
	var chat string
	cmd := &cobra.Command{
		Use:   "try RULE --chat FILE|CHAT",
		Short: "Say of each message whether a rule holds, part by part",
		Long: `Try a rule on each message of a guest in a conversation file, or in a chat that the
store holds, named by its id or the link to it.

RULE is written as in an instance's settings, or names a file that holds it.`,
		Example: "  bellhop rule try '{words: [invoice, refund], department: Sales}' --chat chat.txt\n  bellhop rule try rule.yaml --chat https://chat.example.com/live/LmXb2Ye6Hd8QmkmoX",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) (err error) {
			if t.rule, err = readRule(a[0]); err != nil {
				return err
			}
			t.out = cmd.OutOrStdout()
			if _, err := os.Stat(chat); err != nil {
				return t.recorded(cmd.Context(), chat)
			}
			return t.file(cmd.Context(), chat)
		},
	}
	t.flags(cmd)
	cmd.Flags().StringVar(&chat, "chat", "", "conversation file to try it on, or a chat's id or link")
	if err := cmd.MarkFlagRequired("chat"); err != nil {
		panic(err)
	}
	return cmd
}

// trial is a rule that is tried on messages.
type trial struct {
	desk
	rule   sdk.Rule
	out    io.Writer
	plugin *sdk.Runner // does nothing but try the rule
	hours  map[string]func(time.Time) sdk.Hours
	known  informant // who answers what the rule asks for
}

// readRule reads a rule from the text, or from the file that it names.
func readRule(text string) (sdk.Rule, error) {
	if data, err := os.ReadFile(text); err == nil {
		text = string(data)
	}
	js, err := config.ParseSettings(text, 1)
	if err != nil {
		return sdk.Rule{}, fmt.Errorf("read rule: %w", err)
	}
	r := sdk.Rule{Name: "tried"}
	d := json.NewDecoder(strings.NewReader(string(js)))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return sdk.Rule{}, fmt.Errorf("read rule: %w", err)
	}
	return r, nil
}

// begin makes the plugin, with the schedules that the rule may name.
func (t *trial) begin(schedules map[string]func(time.Time) sdk.Hours) (err error) {
	if faults := rule.Check(t.rule, keys(schedules), sdk.ReadKinds); len(faults) > 0 {
		return fmt.Errorf("rule has faults:\n%w", errors.Join(faults...))
	}
	t.hours = schedules
	t.plugin, err = sdk.NewRunner(func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			c.Match(t.rule, m.Text)
			return nil
		})
		return nil
	}, nil, nil, rule.New().Match)
	return err
}

// file tries the rule on a conversation file.
func (t *trial) file(ctx context.Context, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read conversation: %w", err)
	}
	file, err := convo.Parse(filepath.Base(name), data)
	if err != nil {
		return err
	}
	schedules, err := fixedHours(file.Hours)
	if err != nil {
		return err
	}
	said, err := newAnswers(file.Answers)
	if err != nil {
		return err
	}
	s := newScene()
	t.known = informant{Directory: directory{said, s}, read: said.reads(), loads: s.loads}
	err = t.begin(schedules)
	for n := 0; err == nil && n < len(file.Chats); n++ {
		err = t.play(ctx, s, sdk.ChatID(fmt.Sprintf("chat%d", n+1)), file.Chats[n])
	}
	return errors.Join(err, ctx.Err())
}

func (t *trial) play(ctx context.Context, s *scene, id sdk.ChatID, c convo.Chat) error {
	for _, step := range c.Steps {
		if step.Kind == convo.Wait {
			s.next(s.Now().Add(step.Wait))
			continue
		}
		if step.Kind == convo.Staff {
			s.shift(step)
		}
		if err := s.step(id, step); err != nil {
			return fmt.Errorf("line %d: %w", step.Line, err)
		}
		for e, more := s.head(); more; e, more = s.head() {
			s.drop()
			if err := t.try(ctx, e.Event, e.Picture, e.At); err != nil {
				return err
			}
		}
	}
	return nil
}

// recorded tries the rule on a chat that the store holds, with the schedules of
// the configuration.
func (t *trial) recorded(ctx context.Context, chat string) error {
	data, _, err := t.folder()
	if err != nil {
		return fmt.Errorf("there is no file %s, and to look for a chat: %w", chat, err)
	}
	r := replay{desk: t.desk, since: always, chat: sdk.ChatID(path.Base(chat))}
	was, err := r.past(ctx, data)
	switch {
	case err != nil:
		return fmt.Errorf("there is no file %s, and to look for a chat: %w", chat, err)
	case len(was.entries) == 0:
		return fmt.Errorf("there is no file %s, and the store holds no chat %s", chat, r.chat)
	}
	t.known = informant{Directory: unasked{}}
	if err := t.begin(r.knows(data).Hours); err != nil {
		return err
	}
	for _, e := range was.entries {
		if err := t.try(ctx, e.Event, e.Picture, e.Accepted); err != nil {
			return err
		}
	}
	return nil
}

// try prints how the rule fares with the event, if a guest wrote.
func (t *trial) try(ctx context.Context, e sdk.Event, picture sdk.Chat, now time.Time) error {
	if e.Kind != sdk.EventMessage || e.Message.From != sdk.Guest {
		return nil
	}
	hours := map[string]sdk.Hours{}
	for name, h := range t.hours {
		hours[name] = h(now)
	}
	call := sdk.Call{Event: e, Chat: picture, Now: now, Hours: hours}
	reply := t.plugin.Handle(call)
	for reply.Read != nil {
		call.Answers = append(call.Answers, t.known.answer(ctx, *reply.Read))
		reply = t.plugin.Handle(call)
	}
	if reply.Error != "" {
		return fmt.Errorf("try rule: %s", reply.Error)
	}
	for _, m := range reply.Matches {
		fmt.Fprintf(t.out, "%s  %s: %s\n", holds(m.Held), plainly(e.Message.By.Name), plainly(e.Message.Text))
		for _, p := range m.Parts {
			fmt.Fprintf(t.out, "    %s  %s\n", holds(p.Held), plainly(p.Says))
		}
	}
	return nil
}

func holds(yes bool) string {
	if yes {
		return "holds"
	}
	return "  no "
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	return names
}
