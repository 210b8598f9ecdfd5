package sdk

// SetField sets a custom field of the chat, which agents see in Room
// information and guests don't. An empty value empties it. The workspace must
// have a field of that name, or of that label, for rooms. It works on closed
// chats too.
func (c *Chat) SetField(name, value string, opts ...Option) {
	c.ask(Effect{Kind: EffectField, Field: name, Value: value}, opts)
}

// SetPriority gives the chat one of the workspace's priorities, by its name;
// "" takes it away. Only paid editions of Rocket.Chat have them.
func (c *Chat) SetPriority(name string, opts ...Option) {
	c.ask(Effect{Kind: EffectPriority, Value: name}, opts)
}

// ContactEdit is what is to change of the person behind a chat. What it does
// not name stays as it is: addresses and numbers are added to those that are
// known already.
type ContactEdit struct {
	Name   string            `json:"name,omitempty"`
	Emails []string          `json:"emails,omitempty"` // to be added
	Phones []string          `json:"phones,omitempty"` // to be added
	Fields map[string]string `json:"fields,omitempty"` // custom fields; an empty value empties one
}

// EditContact changes what the workspace knows of the person behind the chat.
// Before Rocket.Chat 7 that is the visitor, who has one address and one number.
func (c *Chat) EditContact(edit ContactEdit, opts ...Option) {
	c.ask(Effect{Kind: EffectContact, Contact: &edit}, opts)
}

// Availability of an agent, as effects of the kind "status" have it.
const (
	Available    = "available"
	NotAvailable = "not-available"
)

// SetAgentStatus makes an agent available for chats, or not, by username. It
// does not touch whether the agent is online.
func (p *Plugin) SetAgentStatus(agent string, available bool, opts ...Option) {
	value := NotAvailable
	if available {
		value = Available
	}
	p.ask("SetAgentStatus", Effect{Kind: EffectStatus, Target: Agent(agent), Value: value}, opts)
}
