// Package config reads what admins write: config.yaml with the BELLHOP_*
// variables, the instance files and the plugins' manifests. Whoever has a
// [Config] from [Load] has checked values.
//
// It promises that nothing is guessed and nothing is overlooked: an unknown
// key or BELLHOP_ variable, a value of the wrong type and a value out of range
// are faults, all are reported at once with their lines, and each says what to
// write instead. A variable goes before the file, the file before the default.
// Secrets may stand in a variable, in a file of their own (password_file) or,
// last, in config.yaml; they are never printed, logged or written.
//
// Package config does not watch files, and it knows neither plugins' settings
// (it keeps them as JSON) nor what a schedule means: see packages script and
// hours.
package config
