package sdk

import "time"

// Figures are a chat's times as the workspace counts them, to the second: what
// its room information and its reports show. Each is 0 until there is one.
//
// A message of anybody but the guest counts as an answer, also one of Bellhop,
// unless the workspace is told to ignore automatic messages. Of several messages
// of the guest in a row the first counts, and several answers in a row count
// once. What people alone did is in Chat.AnsweredAt and Chat.WaitingSince.
type Figures struct {
	FirstResponse time.Duration `json:"firstResponse,omitempty"` // from the guest's first message to the first answer
	FirstReaction time.Duration `json:"firstReaction,omitempty"` // from when the agent took the chat to the first answer
	Response      time.Duration `json:"response,omitempty"`      // of all answers together
	Reaction      time.Duration `json:"reaction,omitempty"`      // of all answers together
	Answers       int           `json:"answers,omitempty"`       // how many were counted
	ChatDuration  time.Duration `json:"chatDuration,omitempty"`  // from opening to end; closed chats only
	Service       time.Duration `json:"service,omitempty"`       // from when the last agent took the chat to the end; closed chats only
	Inactivity    time.Duration `json:"inactivity,omitempty"`    // how long the guest had said nothing when the chat was closed

	AskedAt     time.Time `json:"askedAt"`     // the guest's first message since the last answer, or the last that was answered
	RepliedAt   time.Time `json:"repliedAt"`   // the last answer that was counted
	RespondedAt time.Time `json:"respondedAt"` // the first answer
	QueuedFrom  time.Time `json:"queuedFrom"`  // where the queue time begins; zero means Chat.OpenedAt
}

// AverageResponse is how long the guest waited for an answer on the average; 0
// when nobody has answered.
func (f Figures) AverageResponse() time.Duration {
	if f.Answers == 0 {
		return 0
	}
	return f.Response / time.Duration(f.Answers)
}

// QueueTime is how long the chat waited, or waits, for an agent. As in the
// workspace's own room information it counts until the present agent took the
// chat, so after a forward it holds the time of the agents before.
func (c *Chat) QueueTime() time.Duration {
	from, to := c.Figures.QueuedFrom, c.TakenAt
	if from.IsZero() {
		from = c.OpenedAt
	}
	switch {
	case !to.IsZero():
	case c.Open():
		to = c.Now()
	default:
		to = c.ClosedAt
	}
	if from.IsZero() || to.Before(from) {
		return 0
	}
	return to.Sub(from)
}
