// Package bundle packs a plugin into one file and puts it where plugins run
// from.
//
// A bundle (ID-VERSION.bhp) is a zip file. Its first entry, SHA256SUMS, has one
// line for each of the others, as sha256sum(1) writes and checks them:
//
//	d2f5...  plugin.yaml
//	77ab...  gold.go
//	90c1...  testdata/waits.txtar
//
// The same folder makes the same bytes. A bundle holds the plugin's manifest, its
// Go files, README and licence, and the conversations of testdata, so that
// whoever installs it can test it. It holds no links, no folders and nothing that
// is run before the gate has seen it.
//
// What is opened is another's file and is believed in nothing: names that leave
// the folder or that some system reads differently, two names that differ in
// their case only, links, entries that the list does not have or that differ from
// it, and more bytes than a plugin may have, whatever the zip says of its size,
// are errors, and nothing has been written then.
//
// The list says that a bundle is whole, not who made it. Package bundle knows
// neither what a manifest says (see config) nor whether the source is a good
// plugin (see script).
package bundle
