package rest

import (
	"slices"
	"strings"
)

// Right is a permission, what Bellhop does with it, and which calls need it.
type Right struct {
	ID    string   // as Administration, Permissions has it
	To    string   // what it allows
	Role  string   // that has it unless an admin changed that; "" where the account can do without
	Needs Need     // how much it is needed
	Kinds []string // the kinds of effects and reads that need it; none means Bellhop itself
	Calls []string // by their routes, some with a remark
}

// Need is how much a permission is needed.
type Need int

// The needs.
const (
	Useful Need = iota // without it something is worse, or some ask for it
	Needed             // by who asks for the effects
	Vital              // nothing works without it
)

const manager = "livechat-manager"

// rights is the one table of permissions: those of 3.11, and of newer servers
// where the two differ. The roles are Rocket.Chat's own.
var rights = []Right{
	{"view-l-room", "see omnichannel chats", manager, Vital, nil, slices.Concat(readChats, writeRooms, writeInfo, []string{
		"GET livechat/inquiries.getOne", "GET livechat/visitors.info", "GET livechat/custom-fields", "GET livechat/priorities",
		"GET livechat/department", "GET livechat/department/:id", "GET livechat/users/agent", "POST livechat/room.forward",
		"POST livechat/inquiries.take", "POST method.call/livechat:takeInquiry", "POST livechat/room/:id/priority", "DELETE livechat/room/:id/priority",
		"POST livechat/inquiries.returnAsInquiry", "POST method.call/livechat:returnAsInquiry",
	})},
	{"view-livechat-rooms", "see everybody's chats and hear what is said in them", manager, Vital, nil, slices.Concat(readChats, writeRooms, []string{
		"GET livechat/rooms (from 6.0 on)", "GET livechat/transfer.history/:id",
	})},
	{"view-livechat-manager", "list chats", manager, Vital, nil, []string{
		"GET livechat/rooms (before)", "GET livechat/users/manager",
		"GET livechat/integrations.settings", "POST omnichannel/integrations", "POST method.call/livechat:saveIntegration",
	}},
	{"transfer-livechat-guest", "forward chats, and know the agents", manager, Needed, []string{"forward", "agents"}, []string{"GET livechat/users/agent", "POST livechat/room.forward"}},
	{"save-others-livechat-room-info", "tag chats that others serve, and set their fields", manager, Needed, []string{"tag", "untag", "field", "priority"}, writeInfo},
	{"edit-livechat-room-customfields", "set fields of chats", manager, Needed, []string{"field"}, nil}, // servers drop them without a word
	{"close-livechat-room", "close chats", manager, Needed, []string{"close"}, closeChats},
	{"close-others-livechat-room", "close chats that others serve", manager, Needed, []string{"close"}, closeChats},
	{"on-hold-livechat-room", "put chats on hold", manager, Needed, []string{"hold", "resume"}, holdChats},
	{"on-hold-others-livechat-room", "put chats on hold that others serve", manager, Needed, []string{"hold", "resume"}, holdChats},
	{"manage-livechat-agents", "make agents available, or not", manager, Needed, []string{"status"}, []string{"POST livechat/agent.status", "POST method.call/livechat:changeLivechatStatus"}},
	{"view-livechat-contact", "read contacts", manager, Needed, []string{"contact"}, []string{"GET omnichannel/contacts.get"}},
	{"update-livechat-contact", "change contacts", manager, Needed, []string{"contact"}, []string{"POST omnichannel/contacts.update"}},
	{"view-livechat-contact-history", "read a contact's earlier chats", manager, Useful, []string{"contact"}, nil},
	{"send-omnichannel-chat-transcript", "have the server mail transcripts", manager, Useful, []string{"transcript"}, []string{
		"POST method.call/livechat:sendTranscript", "POST method.call/livechat:requestTranscript", "POST livechat/transcript/:id",
	}},
	{"request-pdf-transcript", "have the server make PDF transcripts", manager, Useful, []string{"transcript"}, []string{"POST omnichannel/:id/request-transcript"}},
	{"create-d", "write to agents: reasons, summaries, PDFs", "user", Needed, talks, []string{"POST im.create"}},
	{"view-d-room", "write in direct messages, and see what agents write back", "user", Needed, talks, remark(writeRooms, "in direct messages")},
	{"call-management", "start calls of the workspace's own call app; links that Bellhop makes need none", "user", Useful, []string{"call"}, []string{"POST video-conference.start"}},
	{"api-bypass-rate-limit", "make more than 10 calls of a kind a minute: without it, a busy workspace is followed late", "bot", Useful, nil, nil},
	{"send-many-messages", "send more than 5 messages a second", "bot", Useful, []string{"reply", "tell", "direct", "post"}, nil},
	{"bypass-time-limit-edit-and-delete", "edit and delete messages after the workspace's time limit", "bot", Useful, []string{"edit", "delete"}, nil},
	{"edit-message", "change messages", "", Useful, []string{"edit"}, []string{"POST chat.update (or Administration, Message, Allow Message Editing)"}},
	{"delete-own-message", "delete messages", "", Useful, []string{"delete"}, []string{"POST chat.delete (or Administration, Message, Allow Message Deleting)"}},
}

// talks are the kinds of effects that are told in direct messages.
var talks = []string{"answer", "call", "direct", "tell", "transcript"}

// Calls that need the same.
var (
	readChats  = []string{"GET rooms.info", "GET chat.syncMessages", "GET channels.history", "GET livechat/:id/messages"}
	writeRooms = []string{"POST chat.sendMessage", "POST rooms.upload/:id", "POST rooms.media/:id", "POST rooms.mediaConfirm/:id/:id"}
	writeInfo  = []string{"POST livechat/room.saveInfo", "POST method.call/livechat:saveInfo"}
	closeChats = []string{"POST livechat/room.closeByUser", "POST method.call/livechat:closeRoom"}
	holdChats  = []string{"POST livechat/room.onHold", "POST livechat/room.resumeOnHold", "POST method.call/livechat:resumeOnHold"}
)

func remark(calls []string, words string) []string {
	var all []string
	for _, c := range calls {
		all = append(all, c+" ("+words+")")
	}
	return all
}

// Rights are the permissions that Bellhop's account has a use for on a server
// of that version.
func Rights(i Info) []Right {
	var all []Right
	for _, r := range rights {
		if r.ID == "view-livechat-manager" && i.AtLeast(6, 0) { // where view-livechat-rooms lets list them
			r.To, r.Needs = "know the queue, and the managers, who may give Bellhop orders", Useful
		}
		if r.Role != "" {
			all = append(all, r)
		}
	}
	return all
}

// needed are the permissions that a call needs, for people to read.
func needed(route string) string {
	var all []string
	for _, r := range rights {
		for _, c := range r.Calls {
			if call, words, _ := strings.Cut(c, " ("); call == route {
				need := r.ID
				if words != "" {
					need += " (" + words
				}
				all = append(all, need)
			}
		}
	}
	return strings.Join(all, " and ")
}

// permit says which permission is missing and where it is given.
func permit(k call) string {
	roles := "give the bot account the roles bot, user and livechat-manager"
	if need := needed(k.route()); need != "" {
		return roles + ", and see in Administration, Permissions that they have " + need
	}
	return roles
}
