package bridge

import (
	"slices"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// permission is a right, and what it is for.
type permission struct {
	id      string
	to      string  // what it allows
	role    string  // that has it unless an admin changed that
	without Verdict // when the account lacks it
}

// rightsOn are the permissions that Bellhop uses on a version; those that it
// does not know by that name it is not asked for. The defaults are Rocket.Chat's.
func rightsOn(i rest.Info) []permission {
	manager := permission{"view-livechat-manager", "list chats", "livechat-manager", Missing}
	if i.AtLeast(6, 0) { // where view-livechat-rooms lets list them
		manager.to, manager.without = "know the managers, who may give Bellhop orders", Doubtful
	}
	return append([]permission{manager}, rights...)
}

// rights are the permissions that every version wants for the same.
var rights = []permission{
	{"view-l-room", "see omnichannel chats", "livechat-manager", Missing},
	{"view-livechat-rooms", "see everybody's chats and hear what is said in them", "livechat-manager", Missing},
	{"transfer-livechat-guest", "forward chats, and know the agents", "livechat-manager", Doubtful},
	{"save-others-livechat-room-info", "tag chats that others serve", "livechat-manager", Doubtful},
	{"close-livechat-room", "close chats", "livechat-manager", Doubtful},
	{"close-others-livechat-room", "close chats that others serve", "livechat-manager", Doubtful},
	{"create-d", "write to agents: reasons, summaries, PDFs", "user", Doubtful},
	{"api-bypass-rate-limit", "make more than 10 calls of a kind a minute: without it, a busy workspace is followed late", "bot", Doubtful},
	{"send-many-messages", "send more than 5 messages a second", "bot", Doubtful},
}

// preference is a setting that may be in Bellhop's way.
type preference struct {
	id      string
	unless  string // a setting that takes the harm away where it is on; "" means none does
	harms   func(value any) bool
	verdict Verdict
	stops   string
	do      string
}

func isOn(v any) bool  { on, _ := v.(bool); return on }
func isOff(v any) bool { on, known := v.(bool); return known && !on }

func hides(kinds ...string) func(any) bool {
	return func(v any) bool {
		list, _ := v.([]any)
		return slices.ContainsFunc(list, func(k any) bool { s, _ := k.(string); return slices.Contains(kinds, s) })
	}
}

// preferences are the settings that are looked at.
var preferences = []preference{
	{"Livechat_enabled", "", isOff, Missing, "everything: omnichannel is off", "turn it on in Administration, Omnichannel"},
	{"Hide_System_Messages", "", hides(typeClosed), Doubtful, "from 6.14 on hearing at once that a chat has ended: that comes with the next comparison", "show \"Conversation closed\" again in Administration, Message, Hide System Messages"},
	{"Hide_System_Messages", "", hides(typeMoved), Doubtful, "from 6.14 on hearing at once that a chat was forwarded: that comes with the next comparison", "show \"Chat transferred\" again in Administration, Message, Hide System Messages"},
	{"FileUpload_Restrict_to_room_members", "FileUpload_Restrict_to_users_who_can_access_room", isOn, Doubtful, "files in transcripts that the guest's own key does not open: the account is no member of the chats", "let those who can access a room have its files in Administration, File Upload, or, before 6.10, turn it off there"},
	{"FileUpload_Enabled", "", isOff, Doubtful, "PDFs to agents, files to guests", "turn it on in Administration, File Upload"},
	{"Livechat_request_comment_when_closing_conversation", "", isOn, Doubtful, "closing by plugins that give no comment", "give a comment in the plugin's settings"},
}
