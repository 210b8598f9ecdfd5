package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/config"
)

// hookAnswers say how the workspace can call Bellhop.
type hookAnswers struct {
	url     string // under which the workspace reaches Bellhop; "" means that it shall not call
	address string // on which Bellhop listens
	token   string
}

// check says what is wrong with the answers.
func (h hookAnswers) check() error {
	if h.url == "" {
		return nil
	}
	u, err := url.Parse(h.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("--webhook-url %q is no address that a workspace can call: write it like https://bellhop.example.com/rocketchat", h.url)
	}
	if _, _, err := net.SplitHostPort(h.address); err != nil {
		return fmt.Errorf("--webhook-address %q is no address to listen on: write it like 127.0.0.1:8477", h.address)
	}
	return nil
}

// free reports whether the workspace calls nobody yet. It has one address for
// all: who is called already is left alone.
func (h *hookAnswers) free(ctx context.Context, out io.Writer, b *bridge.Bridge) bool {
	if h.url == "" {
		return false
	}
	now, err := b.WebhookSettings(ctx)
	switch {
	case err != nil:
		fmt.Fprintf(out, "\nwebhooks: left as they are, for where they go can't be read: %v\n", err)
	case now.URL != "":
		fmt.Fprintf(out, "\nwebhooks: left as they are: the workspace calls %s already, and it has one address for all. To have it call Bellhop, change Omnichannel, Webhooks\n", now.URL)
	default:
		h.token = rand.Text()
		return true
	}
	return false
}

// write keeps the token, and adds to the configuration where to listen.
func (h hookAnswers) write(dir string) error {
	u, err := url.Parse(h.url)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "secrets", "webhook"), []byte(h.token+"\n"), 0o600); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, "config.yaml"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "workspace_webhooks:\n  address: %q\n  path: %q\n  token_file: secrets/webhook\n", h.address, cmp.Or(u.Path, "/"))
	return errors.Join(err, f.Close())
}

// register has the workspace call.
func (h hookAnswers) register(ctx context.Context, out io.Writer, b *bridge.Bridge) error {
	if err := b.SetWebhooks(ctx, h.url, h.token); err != nil {
		return fmt.Errorf("have the workspace call %s: %w: set URL and Secret Token in Omnichannel, Webhooks, by hand: the token is in secrets/webhook", h.url, err)
	}
	fmt.Fprintf(out, "webhooks: the workspace calls %s from now on, where Bellhop listens on %s\n", h.url, h.address)
	return nil
}

// webhookFinding compares where the workspace calls with where we listen; ok is
// false when nobody wants to be called.
func webhookFinding(ctx context.Context, c config.WorkspaceWebhooks, b *bridge.Bridge) (f bridge.Finding, ok bool) {
	if c.Address == "" {
		return f, false
	}
	f = bridge.Finding{What: "webhooks", Verdict: bridge.Doubtful, Stops: "webhooks as a second source of events: the streams and comparisons tell them", Who: "Bellhop itself"}
	now, err := b.WebhookSettings(ctx)
	if err != nil {
		f.Verdict, f.Is, f.Do = bridge.Unknown, err.Error(), "see Omnichannel, Webhooks"
		return f, true
	}
	to, _ := url.Parse(now.URL)
	switch {
	case now.URL == "" || to == nil:
		f.Is, f.Do = "the workspace calls nobody", "write Bellhop's address and the token of workspace_webhooks.token into Omnichannel, Webhooks"
	case cmp.Or(to.Path, "/") != c.Path:
		f.Is, f.Do = "the workspace calls "+now.URL+", and workspace_webhooks.path is "+c.Path, "make the two the same, in Omnichannel, Webhooks, or here"
	case now.Token != c.Token.Reveal():
		f.Is, f.Do = "the workspace's Secret Token is not workspace_webhooks.token: its calls are refused", "make the two the same, in Omnichannel, Webhooks, or here"
	case len(now.Off) > 0:
		f.Is, f.Do = "the workspace calls "+now.URL+", but not of: "+joinKinds(now.Off), "switch these on in Omnichannel, Webhooks"
	default:
		f = bridge.Finding{What: f.What, Verdict: bridge.Right, Is: "the workspace calls " + now.URL}
	}
	return f, true
}
