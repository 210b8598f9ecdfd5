package lobby

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// release is a version of the server: major, minor, patch.
type release [3]int

// releases are those that Options.As takes: the one of which there is recorded
// traffic, and three more that differ in all that clients must know.
var releases = map[string]release{"3.11": {3, 11, 1}, "7.7.3": {7, 7, 3}, "7.13": {7, 13, 0}, "8.3": {8, 3, 0}}

// Releases are the values that Options.As takes, the oldest first.
func Releases() []string {
	names := sortedKeys(releases)
	slices.SortFunc(names, func(a, b string) int { return releases[a].compare(releases[b]) })
	return names
}

func releaseOf(as string) (release, error) {
	r, known := releases[cmp.Or(as, "3.11")]
	if !known {
		return r, fmt.Errorf("version %q: use one of %s", as, strings.Join(Releases(), ", "))
	}
	return r, nil
}

func (r release) compare(other release) int { return slices.Compare(r[:], other[:]) }

func (r release) String() string { return fmt.Sprintf("%d.%d.%d", r[0], r[1], r[2]) }

// trimmed is as much of the version as newer servers tell anybody.
func (r release) trimmed() string { return fmt.Sprintf("%d.%d", r[0], r[1]) }

// versions are those that do something: from one on, and
// before another; zero means from the first and to the last.
type versions struct{ from, before release }

func since(v ...int) versions { return versions{from: releaseOfNumbers(v)} }
func (d versions) until(v ...int) versions {
	d.before = releaseOfNumbers(v)
	return d
}

func releaseOfNumbers(v []int) (r release) {
	copy(r[:], v)
	return r
}

// does reports whether the workspace's version is one that does it.
func (w *world) does(d versions) bool {
	return w.as.compare(d.from) >= 0 && (d.before == release{} || w.as.compare(d.before) < 0)
}

// What differs, and since when. The versions are those of the public source;
// what only changed between 3.11 and 7.7 may have changed at another version in
// between, since none of these is posed as.
var (
	// How the server presents itself.
	tellsWholeVersion  = since().until(4) // to anybody; newer ones only to those who may view statistics
	answersUnknownJSON = since(4)         // with 404, instead of 200 and the web application
	failsMethodsByREST = since(4)         // method.call answers 400 when the method fails, instead of 200
	wordsOfNewerEngine = since(4)         // "Cannot read properties of undefined (reading 'x')"
	strictBodies       = since(8, 3)      // exact types and no other keys
	refusesWithoutPlan = since(8)         // what is to be paid for is a call that says so; before, it is no call
	guardsRoutes       = since(6)         // routes name the permissions that they need, and refuse with 403
	hidesLoginReason   = since(7)         // "Unauthorized", whatever was wrong

	// Calls that came, and calls that went.
	closesByREST     = since(6)
	savesByREST      = since(5, 3)
	readsByREST      = since(4, 2) // livechat/:rid/messages
	statusByREST     = since(5, 4)
	returnsByREST    = since(7, 11)
	transcriptByREST = since(6, 4)
	deletesByREST    = since(7, 11)
	routingByREST    = since(7, 11)
	uploadsInOne     = since().until(8) // rooms.upload
	uploadsInTwo     = since(6, 10)     // rooms.media and rooms.mediaConfirm
	queuedByREST     = since().until(7) // livechat/inquiries.queued
	queuedForUser    = since(4, 6)      // livechat/inquiries.queuedForUser
	savesHooksByREST = since(6)         // omnichannel/integrations
	guestTransfers   = since().until(8) // livechat/room.transfer
	keepsContacts    = since(7)
	dropsRoles       = since(4) // roles.removeUserFromRole
	prioritizes      = since(6)
	savesFieldByREST = since(7, 11)
	takesSilently    = since(8) // livechat/inquiries.take answers nothing
	makesPDFs        = since(6) // transcripts, in licensed workspaces
	hasConferences   = since(5) // video-conference.*

	// What lists and streams tell.
	partsOpenChats     = since(6)                   // open=true are only those with an agent; queued and onhold are their own filters
	hidesFromStreams   = since(6, 14)               // system messages that the workspace hides are not streamed either
	wholeRoomsOnStream = since(6)                   // not the projection without metrics and times
	saysStarted        = since(3, 12)               // a message livechat-started
	nestsMyMessages    = since().until(4)           // __my_messages__ carries [[message], about]
	typesByActivity    = since(6)                   // <rid>/user-activity instead of <rid>/typing
	tellsNewInquiries  = since().until(7, 7)        // of later ones the stream tells only changes
	silentInquiries    = since(7, 7).until(7, 7, 6) // the stream of the queue tells nothing

	// Rules.
	holds              = since(3, 13) // and does not forward what is on hold
	filesForMembers    = since(6)     // a file needs a membership, unless a setting lets in all who see the room
	guestKeysOutlive   = since(6)     // a guest's files can be had with its token after the chat's end
	bypassesAge        = since(5)     // roles may edit and delete what is too old for others
	demandsComment     = since(6)     // before an end, where a setting says so; before, only the web application did
	retriesHooks       = since(6)     // webhooks five times, and only after what may pass; 3.11 retries all without end
	ignoresAutomatic   = since(7, 3)  // bots' messages in the figures, where a setting says so
	movesWithoutAgents = since(6)     // to a department in which nobody is online, without stumbling
)

