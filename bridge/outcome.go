package bridge

import (
	"errors"
	"slices"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

func done(detail string) sdk.Outcome { return sdk.Outcome{State: sdk.Done, Detail: detail} }
func unchanged(detail string) sdk.Outcome {
	return sdk.Outcome{State: sdk.Done, Detail: detail, Unchanged: true}
}
func refused(why string) sdk.Outcome   { return sdk.Outcome{State: sdk.Refused, Reason: why} }
func overtaken(why string) sdk.Outcome { return sdk.Outcome{State: sdk.Overtaken, Reason: why} }

// closedCodes are how servers say that a chat is closed.
var closedCodes = []string{"room-closed", "error-room-closed", "error-room-already-closed", "This_conversation_is_already_closed"}

// advice is what to do about a refusal whose words alone do not say it.
var advice = map[string]string{
	"error-message-size-exceeded":                     "shorten the text, or raise the setting Message_MaxAllowedSize of the workspace",
	"error-tags-must-be-assigned-before-closing-chat": "the department wants a tag before a chat is closed: ask for a tag first; where that does not help, give the department a tag of its own in Omnichannel, Departments",
	"error-comment-is-required":                       "the workspace wants a comment: give the close a text, or the forward a public text",
	"error-file-too-large":                            "raise the setting FileUpload_MaxFileSize of the workspace",
	"error-invalid-file-type":                         "let the setting FileUpload_MediaTypeWhiteList of the workspace have its type, and FileUpload_MediaTypeBlackList not",
	"error-file-upload-disabled":                      "turn on the setting FileUpload_Enabled of the workspace",
	"error-direct-message-file-upload-not-allowed":    "turn on the setting FileUpload_Enabled_Direct of the workspace",
	"error-room-onHold":                               "the chat is on hold",
	"error-cannot-place-chat-on-hold":                 "the guest wrote last: answer first, or turn off Livechat_allow_manual_on_hold_upon_agent_engagement_only",
	"error-unserved-rooms-cannot-be-placed-onhold":    "nobody serves the chat",
	"no-active-video-conf-provider":                   noProvider,
	"no-videoconf-provider-app":                       noProvider,
	"video-conf-provider-not-configured":              noProvider,
	"error-mac-limit-reached":                         "the licence of the workspace allows no more contacts this month",
}

const noProvider = "the workspace needs an app for conferences that is set up: see in Administration, Marketplace, and in Settings, Conference Call"

// failed is the outcome of an attempt of which no trace was found. What a
// person must mend outside of this chat, such as a token, is worth another
// attempt while there is time.
func failed(err error) sdk.Outcome {
	code := rest.CodeOf(err)
	switch {
	case slices.Contains(closedCodes, code):
		return overtaken("the chat is closed")
	case advice[code] != "":
		return refused(err.Error() + " (" + advice[code] + ")")
	case errors.Is(err, rest.ErrForbidden), errors.Is(err, rest.ErrNotFound), errors.Is(err, rest.ErrRefused):
		return refused(err.Error())
	}
	return Later(err.Error())
}
