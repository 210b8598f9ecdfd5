package lobby

import (
	"net/http"
	"strings"
)

var directRoutes = []route{
	{verb: "POST", path: "im.create", handle: (*rest).createDirect},
	{verb: "GET", path: "im.list", handle: (*rest).directs},
	{verb: "GET", path: "im.history", handle: (*rest).directHistory},
	{verb: "GET", path: "im.messages", handle: (*rest).directMessages},
	{verb: "GET", path: "im.files", handle: (*rest).directFiles},
	{verb: "GET", path: "im.counters", handle: (*rest).directCounters},
}

var methodRoutes = []route{
	{verb: "POST", path: "method.call/:method", handle: (*rest).callMethod, free: true},
	{verb: "POST", path: "method.callAnon/:method", handle: (*rest).callMethod, public: true, free: true},
}

func (c *rest) createDirect() (doc, error) {
	names, _ := c.body["username"].(string)
	if names == "" {
		names, _ = c.body["usernames"].(string)
	}
	if names == "" {
		return nil, meteor("error-room-not-found", `The required "username" or "usernames" param provided does not match any direct message`, nil)
	}
	r, err := c.imCreate(c.user, strings.Split(names, ","))
	if err != nil {
		return nil, err
	}
	return doc{"room": doc{"t": "d", "rid": r.ID, "usernames": r.memberNames(), "_id": r.ID}}, nil
}

func (c *rest) directs() (doc, error) {
	var all []doc
	for i := len(c.roomOrder) - 1; i >= 0; i-- {
		if r := c.roomOrder[i]; r.T == "d" && c.subs[r.ID][c.user.ID] != nil {
			all = append(all, c.roomDoc(r))
		}
	}
	return page(c, "ims", all), nil
}

func (c *rest) direct() (*room, error) {
	return c.directOf(c.user, c.query.Get("roomId"), c.query.Get("username"))
}

func (c *rest) directHistory() (doc, error) {
	r, err := c.direct()
	if err != nil {
		return nil, err
	}
	return c.roomHistory(r)
}

func (c *rest) directMessages() (doc, error) {
	r, err := c.direct()
	if err != nil {
		return nil, err
	}
	return c.allMessages(r), nil
}

func (c *rest) directFiles() (doc, error) {
	r, err := c.direct()
	if err != nil {
		return nil, err
	}
	return c.roomFiles(r)
}

func (c *rest) directCounters() (doc, error) {
	r, err := c.direct()
	if err != nil {
		return nil, err
	}
	s := c.subs[r.ID][c.user.ID]
	return doc{
		"joined": true, "members": len(r.Members), "unreads": s.Unread, "unreadsFrom": s.LS,
		"msgs": r.Msgs, "latest": r.LM, "userMentions": s.Mentions,
	}, nil
}

// callMethod runs a DDP method: EJSON in a text goes in, EJSON in a text comes
// out, and a failure of the method is a success of the call, or in newer
// versions one of the call, too.
func (c *rest) callMethod() (doc, error) {
	text, err := c.body.text("message")
	if err != nil {
		return nil, textError(err.Error())
	}
	f, err := parseFrame([]byte(text))
	if err != nil {
		return nil, textError("Invalid message: " + err.Error())
	}
	answer := doc{"msg": "result", "id": f.id}
	result, err := c.runMethod(f)
	if err != nil {
		answer["error"] = ddpError(err)
	} else if result != nil {
		answer["result"] = result
	}
	body := doc{"message": string(encode(answer, ejson))}
	if err != nil && c.does(failsMethodsByREST) {
		body["success"] = false
		return nil, &statusError{http.StatusBadRequest, body}
	}
	return body, nil
}

// runMethod runs what the message names, whatever the path says, within the limits
// that a connection would have.
func (c *rest) runMethod(f frame) (any, error) {
	connection := "rest " + hashToken(c.token)
	if c.token == "" {
		connection = "rest " + address(c.r) + c.r.UserAgent()
	}
	if !fromInside(c.r) {
		if err := c.s.limits.call(connection, c.user, "method", f.method); err != nil {
			return nil, err
		}
	}
	return c.tx.method(nil, c.user, f)
}
