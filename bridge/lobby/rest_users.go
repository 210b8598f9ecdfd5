package lobby

import (
	"slices"
	"strings"
	"time"
)

var sessionRoutes = []route{
	{verb: "POST", path: "login", handle: (*rest).login, public: true, bare: true},
	{verb: "POST", path: "logout", handle: (*rest).logout, bare: true},
	{verb: "GET", path: "logout", handle: (*rest).logout, bare: true},
	{verb: "GET", path: "me", handle: func(c *rest) (doc, error) { return c.user.me(c.base), nil }},
	{verb: "GET", path: "info", handle: func(c *rest) (doc, error) { return doc{"info": doc{"version": c.as.String()}}, nil }, public: true},
	{verb: "POST", path: "users.generatePersonalAccessToken", handle: (*rest).makeToken},
	{verb: "POST", path: "users.regeneratePersonalAccessToken", handle: (*rest).remakeToken},
	{verb: "POST", path: "users.removePersonalAccessToken", handle: (*rest).removeToken},
	{verb: "GET", path: "users.getPersonalAccessTokens", handle: (*rest).listTokens},
	{verb: "GET", path: "permissions.listAll", handle: (*rest).permissions},
	{verb: "POST", path: "permissions.update", handle: (*rest).savePermissions},
	{verb: "GET", path: "roles.list", handle: (*rest).listRoles},
	{verb: "POST", path: "roles.addUserToRole", handle: (*rest).addRole},
	{verb: "POST", path: "roles.removeUserFromRole", handle: (*rest).dropRole, when: dropsRoles},
}

// login's failures look unlike all others.
func (c *rest) login() (doc, error) {
	refuse := func(code any, message string) error {
		return &statusError{401, doc{"status": "error", "error": code, "message": message}}
	}
	cred, err := c.credential()
	if err != nil {
		return nil, refuse(400, "Unrecognized options for login request")
	}
	u, secret, _, err := c.tx.login(cred)
	if err == errBadResume {
		return nil, refuse(403, errBadResume.reason)
	}
	if err != nil {
		return nil, refuse("Unauthorized", "Unauthorized")
	}
	return doc{"status": "success", "data": doc{"userId": u.ID, "authToken": secret, "me": u.me(c.base)}}, nil
}

func (c *rest) credential() (credential, error) {
	if resume, ok := c.body["resume"].(string); ok {
		return credential{resume: resume}, nil
	}
	for _, key := range []string{"user", "username", "email"} {
		if name, ok := c.body[key].(string); ok {
			return withPassword(name, c.body["password"])
		}
	}
	if _, ok := c.body["user"].(map[string]any); ok {
		return ddpCredential(map[string]any(c.body))
	}
	return credential{}, errNoOptions
}

func (c *rest) logout() (doc, error) {
	c.logOut(c.token)
	return doc{"status": "success", "data": doc{"message": "You've been logged out!"}}, nil
}

func (c *rest) makeToken() (doc, error) {
	const method = "personalAccessTokens:generateToken"
	name, err := c.body.text("tokenName")
	switch {
	case err != nil || name == "":
		return nil, textError("The 'tokenName' param is required")
	case !c.user.may("create-personal-access-tokens"):
		return nil, meteor("not-authorized", "Not Authorized", in(method))
	case c.personal(c.user, name) != nil:
		return nil, meteor("error-token-already-exists", "A token with this name already exists", in(method))
	}
	secret, _ := c.newToken(c.user, name)
	return doc{"token": secret}, nil
}

func (c *rest) forget(method string) (name string, err error) {
	name, err = c.body.text("tokenName")
	if err != nil {
		return "", textError("The 'tokenName' param is required")
	}
	k := c.personal(c.user, name)
	if k == nil {
		return "", meteor("error-token-does-not-exists", "Token does not exist", in(method))
	}
	c.tx.dropToken(k)
	return name, nil
}

