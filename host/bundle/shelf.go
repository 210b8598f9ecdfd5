package bundle

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// Shelf is the folder of the plugins that are installed: each version of each in
// a folder of its own, ID/VERSION. Ids and versions are those of checked
// manifests (see config).
type Shelf string

// Put installs a version. One that is there already stays as it is, which is an
// error if it differs: what runs must not change behind its name. It appears
// whole or not at all.
func (s Shelf) Put(id, version string, f Files) error {
	dir := s.Dir(id, version)
	there, _, err := s.read(id, version)
	switch {
	case err == nil && there.Sum() == f.Sum():
		return nil
	case err == nil:
		return fmt.Errorf("install %s %s: this version is installed with other content: raise the version in %s", id, version, manifest)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("install %s %s: %s is in the way: %w", id, version, dir, err)
	}
	if err := s.write(id, dir, f); err != nil {
		return fmt.Errorf("install %s %s: %w", id, version, err)
	}
	return nil
}

func (s Shelf) write(id, dir string, f Files) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(string(s), id), 0o700); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Join(string(s), id), ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // gone already when all went well
	for _, name := range f.names() {
		if err := writeFile(filepath.Join(tmp, filepath.FromSlash(name)), f[name]); err != nil {
			return err
		}
	}
	if err := os.Rename(tmp, dir); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes a rename survive a crash of the machine.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Dir is the folder of a version, whether it is installed or not.
func (s Shelf) Dir(id, version string) string { return filepath.Join(string(s), id, version) }

func (s Shelf) read(id, version string) (Files, []string, error) {
	if _, err := os.Lstat(s.Dir(id, version)); err != nil {
		return nil, nil, err
	}
	return Read(os.DirFS(s.Dir(id, version)))
}

// IDs are the plugins of which a version is installed, in order.
func (s Shelf) IDs() ([]string, error) {
	ids, err := folders(string(s))
	return slices.DeleteFunc(ids, func(id string) bool {
		versions, _ := s.Versions(id)
		return len(versions) == 0
	}), err
}

// Versions are those of a plugin that are installed, the oldest first.
func (s Shelf) Versions(id string) ([]string, error) {
	versions, err := folders(filepath.Join(string(s), id))
	versions = slices.DeleteFunc(versions, func(v string) bool { return !semver.IsValid("v" + v) })
	slices.SortFunc(versions, Compare)
	return versions, err
}

// Take removes a version that is installed.
func (s Shelf) Take(id, version string) error {
	if err := os.RemoveAll(s.Dir(id, version)); err != nil {
		return fmt.Errorf("remove %s %s: %w", id, version, err)
	}
	os.Remove(filepath.Join(string(s), id)) // of the last version; else it is not empty and stays
	return nil
}

// Compare orders versions: 1.9.0 before 1.10.0, and 1.10.0-rc1 between them.
func Compare(a, b string) int { return semver.Compare("v"+a, "v"+b) }

// folders are the names of the folders within dir, in order; none when there is
// no dir.
func folders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}
