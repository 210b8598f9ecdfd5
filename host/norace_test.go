//go:build !race

package host

const manyEvents = 100_000
