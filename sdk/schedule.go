package sdk

import "strings"

// Every calls fn at the times of a cron expression: minute, hour, day, month
// and weekday, such as "30 9 * * mon-fri", or a name such as "@daily". The
// clock is the one of the zone that the instance's file names, else of UTC, or of
// a zone that stands before it:
// "CRON_TZ=Europe/Berlin 0 8 * * *". A time that the clock skips in spring
// runs at what it shows instead; one that comes twice in autumn runs once.
// After an outage fn is called once, however often it would have been, and
// Plugin.Late is true. While the instance pauses, its time waits likewise.
func (p *Plugin) Every(cron string, fn func() error) {
	p.wiring("Every")
	switch {
	case strings.TrimSpace(cron) == "" || len(cron) > maxCron:
		p.fault("Every(%.20q): write a cron expression such as \"0 8 * * mon-fri\", of at most %d bytes", cron, maxCron)
	case p.schedules[cron] != nil:
		p.fault("Every(%q) has two handlers: do both in one", cron)
	default:
		p.schedules[cron] = fn
	}
}

const maxCron = 128

// Late reports whether the event was learned more than 15 minutes after it
// happened: Bellhop, or the way to the workspace, was away.
func (p *Plugin) Late() bool { return p.mustRun("Late").call.Event.Late }

func (r *run) scheduleHandler() handler {
	if fn := r.runner.plugin.schedules[r.call.Event.Schedule]; fn != nil {
		return bare(fn)
	}
	return nil
}
