package sdktest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Program is the variable that names the bellhop binary. Without it, it is
// looked for on the PATH.
const Program = "BELLHOP"

// Run plays the conversation files of the folder that the test runs in to the
// compiled plugin, and fails the test where it does not do what they say.
func Run(t *testing.T, register func(*sdk.Plugin) error) {
	t.Helper()
	program, err := find()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "plugin", "test", "--attach", ".")
	var says bytes.Buffer
	cmd.Stderr = &says
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start bellhop: %v", err)
	}
	served := Serve(register, out, in)
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, says.String())
	}
	if served != nil {
		t.Error(served)
	}
	t.Log(says.String())
}

// find is the path of the bellhop binary.
func find() (string, error) {
	if p := os.Getenv(Program); p != "" {
		return p, nil
	}
	p, err := exec.LookPath("bellhop")
	if err != nil {
		return "", fmt.Errorf("find bellhop: %w: put it on the PATH, or name it in the variable %s", err, Program)
	}
	return p, nil
}
