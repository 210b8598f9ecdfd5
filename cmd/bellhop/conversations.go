package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// maxConversation is how long a line of a file of conversations may be.
const maxConversation = 16 << 20

// readConversations reads a file of conversations: one JSON object a line, or
// Bellhop's own format.
func readConversations(name string) ([]convo.Chat, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read conversations: %w", err)
	}
	var all []convo.Chat
	if first := bytes.TrimSpace(data); len(first) > 0 && first[0] == '{' {
		all, err = jsonLines(name, bytes.NewReader(data))
	} else {
		var f *convo.File
		if f, err = convo.Parse(filepath.Base(name), data); err == nil {
			all = named(f.Chats, filepath.Base(name))
		}
	}
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("read conversations: %s holds none", name)
	}
	return all, err
}

// jsonLines reads one conversation a line. What is wrong with any of them is
// reported at once.
func jsonLines(name string, r io.Reader) ([]convo.Chat, error) {
	var all []convo.Chat
	var faults []error
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxConversation)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		c, err := convo.FromJSON(lines.Bytes())
		if err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %w", name, n, err))
			continue
		}
		c.Name = fmt.Sprintf("%d %s", n, c.Name) // ids may repeat, lines do not
		all = append(all, atSales(c, n))
	}
	if err := lines.Err(); err != nil {
		faults = append(faults, fmt.Errorf("read conversations %s: %w", name, err))
	}
	return all, errors.Join(faults...)
}

// atSales gives a guest of whom the file says nothing a name, a department to
// come to and an address for a transcript.
func atSales(c convo.Chat, n int) convo.Chat {
	for i, s := range c.Steps {
		if s.Who == convo.JSONGuest {
			c.Steps[i].Who = fmt.Sprintf("Guest %d", n)
		}
		if s.Kind != convo.Visitor {
			continue
		}
		about := map[string]string{"department": "Sales", "email": fmt.Sprintf("guest%d@example.org", n)}
		maps.Copy(about, s.Fields)
		c.Steps[i].Fields = about
	}
	return c
}

// named gives each chat of a file a name of its own.
func named(chats []convo.Chat, file string) []convo.Chat {
	file = strings.TrimSuffix(file, filepath.Ext(file))
	for n := range chats {
		name := fmt.Sprintf("%s %d %s", file, n+1, chats[n].Name)
		chats[n].Name = strings.TrimSpace(name)
	}
	return chats
}
