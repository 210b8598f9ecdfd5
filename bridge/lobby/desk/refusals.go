package desk

// refusals are the workspace's codes in words for people.
var refusals = map[string]string{
	"unauthorized":                                        "your account may not do that: an admin can allow it under Permissions",
	"error-not-allowed":                                   "your account may not do that, or this chat is no longer yours",
	"error-not-authorized":                                "your account may not do that, or this chat is no longer yours",
	"not-allowed":                                         "this conversation is not yours to see",
	"room-closed":                                         "the conversation has ended",
	"error-room-already-closed":                           "the conversation has ended already",
	"error-room-not-found":                                "there is no such conversation",
	"no-agent-online":                                     "nobody is there at the moment: try another department, or later",
	"error-user-is-offline":                               "this agent is not there: choose another, or a department",
	"invalid-room":                                        "the conversation has ended",
	"error-transcript-already-requested":                  "a transcript of this chat has been asked for already",
	"error-message-size-exceeded":                         "the message is too long",
	"error-file-too-large":                                "the file is too large",
	"error-tags-must-be-assigned-before-closing-chat":     "this department wants a tag: choose one",
	"error-forwarding-chat-same-department":               "the chat is in this department already",
	"error-selected-agent-room-agent-are-same":            "this agent serves the chat already",
	"error-no-agents-available-for-service-on-department": "nobody of this department is there: choose another",
	"error-agent-status-service-offline":                  "set yourself to Available first",
	"error-room-onHold":                                   "the chat is on hold: resume it first",
	"Inquiry already taken":                               "somebody else has taken it",
}
