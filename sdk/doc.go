// Package sdk is what a Bellhop plugin is written with.
//
// A plugin is an ordinary Go package with one function:
//
//	func Register(p *sdk.Plugin) error
//
// Register is called once, before the first event. It reads its settings and
// says which handler is called on what: p.OnOpened, p.OnMessage, p.OnTimer and
// so on.
//
// A handler is a transaction. It gets a chat as it was when the event came,
// and asks for effects: c.Reply, c.Forward, c.Tag, c.SetTimer. Nothing happens
// while it runs. When it returns nil, all that it asked for and all that it
// put into c.State() or p.State() is kept together and then carried out; when
// it returns an error, nothing of it is, and the handler is called again
// later. That is why no verb returns an error: how an effect ended comes back
// as an event of its own (p.OnResult).
//
// A handler that looked and found nothing to do returns sdk.Skip("why not").
// The reason is kept, so that people can see why a rule did not fire.
//
// Time comes from c.Now(), chance from c.Rand(): both are the same when a
// handler is run again for the same event. What must be remembered goes into
// c.State() or p.State(), never into variables.
//
// Package sdk does not know how a chat is reached or where a plugin runs. It
// uses the standard library only, at the language level of Go 1.20, because
// the interpreter that runs plugins knows no more.
package sdk
