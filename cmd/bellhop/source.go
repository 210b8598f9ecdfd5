package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/plugins"
	"github.com/bellhop-chat/bellhop/sdk"
)

// source is a plugin as it was found.
type source struct {
	config.Manifest
	files map[string][]byte
}

// readPlugin reads a plugin's folder.
func readPlugin(dir fs.FS) (source, error) {
	files, manifest, err := script.ReadDir(dir)
	if err != nil {
		return source{}, err
	}
	m, err := config.LoadManifest(manifest)
	if err != nil {
		return source{}, err
	}
	return source{m, files}, nil
}

// findPlugin looks for an installed plugin in the data folder and then among
// those that the binary carries. No version means the newest installed.
func findPlugin(data, id, version string) (source, error) {
	root := filepath.Join(data, "plugins", id)
	versions, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return source{}, err
	}
	var names []string
	for _, v := range versions {
		names = append(names, v.Name())
	}
	slices.SortFunc(names, compareVersions)
	switch {
	case version == "" && len(names) > 0:
		version = names[len(names)-1]
		fallthrough
	case slices.Contains(names, version):
		return readPlugin(os.DirFS(filepath.Join(root, version)))
	}
	shipped, err := fs.Sub(plugins.FS, id)
	if err != nil {
		return source{}, err
	}
	s, err := readPlugin(shipped)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return source{}, fmt.Errorf("there is no plugin %q: it is neither in %s nor one of %s", id, root, strings.Join(plugins.IDs, ", "))
	case err == nil && version != "" && s.Version != version:
		return source{}, fmt.Errorf("plugin %s has no version %s: installed are %q, shipped is %s", id, version, names, s.Version)
	}
	return s, err
}

// compareVersions orders 1.9.0 before 1.10.0.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		if len(x[i]) != len(y[i]) {
			return len(x[i]) - len(y[i])
		}
		if c := strings.Compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	return len(x) - len(y)
}

// instances reads the instance files and finds their plugins. What is wrong
// with one is a *config.InstanceError: the others run.
func instances(data string) (map[string]host.Instance, []error) {
	files, faults := config.LoadInstances(filepath.Join(data, "instances"))
	all := map[string]host.Instance{}
	for name, f := range files {
		s, err := findPlugin(data, f.Plugin, f.Version)
		if err != nil {
			faults = append(faults, &config.InstanceError{Name: name, Err: err})
			continue
		}
		all[name] = instance(s, f)
	}
	return all, faults
}

// instance joins a plugin and what an instance file says of it.
func instance(s source, f config.Instance) host.Instance {
	settings := f.Settings
	if settings == nil {
		settings = s.Defaults
	}
	return host.Instance{
		Plugin: s.ID, Version: s.Version, Mode: host.Mode(f.Mode), Sources: s.files, Settings: settings,
		Grants: grants(f.Grants),
	}
}

func grants(g config.Grants) host.Grants {
	effects := make([]sdk.EffectKind, len(g.Effects))
	for i, e := range g.Effects {
		effects[i] = sdk.EffectKind(e)
	}
	return host.Grants{Effects: effects, Reads: g.Reads, Departments: g.Departments, Tags: g.Tags, Mail: g.Mail}
}
