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
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

func testCommand() *cobra.Command {
	var attach bool
	cmd := &cobra.Command{
		Use:   "test DIR",
		Short: "Play a plugin's conversation files, without a server",
		Long: `Play each conversation file (*.txt in the plugin's folder, its testdata and
conversations) to the plugin, through the real host, on a clock that jumps.

What the plugin asks for must be what the file's effects section says: when it
is interpreted, when it is interpreted afresh for each event, and, where Go is
installed and the folder is in a module, when it is compiled.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if attach {
				c := newCompiled(cmd.OutOrStdout(), cmd.InOrStdin())
				return testPlugin(cmd.Context(), cmd.ErrOrStderr(), a[0], []manner{compiledManner(c)})
			}
			return testEveryManner(cmd.Context(), cmd.OutOrStdout(), a[0])
		},
	}
	cmd.Flags().BoolVar(&attach, "attach", false, "play to a compiled plugin that speaks on stdin and stdout (see package sdktest)")
	return cmd
}

// manner is a way in which a plugin can be run.
type manner struct {
	name  string
	start host.Start
	turn  *sync.Mutex // held while a file is played, where only one can be; else nil
}

// testEveryManner plays the files in each manner that this machine offers.
func testEveryManner(ctx context.Context, out io.Writer, dir string) error {
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
	return testPlugin(ctx, out, dir, manners)
}

func testPlugin(ctx context.Context, out io.Writer, dir string, manners []manner) error {
	s, err := readPluginDir(dir)
	if err != nil {
		return err
	}
	files, err := conversationFiles(dir)
	if err != nil {
		return err
	}
	failed := 0
	for n, says := range testFiles(ctx, s, files, manners) {
		rel, _ := filepath.Rel(dir, files[n])
		fault := <-says
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if fault == "" {
			fmt.Fprintf(out, "ok   %s\n", rel)
			continue
		}
		failed++
		fmt.Fprintf(out, "FAIL %s\n%s\n", rel, strings.TrimRight(fault, "\n"))
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", len(files)-failed, failed)
	if failed > 0 {
		return fmt.Errorf("%s does not do what its conversations say", s.ID)
	}
	return nil
}

// testFiles plays files side by side. Each channel gives what testFile says of
// its file.
func testFiles(ctx context.Context, s source, files []string, manners []manner) []chan string {
	says := make([]chan string, len(files))
	for n := range says {
		says[n] = make(chan string, 1)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	go func() {
		for n, name := range files {
			g.Go(func() error {
				says[n] <- testFile(ctx, s, name, manners)
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

// testFile plays one file in each manner. It returns what is wrong; "" means
// nothing. What is wrong in the first manner is not told again for the others.
func testFile(ctx context.Context, s source, name string, manners []manner) string {
	file, err := readConversation(name)
	if err != nil {
		return "     " + err.Error()
	}
	var want []string
	for _, e := range file.Effects {
		want = append(want, e.Text)
	}
	var first rehearsed
	for n, m := range manners {
		got, err := m.rehearse(ctx, s, file)
		if err != nil {
			return fmt.Sprintf("     %s: %v", m.name, err)
		}
		if n == 0 {
			first = got
			if diff := difference(want, got.effects); diff != "" {
				return diff
			}
		}
		if diff := difference(first.trace, got.trace); diff != "" {
			return fmt.Sprintf("     %s it does otherwise than %s:\n%s", m.name, manners[0].name, diff)
		}
	}
	return ""
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
