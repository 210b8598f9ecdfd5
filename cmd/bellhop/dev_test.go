package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// echoing is a plugin that answers with a word and how often it was called.
const echoing = `//go:build go1.20

package echo

import (
	"strconv"

	"github.com/bellhop-chat/bellhop/sdk"
)

func Register(p *sdk.Plugin) error {
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.Reply("%s " + strconv.Itoa(p.State().Add("n", 1)))
		return nil
	})
	return nil
}
`

func TestPluginThatIsSavedIsLoadedAgainAndRemembers(t *testing.T) {
	dir := t.TempDir()
	save := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("plugin.yaml", "id: echo\nversion: 1.0.0\nsdk: 1\ntitle: answers\nneeds: {effects: [reply]}\n")
	save("echo.go", fmt.Sprintf(echoing, "first"))
	in, typed := io.Pipe()
	said, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		d := dev{dir: dir, file: &convo.File{}, in: in, out: out}
		err := d.run(context.Background())
		out.Close()
		ended <- err
	}()
	lines := make(chan string, 1000) // more than are ever shown: nothing waits for the test
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(said); s.Scan(); {
			lines <- s.Text()
		}
	}()
	// until reads what is shown up to the line that holds the text.
	until := func(text string) {
		t.Helper()
		var all []string
		for line := range lines {
			all = append(all, line)
			if strings.Contains(line, text) {
				return
			}
		}
		t.Fatalf("it never says %q:\n%s", text, strings.Join(all, "\n"))
	}
	say := func(line string) {
		t.Helper()
		if _, err := io.WriteString(typed, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	until("echo 1.0.0")
	say("Maya: hello")
	until(`reply "first 1"`)
	save("echo.go", fmt.Sprintf(echoing, "second"))
	until("loaded again: echo 1.0.0")
	say("Maya: hello")
	until(`reply "second 2"`)
	save("echo.go", "package echo\n\nnonsense\n")
	until("echo.go:3")
	say("Maya: hello")
	until(`reply "second 3"`)
	save("echo.go", strings.Replace(fmt.Sprintf(echoing, "fourth"), "c.Reply", "for {\n}\nc.Reply", 1))
	say("Maya: loop")
	until("! failed: ")
	save("echo.go", fmt.Sprintf(echoing, "fifth"))
	until("loaded again")
	say("Maya: hello")
	until(`reply "fifth 4"`)
	typed.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
