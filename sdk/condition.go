package sdk

// ItsOwn, as a department or an agent of a condition, means those of the chat.
const ItsOwn = "its own"

// Staff says of whom a condition speaks: of anybody in a department, of one
// agent, or of an agent within a department. With neither it is anybody at all.
type Staff struct {
	Department string `json:"department,omitempty"` // its name or id; "its own" means the chat's, and of a chat without one the workspace
	Agent      string `json:"agent,omitempty"`      // a username; "its own" means who serves the chat
}

// Load says how many open chats a department or an agent must have. The chat
// itself counts, where it is one of them.
type Load struct {
	Department string `json:"department,omitempty"` // its name or id; "its own" means the chat's
	Agent      string `json:"agent,omitempty"`      // a username; "its own" means who serves the chat
	Waiting    bool   `json:"waiting,omitempty"`    // only those count that wait: in a department for an agent, with an agent for an answer
	Over       *int   `json:"over,omitempty"`       // more than so many
	Under      *int   `json:"under,omitempty"`      // fewer than so many
}

// Earlier says what must hold of the guest's earlier chats, those that have
// ended; see Chat.PastChats.
type Earlier struct {
	Over   *int     `json:"over,omitempty"`   // there are more than so many
	Under  *int     `json:"under,omitempty"`  // there are fewer than so many; 1 means that it is the guest's first
	Within Duration `json:"within,omitempty"` // only those count that ended so long ago at most; 0 means all
	Tags   Names    `json:"tags,omitempty"`   // one of them carried one of these, whatever case and accents
	Agent  Names    `json:"agent,omitempty"`  // one of these usernames served the last of them
}

// Topics say what a text must be about, as Plugin.Choose tells it.
type Topics struct {
	Is    Names   `json:"is,omitempty"`    // it is about one of these
	Among Names   `json:"among,omitempty"` // what else it may be about: who chooses is offered these too
	Sure  float64 `json:"sure,omitempty"`  // how sure that must be, from 0 to 1; 0 means 0.8
}

// PluginOf is the plugin whose handler has the chat in hand, for who tries
// rules. Plugins never see it: the interpreter does not offer it.
func PluginOf(c *Chat) *Plugin { return c.mustRun("PluginOf").runner.plugin }

// Park ends the handler's run, to be made again when the read is answered, for
// who has rules tried elsewhere. It does not return. Plugins never see it.
func Park(c *Chat, r Read) {
	c.mustRun("Park").parked = &r
	panic(park{})
}
