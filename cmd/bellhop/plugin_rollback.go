package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/console"
)

func rollbackCommand() *cobra.Command {
	var d desk
	var yes bool
	cmd := &cobra.Command{
		Use:   "rollback INSTANCE",
		Short: "Undo an instance's last upgrade: code, settings, rights and state",
		Long: `Go back to the version that ran before the last upgrade, with the settings and the
rights of then. The instance remembers what it remembered then; what it has learned
since is lost. What it has done since stays done: that is listed first, and you are
asked. Several upgrades are undone one after another, the last one first.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error { return rollBack(cmd, &d, a[0], yes) },
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func rollBack(cmd *cobra.Command, d *desk, name string, yes bool) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	t, err := d.instance(name)
	if err != nil {
		return err
	}
	b, err := get[console.Back](ctx, d, "/back", url.Values{"instance": {name}})
	if err != nil {
		return err
	}
	if _, err := findPlugin(t.data, b.Plugin, b.To); err != nil {
		return fmt.Errorf("roll back %s: %w", name, err)
	}
	tellBack(out, b)
	ok, err := agreed(cmd, yes, "Roll %s back to %s?", name, b.To)
	if err == nil && !ok {
		_, err = fmt.Fprintf(out, "%s stays at %s\n", name, b.From)
	}
	if err != nil || !ok {
		return err
	}
	if _, err := post[struct{}](ctx, d, "/back", console.GoBack{Instance: name}); err != nil {
		return err
	}
	if t.file, err = fileBack(t.file, b); err == nil {
		err = t.save()
	}
	if err != nil {
		return fmt.Errorf("%s runs %s again, and its file does not say so: write `version: %s` into it: %w", name, b.To, b.To, err)
	}
	_, err = fmt.Fprintf(out, "%s runs %s %s again\n", name, b.Plugin, b.To)
	return err
}

// fileBack is the instance's file as it is to be.
func fileBack(file config.Instance, b console.Back) (config.Instance, error) {
	file.Version, file.Settings = b.To, b.Settings
	file.Grants = config.Grants{}
	if len(b.Rights) == 0 {
		return file, nil
	}
	return file, json.Unmarshal(b.Rights, &file.Grants)
}

// tellBack says what comes back and what does not.
func tellBack(out io.Writer, b console.Back) {
	fmt.Fprintf(out, "%s: %s %s -> %s, as it was on %s\n", b.Instance, b.Plugin, b.From, b.To, b.At.Local().Format("2 Jan 15:04:05"))
	fmt.Fprintf(out, "comes back: what it remembered then: %s, and something of %s\n", count(b.Remembered, "name"), count(b.Chats, "chat"))
	if b.Configured {
		fmt.Fprintln(out, "comes back: the settings of then")
	}
	fmt.Fprintln(out, "is lost: what it has learned since")
	if b.Waiting > 0 {
		fmt.Fprintf(out, "goes on: %s that waits to be carried out: see `bellhop outbox`\n", count(b.Waiting, "effect"))
	}
	if len(b.Done) == 0 {
		fmt.Fprintln(out, "it has done nothing since")
		return
	}
	fmt.Fprintf(out, "stays done, since it can't be undone: %s\n", count(len(b.Done), "effect"))
	for _, a := range b.Done {
		fmt.Fprintf(out, "  %s  %s  %s\n", a.At.Local().Format("2 Jan 15:04:05"), plainly(a.What), a.Chat)
	}
}
