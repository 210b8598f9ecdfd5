package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
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
	var chat string
	cmd := &cobra.Command{
		Use:   "try RULE --chat FILE",
		Short: "Say of each message whether a rule holds, part by part",
		Long: `Try a rule on each message of a guest in a conversation file.

RULE is written as in an instance's settings, or names a file that holds it:

  bellhop rule try '{words: [invoice, refund], department: Sales}' --chat chat.txt`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			r, err := readRule(a[0])
			if err != nil {
				return err
			}
			data, err := os.ReadFile(chat)
			if err != nil {
				return fmt.Errorf("read conversation: %w", err)
			}
			file, err := convo.Parse(filepath.Base(chat), data)
			if err != nil {
				return err
			}
			return tryRule(cmd.Context(), cmd.OutOrStdout(), r, file)
		},
	}
	cmd.Flags().StringVar(&chat, "chat", "", "conversation file to try it on")
	if err := cmd.MarkFlagRequired("chat"); err != nil {
		panic(err)
	}
	return cmd
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

// tryRule plays the file to a plugin that does nothing but try the rule.
func tryRule(ctx context.Context, out io.Writer, r sdk.Rule, file *convo.File) error {
	schedules, err := fixedHours(file.Hours)
	if err != nil {
		return err
	}
	if faults := rule.Check(r, keys(schedules)); len(faults) > 0 {
		return fmt.Errorf("rule has faults:\n%w", errors.Join(faults...))
	}
	plugin, err := sdk.NewRunner(func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			c.Match(r, m.Text)
			return nil
		})
		return nil
	}, nil, nil, rule.New().Match)
	if err != nil {
		return err
	}
	for n, c := range file.Chats {
		s := newScene()
		id := sdk.ChatID(fmt.Sprintf("chat%d", n+1))
		for _, step := range c.Steps {
			if step.Kind == convo.Wait {
				s.next(s.Now().Add(step.Wait))
				continue
			}
			if err := s.step(id, step); err != nil {
				return fmt.Errorf("line %d: %w", step.Line, err)
			}
			if err := tellMatches(out, plugin, s, schedules); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// tellMatches prints how the rule fares with the guest's messages among what
// has just happened.
func tellMatches(out io.Writer, plugin *sdk.Runner, s *scene, schedules map[string]func(time.Time) sdk.Hours) error {
	for {
		e, ok := s.head()
		if !ok {
			return nil
		}
		s.drop()
		if e.Kind != sdk.EventMessage || e.Message.From != sdk.Guest {
			continue
		}
		hours := map[string]sdk.Hours{}
		for name, h := range schedules {
			hours[name] = h(e.At)
		}
		reply := plugin.Handle(sdk.Call{Event: e.Event, Chat: e.Picture, Now: e.At, Hours: hours})
		if reply.Error != "" {
			return fmt.Errorf("try rule: %s", reply.Error)
		}
		for _, m := range reply.Matches {
			fmt.Fprintf(out, "%s  %s: %s\n", holds(m.Held), e.Message.By.Name, e.Message.Text)
			for _, p := range m.Parts {
				fmt.Fprintf(out, "    %s  %s\n", holds(p.Held), p.Says)
			}
		}
	}
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
