// Package worker runs a plugin in a process of its own.
package worker
