package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/host/model"
)

// freshTopics are those of a file, read again when it changes: bellhop topics
// train may replace it while the host runs. A file that cannot be read any
// more leaves what was read last. A nil one has no topics.
type freshTopics struct {
	path string

	mu     sync.Mutex // guards what follows
	topics *model.Topics
	size   int64
	at     time.Time
}

func newFreshTopics(path string) (*freshTopics, error) {
	if path == "" {
		return nil, nil
	}
	f := &freshTopics{path: path}
	if err := f.read(); err != nil {
		return nil, fmt.Errorf("model.topics_file: %w", err)
	}
	return f, nil
}

func (f *freshTopics) now() *model.Topics {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// an error leaves the former ones; it was told when the file was made
	_ = f.read()
	return f.topics
}

// read does nothing while the file has the same size and time.
func (f *freshTopics) read() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	if info.Size() == f.size && info.ModTime().Equal(f.at) {
		return nil
	}
	f.size, f.at = info.Size(), info.ModTime()
	t, err := loadTopics(f.path)
	if err == nil {
		f.topics = t
	}
	return err
}
