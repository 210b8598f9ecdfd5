package bridge

import (
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// permission is a right, and what it is for.
type permission struct {
	id      string
	to      string           // what it allows
	role    string           // that has it unless an admin changed that
	without Verdict          // when the account lacks it; needed: by who asks for the effects
	kinds   []sdk.EffectKind // the kinds of effects that need it; none means Bellhop itself
}

// needed is the verdict on what is missing for those who ask for the effects, and
// doubtful where nobody does.
const needed Verdict = "needed"

// rightsOn are the permissions that Bellhop uses on a version; those that it
// does not know by that name it is not asked for. The defaults are Rocket.Chat's.
func rightsOn(i rest.Info) []permission {
	manager := permission{"view-livechat-manager", "list chats", "livechat-manager", Missing, nil}
	if i.AtLeast(6, 0) { // where view-livechat-rooms lets list them
		manager.to, manager.without = "know the queue, and the managers, who may give Bellhop orders", Doubtful
	}
	return append([]permission{manager}, rights...)
}

// rights are the permissions that every version wants for the same.
var rights = []permission{
	{"view-l-room", "see omnichannel chats", "livechat-manager", Missing, nil},
	{"view-livechat-rooms", "see everybody's chats and hear what is said in them", "livechat-manager", Missing, nil},
	{"transfer-livechat-guest", "forward chats, and know the agents", "livechat-manager", needed, []sdk.EffectKind{"forward"}},
	{"save-others-livechat-room-info", "tag chats that others serve, and set their fields", "livechat-manager", needed, []sdk.EffectKind{"tag", "untag", "field", "priority"}},
	{"edit-livechat-room-customfields", "set fields of chats", "livechat-manager", needed, []sdk.EffectKind{"field"}},
	{"close-livechat-room", "close chats", "livechat-manager", needed, []sdk.EffectKind{"close"}},
	{"close-others-livechat-room", "close chats that others serve", "livechat-manager", needed, []sdk.EffectKind{"close"}},
	{"on-hold-livechat-room", "put chats on hold", "livechat-manager", needed, []sdk.EffectKind{"hold", "resume"}},
	{"on-hold-others-livechat-room", "put chats on hold that others serve", "livechat-manager", needed, []sdk.EffectKind{"hold", "resume"}},
	{"manage-livechat-agents", "make agents available, or not", "livechat-manager", needed, []sdk.EffectKind{"status"}},
	{"view-livechat-contact", "read contacts", "livechat-manager", needed, []sdk.EffectKind{"contact"}},
	{"update-livechat-contact", "change contacts", "livechat-manager", needed, []sdk.EffectKind{"contact"}},
	{"view-livechat-contact-history", "read a contact's earlier chats", "livechat-manager", Doubtful, []sdk.EffectKind{"contact"}},
	{"send-omnichannel-chat-transcript", "have the server mail transcripts", "livechat-manager", Doubtful, []sdk.EffectKind{"transcript"}},
	{"request-pdf-transcript", "have the server make PDF transcripts", "livechat-manager", Doubtful, []sdk.EffectKind{"transcript"}},
	{"create-d", "write to agents: reasons, summaries, PDFs", "user", needed, []sdk.EffectKind{"answer", "call", "direct", "tell", "transcript"}},
	{"call-management", "start calls of the workspace's own call app; links that Bellhop makes need none", "user", Doubtful, []sdk.EffectKind{"call"}},
	{"api-bypass-rate-limit", "make more than 10 calls of a kind a minute: without it, a busy workspace is followed late", "bot", Doubtful, nil},
	{"send-many-messages", "send more than 5 messages a second", "bot", Doubtful, []sdk.EffectKind{"reply", "tell", "direct", "post"}},
	{"bypass-time-limit-edit-and-delete", "edit and delete messages after the workspace's time limit", "bot", Doubtful, []sdk.EffectKind{"edit", "delete"}},
}
