package hours

import (
	"fmt"
	"strings"
	"time"

	"github.com/netresearch/go-cron"
)

// A Cron gives the times of a cron expression in a zone.
type Cron struct {
	schedule cron.Schedule
	zone     *time.Location
	hourly   bool // it runs in more than single hours, so an hour that comes twice counts twice
}

// NewCron understands the five usual fields, and names such as @daily and
// @every 15m. The fields are read by the clock in the zone.
func NewCron(spec, zone string) (*Cron, error) {
	spec = strings.TrimSpace(spec)
	location, err := loadZone(zone)
	if err != nil {
		return nil, fmt.Errorf("cron %q: %w", spec, err)
	}
	if strings.Contains(spec, "TZ=") {
		return nil, fmt.Errorf("cron %q: has a zone of its own: take it out, %s holds", spec, zone)
	}
	schedule, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("cron %q: %w: write minute, hour, day, month and weekday, such as \"30 9 * * mon-fri\"", spec, err)
	}
	return &Cron{schedule, location, isHourly(spec)}, nil
}

func isHourly(spec string) bool {
	fields := strings.Fields(spec)
	if strings.HasPrefix(spec, "@") {
		return fields[0] == "@hourly" || fields[0] == "@every"
	}
	return strings.Contains(fields[1], "*")
}

// Next returns the first time after t. It is false if there is none within
// five years. A time of day that the clock skips runs at the time that it
// shows instead; one that comes twice runs the first time only, unless the
// expression runs in every hour.
func (c *Cron) Next(t time.Time) (time.Time, bool) {
	t = c.schedule.Next(t.In(c.zone))
	for !t.IsZero() && !c.hourly && repeated(t) {
		t = c.schedule.Next(t)
	}
	return t, !t.IsZero()
}

// repeated reports whether the clock has shown the time of t an hour before,
// because it was turned back since.
func repeated(t time.Time) bool {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return false
	}
	_, now := t.Zone()
	_, before := start.Add(-time.Second).Zone()
	return t.Sub(start) < time.Duration(before-now)*time.Second
}
