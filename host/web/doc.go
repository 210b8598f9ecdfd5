// Package web asks other systems over HTTP, in the name of a plugin.
//
// It promises that nobody is asked but the hosts that were granted, at each
// redirect anew; that no address is reached that is not public, whatever a name
// resolves to and whenever it does so: the address is looked at when the
// connection is made; that what a plugin sends along, such as a key, goes to the
// host of the URL alone; and that an answer is whole or an error, and ends in
// time. It uses no proxy: a proxy would resolve names out of sight.
//
// Package web repeats nothing and remembers nothing: no cookies, no caches, no
// credentials of this machine.
package web
