package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/sdk"
)

// alertPatience is how long telling everybody may take.
const alertPatience = time.Minute

// alerts tells those that the configuration names; nil when it names nobody.
func alerts(c config.Config, post func(ctx context.Context, to, text string) error, log *slog.Logger) (func(context.Context, string) error, error) {
	ways := map[string]func(context.Context, string) error{}
	for _, u := range c.Alerts.Users {
		to := "@" + strings.TrimPrefix(u, "@")
		ways[to] = func(ctx context.Context, text string) error { return post(ctx, to, text) }
	}
	if c.Alerts.Room != "" {
		to := "#" + strings.TrimPrefix(c.Alerts.Room, "#")
		ways[to] = func(ctx context.Context, text string) error { return post(ctx, to, text) }
	}
	if c.Alerts.Mail != "" {
		m, err := mailer(c.Mail)
		if err != nil {
			return nil, err
		}
		ways[c.Alerts.Mail] = func(ctx context.Context, text string) error {
			return m.Send(ctx, mail.Message{To: []string{c.Alerts.Mail}, Subject: "Bellhop needs somebody", Text: text})
		}
	}
	if len(ways) == 0 {
		return nil, nil
	}
	return func(ctx context.Context, text string) error {
		return tellAll(ctx, ways, "Bellhop needs somebody:\n"+text, log)
	}, nil
}

// tellAll tells all, and fails when nobody was reached.
func tellAll(ctx context.Context, ways map[string]func(context.Context, string) error, text string, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, alertPatience)
	defer cancel()
	var faults []error
	for to, tell := range ways {
		if err := tell(ctx, text); err != nil {
			faults = append(faults, fmt.Errorf("tell %s: %w", to, err))
		}
	}
	err := errors.Join(faults...)
	if err != nil && len(faults) < len(ways) {
		log.Warn("alert does not reach everybody", "err", err)
		return nil
	}
	return err
}

// orders are what a manager can tell Bellhop in a direct message.
func orders(h *host.Host) map[string]bridge.Order {
	return map[string]bridge.Order{"stop": func(_ context.Context, by sdk.Person) string {
		if err := h.PauseAll("@" + by.Username + " wrote stop"); err != nil {
			return "All instances pause now, but it is not on disk: " + err.Error()
		}
		return "All instances pause: nothing more is decided or carried out, not after a restart either. `bellhop resume --all` on the machine lets them go on."
	}}
}