func (c *rest) remakeToken() (doc, error) {
	name, err := c.forget("personalAccessTokens:regenerateToken")
	if err != nil {
		return nil, err
	}
	secret, _ := c.newToken(c.user, name)
	return doc{"token": secret}, nil
}

func (c *rest) removeToken() (doc, error) {
	_, err := c.forget("personalAccessTokens:removeToken")
	return nil, err
}

func (c *rest) listTokens() (doc, error) {
	out := []any{}
	for _, k := range c.personalTokens(c.user) {
		out = append(out, doc{"name": k.Name, "createdAt": k.When, "lastTokenPart": k.Last, "bypassTwoFactor": false})
	}
	return doc{"tokens": out}, nil
}

func (c *rest) permissions() (doc, error) {
	return doc{"update": c.permissionDocs(), "remove": []any{}}, nil
}

func (w *world) permissionDocs() []any {
	out := []any{}
	for _, id := range sortedKeys(w.grants) {
		if w.hasGrant(id) {
			out = append(out, doc{"_id": id, "roles": w.grants[id], "_updatedAt": w.userOrder[0].CreatedAt})
		}
	}
	return out
}

// savePermissions gives permissions to roles, and takes them from all others.
func (c *rest) savePermissions() (doc, error) {
	if !c.user.may("access-permissions") {
		return nil, meteor("error-edit-permissions-not-allowed", "Editing permissions is not allowed", nil)
	}
	list, _ := c.body["permissions"].([]any)
	given := map[string][]string{}
	for _, v := range list {
		id, holders, err := c.permission(v)
		if err != nil {
			return nil, err
		}
		given[id] = holders
	}
	for _, id := range sortedKeys(given) {
		c.grants[id] = given[id]
		c.put(grant(id))
		c.emit("stream-notify-logged", "permissions-changed", func() any {
			return []any{"updated", doc{"_id": id, "roles": given[id], "_updatedAt": c.now}}
		})
	}
	return doc{"permissions": c.permissionDocs()}, nil
}

