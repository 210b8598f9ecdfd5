package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
)

// User is a user of the workspace.
type User struct {
	ID       string   `json:"_id"`
	Username string   `json:"username"`
	Name     string   `json:"name"`
	Status   string   `json:"status"`         // online, away, busy, offline
	Livechat string   `json:"statusLivechat"` // available, not-available; "" means not an agent, or unknown
	Roles    []string `json:"roles"`
	Active   bool     `json:"active"`
}

// Has reports whether the user has the role.
func (u User) Has(role string) bool { return slices.Contains(u.Roles, role) }

// Me is the account that the client belongs to.
func (c *Client) Me(ctx context.Context) (User, error) {
	var me User
	k := call{verb: http.MethodGet, path: "me"}
	if err := c.json(ctx, k, &me); err != nil {
		return User{}, err
	}
	if me.ID == "" {
		return User{}, &Error{Call: k.name(), Kind: ErrUnclear, Text: "no user in it"}
	}
	return me, nil
}

// User finds a user by id.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	return c.user(ctx, url.Values{"userId": {id}})
}

// UserNamed finds a user by username, which may have an @ before it.
func (c *Client) UserNamed(ctx context.Context, username string) (User, error) {
	return c.user(ctx, url.Values{"username": {username}})
}

// user answers ErrNotFound also for the server's "User not found", which has
// no code.
func (c *Client) user(ctx context.Context, query url.Values) (User, error) {
	var got struct {
		User User `json:"user"`
	}
	k := call{verb: http.MethodGet, path: "users.info", query: query}
	err := c.json(ctx, k, &got)
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest && e.Code == "" {
		e.Kind = ErrNotFound
	}
	if err == nil && got.User.ID == "" {
		err = &Error{Call: k.name(), Kind: ErrNotFound, Text: "no user in the answer"}
	}
	return got.User, err
}

// Department is a department's document.
type Department struct {
	ID       string   `json:"_id"`
	Name     string   `json:"name"`
	Enabled  bool     `json:"enabled"`
	NeedsTag bool     `json:"requestTagBeforeClosingChat"`
	Tags     []string `json:"chatClosingTags"`
	Fallback string   `json:"fallbackForwardDepartment"` // id
	Offline  bool     `json:"allowReceiveForwardOffline"`
}

// Departments lists all departments, disabled ones too.
func (c *Client) Departments(ctx context.Context) ([]Department, error) {
	return listing[Department]{
		path: "livechat/department", field: "departments",
		key: func(d Department) string { return d.ID },
	}.read(ctx, c)
}

// Member is an agent of a department.
type Member struct {
	AgentID  string `json:"agentId"`
	Username string `json:"username"`
}

// SpareDepartments is how many departments may be read now that could as well be
// read later, at most most: half of what the server takes is left to others.
func (c *Client) SpareDepartments(most int) int {
	return c.limits.spare(call{verb: http.MethodGet, path: "livechat/department/aaaaaaaaaaaaaaaaa"}, most)
}

// Department reads a department by id, with its agents, whether they are
// online or not; nil means that the server does not tell them. ErrNotFound says
// that there is no such department.
func (c *Client) Department(ctx context.Context, id string) (Department, []Member, error) {
	var got struct {
		Department Department `json:"department"`
		Agents     []Member   `json:"agents"`
	}
	k := call{verb: http.MethodGet, path: "livechat/department/" + url.PathEscape(id), query: url.Values{"includeAgents": {"true"}}}
	if err := c.json(ctx, k, &got); err != nil {
		return Department{}, nil, err
	}
	if got.Department.ID == "" {
		return Department{}, nil, &Error{Call: k.name(), Kind: ErrNotFound, Text: "no department in the answer"}
	}
	return got.Department, got.Agents, nil
}

// Agents lists all agents with their status.
func (c *Client) Agents(ctx context.Context) ([]User, error) {
	return listing[User]{
		path: "livechat/users/agent", field: "users",
		key: func(u User) string { return u.ID },
	}.read(ctx, c)
}

// Managers lists all managers of the omnichannel.
func (c *Client) Managers(ctx context.Context) ([]User, error) {
	return listing[User]{
		path: "livechat/users/manager", field: "users",
		key: func(u User) string { return u.ID },
	}.read(ctx, c)
}

// availability is what an agent is to be.
type availability struct{ agent, status string }

// SetAvailable makes an agent available for chats, or not, by id. Outside of
// business hours a server says success and changes nothing.
func (c *Client) SetAvailable(ctx context.Context, agent string, yes bool) error {
	status := "not-available"
	if yes {
		status = "available"
	}
	return try(ctx, c, waysToBeAvailable, availability{agent, status})
}

func (c *Client) agentStatus(ctx context.Context, a availability) error {
	return c.Post(ctx, "livechat/agent.status", map[string]string{"agentId": a.agent, "status": a.status}, nil)
}

func (c *Client) changeLivechatStatus(ctx context.Context, a availability) error {
	return c.Method(ctx, "livechat:changeLivechatStatus", nil, map[string]string{"status": a.status, "agentId": a.agent})
}

// Visitor is a guest's own document.
type Visitor struct {
	ID        string         `json:"_id"`
	Username  string         `json:"username"`
	Name      string         `json:"name"`
	Emails    []Email        `json:"visitorEmails"`
	Phones    []Phone        `json:"phone"`
	Fields    map[string]any `json:"livechatData"` // visitor custom fields
	Language  string         `json:"language"`
	Manager   Manager        `json:"contactManager"`
	LastChat  LastChat       `json:"lastChat"`
	UpdatedAt Time           `json:"_updatedAt"`
}

// Email is an address of a visitor.
type Email struct {
	Address string `json:"address"`
}

// Phone is a number of a visitor.
type Phone struct {
	Number string `json:"phoneNumber"`
}

// SpareGuests is of how many guests the visitor and the contact may be read now
// that could as well be read later, at most most: half of what the server takes is
// left to others.
func (c *Client) SpareGuests(most int) int {
	for _, path := range []string{"livechat/visitors.info", "omnichannel/contacts.get"} {
		most = c.limits.spare(call{verb: http.MethodGet, path: path}, most)
	}
	return most
}

// Visitor reads a guest by id.
func (c *Client) Visitor(ctx context.Context, id string) (Visitor, error) {
	var got struct {
		Visitor Visitor `json:"visitor"`
	}
	k := call{verb: http.MethodGet, path: "livechat/visitors.info", query: url.Values{"visitorId": {id}}}
	if err := c.json(ctx, k, &got); err != nil {
		return Visitor{}, err
	}
	if got.Visitor.ID == "" {
		return Visitor{}, &Error{Call: k.name(), Kind: ErrNotFound, Text: "no visitor in the answer"}
	}
	return got.Visitor, nil
}
