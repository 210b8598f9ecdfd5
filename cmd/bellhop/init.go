package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/plugins"
)

// initAnswers are what init must know.
type initAnswers struct {
	dir    string // that is written into
	url    string
	userID string
	token  string
	caFile string // "" means the system's authorities
	proxy  string // "" means the environment's
	hook   hookAnswers
}

func initCommand() *cobra.Command {
	var a initAnswers
	var tokenFile string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Ask for a workspace, check it, and write the configuration",
		Long: `Ask for what is not given by a flag: the address of the workspace, the id of
Bellhop's user there, and its personal access token. Look at the workspace as
doctor does. Then write into the folder, where nothing is replaced:

  config.yaml            the workspace
  secrets/token          the token, readable by you only
  data/instances/*.yaml  an instance of each plugin that Bellhop ships, in shadow:
                         it decides, and only records

With --webhook-url the workspace is told to call that address, as a second source
of events, if it calls nobody yet; whom it calls already is shown and left alone.`,
		Example: "  bellhop init --dir desk\n  bellhop init --url https://chat.example.com --user-id aobEdbYhXfu5hkeqG --token-file token.txt",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if tokenFile != "" {
				text, err := os.ReadFile(tokenFile)
				if err != nil {
					return fmt.Errorf("read token: %w", err)
				}
				a.token = strings.TrimSpace(string(text))
			}
			if a.token == "" {
				a.token = os.Getenv("BELLHOP_WORKSPACE_TOKEN")
			}
			if err := a.hook.check(); err != nil {
				return &usageError{cmd, err}
			}
			if err := a.ask(cmd.InOrStdin(), cmd.OutOrStdout()); err != nil {
				return err
			}
			return a.settle(cmd)
		},
	}
	cmd.Flags().StringVar(&a.dir, "dir", ".", "folder to write into, which is made if need be")
	cmd.Flags().StringVar(&a.url, "url", "", "address of the workspace, such as https://chat.example.com")
	cmd.Flags().StringVar(&a.userID, "user-id", "", "id of Bellhop's user, which stands beside a new token")
	cmd.Flags().StringVar(&a.caFile, "ca-file", "", "PEM file with the certificate authorities of the workspace; by default the system's")
	cmd.Flags().StringVar(&a.proxy, "proxy", "", "way to the workspace, such as http://proxy.example:3128; by default what HTTPS_PROXY says")
	cmd.Flags().StringVar(&a.hook.url, "webhook-url", "", "address under which the workspace can call Bellhop, such as https://bellhop.example.com/rocketchat")
	cmd.Flags().StringVar(&a.hook.address, "webhook-address", "127.0.0.1:8477", "address on which Bellhop listens for these calls")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "file that holds the token alone; else BELLHOP_WORKSPACE_TOKEN, else it is asked for")
	return cmd
}

// ask asks for what is not known yet.
func (a *initAnswers) ask(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	asked := false
	for _, q := range []struct {
		text   string
		to     *string
		secret bool
	}{
		{"Address of the workspace (such as https://chat.example.com): ", &a.url, false},
		{"User id (My Account, Personal Access Tokens): ", &a.userID, false},
		{"Personal access token: ", &a.token, true},
	} {
		if *q.to != "" {
			continue
		}
		asked = true
		fmt.Fprint(out, q.text)
		answer, err := answer(in, lines, q.secret)
		if err != nil {
			return fmt.Errorf("ask for the workspace: %w: give --url, --user-id and --token-file instead", err)
		}
		if *q.to = strings.TrimSpace(answer); *q.to == "" {
			return errors.New("ask for the workspace: no answer: Bellhop can't do without it")
		}
	}
	if asked && a.hook.url == "" {
		return a.askForCalls(in, out, lines)
	}
	return nil
}

