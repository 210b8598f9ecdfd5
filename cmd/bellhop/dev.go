package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

func devCommand() *cobra.Command {
	var settings string
	cmd := &cobra.Command{
		Use:   "dev DIR [FILE]",
		Short: "Talk to a plugin while you write it: no server, reloaded on save",
		Long: `Load a plugin and talk to it, line by line, as conversation files do. What it decides
and what it does wrong is shown as it happens. When you save one of its files it is
loaded again and goes on with what it remembers; one that does not load leaves the
former running.

  Maya: my invoice is wrong     the guest or, by another name, an agent speaks
  +5m                           time passes
  !close                        somebody acts: !take, !forward, !command, !webhook, ...
  -- chat two --                another chat begins
  state                         what the plugin remembers
  save testdata/new.txt         keep what was said, and what the plugin made of it, as a test
  help                          this list

With a FILE that conversation is played first, with its settings and answers.`,
		Example: "  bellhop dev gold\n  bellhop dev gold gold/testdata/waits.txt",
		Args:    args(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			file := &convo.File{}
			var err error
			if len(a) > 1 {
				if file, err = readConversation(a[1]); err != nil {
					return err
				}
			}
			if settings != "" {
				text, err := os.ReadFile(settings)
				if err != nil {
					return fmt.Errorf("read settings: %w", err)
				}
				file.Settings = convo.Text{Text: string(text), Line: 1}
			}
			d := dev{dir: a[0], file: file, in: cmd.InOrStdin(), out: cmd.OutOrStdout(), help: cmd.Long}
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&settings, "settings", "", "file with settings (YAML), instead of the plugin's defaults")
	return cmd
}

// dev is a talk with a plugin that is being written.
type dev struct {
	*rehearsal
	dir  string
	file *convo.File // what it begins with; its chats grow
	in   io.Reader
	out  io.Writer
	help string

	saved  [sha256.Size]byte // the plugin's files, as they were loaded
	told   uint64            // the newest decision that was shown
	faulty string            // what was last said of how the instance stands
}

func (d *dev) run(ctx context.Context) error {
	s, err := readPluginDir(d.dir)
	if err != nil {
		return err
	}
	d.saved = folderprint(d.dir)
	r, end, err := newRehearsal(s, d.file, trials)
	if err != nil {
		return err
	}
	defer end()
	d.rehearsal, r.forgives = r, true
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	g.Go(func() error { return r.host.Run(ctx) })
	g.Go(func() error {
		defer stop()
		if err := d.begin(ctx, s); err != nil {
			return err
		}
		return d.listen(ctx)
	})
	return g.Wait()
}

// begin says how the plugin stands, and plays what the file holds.
func (d *dev) begin(ctx context.Context, s source) error {
	if err := d.settle(ctx); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s %s; write `help` to see what you can write\n", s.ID, s.Version)
	if err := d.tellNew(); err != nil {
		return err
	}
	chats := d.file.Chats
	d.file.Chats = nil
	for _, c := range chats {
		d.file.Chats = append(d.file.Chats, convo.Chat{Name: c.Name})
		fmt.Fprintf(d.out, "-- %s --\n", strings.TrimSpace("chat "+c.Name))
		for n, step := range c.Steps {
			fmt.Fprintln(d.out, step)
			now := c
			now.Steps = c.Steps[:n+1]
			if err := d.playOn(ctx, now); err != nil {
				return err
			}
			if last := d.file.Chats[len(d.file.Chats)-1]; len(last.Steps) <= n {
				break // it said why
			}
		}
	}
	return nil
}

// look is how often the plugin's files are looked at.
const look = 300 * time.Millisecond

// listen does what is written, until nothing more is.
func (d *dev) listen(ctx context.Context) error {
	lines := make(chan string)
	go func() { // it may wait for a person for ever
		defer close(lines)
		in := bufio.NewScanner(d.in)
		in.Buffer(nil, maxConversation)
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	d.prompt()
	for {
		select {
		case line, more := <-lines:
			if !more {
				return nil
			}
			switch err := d.line(ctx, line); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
			d.prompt()
		case <-time.After(look):
			was := d.saved
			if err := d.reload(ctx); err != nil {
				return err
			}
			if d.saved != was {
				d.prompt()
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// prompt asks a person for a line.
func (d *dev) prompt() {
	if d.typed() {
		fmt.Fprintf(d.out, "%s> ", d.scene.Now().Format("15:04:05"))
	}
}

// typed reports whether a person sees what they write.
func (d *dev) typed() bool {
	f, ok := d.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// asides are words that are no line of a conversation.
var asides = map[string]func(d *dev, rest string) error{
	"help":  func(d *dev, _ string) error { _, err := fmt.Fprintln(d.out, d.help); return err },
	"state": func(d *dev, _ string) error { return d.tellState() },
	"save":  (*dev).save,
	"quit":  func(*dev, string) error { return io.EOF },
	"exit":  func(*dev, string) error { return io.EOF },
}

// line does what one line says. What it does wrong is said, and undoes nothing.
func (d *dev) line(ctx context.Context, line string) error {
	if err := d.reload(ctx); err != nil {
		return err
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if word == "" {
		return nil
	}
	if do := asides[word]; do != nil {
		return do(d, strings.TrimSpace(rest))
	}
	if !d.typed() {
		fmt.Fprintln(d.out, line)
	}
	c, err := d.with(line)
	if err != nil {
		_, err := fmt.Fprintf(d.out, "  ! %v\n", err)
		return err
	}
	return d.playOn(ctx, c)
}

// with is the present chat with one more line.
func (d *dev) with(line string) (convo.Chat, error) {
	if strings.HasPrefix(line, "-- ") {
		return d.another(line)
	}
	c := convo.Chat{}
	if n := len(d.file.Chats); n > 0 {
		c = d.file.Chats[n-1]
	}
	text := c.String() + line + "\n"
	if c.Guest == "" && !strings.ContainsAny(line[:1], "@!+#") { // who speaks first is the guest
		name, _, _ := strings.Cut(line, ":")
		text = c.String() + "@visitor " + strings.TrimSpace(name) + "\n" + line + "\n"
	}
	f, err := convo.Parse("", []byte(text))
	switch {
	case err != nil:
		_, says, _ := strings.Cut(strings.TrimPrefix(err.Error(), ":"), ": ") // the number of the line is nobody's business
		return c, errors.New(says)
	case len(f.Chats[0].Steps) == len(c.Steps):
		return c, errors.New("a message is one line here")
	}
	return f.Chats[0], nil
}

// another begins a chat.
func (d *dev) another(line string) (convo.Chat, error) {
	f, err := convo.Parse("", []byte(line+"\n"))
	if err != nil || len(f.Chats) != 1 {
		return convo.Chat{}, errors.New("write -- chat NAME -- to begin another chat")
	}
	if slices.ContainsFunc(d.file.Chats, func(c convo.Chat) bool { return c.Name == f.Chats[0].Name }) {
		return convo.Chat{}, errors.New("there is a chat of that name: give it another")
	}
	d.file.Chats = append(d.file.Chats, f.Chats[0])
	return f.Chats[0], nil
}

// playOn plays the steps of the present chat that are new. Those that can't be done
// are said, and left out.
func (d *dev) playOn(ctx context.Context, c convo.Chat) error {
	if len(d.file.Chats) == 0 {
		d.file.Chats = []convo.Chat{{Name: c.Name}}
	}
	n := len(d.file.Chats) - 1
	id := d.meet(n, c)
	if err := d.recover(ctx); err != nil {
		return err
	}
	for _, s := range c.Steps[len(d.file.Chats[n].Steps):] {
		err := d.do(ctx, id, s)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if _, err := fmt.Fprintf(d.out, "  ! %v\n", err); err != nil {
				return err
			}
			break
		}
		done := c
		done.Steps = c.Steps[:len(d.file.Chats[n].Steps)+1]
		d.file.Chats[n] = done
	}
	return d.tellNew()
}

// recover lets time pass until a worker that has ended is started again: nobody
// wants to wait for that here.
func (d *dev) recover(ctx context.Context) error {
	for range 100 {
		if d.host.Status()[0].State != host.Restarting {
			return nil
		}
		d.scene.next(d.scene.Now().Add(time.Second))
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return nil
		}
	}
	return nil
}

// reload loads the plugin again when one of its files was saved.
func (d *dev) reload(ctx context.Context) error {
	now := folderprint(d.dir)
	if now == d.saved {
		return nil
	}
	d.saved = now
	s, err := readPluginDir(d.dir)
	if err == nil && s.ID != d.instance {
		err = fmt.Errorf("it is %s now, and was %s: start `bellhop dev` again", s.ID, d.instance)
	}
	if err == nil {
		spec := d.spec
		var settings []byte
		if settings, err = config.ParseSettings(d.file.Settings.Text, d.file.Settings.Line); err == nil {
			spec = instance(s, config.Instance{Plugin: s.ID, Mode: string(spec.Mode), Settings: settings, Grants: s.Needs})
			err = d.host.Reload(ctx, map[string]host.Instance{d.instance: spec})
		}
		if err == nil {
			d.spec = spec
		}
	}
	if err != nil {
		_, err := fmt.Fprintf(d.out, "  ! not loaded: %v\n", err)
		return err
	}
	fmt.Fprintf(d.out, "  loaded again: %s %s\n", s.ID, s.Version)
	if err := d.settle(ctx); err != nil {
		return err
	}
	return d.tellNew()
}

// tellNew shows what was decided since it was last called, and how the plugin
// stands when it does not run.
func (d *dev) tellNew() error {
	var all []store.Explained
	for _, chat := range append(slices.Clone(d.order), "") {
		why, err := d.db.Why(chat)
		if err != nil {
			return err
		}
		for _, w := range why {
			if w.Decision.Number > d.told && w.Decision.Chat == chat {
				all = append(all, w)
			}
		}
	}
	slices.SortFunc(all, func(a, b store.Explained) int { return int(a.Decision.Number) - int(b.Decision.Number) })
	for _, w := range all {
		d.told = w.Decision.Number
		d.tellOne(w)
	}
	s := d.host.Status()[0]
	faulty := ""
	if s.State == host.Aside || s.State == host.Restarting {
		faulty = fmt.Sprintf("  ! plugin is %s: %s\n", s.State, s.Why)
	}
	if faulty != d.faulty {
		fmt.Fprint(d.out, faulty)
	}
	d.faulty = faulty
	return nil
}

// tellOne shows a decision: what it answers when nobody has just written that,
// and what it is.
func (d *dev) tellOne(w store.Explained) {
	say := func(format string, args ...any) { fmt.Fprintf(d.out, "  "+format+"\n", args...) }
	if e := w.Entry.Event; e.Kind != sdk.EventMessage {
		name := ""
		switch {
		case e.Timer != "":
			name = " " + e.Timer
		case e.Schedule != "":
			name = " " + e.Schedule
		}
		say("%s %s%s:", w.Decision.At.Format("15:04:05"), e.Kind, name)
	}
	for _, m := range w.Decision.Matches {
		say("tried %v: %t", m, m.Held)
	}
	for _, line := range w.Decision.Log {
		say("logged: %s", line)
	}
	for _, why := range w.Decision.Skips {
		say("did nothing: %s", why)
	}
	for _, c := range w.Effects {
		name := ""
		if len(d.order) > 1 {
			name = d.names[c.Effect.Chat]
		}
		say("%s", convo.EffectIn(name, c.Effect.Effect)+ending(c.Outcome))
	}
	if w.Decision.Error != "" {
		say("! failed: %s", w.Decision.Error)
	}
}

// tellState shows what the plugin remembers.
func (d *dev) tellState() error {
	var all rehearsed
	if err := d.remembers(&all); err != nil {
		return err
	}
	for _, line := range all.trace {
		fmt.Fprintln(d.out, "  "+line)
	}
	if len(all.trace) == 0 {
		fmt.Fprintln(d.out, "  it remembers nothing")
	}
	return nil
}

// save keeps what was said as a conversation file. Names start at the plugin's
// folder.
func (d *dev) save(name string) error {
	fault := func(err error) error {
		_, err = fmt.Fprintf(d.out, "  ! %v\n", err)
		return err
	}
	if name == "" || len(d.file.Chats) == 0 {
		return fault(errors.New("say something first, and then save FILE, such as save testdata/new.txt"))
	}
	path := under(d.dir, name)
	if exists(path) {
		return fault(fmt.Errorf("%s is there already: give another name", path))
	}
	done, err := d.done(len(d.order) > 1)
	if err != nil {
		return err
	}
	f := *d.file
	f.Effects = nil
	for _, e := range done.effects {
		f.Effects = append(f.Effects, convo.Text{Text: e})
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fault(err)
	}
	if err := os.WriteFile(path, []byte(convo.Format(&f)), 0o644); err != nil {
		return fault(err)
	}
	_, err = fmt.Fprintf(d.out, "  saved: `bellhop plugin test %s` plays it\n", d.dir)
	return err
}

// folderprint changes when a file of the plugin does.
func folderprint(dir string) [sha256.Size]byte {
	sum := sha256.New()
	for _, pattern := range []string{"*.go", "plugin.yaml"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, f := range files {
			text, err := os.ReadFile(f)
			fmt.Fprintf(sum, "%s %d %v\n", f, len(text), err)
			sum.Write(text)
		}
	}
	return [sha256.Size]byte(sum.Sum(nil))
}
