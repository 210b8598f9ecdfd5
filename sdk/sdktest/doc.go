// Package sdktest plays a plugin's conversation files to the compiled plugin,
// from an ordinary Go test:
//
//	func TestConversations(t *testing.T) { sdktest.Run(t, Register) }
//
// It starts `bellhop plugin test --attach` in the plugin's folder and serves
// the compiled plugin to it, so that breakpoints, coverage and the race
// detector work, and a test needs nothing but the standard library and the
// bellhop binary. What the gate refuses fails the test, with file and line, though it
// compiles. Rules are tried by bellhop: their engine is not in the SDK.
//
// The conversation between the two is one JSON object a line: see ToPlugin and
// FromPlugin.
package sdktest
