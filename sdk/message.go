package sdk

// Upload is a file that is to be sent. Name, and one of Data and Text, are
// required.
type Upload struct {
	Name    string `json:"name"`              // as the guest sees it, such as "terms.pdf"; without a path
	Type    string `json:"type,omitempty"`    // a MIME type; "" means by Name
	Data    []byte `json:"data,omitempty"`    // at most MaxUpload bytes
	Text    string `json:"text,omitempty"`    // instead of Data: what stands in a text file
	Caption string `json:"caption,omitempty"` // the text of its message
}

// Bytes are what the file holds.
func (u Upload) Bytes() []byte {
	if len(u.Data) > 0 {
		return u.Data
	}
	return []byte(u.Text)
}

// Mail is a mail from the configured address. To, and one of Text and HTML, are
// required.
type Mail struct {
	To      []string `json:"to"` // addresses; all see each other
	Subject string   `json:"subject,omitempty"`
	Text    string   `json:"text,omitempty"`
	HTML    string   `json:"html,omitempty"` // the same for readers that show HTML
}

// SendFile sends a file into the chat. The guest sees it. Files have a lane of
// their own: what else is asked for in the chat does not wait for one, but for
// a Close, which would shut it out.
func (c *Chat) SendFile(file Upload, opts ...Option) {
	c.ask(Effect{Kind: EffectFile, File: &file}, opts)
}

// Typing shows the guest for some seconds, or until the next message, that
// somebody writes. It is tried once, and nothing waits for it.
func (c *Chat) Typing(opts ...Option) {
	c.ask(Effect{Kind: EffectTyping}, opts)
}

// EditMessage gives a message that Bellhop sent another text. Which messages
// these are, OnResult tells: Result.Outcome.Message.
func (c *Chat) EditMessage(id MessageID, text string, opts ...Option) {
	c.ask(Effect{Kind: EffectEdit, Message: id, Text: text}, opts)
}

// DeleteMessage deletes a message that Bellhop sent.
func (c *Chat) DeleteMessage(id MessageID, opts ...Option) {
	c.ask(Effect{Kind: EffectDelete, Message: id}, opts)
}

// Direct writes a direct message to somebody of the workspace, by username.
// Guests never see it.
func (p *Plugin) Direct(user, text string, opts ...Option) {
	p.ask("Direct", Effect{Kind: EffectDirect, To: user, Text: text}, opts)
}

// Post writes into a room for people of the workspace, such as "#desk".
// Bellhop's account must be in it, if it is private. Guests never see it.
func (p *Plugin) Post(room, text string, opts ...Option) {
	p.ask("Post", Effect{Kind: EffectPost, To: room, Text: text}, opts)
}

// Mail sends a mail. "Done" means that the mail server has accepted it, not
// that a person has it.
func (p *Plugin) Mail(m Mail, opts ...Option) {
	p.ask("Mail", Effect{Kind: EffectMail, Mail: &m}, opts)
}

// ask is for effects on the workspace. They belong to the decision, and to no
// chat's order.
func (p *Plugin) ask(verb string, e Effect, opts []Option) {
	p.mustRun(verb).ask(e, opts)
}
