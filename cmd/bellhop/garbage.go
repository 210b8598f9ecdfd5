package main

import (
	"os"
	"runtime/debug"
)

// collectAt is how much garbage there may be before it is collected, in percent
// of what is in use. What the host has in use is a few MiB, so Go's own 100
// collects so often that it costs a fifth of all work; this costs some 20 MiB.
const collectAt = 300

// Workers set their own.
func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}
