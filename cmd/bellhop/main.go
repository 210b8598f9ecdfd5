// Command bellhop watches the omnichannel chats of a Rocket.Chat workspace and
// lets small Go plugins act on them: forward a chat, tag it when it closes,
// deliver its transcript, start a call.
//
// Each file of this package is one subcommand. It wires the packages of the
// house together and holds no logic of theirs.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bellhop-chat/bellhop/host/worker"
)

// workerArg starts this binary as the sandboxed process of one plugin.
const workerArg = worker.WorkerArg

func main() {
	if len(os.Args) == 2 && os.Args[1] == workerArg {
		os.Exit(worker.Main())
	}
	os.Exit(run(os.Args[1:]))
}

// run is the whole program but for the worker. It returns the exit status: 0
// done, 1 failed, 2 wrong use.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var wrong *usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return 1
	case errors.As(err, &wrong):
		fmt.Fprintf(os.Stderr, "bellhop: %v\n%s", err, wrong.cmd.UsageString())
		return 2
	}
	fmt.Fprintf(os.Stderr, "bellhop: %v\n", err)
	if isUnknown(err) {
		return 2
	}
	return 1
}

// group is a command that only holds others; by itself it says which.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "bellhop",
		Short:         "Run small Go plugins on the omnichannel chats of a Rocket.Chat workspace",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{cmd, err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(statusCommand(), pauseCommand(), resumeCommand(), logCommand(), whyCommand(), outboxCommand(), deadCommand(), undoCommand(),
		forgetCommand(), backupCommand(), restoreCommand())
	root.AddCommand(demoCommand(), initCommand(), runCommand(), doctorCommand(), lobbyCommand(), pluginCommand(), devCommand(), rehearseCommand(), ruleCommand(), transcriptCommand(), topicsCommand(), benchCommand(), versionCommand())
	return root
}

// usageError is a command that was called in a wrong way.
type usageError struct {
	cmd *cobra.Command
	err error
}

func (e *usageError) Error() string { return e.err.Error() }

// isUnknown reports whether cobra did not know the subcommand.
func isUnknown(err error) bool { return strings.HasPrefix(err.Error(), "unknown command") }

// args checks the arguments as check does, and explains the use when they are
// wrong.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		err := check(cmd, given)
		if _, wanted, some := strings.Cut(cmd.Use, " "); err != nil && some {
			err = fmt.Errorf("after `%s` comes %s: %w", cmd.CommandPath(), wanted, err)
		}
		if err != nil {
			return &usageError{cmd, err}
		}
		return nil
	}
}

// logger writes to stderr: text with colours on a terminal, plain text
// elsewhere, JSON when format says so.
func logger(level slog.Level, format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(os.Stderr, &tint.Options{
		Level:      level,
		TimeFormat: "15:04:05.000",
		NoColor:    !term.IsTerminal(int(os.Stderr.Fd())),
	}))
}
