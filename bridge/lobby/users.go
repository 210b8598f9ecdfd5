package lobby

import (
	"crypto/subtle"
	"slices"
	"strings"
	"time"
)

// user is an account. Its password is kept, so that Accounts can tell it again
// after a restart.
type user struct {
	ID            string    `json:"_id"`
	Username      string    `json:"username"`
	Name          string    `json:"name"`
	Email         string    `json:"email"`
	Password      string    `json:"password"`
	Roles         []string  `json:"roles"`
	Status        string    `json:"status"`        // online, away, busy, offline
	StatusDefault string    `json:"statusDefault"` // what being connected means
	StatusText    string    `json:"statusText"`
	Connection    string    `json:"statusConnection"`         // online or away by its websockets, else offline
	Livechat      string    `json:"statusLivechat,omitempty"` // available, not-available; "" for those who are no agents
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"_updatedAt"`
	LastLogin     time.Time `json:"lastLogin"`

	grants map[string][]string // the world's
	conns  int                 // websockets that are logged in now
	pinned bool                // online whatever happens (Options.Online)
}

func (u *user) person() person { return person{ID: u.ID, Username: u.Username, Name: u.Name} }

func (u *user) has(role string) bool { return slices.Contains(u.Roles, role) }

// TranscriptSender is a role of the workspace's own, as admins make them: agents are
// not among those whom a server lets send transcripts by itself.
const TranscriptSender = "transcript-sender"

// defaultGrants says which roles hold a permission in a new workspace.
var defaultGrants = map[string][]string{
	"view-l-room":                       {"livechat-agent", "livechat-manager", "admin"},
	"view-livechat-rooms":               {"livechat-manager", "admin"},
	"view-livechat-manager":             {"livechat-manager", "admin"},
	"view-livechat-departments":         {"livechat-manager", "admin"},
	"close-livechat-room":               {"livechat-agent", "livechat-manager", "admin"},
	"close-others-livechat-room":        {"livechat-manager", "admin"},
	"transfer-livechat-guest":           {"livechat-manager", "admin"},
	"save-others-livechat-room-info":    {"livechat-manager", "admin"},
	"edit-livechat-room-customfields":   {"livechat-agent", "livechat-manager", "admin"},
	"update-livechat-contact":           {"livechat-agent", "livechat-manager", "admin"},
	"send-omnichannel-chat-transcript":  {"livechat-manager", "admin", TranscriptSender},
	"on-hold-livechat-room":             {"livechat-agent", "livechat-manager", "admin"},
	"on-hold-others-livechat-room":      {"livechat-manager", "admin"},
	"view-livechat-contact":             {"livechat-agent", "livechat-manager", "admin"},
	"view-livechat-contact-history":     {"livechat-agent", "livechat-manager", "admin"},
	"manage-livechat-agents":            {"livechat-manager", "admin"},
	"view-livechat-business-hours":      {"livechat-manager", "admin"},
	"manage-livechat-departments":       {"livechat-manager", "admin"},
	"manage-livechat-managers":          {"livechat-manager", "admin"},
	"remove-closed-livechat-rooms":      {"livechat-manager", "admin"},
	"create-d":                          {"bot", "user", "admin"},
	"call-management":                   {"user", "admin"},
	"create-c":                          {"admin"},
	"create-p":                          {"admin"},
	"view-c-room":                       {"bot", "user", "admin"},
	"request-pdf-transcript":            {"livechat-agent", "livechat-manager", "admin"},
	"bypass-time-limit-edit-and-delete": {"bot", "admin"},
	"create-personal-access-tokens":     {"user", "admin"},
	"api-bypass-rate-limit":             {"bot", "admin"},
	"send-many-messages":                {"bot", "admin"},
	"edit-other-user-info":              {"admin"},
	"edit-privileged-setting":           {"admin"},
	"view-privileged-setting":           {"admin"},
	"access-permissions":                {"admin"},
	"view-statistics":                   {"admin"},
	"pin-message":                       {"admin"},
}

func (u *user) may(permission string) bool {
	return u != nil && slices.ContainsFunc(u.grants[permission], u.has)
}

// grantsSince are the versions that have a permission, where not all have it.
var grantsSince = map[string]versions{
	"on-hold-livechat-room":             since(3, 13),
	"on-hold-others-livechat-room":      since(3, 13),
	"call-management":                   since(5),
	"bypass-time-limit-edit-and-delete": since(5),
	"request-pdf-transcript":            since(6),
	"view-livechat-contact":             since(7),
	"update-livechat-contact":           since(7),
	"view-livechat-contact-history":     since(7),
}

// paidGrants are the permissions that a workspace gets with the paid features.
var paidGrants = []string{"on-hold-livechat-room", "on-hold-others-livechat-room", "request-pdf-transcript"}

// hasGrant reports whether the workspace knows the permission.
func (w *world) hasGrant(permission string) bool {
	d, partly := grantsSince[permission]
	return w.grants[permission] != nil && (!partly || w.does(d)) && (w.licensed || !slices.Contains(paidGrants, permission))
}

// hasPassword compares a password, or its SHA-256 in hexadecimal letters.
func (u *user) hasPassword(secret string, digest bool) bool {
	want := u.Password
	if digest {
		want, secret = hashToken(u.Password), strings.ToLower(secret)
	}
	return subtle.ConstantTimeCompare([]byte(want), []byte(secret)) == 1
}

func (u *user) emails() []any { return []any{doc{"address": u.Email, "verified": true}} }

// me is the user as login and GET me show it.
func (u *user) me(base string) doc {
	d := doc{
		"_id": u.ID, "name": u.Name, "username": u.Username, "emails": u.emails(), "email": u.Email,
		"status": u.Status, "statusDefault": u.StatusDefault, "statusText": u.StatusText, "statusConnection": u.Connection,
		"settings": doc{"preferences": preferences}, "roles": u.Roles, "active": true, "requirePasswordChange": false,
		"services":   doc{"password": doc{"bcrypt": "hidden"}, "email2fa": doc{"enabled": true}},
		"_updatedAt": u.UpdatedAt, "avatarUrl": base + "/avatar/" + u.Username,
	}
	return d.opt("statusLivechat", u.Livechat)
}

var preferences = doc{
	"enableAutoAway": true, "idleTimeLimit": 300, "audioNotifications": "mentions", "desktopNotifications": "all",
	"mobileNotifications": "all", "desktopNotificationRequireInteraction": false, "unreadAlert": true, "useEmojis": true,
	"convertAsciiEmoji": true, "autoImageLoad": true, "saveMobileBandwidth": true, "collapseMediaByDefault": false,
	"hideUsernames": false, "hideRoles": false, "hideFlexTab": false, "hideAvatars": false, "sidebarGroupByType": true,
	"sidebarViewMode": "medium", "sidebarHideAvatar": false, "sidebarShowUnread": false, "sidebarSortby": "activity",
	"showMessageInMainThread": false, "sidebarShowFavorites": true, "sendOnEnter": "normal", "messageViewMode": 0,
	"emailNotificationMode": "mentions", "newRoomNotification": "door", "newMessageNotification": "chime",
	"muteFocusedConversations": true, "notificationsSoundVolume": 100, "sidebarShowDiscussion": true,
}

// info is the user as users.info shows it to an admin.
func (u *user) info() doc {
	return doc{
		"_id": u.ID, "name": u.Name, "username": u.Username, "status": u.Status, "type": "user", "active": true,
		"statusText": u.StatusText, "emails": u.emails(), "statusConnection": u.Connection, "createdAt": u.CreatedAt,
		"services": doc{}, "requirePasswordChange": false, "roles": u.Roles,
	}.opt("lastLogin", u.LastLogin)
}

// agent is the user as lists of agents show it.
func (u *user) agent() doc {
	return doc{"_id": u.ID, "username": u.Username, "name": u.Name, "status": u.Status, "emails": u.emails()}.
		opt("statusLivechat", u.Livechat)
}

// forGuest is what a guest's page learns of its agent.
func (u *user) forGuest() doc {
	return doc{"_id": u.ID, "name": u.Name, "username": u.Username, "status": u.Status, "emails": u.emails()}
}

func (w *world) findUser(nameOrMail string) *user {
	if u := w.userByName[nameOrMail]; u != nil {
		return u
	}
	for _, u := range w.userOrder {
		if u.Email == nameOrMail {
			return u
		}
	}
	return nil
}

// credential is what a client logs in with.
type credential struct {
	name, secret string
	digest       bool
	resume       string
}

var (
	errBadLogin    = &meteorError{code: 403, reason: "User not found"}
	errHiddenLogin = &meteorError{code: 403, reason: "Unauthorized"}
	errBadResume   = &meteorError{code: 403, reason: "You've been logged out by the server. Please log in again."}
	errNoOptions   = &meteorError{code: 400, reason: "Unrecognized options for login request"}
)

// login answers with the user, a token and how long it lives: zero for a
// personal access token, which never dies.
func (t *tx) login(c credential) (u *user, secret string, expires time.Time, err error) {
	if c.resume != "" {
		u, k := t.byToken(c.resume)
		if u == nil {
			return nil, "", time.Time{}, errBadResume
		}
		u.LastLogin = t.now
		t.put(u)
		return u, c.resume, k.expires(), nil
	}
	u = t.findUser(c.name)
	if u == nil || !u.hasPassword(c.secret, c.digest) {
		if t.does(hidesLoginReason) {
			return nil, "", time.Time{}, errHiddenLogin
		}
		return nil, "", time.Time{}, errBadLogin
	}
	secret, k := t.newToken(u, "")
	u.LastLogin = t.now
	t.put(u)
	return u, secret, k.expires(), nil
}

func (t *tx) userChanged(u *user, diff doc) {
	u.UpdatedAt = t.now
	diff["_updatedAt"] = t.now
	t.put(u)
	t.emit("stream-notify-user", u.ID+"/userData", func() any {
		return []any{doc{"diff": diff, "unset": doc{}, "type": "updated"}}
	})
}

func (t *tx) setRole(u *user, role string, on bool) {
	if u.has(role) == on {
		return
	}
	u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r string) bool { return r == role })
	if on {
		u.Roles = append(u.Roles, role)
	}
	if role == "livechat-agent" && on && u.Livechat == "" {
		u.Livechat = "available"
	}
	t.userChanged(u, doc{"roles": u.Roles})
}
