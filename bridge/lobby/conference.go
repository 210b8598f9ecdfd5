package lobby

import (
	"slices"
	"time"
)

// conference is a call by the workspace's own video conference. The lobby
// connects nobody.
type conference struct {
	ID       string    `json:"_id"`
	RID      string    `json:"rid"`
	Title    string    `json:"title,omitempty"`
	By       person    `json:"createdBy"`
	At       time.Time `json:"createdAt"`
	Provider string    `json:"providerName"`
	Message  string    `json:"started"` // the card's _id
	EndedAt  time.Time `json:"endedAt"`
}

func (v *conference) key() (string, string) { return "conference", v.ID }

func (v *conference) url() string { return "https://meet.example/" + v.ID }

func (v *conference) doc() doc {
	d := doc{
		"_id": v.ID, "type": "livechat", "rid": v.RID, "users": []any{}, "status": 1, "messages": doc{"started": v.Message},
		"createdBy": v.By.doc(), "createdAt": v.At, "providerName": v.Provider, "url": v.url(), "_updatedAt": v.At,
	}.opt("title", v.Title)
	if !v.EndedAt.IsZero() {
		d["status"], d["endedAt"], d["_updatedAt"] = 3, v.EndedAt, v.EndedAt
	}
	return d
}

// EndConference is the provider's word that nobody is in a conference any more.
func (s *Server) EndConference(id string) error {
	return s.do(func(t *tx) error {
		v := t.conferences[id]
		if v == nil || !v.EndedAt.IsZero() {
			return textError("no conference " + id + " goes on")
		}
		v.EndedAt = t.now
		t.put(v)
		t.emit("stream-notify-room", v.RID+"/videoconf", func() any { return []any{v.ID} })
		return nil
	})
}

func (w *world) addConference(v *conference) {
	w.conferences[v.ID] = v
	w.conferenceOrder = append(w.conferenceOrder, v)
}

var conferenceRoutes = []route{
	{verb: "POST", path: "video-conference.start", handle: (*rest).startConference, when: hasConferences},
	{verb: "POST", path: "video-conference.join", handle: (*rest).joinConference, when: hasConferences},
	{verb: "GET", path: "video-conference.list", handle: (*rest).conferencesOf, when: hasConferences},
	{verb: "GET", path: "video-conference.info", handle: (*rest).conferenceInfo, when: hasConferences},
}

func (c *rest) startConference() (doc, error) {
	id, err := c.body.text("roomId")
	if err != nil {
		return nil, err
	}
	title, _ := c.body["title"].(string)
	provider, _ := c.settings[setConferences].(string)
	r := c.rooms[id]
	switch {
	case !c.canSee(c.user, r):
		return nil, textError("invalid-params")
	case !c.user.may("call-management"):
		return nil, errUnauthorized
	case provider == "":
		return nil, textError("no-active-video-conf-provider")
	}
	v := &conference{ID: newID(), RID: r.ID, Title: title, By: c.user.person(), At: c.now, Provider: provider, Message: newID()}
	c.addConference(v)
	c.put(v)
	c.say(r, &message{ID: v.Message, Type: "videoconf", U: c.user.person(), Extra: extra{
		"groupable": false, "blocks": v.card(),
	}})
	c.fact(Fact{Fact: "called", RID: r.ID, By: c.user.Username, ID: v.Message, Text: title}, r)
	return doc{"data": doc{"type": "livechat", "callId": v.ID, "providerName": provider, "rid": r.ID}}, nil
}

// card is what the guest's page shows of it.
func (v *conference) card() []any {
	return []any{
		map[string]any{"type": "section", "text": map[string]any{"type": "plain_text", "text": v.By.Username + " started a video call"}},
		map[string]any{"type": "actions", "blockId": v.ID, "elements": []any{map[string]any{
			"type": "button", "blockId": v.ID, "actionId": "joinLivechat", "url": v.url(), "text": map[string]any{"type": "plain_text", "text": "Join call"},
		}}},
	}
}

// seenConference is one of a room that the caller may see.
func (c *rest) seenConference(id string) *conference {
	if v := c.conferences[id]; v != nil && c.canSee(c.user, c.rooms[v.RID]) {
		return v
	}
	return nil
}

func (c *rest) joinConference() (doc, error) {
	id, err := c.body.text("callId")
	if err != nil {
		return nil, err
	}
	v := c.seenConference(id)
	if v == nil {
		return nil, textError("invalid-params")
	}
	return doc{"url": v.url(), "providerName": v.Provider}, nil
}

func (c *rest) conferenceInfo() (doc, error) {
	v := c.seenConference(c.query.Get("callId"))
	if v == nil {
		return nil, textError("invalid-params")
	}
	d := v.doc()
	d["capabilities"] = doc{}
	return d, nil
}

// conferencesOf lists a room's, the newest first.
func (c *rest) conferencesOf() (doc, error) {
	r := c.rooms[c.query.Get("roomId")]
	if !c.canSee(c.user, r) {
		return nil, textError("invalid-params")
	}
	var found []doc
	for _, v := range slices.Backward(c.conferenceOrder) {
		if v.RID == r.ID {
			found = append(found, v.doc())
		}
	}
	return page(c, "data", found), nil
}
