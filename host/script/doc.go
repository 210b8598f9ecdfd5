// Package script turns a plugin's Go source into something that can be called:
// source -> gate -> interpreter.
//
// The gate (Check) type-checks the source at the interpreter's language level
// against the packages in allow.txt and then looks for what the interpreter is
// known to get wrong without a word, and for what would make a handler do
// something else on a retry. It reports all faults at once, each with file,
// line, column and what to write instead. rows_test.go lists what is known;
// testdata/refused shows what is said, and testdata/same and testdata/plugins
// five hundred pieces of ordinary Go that pass and do the same as compiled.
//
// A handler may not leave anything behind but effects and state. The gate finds
// assignments to what outlives it, by a name, by another name of the same value,
// by a function of the plugin's own, by a method behind an interface and by one of
// the library, and uses of funcs that outlive it and are of the type of one that
// remembers. It follows values from their declaration; what else has gone through
// a call or a field it has lost sight of, which `plugin test` finds by a fresh
// interpreter for each event.
//
// Whatever the source, the gate ends within seconds, and takes memory in
// proportion to it, with one exception: types that contain each other in more
// ways than can be walked keep go/types busy. It is to be run where it can be
// stopped. A usual plugin takes 0.2 ms, and the first one 5 ms more, which the
// packages take that it imports.
//
// The interpreter (Load) offers to the source what allow.txt lists and nothing
// else. Load passes only what the gate has passed.
//
// The gate makes plugins right, and keeps their authors from accidents. It is
// no wall: what runs in the process can harm the process. The wall is package
// worker, which runs Load in a sandbox of its own.
//
// Package script does not know how a plugin is started, fed or stopped (see
// worker), nor what is in its manifest.
package script
