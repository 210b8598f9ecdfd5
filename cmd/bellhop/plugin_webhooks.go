package main

import (
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/host/worker"
)

func webhooksCommand() *cobra.Command {
	var d desk
	cmd := &cobra.Command{
		Use:   "webhooks INSTANCE",
		Short: "Say where an instance's webhooks are called, and with which secret",
		Long: `List the webhooks of an instance's plugin, and the secret that a caller sends with
each call, as Authorization: Bearer SECRET or X-Bellhop-Secret: SECRET. Calls that
send the same Idempotency-Key are one.

The secret is the instance's own, made by the store; with secret_file in the
instance's file it is what that file holds. The listener is off until plugin_webhooks.address
is set in the configuration.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error { return tellWebhooks(cmd, &d, a[0]) },
	}
	d.flags(cmd)
	return cmd
}

func tellWebhooks(cmd *cobra.Command, d *desk, name string) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	t, err := d.instance(name)
	if err != nil {
		return err
	}
	settings := t.file.Settings
	if settings == nil {
		settings = t.plugin.Defaults
	}
	w, err := trials(ctx, worker.Options{Init: worker.Init{Instance: name, Sources: t.plugin.files, Settings: settings, Hours: d.schedules(), Reads: t.file.Grants.Reads}})
	if err != nil {
		return err
	}
	paths := w.Offers().Webhooks
	w.Stop()
	if len(paths) == 0 {
		_, err := fmt.Fprintf(out, "%s has no webhooks\n", t.plugin.ID)
		return err
	}
	h, err := get[console.Hooks](ctx, d, "/hooks", url.Values{"instance": {name}})
	if err != nil {
		return err
	}
	if h.URL == "" {
		h.URL = "(nobody listens: set plugin_webhooks.address, and run the host)/hooks/" + name + "/"
	}
	for _, p := range paths {
		fmt.Fprintf(out, "POST %s%s\n", h.URL, p)
	}
	if t.file.Secret != "" {
		h.Secret = "what " + under(t.data, filepath.FromSlash(t.file.Secret)) + " holds"
	}
	_, err = fmt.Fprintf(out, "secret: %s\n", h.Secret)
	return err
}