// permission reads who is to hold a permission.
func (c *rest) permission(v any) (id string, holders []string, err error) {
	p, err := asArgs(v)
	if err != nil {
		return "", nil, err
	}
	id, err = p.text("_id")
	if err != nil || !c.hasGrant(id) {
		return "", nil, meteor("error-invalid-permission", "Invalid permission", nil)
	}
	list, _ := p["roles"].([]any)
	holders = []string{}
	for _, r := range list {
		name, _ := r.(string)
		if _, known := roles[name]; !known {
			return "", nil, meteor("error-invalid-role", "Invalid role", nil)
		}
		holders = append(holders, name)
	}
	return id, holders, nil
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// roles are the roles there are, with what the server says of them.
var roles = map[string]string{
	"admin": "Admin", "bot": "", "livechat-agent": "Livechat Agent", "livechat-manager": "Livechat Manager", TranscriptSender: "May send transcripts", "user": "",
}

func (c *rest) listRoles() (doc, error) {
	out := []any{}
	for _, r := range sortedKeys(roles) {
		out = append(out, c.roleDoc(r))
	}
	return doc{"roles": out}, nil
}

func (c *rest) roleDoc(name string) doc {
	return doc{"_id": name, "name": name, "scope": "Users", "description": roles[name], "protected": true, "mandatory2fa": false, "_updatedAt": c.userOrder[0].CreatedAt}
}

func (c *rest) addRole() (doc, error) {
	u, role, err := c.roleOf()
	if err != nil {
		return nil, err
	}
	if u.has(role) {
		c.userChanged(u, doc{})
	}
	return c.changeRole(u, role, "added")
}

func (c *rest) dropRole() (doc, error) {
	u, role, err := c.roleOf()
	if err != nil {
		return nil, err
	}
	return c.changeRole(u, role, "removed")
}

// roleOf is the user and the role that are meant. Newer servers call a role's
// name its id.
func (c *rest) roleOf() (*user, string, error) {
	if err := c.need("access-permissions"); err != nil {
		return nil, "", err
	}
	key := "roleName"
	if c.body[key] == nil && c.body["roleId"] != nil {
		key = "roleId"
	}
	t, err := c.body.texts(key, "username")
	if err != nil {
		return nil, "", err
	}
	u := c.userByName[t[1]]
	if _, known := roles[t[0]]; u == nil || !known {
		return nil, "", meteor("error-invalid-user", "Invalid user", nil)
	}
	return u, t[0], nil
}

func (c *rest) changeRole(u *user, role, how string) (doc, error) {
	c.setRole(u, role, how == "added")
	c.emit("stream-notify-logged", "roles-change", func() any {
		return []any{doc{"type": how, "_id": role, "u": u.person().short().doc()}}
	})
	return doc{"role": c.roleDoc(role)}, nil
}

var userRoutes = []route{
	{verb: "GET", path: "users.info", handle: (*rest).userInfo},
	{verb: "GET", path: "users.presence", handle: (*rest).usersPresence},
	{verb: "GET", path: "users.getPresence", handle: (*rest).getPresence},
	{verb: "GET", path: "users.getStatus", handle: (*rest).getStatus},
	{verb: "POST", path: "users.setStatus", handle: (*rest).setUserStatus},
	{verb: "GET", path: "livechat/users/:type", handle: (*rest).livechatUsers},
	{verb: "POST", path: "livechat/users/:type", handle: (*rest).addLivechatUser},
	{verb: "GET", path: "livechat/users/:type/:id", handle: (*rest).livechatUser},
	{verb: "DELETE", path: "livechat/users/:type/:id", handle: (*rest).dropLivechatUser},
	{verb: "GET", path: "livechat/agents/:id/departments", handle: (*rest).agentDepartments},
}

func (c *rest) oneUser() (*user, error) {
	if id := c.query.Get("userId"); id != "" {
		if u := c.users[id]; u != nil {
			return u, nil
		}
	} else if name := c.query.Get("username"); name != "" {
		if u := c.userByName[name]; u != nil {
			return u, nil
		}
	} else {
		return nil, meteor("error-user-param-not-provided", `The required "userId" or "username" param was not provided`, nil)
	}
	return nil, textError("User not found.")
}

func (c *rest) userInfo() (doc, error) {
	u, err := c.oneUser()
	if err != nil {
		return nil, err
	}
	return doc{"user": u.info()}, nil
}

func (c *rest) usersPresence() (doc, error) {
	ids := c.query["ids[]"]
	if len(ids) == 0 && c.query.Get("ids") != "" {
		ids = strings.Split(c.query.Get("ids"), ",")
	}
	from, since := parseDate(c.query.Get("from"))
	out := []any{}
	if len(ids) == 0 && !since {
		out = append(out, doc{"_id": rocketCat.ID, "username": rocketCat.Username, "name": rocketCat.Name, "status": "online", "utcOffset": 0, "avatarETag": nil})
	}
	for _, u := range c.userOrder {
		if u.Status == "offline" || len(ids) > 0 && !slices.Contains(ids, u.ID) || since && !u.UpdatedAt.After(from) {
			continue
		}
		out = append(out, doc{"_id": u.ID, "username": u.Username, "name": u.Name, "status": u.Status, "statusText": u.StatusText})
	}
	return doc{"users": out, "full": !since && len(ids) == 0}, nil
}

func (c *rest) getPresence() (doc, error) {
	if c.query.Get("userId") == "" && c.query.Get("username") == "" {
		return doc{"presence": c.user.Status, "connectionStatus": c.user.Connection}, nil
	}
	u, err := c.oneUser()
	if err != nil {
		return nil, err
	}
	return doc{"presence": u.Status}, nil
}

func (c *rest) getStatus() (doc, error) {
	u := c.user
	if c.query.Get("userId") != "" || c.query.Get("username") != "" {
		var err error
		if u, err = c.oneUser(); err != nil {
			return nil, err
		}
	}
	return doc{"_id": u.ID, "message": u.StatusText, "status": u.Status}, nil
}

func (c *rest) setUserStatus() (doc, error) {
	u := c.user
	if id, _ := c.body["userId"].(string); id != "" && id != u.ID {
		if !u.may("edit-other-user-info") {
			return nil, errUnauthorized
		}
		if u = c.users[id]; u == nil {
			return nil, textError("User not found.")
		}
	}
	if text, ok := c.body["message"].(string); ok {
		if err := c.limitStatusText(); err != nil {
			return nil, err
		}
		c.setStatusText(u, text)
	}
	status, ok := c.body["status"].(string)
	if !ok {
		return nil, nil
	}
	if _, known := statusCode[status]; !known {
		return nil, meteor("error-invalid-status", "Valid status types include online, away, offline, and busy.", in("users.setStatus"))
	}
	c.forceStatus(u, status)
	return nil, nil
}

// limitStatusText lets a user say five words a minute, whatever the limiter's
// settings are; those who may speak for others are free.
func (c *rest) limitStatusText() error {
	if c.s.limits.off || c.user.may("edit-other-user-info") {
		return nil
	}
	if _, wait := c.s.limits.take("status text "+c.user.ID, rate{5, time.Minute}); wait > 0 {
		return &limited{wait: wait, again: "trying again"}
	}
	return nil
}

var livechatRoles = map[string]string{"agent": "livechat-agent", "manager": "livechat-manager"}

func (c *rest) livechatRole() (string, error) {
	role := livechatRoles[c.path["type"]]
	if role == "" {
		return "", textError("Invalid type")
	}
	return role, nil
}

func (c *rest) livechatUsers() (doc, error) {
	role, err := c.livechatRole()
	if err != nil {
		return nil, err
	}
	if err := c.guard("view-l-room", "transfer-livechat-guest"); err != nil {
		return nil, err
	}
	text := strings.ToLower(c.query.Get("text"))
	var found []doc
	for _, u := range c.userOrder {
		if u.has(role) && strings.Contains(strings.ToLower(u.Username+" "+u.Name), text) {
			found = append(found, u.agent())
		}
	}
	slices.SortFunc(found, func(a, b doc) int { return strings.Compare(a["name"].(string), b["name"].(string)) })
	return page(c, "users", found), nil
}

func (c *rest) addLivechatUser() (doc, error) {
	if err := c.need("view-livechat-manager"); err != nil {
		return nil, err
	}
	role, err := c.livechatRole()
	if err != nil {
		return nil, err
	}
	name, err := c.body.text("username")
	if err != nil {
		return nil, err
	}
	u := c.userByName[name]
	if u == nil {
		return nil, textError("error-invalid-user")
	}
	c.setRole(u, role, true)
	return doc{"user": u.person().short().doc()}, nil
}

func (c *rest) livechatUser() (doc, error) {
	if err := c.need("view-livechat-manager"); err != nil {
		return nil, err
	}
	role, err := c.livechatRole()
	if err != nil {
		return nil, err
	}
	u := c.users[c.path["id"]]
	if u == nil {
		return nil, textError("User not found")
	}
	if !u.has(role) {
		return doc{"user": nil}, nil
	}
	return doc{"user": u.agent()}, nil
}

func (c *rest) dropLivechatUser() (doc, error) {
	if err := c.need("view-livechat-manager"); err != nil {
		return nil, err
	}
	role, err := c.livechatRole()
	if err != nil {
		return nil, err
	}
	u := c.users[c.path["id"]]
	if u == nil {
		return nil, errBare
	}
	c.setRole(u, role, false)
	if role == "livechat-agent" {
		for _, d := range c.deptOrder {
			c.setMember(d, u, 0, false)
		}
	}
	return nil, nil
}

func (c *rest) agentDepartments() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	out := []any{}
	for _, d := range c.deptOrder {
		if m := d.member(c.path["id"]); m != nil {
			out = append(out, d.memberDoc(m))
		}
	}
	return doc{"departments": out}, nil
}
