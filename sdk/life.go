package sdk

import "strings"

// OnEnable is called when the instance is switched on, before it sees anything
// else.
//
// This version of Bellhop does not call it yet, and refuses plugins that use it.
func (p *Plugin) OnEnable(fn func() error) { p.on(EventEnabled, bare(fn)) }

// OnDisable is called when the instance is being switched off. What it asks
// for is carried out if that takes no longer than some seconds.
//
// This version of Bellhop does not call it yet, and refuses plugins that use it.
func (p *Plugin) OnDisable(fn func() error) { p.on(EventDisabled, bare(fn)) }

// Migrate is called once when the plugin's version has changed from the one
// that is named, before the instance sees anything of the new version. It
// changes p.State() to what this version wants, and may do nothing else. From
// may end in "*": "1.*" stands for all that begin so. When fn fails, the former
// version goes on.
//
// This version of Bellhop does not call it yet, and refuses plugins that use it.
func (p *Plugin) Migrate(from string, fn func() error) {
	p.wiring("Migrate")
	switch {
	case strings.TrimSpace(from) == "":
		p.fault("Migrate(%q): name the former version, such as \"1.0.0\" or \"1.*\"", from)
	case p.migrations[from] != nil:
		p.fault("Migrate(%q) has two handlers: do both in one", from)
	default:
		p.migrations[from] = fn
	}
}

// bare is a handler that gets nothing.
func bare(fn func() error) handler {
	return func(*Chat, *Event) error { return fn() }
}

func (r *run) migrationHandler() handler {
	all := r.runner.plugin.migrations
	if fn := all[closest(r.call.Event.From, names(all))]; fn != nil {
		return bare(fn)
	}
	return nil
}
