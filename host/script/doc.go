// Package script turns a plugin's Go source into something that can be called:
// source -> gate -> interpreter.
//
// The gate (Check) type-checks the source at the interpreter's language level
// against the packages in allow.txt and then looks for what the interpreter is
// known to get wrong without a word, and for what would make a handler do
// something else on a retry. It reports all faults at once, each with file,
// line, column and what to write instead.
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
