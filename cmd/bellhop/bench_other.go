//go:build !linux

package main

import "time"

// cpuTime is unknown here.
func cpuTime() time.Duration { return 0 }

// workerPrivate is unknown here.
func workerPrivate() int { return 0 }
