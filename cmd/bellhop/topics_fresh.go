package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/host/model"
)

// freshTopics are those of a file, read again when it changes or is another:
// bellhop topics may replace it while the host runs. A file that cannot be read
// any more leaves what was read last.
type freshTopics struct {
	path func() string // "" means that there are none

	mu     sync.Mutex // guards what follows
	topics *model.Topics
	of     string // file
	size   int64
	at     time.Time
}

// newFreshTopics are those of the file or, where none is named, those that the
// workspace's chats taught. Only the former must be there.
func newFreshTopics(path, data string) (*freshTopics, error) {
	if path == "" {
		return &freshTopics{path: model.NewShelf(data).InUse}, nil
	}
	f := &freshTopics{path: func() string { return path }}
	if err := f.read(); err != nil {
		return nil, fmt.Errorf("model.topics_file: %w", err)
	}
	return f, nil
}

// now is nil when there are none.
func (f *freshTopics) now() *model.Topics {
	f.mu.Lock()
	defer f.mu.Unlock()
	// an error leaves the former ones; it was told when the file was made
	_ = f.read()
	return f.topics
}

// read does nothing while it is the same file with the same size and time.
func (f *freshTopics) read() error {
	path := f.path()
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if path == f.of && info.Size() == f.size && info.ModTime().Equal(f.at) {
		return nil
	}
	f.of, f.size, f.at = path, info.Size(), info.ModTime()
	t, err := model.Load(path)
	if err == nil {
		f.topics = t
	}
	return err
}