// methodsGone are the DDP methods that are no more, and since when.
var methodsGone = map[string]release{
	"livechat:saveInfo":             {7},
	"livechat:saveIntegration":      {7},
	"livechat:loginByToken":         {7},
	"livechat:requestTranscript":    {7},
	"livechat:discardTranscript":    {7},
	"deleteMessage":                 {7},
	"livechat:closeRoom":            {8},
	"livechat:takeInquiry":          {8},
	"livechat:transfer":             {8},
	"livechat:returnAsInquiry":      {8},
	"livechat:resumeOnHold":         {8},
	"livechat:changeLivechatStatus": {8},
	"livechat:getRoutingConfig":     {8},
	"livechat:saveCustomField":      {8},
	"livechat:sendTranscript":       {8},
	"livechat:removeRoom":           {8},
	"setReaction":                   {8},
}

// methodsCome are those that older versions had not yet.
var methodsCome = map[string]release{"livechat:resumeOnHold": {3, 13}}

// hasMethod reports whether this version has the DDP method.
func (w *world) hasMethod(name string) bool {
	gone, ever := methodsGone[name]
	return methods[name] != nil && (!ever || w.as.compare(gone) < 0) && w.as.compare(methodsCome[name]) >= 0
}

// schema is what a strict server takes as a body: a JSON type or another schema
// by key. A key with ! must be there.
type schema map[string]any

// schemas of the bodies that a strict server looks at.
var schemas = map[string]schema{
	"livechat/room.closeByUser": {
		"rid!": "string", "comment": "string", "tags": "array", "generateTranscriptPdf": "boolean", "forceClose": "boolean",
		"transcriptEmail": schema{"sendToVisitor!": "boolean", "requestData": schema{"email!": "string", "subject!": "string"}},
	},
	"livechat/room.saveInfo": {
		"guestData!": schema{"_id!": "string", "name": "string", "email": "string", "phone": "string", "livechatData": "object"},
		"roomData!":  schema{"_id!": "string", "topic": "string", "tags": "array", "livechatData": "object", "priorityId": "string", "slaId": "string"},
	},
	"livechat/room.forward":              {"roomId!": "string", "userId": "string", "departmentId": "string", "comment": "string", "clientAction": "boolean"},
	"livechat/room.onHold":               {"roomId!": "string"},
	"livechat/room.resumeOnHold":         {"roomId!": "string"},
	"livechat/inquiries.take":            {"inquiryId!": "string", "userId": "string", "options": "object"},
	"livechat/inquiries.returnAsInquiry": {"roomId!": "string", "departmentId": "string"},
	"livechat/agent.status":              {"status": "string", "agentId": "string"},
	"livechat/room/:rid/priority":        {"priorityId!": "string"},
	"omnichannel/contacts.update": {
		"contactId!": "string", "name": "string", "emails": "array", "phones": "array", "customFields": "object",
		"contactManager": "string", "wipeConflicts": "boolean",
	},
	"livechat/rooms.delete":    {"roomId!": "string"},
	"livechat/transcript/:rid": {"email!": "string", "subject!": "string"},
	"chat.sendMessage":         {"message!": "object", "previewUrls": "array"},
	"chat.update":              {"roomId!": "string", "msgId!": "string", "text!": "string", "previewUrls": "array", "customFields": "object"},
	"chat.delete":              {"msgId!": "string", "roomId!": "string", "asUser": "boolean", "fileId": "string"},
	"omnichannel/integrations": {
		"LivechatWebhookUrl": "string", "LivechatSecretToken": "string", "LivechatHttpTimeout": "number", "LivechatWebhookOnStart": "boolean",
		"LivechatWebhookOnClose": "boolean", "LivechatWebhookOnChatTaken": "boolean", "LivechatWebhookOnChatQueued": "boolean", "LivechatWebhookOnForward": "boolean",
		"LivechatWebhookOnOfflineMsg": "boolean", "LivechatWebhookOnVisitorMessage": "boolean", "LivechatWebhookOnAgentMessage": "boolean",
	},
	"livechat/transcript":    {"token!": "string", "rid!": "string", "email!": "string", "subject": "string"},
	"video-conference.start": {"roomId!": "string", "title": "string", "allowRinging": "boolean"},
	"video-conference.join":  {"callId!": "string", "state": "object"},
	"im.create":              {"username": "string", "usernames": "string", "excludeSelf": "boolean"},
	"rooms.mediaConfirm/:rid/:id": {
		"msg": "string", "description": "string", "fileName": "string", "tmid": "string", "customFields": "string",
		"groupable": "boolean", "alias": "string", "avatar": "string", "emoji": "string",
	},
}

// check says what is wrong with a body, in the words of the server's validator.
func (s schema) check(a args) error {
	known := map[string]bool{}
	for _, key := range sortedKeys(s) {
		name, must := strings.CutSuffix(key, "!")
		known[name] = true
		v, there := a[name]
		if !there && must {
			return invalid("must have required property '" + name + "'")
		}
		if !there {
			continue
		}
		if err := checkValue(s[key], v); err != nil {
			return err
		}
	}
	for key := range a {
		if !known[key] {
			return invalid("must NOT have additional properties")
		}
	}
	return nil
}

func checkValue(want, v any) error {
	inner, nested := want.(schema)
	if nested {
		want = "object"
	}
	if got := jsonType(v); got != want {
		return invalid(fmt.Sprintf("must be %s", want))
	}
	if nested {
		return inner.check(v.(map[string]any))
	}
	return nil
}

func jsonType(v any) string {
	if _, list := v.([]any); list {
		return "array"
	}
	return typeName(v)
}

func invalid(text string) error {
	return &statusError{400, doc{"success": false, "error": text + " [invalid-params]", "errorType": "invalid-params"}}
}
