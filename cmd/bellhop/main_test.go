package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bellhop-chat/bellhop/host/worker"
)

// asBellhop is the variable that makes the test binary the program, and the
// processes that it starts. It is none of those that the configuration reads.
const asBellhop = "TEST_AS_BELLHOP"

// TestMain lets the test binary stand for bellhop: in scripts by its name, for
// other tests by a variable, and as the process of a plugin by its argument.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == workerArg {
		os.Exit(worker.Main())
	}
	if os.Getenv(asBellhop) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"bellhop": main})
}

// TestScripts runs the command line as people type it. Each file of
// testdata/script is one session.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			plugins, err := filepath.Abs("testdata/plugins")
			e.Setenv("PLUGINS", plugins) // what more than one session installs
			return errors.Join(err, withGo(e))
		},
		Cmds: deskCommands,
	})
}

// withGo lets scripts use the Go of this machine, with what it has compiled.
func withGo(e *testscript.Env) error {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOROOT"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return err
		}
		e.Setenv(name, strings.TrimSpace(string(value)))
	}
	program, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	e.Setenv("PATH", e.Getenv("PATH")+string(os.PathListSeparator)+filepath.Dir(program))
	return nil
}
