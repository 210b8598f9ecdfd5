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
	"github.com/bellhop-chat/bellhop/host/bundle"
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

// shelf holds the plugins that are installed in a data folder.
func shelf(data string) bundle.Shelf { return bundle.Shelf(filepath.Join(data, "plugins")) }

// findPlugin looks for an installed plugin in the data folder and then among
// those that the binary carries. No version means the newest installed.
func findPlugin(data, id, version string) (source, error) {
	versions, err := shelf(data).Versions(id)
	switch {
	case err != nil:
		return source{}, err
	case version == "" && len(versions) > 0:
		version = versions[len(versions)-1]
		fallthrough
	case slices.Contains(versions, version):
		return readPlugin(os.DirFS(shelf(data).Dir(id, version)))
	}
	s, err := shippedPlugin(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return source{}, fmt.Errorf("there is no plugin %q: it is neither in %s nor one of %s", id, shelf(data), strings.Join(plugins.IDs, ", "))
	case err == nil && version != "" && s.Version != version:
		return source{}, fmt.Errorf("plugin %s has no version %s: installed are %q, shipped is %s", id, version, versions, s.Version)
	}
	return s, err
}

// shippedPlugin is one that the binary carries.
func shippedPlugin(id string) (source, error) {
	dir, err := fs.Sub(plugins.FS, id)
	if err != nil {
		return source{}, err
	}
	return readPlugin(dir)
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
		Plugin: s.ID, Version: s.Version, Mode: host.Mode(f.Mode), Sources: s.files, Settings: settings, Zone: f.Zone, Commands: f.Commands, Events: kindsOf(s.Events),
		Grants: grants(f.Grants),
	}
}

func grants(g config.Grants) host.Grants {
	effects := make([]sdk.EffectKind, len(g.Effects))
	for i, e := range g.Effects {
		effects[i] = sdk.EffectKind(e)
	}
	return host.Grants{Effects: effects, Reads: g.Reads, Departments: g.Departments, Tags: g.Tags, Fields: g.Fields, Mail: g.Mail, Hosts: g.Hosts, Rates: rates(g.Rates)}
}

// rates are those that the file's check has let pass.
func rates(all map[string]string) map[sdk.EffectKind]host.Rate {
	var read map[sdk.EffectKind]host.Rate
	for kind, text := range all {
		if n, span, err := config.ParseRate(text); err == nil {
			if read == nil {
				read = map[sdk.EffectKind]host.Rate{}
			}
			read[sdk.EffectKind(kind)] = host.Rate{Max: n, Span: span}
		}
	}
	return read
}

// kindsOf is nil for no list, which means all.
func kindsOf(names []string) (kinds []sdk.EventKind) {
	if names != nil {
		kinds = []sdk.EventKind{}
	}
	for _, n := range names {
		kinds = append(kinds, sdk.EventKind(n))
	}
	return kinds
}
