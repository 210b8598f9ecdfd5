package sdk

// Offers is what a plugin has handlers for beyond what happens in chats.
type Offers struct {
	Commands  []CommandHelp `json:"commands,omitempty"`  // by name
	Schedules []string      `json:"schedules,omitempty"` // as Every was given them
	Webhooks  []string      `json:"webhooks,omitempty"`  // paths
	Migrates  []string      `json:"migrates,omitempty"`  // versions that it knows how to come from
	Timers    []string      `json:"timers,omitempty"`    // as OnTimer was given them
}

// Offers are what the plugin has handlers for beyond what happens in chats.
func (r *Runner) Offers() Offers {
	p := r.plugin
	o := Offers{Schedules: names(p.schedules), Webhooks: names(p.webhooks), Migrates: names(p.migrations), Timers: names(p.timers)}
	for _, name := range names(p.commands) {
		o.Commands = append(o.Commands, CommandHelp{name, p.commands[name].help})
	}
	return o
}
