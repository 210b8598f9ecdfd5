package lobby

import "strings"

func (c *call) requestTranscript() (any, error) {
	const name = "livechat:requestTranscript"
	if !c.user.may("send-omnichannel-chat-transcript") {
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	}
	r := c.rooms[nthText(c.params, 0)]
	if r == nil || r.T != "l" || !r.Open {
		return nil, meteor("error-invalid-room", "Invalid room", nil)
	}
	if r.Transcript != nil {
		return nil, meteor("error-transcript-already-requested", "Transcript already requested", nil)
	}
	r.Transcript = &transcript{Email: nthText(c.params, 1), Subject: nthText(c.params, 2), At: c.now, By: c.user.person()}
	c.roomChanged(r)
	c.fact(Fact{Fact: "transcript", RID: r.ID, By: c.user.Username, Email: r.Transcript.Email, Subject: r.Transcript.Subject}, r)
	return true, nil
}

func (c *call) discardTranscript() (any, error) {
	if !c.user.may("send-omnichannel-chat-transcript") {
		return nil, meteor("error-not-allowed", "Not allowed", in("livechat:discardTranscript"))
	}
	r := c.rooms[nthText(c.params, 0)]
	if r == nil || r.T != "l" || !r.Open {
		return nil, meteor("error-invalid-room", "Invalid room", in("livechat:discardTranscript"))
	}
	if r.Transcript == nil {
		return nil, meteor("error-transcript-not-requested", "No transcript requested for this chat", in("livechat:discardTranscript"))
	}
	r.Transcript = nil
	c.roomChanged(r)
	return true, nil
}

// sendTranscript mails now, by an agent: token, room, address, subject.
func (c *call) sendTranscript() (any, error) {
	const name = "livechat:sendTranscript"
	if !c.user.may("send-omnichannel-chat-transcript") {
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	}
	r := c.guestRoom(nthText(c.params, 1), nthText(c.params, 0))
	if r == nil {
		return nil, meteor("error-invalid-room", "Invalid room", in(name))
	}
	c.transcriptSent(r, c.user.person(), "user", nthText(c.params, 2), nthText(c.params, 3))
	return true, nil
}

// mailTranscript fulfils a request at the chat's end.
func (t *tx) mailTranscript(r *room) {
	q := r.Transcript
	if q == nil {
		return
	}
	r.Transcript = nil
	t.transcriptSent(r, q.By, "user", q.Email, q.Subject)
}

// transcriptSent leaves the trace of a transcript. The lobby mails nothing.
func (t *tx) transcriptSent(r *room, by person, kind, email, subject string) {
	guest := map[string]any{"_id": r.V.ID, "token": r.V.Token, "username": r.V.Username}
	if v := t.visitors[r.V.ID]; v != nil && v.Name != "" {
		guest["name"] = v.Name
	}
	t.note(r, &message{Type: "livechat_transcript_history", U: by.short(), Extra: extra{"requestData": map[string]any{
		"type": kind, "visitor": guest, "user": map[string]any(by.doc()),
	}}}, false)
	t.fact(Fact{Fact: "transcript", RID: r.ID, By: by.Username, Guest: kind == "visitor", Email: strings.TrimSpace(email), Subject: subject, Sent: true}, r)
}
