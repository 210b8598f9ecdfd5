package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// mostVersions of topics are kept; beyond, the oldest that is not in use goes.
const mostVersions = 10

// ErrNothingNew says that the same was learned as before.
var ErrNothingNew = errors.New("nothing new was learned: the tagged chats are the same as last time")

// A Shelf keeps the topics that were learned from a workspace's chats, one
// version after the other, in a folder of the data folder. One of them is in
// use. Two processes should not put something there at the same time.
type Shelf struct{ folder string }

// A Version is one of a shelf.
type Version struct {
	Number int `json:"version"` // begins with 1
	Facts
	InUse bool `json:"in_use"`
}

// choice says which version is in use. It is a file of its own, since it is
// asked for again and again.
type choice struct {
	Version int  `json:"version"`
	Fixed   bool `json:"fixed,omitempty"` // a person has chosen it: what is learned meanwhile is kept, and not used
}

// NewShelf is the shelf in the data folder; the folder need not exist.
func NewShelf(data string) *Shelf { return &Shelf{filepath.Join(data, "topics")} }

// InUse is the file of the version that is in use; "" when there is none.
func (s *Shelf) InUse() string {
	c, err := s.choice()
	if err != nil || c.Version == 0 {
		return ""
	}
	return s.file(c.Version)
}

// Versions are all that are kept, the oldest first.
func (s *Shelf) Versions() ([]Version, error) {
	c, err := s.choice()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(s.folder, "*.topics"))
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	var all []Version
	for _, f := range files {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(f), "%d.topics", &n); err != nil {
			continue // not ours
		}
		facts, err := ReadFacts(f)
		if err != nil {
			return nil, err
		}
		all = append(all, Version{Number: n, Facts: facts, InUse: n == c.Version})
	}
	slices.SortFunc(all, func(a, b Version) int { return a.Number - b.Number })
	return all, nil
}

// Put keeps topics that were just learned as the newest version. They are in
// use from then on, unless they are worse than those that were (see
// [Topics.Worse]) or a person has fixed another version: NotInUse says which.
// The error is ErrNothingNew when the newest version is the same.
func (s *Shelf) Put(t *Topics, at time.Time) (v Version, err error) {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return v, fmt.Errorf("keep topics: %w", err)
	}
	all, err := s.Versions()
	if err != nil {
		return v, err
	}
	if len(all) > 0 {
		v.Number = all[len(all)-1].Number
		if same, err := s.same(v.Number, t); err != nil || same {
			return v, errors.Join(err, ErrNothingNew)
		}
	}
	c, err := s.choice()
	if err != nil {
		return v, err
	}
	v.Number++
	v.Made, v.FromChats, v.NotInUse = at, true, s.against(c, t)
	v.InUse = v.NotInUse == ""
	if v.Facts, err = t.Save(s.file(v.Number), v.Facts); err != nil {
		return v, err
	}
	if v.InUse {
		c.Version = v.Number
		err = writeJSON(s.choiceFile(), c)
	}
	return v, errors.Join(err, s.drop(all, c.Version))
}

// same reports whether the version holds these topics.
func (s *Shelf) same(n int, t *Topics) (bool, error) {
	was, err := os.ReadFile(s.file(n))
	if err != nil {
		return false, fmt.Errorf("read topics: %w", err)
	}
	var is bytes.Buffer
	if _, err := t.WriteTo(&is); err != nil {
		return false, err
	}
	return bytes.Equal(was, is.Bytes()), nil
}

// against says what speaks against using the topics; "" means nothing. A
// version that cannot be read any more is no rival.
func (s *Shelf) against(c choice, t *Topics) string {
	if c.Version == 0 {
		return ""
	}
	if c.Fixed {
		return fmt.Sprintf("version %d is fixed: bellhop topics use newest", c.Version)
	}
	former, err := Load(s.file(c.Version))
	if err != nil {
		return ""
	}
	return t.Worse(former)
}

// drop takes away versions that are too many.
func (s *Shelf) drop(former []Version, inUse int) (err error) {
	for n, v := range former {
		if n+mostVersions <= len(former) && v.Number != inUse {
			err = errors.Join(err, os.Remove(s.file(v.Number)), os.Remove(s.file(v.Number)+".json"))
		}
	}
	return err
}

// Use puts a version into use and fixes it: what is learned later is kept, and
// not used. With 0 the newest that is not worse than its former is used again, and
// what is learned later takes its place.
func (s *Shelf) Use(n int) (v Version, err error) {
	all, err := s.Versions()
	switch {
	case err != nil:
		return v, err
	case len(all) == 0:
		return v, errors.New("no topics were learned yet: bellhop topics train")
	}
	at := slices.IndexFunc(all, func(v Version) bool { return v.Number == n })
	switch {
	case n == 0:
		at = s.newest(all)
	case at < 0:
		return v, fmt.Errorf("there is no version %d of the topics: bellhop topics list shows those that are kept", n)
	}
	v = all[at]
	if _, err := Load(s.file(v.Number)); err != nil {
		return v, err
	}
	v.InUse = true
	return v, writeJSON(s.choiceFile(), choice{Version: v.Number, Fixed: n != 0})
}

// newest is the last that no figures speak against. One that was only kept from
// use because another was fixed counts.
func (s *Shelf) newest(all []Version) int {
	var best *Topics
	at := 0
	for i, v := range all {
		t, err := Load(s.file(v.Number))
		if err != nil {
			continue
		}
		if best == nil || t.Worse(best) == "" {
			best, at = t, i
		}
	}
	return at
}

// Former is the version that was in use before the one that is.
func (s *Shelf) Former() (n int, err error) {
	all, err := s.Versions()
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(all, func(v Version) bool { return v.InUse })
	for at--; at >= 0; at-- {
		if all[at].NotInUse == "" {
			return all[at].Number, nil
		}
	}
	return 0, errors.New("there is no former version of the topics: bellhop topics list shows those that are kept")
}

func (s *Shelf) choice() (c choice, err error) {
	data, err := os.ReadFile(s.choiceFile())
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return c, fmt.Errorf("read which topics are in use: %s: %w: remove the file, and choose by bellhop topics use", s.choiceFile(), err)
	}
	return c, nil
}

func (s *Shelf) choiceFile() string { return filepath.Join(s.folder, "in-use.json") }

func (s *Shelf) file(n int) string { return filepath.Join(s.folder, fmt.Sprintf("%04d.topics", n)) }
