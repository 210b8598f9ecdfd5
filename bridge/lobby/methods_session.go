package lobby

import (
	"slices"
	"strings"
)

func (c *call) login() (any, error) {
	cred, err := ddpCredential(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	u, secret, expires, err := c.tx.login(cred)
	if err != nil {
		return nil, err
	}
	if c.conn != nil {
		c.logIn(c.conn, u, secret)
		// Clients read their own user before they look at the result.
		c.conn.answer(doc{"msg": "added", "collection": "users", "id": u.ID, "fields": doc{"username": u.Username, "emails": u.emails()}})
	}
	kind := "resume"
	if cred.resume == "" {
		kind = "password"
	}
	return doc{"id": u.ID, "token": secret, "tokenExpires": expires, "type": kind}, nil
}

func ddpCredential(v any) (credential, error) {
	a, err := asArgs(v)
	if err != nil {
		return credential{}, errNoOptions
	}
	if resume, ok := a["resume"].(string); ok {
		return credential{resume: resume}, nil
	}
	who, _ := a["user"].(map[string]any)
	name, _ := who["username"].(string)
	if name == "" {
		name, _ = who["email"].(string)
	}
	return withPassword(name, a["password"])
}

// withPassword reads a password, plain or as a digest.
func withPassword(name string, v any) (credential, error) {
	c := credential{name: name}
	switch p := v.(type) {
	case string:
		c.secret = p
	case map[string]any:
		c.secret, _ = p["digest"].(string)
		c.digest = true
	}
	if c.name == "" || c.secret == "" {
		return c, errNoOptions
	}
	return c, nil
}

func (c *call) logout() (any, error) {
	if c.conn == nil || c.user == nil {
		return nil, nil
	}
	if k := c.tokens[c.conn.token]; k != nil {
		c.dropToken(k)
	}
	if c.user.conns--; c.user.conns == 0 {
		c.setConnection(c.user, "offline")
	}
	c.conn.user, c.conn.who, c.conn.token = nil, "", ""
	return nil, nil
}

// loginByToken is the guest's: it tells who the token is.
func (c *call) loginByToken() (any, error) {
	v := c.visitorByToken[nthText(c.params, 0)]
	if v == nil {
		return nil, nil
	}
	return doc{"_id": v.ID}, nil
}

func (c *call) changeLivechatStatus() (any, error) {
	const name = "livechat:changeLivechatStatus"
	if c.user == nil {
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	}
	a, _ := asArgs(nth(c.params, 0))
	u := c.user
	if id, _ := a["agentId"].(string); id != "" && id != u.ID {
		if !u.may("manage-livechat-agents") {
			return nil, meteor("error-not-allowed", "Not allowed", in("livechat:saveAgentInfo"))
		}
		u = c.users[id]
	}
	if u == nil || !u.has("livechat-agent") {
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	}
	status, _ := a["status"].(string)
	if status == "available" && u.Status == "offline" {
		// The real server wants a connection for that; here it is enough to say so.
		c.forceStatus(u, "online")
	}
	if status == "" {
		status = map[string]string{"available": "not-available"}[u.Livechat]
	}
	if status == "" {
		status = "available"
	}
	if c.setLivechat(u, status) {
		c.fact(Fact{Fact: "available", By: c.user.Username, Agent: u.Username, Text: status}, &room{})
		return 1, nil
	}
	return nil, nil
}

// userRoles lists who holds more than plain membership.
func (c *call) userRoles() (any, error) {
	if c.user == nil {
		return nil, meteor("error-invalid-user", "Invalid user", in("getUserRoles"))
	}
	out := []any{}
	for _, u := range c.userOrder {
		roles := []string{}
		for _, r := range u.Roles {
			if r != "user" && r != "bot" {
				roles = append(roles, r)
			}
		}
		out = append(out, doc{"_id": u.ID, "username": u.Username, "roles": roles})
	}
	slices.SortFunc(out, func(a, b any) int {
		return strings.Compare(a.(doc)["username"].(string), b.(doc)["username"].(string))
	})
	return out, nil
}

func (c *call) setUserStatus() (any, error) {
	if c.user == nil {
		return nil, meteor("error-invalid-user", "Invalid user", in("setUserStatus"))
	}
	if text, ok := nth(c.params, 1).(string); ok {
		c.setStatusText(c.user, text)
	}
	if status := nthText(c.params, 0); status != "" {
		c.forceStatus(c.user, status)
	}
	return nil, nil
}

func (c *call) wishStatus() (any, error) {
	status := nthText(c.params, 0)
	if _, known := statusCode[status]; known && c.user != nil {
		c.tx.setDefaultStatus(c.user, status)
	}
	return nil, nil
}

// presence is what a client says of its user's activity.
func presence(status string) method {
	return func(c *call) (any, error) {
		if c.user != nil && c.conn != nil {
			c.setConnection(c.user, status)
		}
		return nil, nil
	}
}
