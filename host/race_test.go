//go:build race

package host

// manyEvents is fewer where each takes ten times as long.
const manyEvents = 20_000
