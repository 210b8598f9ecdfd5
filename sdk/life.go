package sdk

import "strings"

// OnEnable is called when the instance begins, before it sees anything else:
// when it is new, when it is switched on after it was off, and once more when it
// goes from shadow to on, since in shadow what it asks for is only recorded. A
// start of Bellhop is no beginning, nor is an upgrade.
func (p *Plugin) OnEnable(fn func() error) { p.on(EventEnabled, bare(fn)) }

// OnDisable is called when the instance is being switched off or taken away, and
// is the last that it sees. What it asks for is carried out if that takes no
// longer than some seconds; what waited before is not. It is not called while
// the instance pauses, nor when its file was taken away while no host ran.
func (p *Plugin) OnDisable(fn func() error) { p.on(EventDisabled, bare(fn)) }

// Migrate is called once when the plugin's version has changed from the one
// that is named, before the instance sees anything of the new version. It
// changes p.State() to what this version wants, and may do nothing else. From
// may end in "*": "1.*" stands for all that begin so. When fn fails, the former
// version goes on, with what it remembers. What was remembered before is kept, so
// that `bellhop plugin rollback` brings it back.
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
	if fn := all[Closest(r.call.Event.From, names(all))]; fn != nil {
		return bare(fn)
	}
	return nil
}