// askForCalls asks for what Bellhop can do without.
func (a *initAnswers) askForCalls(in io.Reader, out io.Writer, lines *bufio.Reader) error {
	fmt.Fprint(out, "Address under which the workspace can call Bellhop by its webhooks (empty if it shall not): ")
	text, err := answer(in, lines, false)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("ask for webhooks: %w", err)
	}
	a.hook.url = strings.TrimSpace(text)
	return a.hook.check()
}

// answer reads a line, and does not show it when it is a secret.
func answer(in io.Reader, lines *bufio.Reader, secret bool) (string, error) {
	if f, ok := in.(*os.File); ok && secret && term.IsTerminal(int(f.Fd())) {
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(os.Stderr)
		return string(text), err
	}
	line, err := lines.ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return line, err
}

// settle checks the answers, writes the files, and has the workspace call.
func (a *initAnswers) settle(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	if err := a.place(); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	for _, name := range written {
		if _, err := os.Stat(filepath.Join(a.dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write configuration: %s is there already, and nothing is replaced: change it by hand, or name another folder with --dir", filepath.Join(a.dir, name))
		}
	}
	c := config.Default()
	c.Workspace.URL, c.Workspace.UserID, c.Workspace.Token = a.url, a.userID, config.Secret(a.token)
	c.Workspace.CAFile, c.Workspace.Proxy = a.caFile, a.proxy
	b, err := newBridge(c, logger(slog.LevelError, "text"))
	if err != nil {
		return err
	}
	found := b.Examine(cmd.Context(), nil)
	for _, f := range found {
		tellOne(out, f)
	}
	for _, f := range found {
		if f.Verdict == bridge.Missing && (f.What == "server" || f.What == "login") {
			return errors.New("nothing was written: see above what to do, and call `bellhop init` again")
		}
	}
	call := a.hook.free(cmd.Context(), out, b)
	if err := a.write(call); err != nil {
		a.remove()
		return fmt.Errorf("write configuration: %w", err)
	}
	fmt.Fprintf(out, "\nwritten: config.yaml, secrets/token, and data/instances with %s, all in shadow\nnext:    bellhop run --config %s\n", strings.Join(plugins.IDs, ", "), filepath.Join(a.dir, "config.yaml"))
	if call {
		return a.hook.register(cmd.Context(), out, b)
	}
	return nil
}

// place makes the answers hold wherever bellhop is called from.
func (a *initAnswers) place() (err error) {
	a.url = strings.TrimRight(a.url, "/")
	if a.caFile != "" {
		a.caFile, err = filepath.Abs(a.caFile)
	}
	return err
}

// written are what write makes.
var written = []string{"config.yaml", "secrets", "data"}

// remove takes away what write had made of what was not there before.
func (a *initAnswers) remove() {
	for _, name := range written {
		os.RemoveAll(filepath.Join(a.dir, name))
	}
}

// configText is what init writes. The README's config.yaml has the other keys.
const configText = `# What else can be said here: config.yaml in Bellhop's sources shows every key.
workspace:
  url: %q
  user_id: %q
  token_file: secrets/token
%sdata: ./data
`

// way is how the workspace is reached, where that is said.
func (a *initAnswers) way() (lines string) {
	if a.caFile != "" {
		lines += fmt.Sprintf("  ca_file: %q\n", a.caFile)
	}
	if a.proxy != "" {
		lines += fmt.Sprintf("  proxy: %q\n", a.proxy)
	}
	return lines
}

func (a *initAnswers) write(call bool) error {
	secrets := filepath.Join(a.dir, "secrets")
	if err := os.MkdirAll(secrets, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(secrets, "token"), []byte(a.token+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.dir, "config.yaml"), fmt.Appendf(nil, configText, a.url, a.userID, a.way()), 0o600); err != nil {
		return err
	}
	if call {
		if err := a.hook.write(a.dir); err != nil {
			return err
		}
	}
	return shippedInstances(filepath.Join(a.dir, "data"), host.Shadow, nil)
}
