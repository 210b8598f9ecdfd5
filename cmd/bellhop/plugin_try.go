package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

func testCommand() *cobra.Command {
	var attach, update bool
	cmd := &cobra.Command{
		Use:   "test DIR",
		Short: "Play a plugin's conversation files, without a server",
		Long: `Play each conversation file (*.txt in the plugin's folder, its testdata and
conversations) to the plugin, through the real host, on a clock that jumps.

What the plugin asks for must be what the file's effects section says: when it
is interpreted, when it is interpreted afresh for each event, and, where Go is
installed and the folder is in a module, when it is compiled. In the end the
handlers are named that no conversation calls, and the rules that hold in none.

With --update the effects sections become what the plugin asks for now. Read them
before you keep them.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if attach {
				return testAttached(cmd, a[0])
			}
			return testEveryManner(cmd.Context(), cmd.OutOrStdout(), a[0], update)
		},
	}
	cmd.Flags().BoolVar(&update, "update", false, "write what the plugin asks for now into the files")
	cmd.Flags().BoolVar(&attach, "attach", false, "play to a compiled plugin that speaks on stdin and stdout (see package sdktest)")
	return cmd
}

// testAttached plays the files to the plugin that go test has compiled. What the
// gate refuses is refused here too: what compiles need not be what can run.
func testAttached(cmd *cobra.Command, dir string) error {
	s, err := readPluginDir(dir)
	if err != nil {
		return err
	}
	if faults := script.Check(s.files).Faults; len(faults) > 0 {
		return faults
	}
	c := newCompiled(cmd.OutOrStdout(), cmd.InOrStdin())
	return testPlugin(cmd.Context(), cmd.ErrOrStderr(), dir, []manner{compiledManner(c)}, false)
}

// manner is a way in which a plugin can be run.
type manner struct {
	name  string
	start host.Start
	turn  *sync.Mutex // held while a file is played, where only one can be; else nil
}

// testEveryManner plays the files in each manner that this machine offers.
func testEveryManner(ctx context.Context, out io.Writer, dir string, update bool) error {
	if err := loads(ctx, out, dir); err != nil {
		return err
	}
	manners := []manner{{name: "interpreted", start: trials}, {name: "interpreted afresh for each event", start: trialsAfresh}}
	c, stop, err := compile(ctx, dir)
	switch {
	case err == nil:
		defer stop()
		manners = append(manners, compiledManner(c))
	case errors.Is(err, errNotCompiled):
		fmt.Fprintf(out, "%v\n", err)
	default:
		return err
	}
	return testPlugin(ctx, out, dir, manners, update)
}

func testPlugin(ctx context.Context, out io.Writer, dir string, manners []manner, update bool) error {
	s, err := readPluginDir(dir)
	if err != nil {
		return err
	}
	files, err := conversationFiles(dir)
	if err != nil {
		return err
	}
	t := tests{s, manners, update, newReach()}
	failed := 0
	for n, says := range t.files(ctx, files) {
		rel, _ := filepath.Rel(dir, files[n])
		v := <-says
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case v.fault != "":
			failed++
			fmt.Fprintf(out, "FAIL %s\n%s\n", rel, strings.TrimRight(v.fault, "\n"))
		case v.updated:
			fmt.Fprintf(out, "new  %s: read what it says now\n", rel)
		default:
			fmt.Fprintf(out, "ok   %s\n", rel)
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", len(files)-failed, failed)
	t.reach.tell(out)
	if failed > 0 {
		return fmt.Errorf("%s does not do what its conversations say", s.ID)
	}
	return nil
}

// tests are a plugin's conversation files, to be played.
type tests struct {
	source  source
	manners []manner
	update  bool // the files are made to say what comes of them
	reach   *reach
}

// judged is what came of a file.
type judged struct {
	fault   string // "" means none
	updated bool
}

// files plays files side by side. Each channel gives the verdict on its file.
func (t tests) files(ctx context.Context, files []string) []chan judged {
	says := make([]chan judged, len(files))
	for n := range says {
		says[n] = make(chan judged, 1)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	go func() {
		for n, name := range files {
			g.Go(func() error {
				says[n] <- t.file(ctx, name)
				return nil
			})
		}
	}()
	return says
}

// compiledManner has one process, which plays one file at a time.
func compiledManner(c *compiled) manner { return manner{"compiled", c.start, &sync.Mutex{}} }

// conversationFiles are the files that a plugin brings, in order.
func conversationFiles(dir string) ([]string, error) {
	var all []string
	for _, sub := range []string{"", "testdata", "conversations"} {
		found, err := filepath.Glob(filepath.Join(dir, sub, "*.txt"))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no conversation files: write one as testdata/hello.txt", dir)
	}
	slices.Sort(all)
	return all, nil
}

// file plays one file in each manner. What is wrong in the first manner is not
// told again for the others.
func (t tests) file(ctx context.Context, name string) (v judged) {
	file, err := readConversation(name)
	if err != nil {
		return judged{fault: "     " + err.Error()}
	}
	var want []string
	for _, e := range file.Effects {
		want = append(want, e.Text)
	}
	var first rehearsed
	for n, m := range t.manners {
		if n == 0 {
			m.start = t.reach.over(m.start)
		}
		got, err := m.rehearse(ctx, t.source, file)
		if err != nil {
			return judged{fault: fmt.Sprintf("     %s: %v", m.name, err)}
		}
		if n == 0 {
			first = got
			t.reach.tried(got.rules)
			v.updated = t.update && !cmp.Equal(want, got.effects) && len(want)+len(got.effects) > 0
			if diff := difference(want, got.effects); diff != "" && !v.updated {
				return judged{fault: diff}
			}
		}
		if diff := difference(first.trace, got.trace); diff != "" {
			return judged{fault: fmt.Sprintf("     %s it does otherwise than %s:\n%s", m.name, t.manners[0].name, diff)}
		}
	}
	if v.updated {
		if err := updateEffects(name, first.effects); err != nil {
			return judged{fault: "     " + err.Error()}
		}
	}
	return v
}

// updateEffects puts the lines in the place of a file's effects section, or adds
// one. All else stays as it was written.
func updateEffects(name string, effects []string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var kept []string
	at := -1
	within := false
	for _, line := range strings.Split(strings.TrimRight(string(data), "\n"), "\n") {
		head := strings.TrimSpace(line)
		if strings.HasPrefix(head, "-- ") && strings.HasSuffix(head, " --") {
			within = strings.Join(strings.Fields(head), " ") == "-- effects --"
			if within {
				at = len(kept)
			}
		}
		if !within {
			kept = append(kept, line)
		}
	}
	if at < 0 {
		at = len(kept)
	}
	section := effects
	if len(effects) > 0 {
		section = append([]string{"-- effects --"}, effects...)
	}
	kept = slices.Insert(kept, at, section...)
	return os.WriteFile(name, []byte(strings.Join(kept, "\n")+"\n"), 0o644)
}

func (m manner) rehearse(ctx context.Context, s source, file *convo.File) (rehearsed, error) {
	if m.turn != nil {
		m.turn.Lock()
		defer m.turn.Unlock()
	}
	return rehearse(ctx, s, file, m.start)
}

func readConversation(name string) (*convo.File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	file, err := convo.Parse(filepath.Base(name), data)
	if err == nil && len(file.Chats) == 0 {
		err = errors.New("it has no -- chat -- section")
	}
	return file, err
}

// difference shows what is missing with - and what is too much with +.
func difference(want, got []string) string {
	if cmp.Equal(want, got) || len(want)+len(got) == 0 {
		return ""
	}
	var b strings.Builder
	for len(want)+len(got) > 0 {
		switch {
		case len(want) > 0 && len(got) > 0 && want[0] == got[0]:
			fmt.Fprintf(&b, "       %s\n", want[0])
			want, got = want[1:], got[1:]
		case len(want) > 0 && !slices.Contains(got, want[0]) || len(got) == 0:
			fmt.Fprintf(&b, "     - %s\n", want[0])
			want = want[1:]
		default:
			fmt.Fprintf(&b, "     + %s\n", got[0])
			got = got[1:]
		}
	}
	return b.String()
}
