package lobby

import "time"

// metrics are a chat's figures, in seconds. The formulas are the server's
// saveAnalyticsData: only the first message of a guest's burst counts, and two
// answers in a row count once.
type metrics struct {
	LastQuestion time.Time `json:"lq"` // the guest's first unanswered message
	LastReply    time.Time `json:"lr"` // the agent's first answer to it
	Total        int       `json:"total"`
	ResponseTime float64   `json:"tt"`
	Average      float64   `json:"avg"`
	First        float64   `json:"ft"`
	FirstAt      time.Time `json:"fd"`
	ReactionTime float64   `json:"rtt"`
	Reaction     float64   `json:"rft"`
	ReactionAt   time.Time `json:"rfd"`
	Duration     *float64  `json:"chatDuration"`
	Service      *float64  `json:"serviceTimeDuration"`
	Inactivity   *int      `json:"visitorInactivity"`
}

func (m *metrics) doc() doc {
	d := doc{}
	if !m.LastQuestion.IsZero() {
		d["v"] = doc{"lq": m.LastQuestion}
	}
	if !m.LastReply.IsZero() {
		d["servedBy"] = doc{"lr": m.LastReply}
	}
	if m.Total > 0 {
		d["response"] = doc{"avg": m.Average, "total": m.Total, "tt": m.ResponseTime}.opt("fd", m.FirstAt)
		d["reaction"] = doc{"tt": m.ReactionTime}.opt("fd", m.ReactionAt)
		if !m.FirstAt.IsZero() {
			d["response"].(doc)["ft"], d["reaction"].(doc)["ft"] = m.First, m.Reaction
		}
	}
	if m.Duration != nil {
		d["chatDuration"] = *m.Duration
	}
	if m.Service != nil {
		d["serviceTimeDuration"] = *m.Service
	}
	if m.Inactivity != nil {
		d["visitorInactivity"] = *m.Inactivity
	}
	return d
}

// asked is the guest's message at ts.
func (m *metrics) asked(r *room, ts time.Time) {
	if !m.lastReply(r).Before(m.lastQuestion(r)) {
		m.LastQuestion = ts
	}
}

// answered is anybody else's message at ts.
func (m *metrics) answered(r *room, ts time.Time) {
	asked, replied := m.lastQuestion(r), m.lastReply(r)
	switch {
	case m.LastReply.IsZero():
		joined := r.TS
		if r.ServedBy != nil {
			joined = r.ServedBy.TS
		}
		m.First, m.FirstAt = seconds(ts.Sub(asked)), ts
		m.Reaction, m.ReactionAt = seconds(ts.Sub(joined)), ts
		m.add(m.First, m.Reaction)
	case asked.After(replied):
		m.add(seconds(ts.Sub(asked)), seconds(ts.Sub(asked)))
	}
	if asked.After(replied) {
		m.LastReply = ts
	}
}

func (m *metrics) add(response, reaction float64) {
	m.Total++
	m.ResponseTime = round(m.ResponseTime + response)
	m.ReactionTime = round(m.ReactionTime + reaction)
	m.Average = m.ResponseTime / float64(m.Total)
}

func (m *metrics) close(r *room, at time.Time) {
	d := seconds(at.Sub(r.TS))
	m.Duration = &d
	if r.ServedBy != nil {
		s := seconds(at.Sub(r.ServedBy.TS))
		m.Service = &s
	}
}

func (m *metrics) lastQuestion(r *room) time.Time {
	if m.LastQuestion.IsZero() {
		return r.TS
	}
	return m.LastQuestion
}

func (m *metrics) lastReply(r *room) time.Time {
	if m.LastReply.IsZero() {
		return r.TS
	}
	return m.LastReply
}

// inactivity is how long the guest had been silent after an agent's answer
// when the chat was closed by somebody else, in whole seconds.
func (t *tx) inactivity(r *room, c closing) (secs int, ok bool) {
	last := t.messages[r.LastID]
	if c.guest || last == nil || last.Token != "" {
		return 0, false
	}
	for i := len(r.log) - 1; i >= 0; i-- {
		m := r.log[i]
		if !m.TS.After(r.V.LastAt) {
			break
		}
		if m.Token == "" {
			secs, ok = int(t.now.Sub(m.TS)/time.Second), true
		}
	}
	return secs, ok
}

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// round keeps sums of milliseconds free of the dust of binary fractions.
func round(s float64) float64 { return float64(int64(s*1000+0.5)) / 1000 }
