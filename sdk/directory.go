package sdk

// DepartmentInfo is a department of the workspace, as the host finds it now.
type DepartmentInfo struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"` // no chat goes to one that is not
	Open    int    `json:"open"`    // its chats that are not closed
	Waiting int    `json:"waiting"` // those of them that nobody serves
}

// AgentInfo is an agent of the workspace, as the host finds it now.
type AgentInfo struct {
	ID        string `json:"id"`
	Username  string `json:"username"`
	Name      string `json:"name,omitempty"`
	Status    string `json:"status,omitempty"` // online, away, busy or offline; "" means unknown
	Available bool   `json:"available"`        // takes chats: is set to, and is not offline

	// Departments are the names of those that the agent belongs to, in order. Only
	// OnAgent tells them.
	Departments []string `json:"departments,omitempty"`

	Open    int `json:"open"`    // the chats that the agent serves, held ones too
	Waiting int `json:"waiting"` // those of them in which the guest waits for an answer
}

// Departments are all departments of the workspace, by name.
func (p *Plugin) Departments() ([]DepartmentInfo, error) {
	var found []DepartmentInfo
	err := p.read("Departments", ReadDepartments, Question{}, &found)
	return found, err
}

// Agents are the agents of a department, by its name or id, or with "" all of
// the workspace; by username. Bellhop's own account is none.
func (p *Plugin) Agents(department string) ([]AgentInfo, error) {
	var found []AgentInfo
	err := p.read("Agents", ReadAgents, Question{Text: department}, &found)
	return found, err
}
