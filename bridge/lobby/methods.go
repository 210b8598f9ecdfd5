package lobby

// call is one invocation of a DDP method, over a websocket or through REST's
// method.call (then conn is nil).
type call struct {
	*tx
	conn   *conn
	user   *user // nil before the login
	params []any
}

// method answers a value; nil means a result without one.
type method func(*call) (any, error)

// methods are the DDP methods that the lobby knows.
var methods map[string]method

func init() { // the table refers to functions that refer to it
	methods = map[string]method{
		"login":                         (*call).login,
		"logout":                        (*call).logout,
		"livechat:loginByToken":         (*call).loginByToken,
		"livechat:takeInquiry":          (*call).takeInquiry,
		"livechat:transfer":             (*call).transferChat,
		"livechat:returnAsInquiry":      (*call).returnAsInquiry,
		"livechat:resumeOnHold":         (*call).resumeOnHold,
		"livechat:closeRoom":            (*call).closeRoom,
		"livechat:saveInfo":             (*call).saveInfo,
		"livechat:requestTranscript":    (*call).requestTranscript,
		"livechat:discardTranscript":    (*call).discardTranscript,
		"livechat:sendTranscript":       (*call).sendTranscript,
		"livechat:changeLivechatStatus": (*call).changeLivechatStatus,
		"livechat:getRoutingConfig":     (*call).routingConfig,
		"livechat:saveCustomField":      (*call).saveCustomField,
		"livechat:removeCustomField":    (*call).removeCustomField,
		"livechat:saveIntegration":      (*call).saveHooks,
		"livechat:removeRoom":           (*call).removeRoom,
		"livechat:startVideoCall":       func(*call) (any, error) { return nil, meteor("cannot-access-room", "", nil) },
		"setReaction":                   (*call).setReaction,
		"starMessage":                   (*call).starMessage,
		"public-settings/get":           (*call).publicSettings,
		"permissions/get":               (*call).permissions,
		"sendMessage":                   (*call).sendMessage,
		"updateMessage":                 (*call).updateMessage,
		"deleteMessage":                 (*call).deleteMessage,
		"readMessages":                  (*call).readMessages,
		"loadHistory":                   (*call).loadHistory,
		"loadMissedMessages":            (*call).loadMissedMessages,
		"rocketchatSearch.search":       (*call).providerSearch,
		"messageSearch":                 (*call).messageSearch,
		"getRoomByTypeAndName":          (*call).roomByName,
		"getRoomIdByNameOrId":           (*call).roomID,
		"getRoomNameById":               (*call).roomName,
		"getUserRoles":                  (*call).userRoles,
		"rooms/get":                     (*call).roomsGet,
		"subscriptions/get":             (*call).subscriptionsGet,
		"createDirectMessage":           (*call).createDirect,
		"setUserStatus":                 (*call).setUserStatus,
		"UserPresence:setDefaultStatus": (*call).wishStatus,
		"UserPresence:online":           presence("online"),
		"UserPresence:away":             presence("away"),
		"stream-notify-room":            (*call).notifyRoom,
	}
}
