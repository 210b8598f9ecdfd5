package lobby

import (
	"crypto/rand"
	"maps"
	"math/big"
	"time"
)

// world is everything that the workspace knows. It is guarded by Server.mu and
// changed only through a tx.
type world struct {
	users      map[string]*user
	userByName map[string]*user
	tokens     map[string]*token // by hash
	userOrder  []*user

	departments map[string]*department
	deptOrder   []*department

	visitors       map[string]*visitor
	visitorByToken map[string]*visitor
	visits         map[string][]map[string]any // pages that were told before there was a chat, by the guest's token
	visitorByMail  map[string]*visitor

	rooms          map[string]*room
	roomOrder      []*room // oldest first
	openChats      map[string]*room
	roomsByVisitor map[string][]*room

	inquiries     map[string]*inquiry
	inquiryByRoom map[string]*inquiry

	subs       map[string]map[string]*subscription // room, user
	subsByUser map[string]map[string]*subscription // user, room
	left       map[string][]deletion               // by user: memberships that ended since the lobby started

	messages map[string]*message
	uploads  map[string]*upload
	byRoom   map[string][]*upload

	conferences     map[string]*conference
	conferenceOrder []*conference // oldest first

	fields     map[string]*customField
	fieldOrder []string
	settings   map[string]any
	grants     map[string][]string // the roles that hold a permission
	counters   map[string]int
	as         release   // the version as which the workspace poses
	licensed   bool      // with the paid omnichannel features
	factNumber int       // of the newest fact
	lastFacts  []Fact    // of the last request that had any: the log may lack them after a kill
	last       time.Time // the newest time that was given out
}

func newWorld(as release, licensed bool) *world {
	w := &world{
		as: as, licensed: licensed,
		users: map[string]*user{}, userByName: map[string]*user{}, tokens: map[string]*token{},
		departments: map[string]*department{},
		visitors:    map[string]*visitor{}, visitorByToken: map[string]*visitor{}, visits: map[string][]map[string]any{}, visitorByMail: map[string]*visitor{},
		rooms: map[string]*room{}, openChats: map[string]*room{}, roomsByVisitor: map[string][]*room{},
		inquiries: map[string]*inquiry{}, inquiryByRoom: map[string]*inquiry{},
		subs: map[string]map[string]*subscription{}, subsByUser: map[string]map[string]*subscription{}, left: map[string][]deletion{},
		messages: map[string]*message{}, uploads: map[string]*upload{}, byRoom: map[string][]*upload{}, conferences: map[string]*conference{},
		fields: map[string]*customField{}, settings: defaultSettings(), grants: maps.Clone(defaultGrants), counters: map[string]int{},
	}
	if w.does(filesForMembers) {
		w.settings[setFilesForMembers], w.settings[setFilesForAll] = true, false
	}
	if w.does(guardsRoutes) { // an agent could forward no chat, not even an own one
		w.grants["transfer-livechat-guest"] = []string{"livechat-agent", "livechat-manager", "admin"}
	}
	if w.does(ignoresAutomatic) {
		w.settings[setIgnoreAutomatic] = false
	}
	return w
}

// person is how a user or visitor is named inside other documents.
type person struct {
	ID       string `json:"_id"`
	Username string `json:"username"`
	Name     string `json:"name,omitempty"`
}

func (p person) doc() doc { return doc{"_id": p.ID, "username": p.Username}.opt("name", p.Name) }

// short leaves the name out, as most places do.
func (p person) short() person { return person{ID: p.ID, Username: p.Username} }

var rocketCat = person{ID: "rocket.cat", Username: "rocket.cat", Name: "Rocket.Cat"}

const idLength = 17

const idLetters = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"

// newID is as Meteor's Random.id: 17 letters that nobody confuses.
func newID() string { return randomText(idLength) }

func randomText(n int) string {
	b := make([]byte, n)
	most := big.NewInt(int64(len(idLetters)))
	for i := range b {
		k, err := rand.Int(rand.Reader, most)
		if err != nil {
			panic(err) // the system has no randomness: nothing here would work
		}
		b[i] = idLetters[k.Int64()]
	}
	return string(b)
}

