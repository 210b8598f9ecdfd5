package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellhop-chat/bellhop/host/transcript"
)

// renderOptions are what the command line says of a transcript.
type renderOptions struct {
	format string
	out    string
	start  string
	zone   string
	chat   int
	redact bool
	fonts  bool // of this machine too

	name, logo, colour, footer, language string
}

func transcriptCommand() *cobra.Command {
	return group("transcript", "Write conversations down",
		renderCommand())
}

func renderCommand() *cobra.Command {
	var o renderOptions
	cmd := &cobra.Command{
		Use:   "render CONVERSATION",
		Short: "Write a conversation file down as PDF, HTML, text or JSON, without a server",
		Long: `Write down a conversation of a file: of Bellhop's text format, or one line a
conversation in JSON, {"id", "lang", "turns": [{"from": "guest" or "agent", "text"}]},
or the JSON form of a transcript. Files that are sent in it are read from its
folder. A conversation of - is the standard input.`,
		Example: "  bellhop transcript render chat.txt --out chat.pdf\n  bellhop transcript render chats.jsonl --chat 7 --format text",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			return o.render(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), a[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "pdf, html, text or json; by default what the name after --out ends in")
	f.StringVar(&o.out, "out", "-", "file to write, which is replaced; - is the standard output")
	f.IntVar(&o.chat, "chat", 1, "which conversation of the file, counted from 1")
	f.StringVar(&o.start, "start", "", "when it began, such as 2026-11-25T09:00:00Z; without it, transcripts have no times")
	f.StringVar(&o.zone, "zone", "", "time zone of the visitor, such as Europe/Berlin; by default UTC")
	f.StringVar(&o.name, "name", "", "whose transcript it is, such as Acme Support")
	f.StringVar(&o.logo, "logo", "", "file with a picture that stands above it, in PDF and HTML")
	f.StringVar(&o.colour, "colour", "", "colour of agents' names, such as #175aa8")
	f.StringVar(&o.footer, "footer", "", "line at the foot of each page")
	f.StringVar(&o.language, "language", "", "language of the headings, such as de; by default what the file says, or the guest writes")
	f.BoolVar(&o.redact, "redact", false, "hide cards, accounts, mail addresses and phone numbers")
	f.BoolVar(&o.fonts, "system-fonts", true, "use this machine's fonts for what Bellhop's own lack, such as Tibetan")
	return cmd
}

// fontsFolder is where an index of this machine's fonts is kept; "" if it can't
// be: then Bellhop's own are used alone.
func fontsFolder() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "bellhop")
	if os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return dir
}

func (o renderOptions) render(in io.Reader, out, notes io.Writer, name string) error {
	form, err := o.form()
	if err != nil {
		return err
	}
	c, err := o.read(in, name)
	if err != nil {
		return err
	}
	opt, err := o.options()
	if err != nil {
		return err
	}
	var page bytes.Buffer
	report, err := transcript.Render(&page, c, form, opt)
	if err != nil {
		return fmt.Errorf("write transcript of %s: %w", name, err)
	}
	if missing := report.MissingText(); missing != "" {
		fmt.Fprintf(notes, "bellhop: no font has these characters, boxes stand for them: %s\n", missing)
	}
	if o.out == "-" {
		_, err = out.Write(page.Bytes())
		return err
	}
	if err := os.WriteFile(o.out, page.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write transcript: %w", err)
	}
	return nil
}

// options are how the transcript looks.
func (o renderOptions) options() (opt transcript.Options, err error) {
	opt.Colour, opt.Footer = o.colour, o.footer
	if o.logo != "" {
		if opt.Logo, err = os.ReadFile(o.logo); err != nil {
			return opt, fmt.Errorf("read logo: %w", err)
		}
	}
	if o.fonts {
		opt.SystemFonts = fontsFolder()
	}
	return opt, nil
}

// neighbours gives the files that stand beside a conversation, and no others.
func neighbours(conversation string) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if conversation == "-" || !filepath.IsLocal(name) || filepath.Base(name) != name {
			return nil, fmt.Errorf("file %s is not beside the conversation", name)
		}
		path := filepath.Join(filepath.Dir(conversation), name)
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxBeside {
			return nil, fmt.Errorf("file %s cannot be had (%v)", name, err)
		}
		return os.ReadFile(path)
	}
}

const maxBeside = 32 << 20 // bytes of a file beside a conversation

// form is what --format says, or the ending of --out.
func (o renderOptions) form() (transcript.Form, error) {
	name := o.format
	if name == "" {
		name = strings.TrimPrefix(filepath.Ext(o.out), ".")
	}
	switch name {
	case "":
		return "", errors.New("write transcript: in which form? name one with --format pdf, html, text or json")
	case "txt":
		name = "text"
	case "htm":
		name = "html"
	}
	return transcript.ParseForm(name)
}

func (o renderOptions) read(in io.Reader, name string) (transcript.Conversation, error) {
	none := transcript.Conversation{}
	data, err := readAll(in, name)
	if err != nil {
		return none, fmt.Errorf("read conversation: %w", err)
	}
	var start time.Time
	if o.start != "" {
		if start, err = time.Parse(time.RFC3339, o.start); err != nil {
			return none, fmt.Errorf("--start %s is no time: write it like 2026-11-25T09:00:00Z", o.start)
		}
	}
	all, err := transcript.Read(transcript.Source{Name: filepath.Base(name), Data: data, Time: start, Open: neighbours(name)})
	if err != nil {
		return none, err
	}
	if o.chat < 1 || o.chat > len(all) {
		return none, fmt.Errorf("read conversation: %s holds %d, and not one with the number %d", name, len(all), o.chat)
	}
	c := all[o.chat-1]
	if o.zone != "" {
		if c.Zone, err = time.LoadLocation(o.zone); err != nil {
			return none, fmt.Errorf("--zone %s is no time zone: write one like Europe/Berlin", o.zone)
		}
	}
	c.Workspace = cmp.Or(o.name, c.Workspace)
	c.Language = cmp.Or(o.language, c.Language)
	if o.redact {
		c = c.Redacted()
	}
	return c, nil
}

func readAll(in io.Reader, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(name)
}
