package sdk

// Take serves a chat that waits in the queue: Bellhop's own account does, which
// must be an available agent for it, or the agent whom By names. A chat that
// somebody serves already is not taken away: forward it.
func (c *Chat) Take(opts ...Option) {
	c.ask(Effect{Kind: EffectTake}, opts)
}

// By names the agent who is to serve a chat that is taken.
func By(username string) Option {
	return Option{func(e *Effect) { e.Target.Agent = username }}
}

// ReturnToQueue takes the chat from its agent and lets it wait, in the
// department in which it is. A chat that waits already is left alone.
func (c *Chat) ReturnToQueue(opts ...Option) {
	c.ask(Effect{Kind: EffectQueue}, opts)
}

// Hold puts a served chat on hold, for the reason given. It goes on with the
// guest's next message, or with Resume. Only paid editions of Rocket.Chat have
// it, from 3.13 on; elsewhere it is refused.
func (c *Chat) Hold(reason string, opts ...Option) {
	c.ask(Effect{Kind: EffectHold, Reason: reason}, opts)
}

// Resume lets a chat go on that is on hold.
func (c *Chat) Resume(opts ...Option) {
	c.ask(Effect{Kind: EffectResume}, opts)
}