// Settings that the lobby heeds; others can be set and read all the same.
const (
	setRouting        = "Livechat_Routing_Method"
	setEnabled        = "Livechat_enabled"
	setAcceptNoAgents = "Livechat_accept_chats_with_no_agents"
	setLimiter        = "API_Enable_Rate_Limiter"
	setLimitCalls     = "API_Enable_Rate_Limiter_Limit_Calls_Default"
	setLimitTime      = "API_Enable_Rate_Limiter_Limit_Time_Default"
	setCount          = "API_Default_Count"
	setMostCount      = "API_Upper_Count_Limit"
	setAllAtOnce      = "API_Allow_Infinite_Count"
	setCORS           = "API_Enable_CORS"
	setOrigin         = "API_CORS_Origin"
	setHidden         = "Hide_System_Messages"
	setHoldAnswered   = "Livechat_allow_manual_on_hold_upon_agent_engagement_only"
	setShowDeleted    = "Message_ShowDeletedStatus"
	setAllowEditing   = "Message_AllowEditing"
	setAllowDeleting  = "Message_AllowDeleting"
	setMaxSize        = "Message_MaxAllowedSize"
	setBlockEditing   = "Message_AllowEditing_BlockEditInMinutes"
	setBlockDeleting  = "Message_AllowDeleting_BlockDeleteInMinutes"
	setRealNames      = "UI_Use_Real_Name"
	setConferences    = "VideoConf_Default_Provider"
	setCallApp        = "Omnichannel_call_provider"
	setJitsi          = "Jitsi_Domain"
	setNavigation     = "Livechat_Visitor_navigation_as_a_message"

	setAskComment      = "Livechat_request_comment_when_closing_conversation"
	setIgnoreAutomatic = "Omnichannel_Metrics_Ignore_Automatic_Messages"
	setFilesForMembers = "FileUpload_Restrict_to_room_members"
	setFilesForAll     = "FileUpload_Restrict_to_users_who_can_access_room"
)

// The two ways in which chats find their agents.
const (
	Manual = "Manual_Selection" // chats wait in a queue until an agent takes them
	Auto   = "Auto_Selection"   // the server gives each chat to the least busy agent
)

// routingMethods are the names that Options takes for them.
var routingMethods = map[string]string{Manual: Manual, "manual": Manual, Auto: Auto, "auto": Auto}

func defaultSettings() map[string]any {
	all := fileSettings()
	maps.Copy(all, hookSettings)
	maps.Copy(all, map[string]any{
		setRouting: Manual, setEnabled: true, setAcceptNoAgents: false,
		setLimiter: true, setLimitCalls: 10.0, setLimitTime: 60000.0, setCount: 50.0, setMostCount: 100.0, setAllAtOnce: true, setCORS: false, setOrigin: "*",
		setHidden: []any{}, setShowDeleted: false, setAllowEditing: true, setAllowDeleting: true,
		setHoldAnswered: false,
		setMaxSize:      5000.0, setNavigation: false, setBlockEditing: 0.0, setBlockDeleting: 0.0, setRealNames: false, setConferences: "",
		"Livechat_fileupload_enabled": true, setAskComment: false, // a real workspace's is true
		"Livechat_enable_transcript": false, "Livechat_transcript_send_always": false, "Livechat_transcript_show_system_messages": false, "Livechat_transcript_email_subject": "",
		"Livechat_validate_offline_email": true, "Site_Name": "Lobby",
		"API_EmbedIgnoredHosts": "localhost, 127.0.0.1, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16", "API_EmbedSafePorts": "80, 443",
	})
	return all
}

func (w *world) on(setting string) bool { b, _ := w.settings[setting].(bool); return b }

func (w *world) number(setting string) int {
	switch v := w.settings[setting].(type) {
	case float64:
		return int(v)
	case int:
		return v
	}
	return 0
}

func (w *world) autoRouting() bool { return w.settings[setRouting] == Auto }

func (w *world) hides(t string) bool {
	list, _ := w.settings[setHidden].([]any)
	for _, v := range list {
		if v == t {
			return true
		}
	}
	return false
}
