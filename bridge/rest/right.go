package rest

// rights are the permissions that calls need, by their routes. They are those
// of 3.11, and of newer servers where the two differ.
var rights = map[string]string{
	"GET rooms.info":                              seeChats,
	"GET livechat/rooms":                          "view-livechat-manager (up to 3.x) or view-livechat-rooms (newer)",
	"GET livechat/inquiries.list":                 "view-livechat-manager",
	"GET livechat/inquiries.getOne":               "view-l-room",
	"GET livechat/transfer.history/:id":           "view-livechat-rooms",
	"GET livechat/visitors.info":                  "view-l-room",
	"GET livechat/department":                     "view-livechat-departments or view-l-room",
	"GET livechat/department/:id":                 "view-livechat-departments or view-l-room",
	"GET livechat/users/agent":                    "view-l-room and transfer-livechat-guest",
	"GET livechat/users/manager":                  "view-livechat-manager",
	"GET chat.syncMessages":                       seeChats,
	"GET channels.history":                        seeChats,
	"GET livechat/:id/messages":                   seeChats,
	"POST livechat/room.forward":                  "view-l-room and transfer-livechat-guest",
	"POST livechat/room.closeByUser":              closeChats,
	"POST method.call/livechat:closeRoom":         closeChats,
	"POST livechat/room.saveInfo":                 editChats,
	"POST method.call/livechat:saveInfo":          editChats,
	"POST im.create":                              "create-d",
	"POST chat.update":                            "edit-message, or Administration, Message, Allow Message Editing",
	"POST chat.delete":                            "delete-own-message, or Administration, Message, Allow Message Deleting",
	"POST video-conference.start":                 "call-management",
	"POST method.call/livechat:sendTranscript":    mailTranscripts,
	"POST method.call/livechat:requestTranscript": mailTranscripts,
	"POST livechat/transcript/:id":                mailTranscripts,
	"POST omnichannel/:id/request-transcript":     "request-pdf-transcript",
	"POST chat.sendMessage":                       sendInRooms,
	"POST rooms.upload/:id":                       sendInRooms,
	"POST rooms.media/:id":                        sendInRooms,
	"POST rooms.mediaConfirm/:id/:id":             sendInRooms,
}

const (
	mailTranscripts = "send-omnichannel-chat-transcript"

	sendInRooms = "view-l-room and view-livechat-rooms (in chats), view-d-room (in direct messages)"
	seeChats    = "view-l-room and view-livechat-rooms"
	closeChats  = "close-livechat-room and close-others-livechat-room"
	editChats   = "view-l-room and save-others-livechat-room-info"
)

// permit says which permission is missing and where it is given.
func permit(k call) string {
	roles := "give the bot account the roles bot, user and livechat-manager"
	if need := rights[k.route()]; need != "" {
		return roles + ", and see in Administration, Permissions that they have " + need
	}
	return roles
}
