package model

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Facts are what is known of a topics file beside what it holds. They stand in
// a file beside it, whose name is its own with .json behind it.
type Facts struct {
	Made      time.Time `json:"made"`
	TrainS    float64   `json:"train_s"` // how long the learning took
	Texts     int       `json:"texts"`
	Topics    int       `json:"topics"`
	Right     int       `json:"right"`     // of the texts, in cross-validation
	Told      int       `json:"told"`      // of the texts, in cross-validation
	ToldTrue  int       `json:"told_true"` // of these
	Bytes     int64     `json:"bytes"`
	NotInUse  string    `json:"not_in_use,omitempty"` // why it did not take the place of the former
	FromChats bool      `json:"from_chats,omitempty"` // of the workspace, and not from a file
}

// Save writes the topics and the facts beside them, each at once, so that a
// running host never reads half of one. Of f it takes what topics do not know
// themselves.
func (t *Topics) Save(path string, f Facts) (Facts, error) {
	size, err := replace(path, func(w io.Writer) (int64, error) { return t.WriteTo(w) })
	if err != nil {
		return f, err
	}
	f.TrainS, f.Texts, f.Topics, f.Bytes = t.took.Seconds(), t.texts, len(t.labels), size
	f.Right, f.Told, f.ToldTrue = t.tried.Right, t.tried.Told, t.tried.ToldTrue
	return f, writeJSON(path+".json", f)
}

// ReadFacts reads what is known of a topics file. The error is fs.ErrNotExist
// when it came without.
func ReadFacts(path string) (f Facts, err error) {
	data, err := os.ReadFile(path + ".json")
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		return f, fmt.Errorf("read facts of topics: %w", err)
	}
	return f, nil
}

// Load reads the topics of a file.
func Load(path string) (*Topics, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read topics: %w", err)
	}
	defer f.Close()
	t, err := ReadTopics(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write topics: %w", err)
	}
	_, err = replace(path, func(w io.Writer) (int64, error) {
		n, err := w.Write(append(data, '\n'))
		return int64(n), err
	})
	return err
}

// replace puts what write writes in the place of the file.
func replace(path string, write func(io.Writer) (int64, error)) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new*")
	if err != nil {
		return 0, fmt.Errorf("write topics: %w", err)
	}
	defer os.Remove(f.Name()) // what is left of it if something fails
	size, err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return 0, fmt.Errorf("write topics: %w", err)
	}
	return size, nil
}
