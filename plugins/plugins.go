// Package plugins carries the sources of the plugins that Bellhop ships, so
// that they are installed, checked and run like anybody else's.
//
// Each folder is an ordinary Go package and imports nothing but sdk. It is
// meant to be read and copied.
package plugins

import "embed"

// FS holds one folder for each of IDs, with plugin.yaml, README.md and the
// plugin's Go files.
//
//go:embed */plugin.yaml */README.md */*.go
var FS embed.FS

// IDs are the shipped plugins, in order.
var IDs = []string{"autotag", "callapp", "desk", "forwarding", "transcript"}
