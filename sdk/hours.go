package sdk

import (
	"fmt"
	"sort"
	"strings"
)

// Hours is a schedule at one moment.
type Hours struct {
	Open bool   `json:"open"`
	Why  string `json:"why"` // such as "closed: Saturday after 12:00"
}

// Hours tells whether a schedule of config.yaml is open now, by its name under
// hours, or with "" whether the workspace's own business hours are. Those are read,
// and a workspace that keeps none is always open.
func (p *Plugin) Hours(name string) (Hours, error) {
	var found Hours
	if name == "" {
		err := p.read("Hours", ReadHours, Question{}, &found)
		return found, err
	}
	all := p.mustRun("Hours").call.Hours
	found, known := all[name]
	if !known {
		return found, fmt.Errorf("there are no hours %q: config.yaml has %s", name, scheduleNames(all))
	}
	return found, nil
}

func scheduleNames(all map[string]Hours) string {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	if len(names) == 0 {
		return "none"
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
