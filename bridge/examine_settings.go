package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// preference is a setting that may be in Bellhop's way.
type preference struct {
	id      string
	unless  string // a setting that takes the harm away where it is on; "" means none does
	harms   func(value any) bool
	verdict Verdict
	kinds   []string // the kinds of effects that it is in the way of; none means Bellhop itself
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

const setComment = "Livechat_request_comment_when_closing_conversation"

// preferences are the settings that are looked at.
var preferences = []preference{
	{"Livechat_enabled", "", isOff, Missing, nil, "everything: omnichannel is off", "turn it on in Administration, Omnichannel"},
	{"Hide_System_Messages", "", hides(typeClosed), Doubtful, nil, "from 6.14 on hearing at once that a chat has ended: that comes with the next comparison", "show \"Conversation closed\" again in Administration, Message, Hide System Messages"},
	{"Hide_System_Messages", "", hides(typeMoved), Doubtful, nil, "from 6.14 on hearing at once that a chat was forwarded: that comes with the next comparison", "show \"Chat transferred\" again in Administration, Message, Hide System Messages"},
	{"Hide_System_Messages", "", hides(typeHeld, typeResumed), Doubtful, nil, "from 6.14 on hearing at once that a chat is put on hold, or goes on: that comes with the next comparison", "show the messages about holds again in Administration, Message, Hide System Messages"},
	{"FileUpload_Restrict_to_room_members", "FileUpload_Restrict_to_users_who_can_access_room", isOn, Doubtful, []string{"transcript"}, "files in transcripts that the guest's own key does not open: the account is no member of the chats", "let those who can access a room have its files in Administration, File Upload, or, before 6.10, turn it off there"},
	{"FileUpload_ProtectFiles", "", isOff, Doubtful, nil, "secrecy: files of chats are open to anybody who has their address", "turn it on in Administration, File Upload"},
	{"FileUpload_Enabled", "", isOff, Doubtful, []string{"file", "transcript"}, "PDFs to agents, files to guests", "turn it on in Administration, File Upload"},
	{"FileUpload_Enabled_Direct", "", isOff, Doubtful, []string{"transcript"}, "PDFs to agents", "turn on File Uploads in Direct Messages in Administration, File Upload"},
	{setComment, "", isOn, Doubtful, []string{"close"}, "closing by plugins that give no comment", "give a comment in the plugin's settings, or turn it off in Administration, Omnichannel"},
	{"Livechat_transcript_send_always", "", isOn, Doubtful, []string{"transcript"}, "one transcript only: the server mails guests its own, too", "turn off Always send conversation transcript in Administration, Omnichannel, or have plugins send none to guests"},
	{"Message_AllowEditing", "", isOff, Doubtful, []string{"edit"}, "editing of messages", "turn it on in Administration, Message"},
	{"Message_AllowDeleting", "", isOff, Doubtful, []string{"delete"}, "deleting of messages", "turn it on in Administration, Message"},
}

func (x *examination) settings(ctx context.Context) bool {
	all, err := x.rest.Settings(ctx)
	if err != nil {
		x.unknown("settings", err)
		return true
	}
	value := map[string]any{}
	for _, s := range all {
		value[s.ID] = s.Value
	}
	for _, s := range preferences {
		if v, shown := value[s.id]; shown && s.harms(v) && !isOn(value[s.unless]) {
			x.found(Finding{What: "setting " + s.id, Verdict: s.verdict, Is: fmt.Sprintf("%v", v), Stops: s.stops, Do: s.do, Who: x.needers(s.kinds)})
		}
	}
	for _, look := range []func(map[string]any){x.routing, x.transcripts, x.comment, x.figures} {
		look(value)
	}
	return true
}

// routings say how chats find agents.
var routings = map[string]string{
	"Manual_Selection": "chats wait in the queue until an agent takes one",
	"Auto_Selection":   "the server gives each chat to the agent with the fewest",
	"Load_Balancing":   "the server gives each chat to the agent who had none for longest",
	"Load_Rotation":    "the server gives chats to the agents in turn",
	"External":         "another service names the agent",
}

func (x *examination) routing(value map[string]any) {
	method, shown := value["Livechat_Routing_Method"].(string)
	if !shown {
		x.found(Finding{What: "routing", Verdict: Unknown, Is: "the server does not tell it", Do: "see Administration, Omnichannel, Routing"})
		return
	}
	is := method
	if says := routings[method]; says != "" {
		is += ": " + says
	}
	x.right("routing", is)
}

// transcripts are what guests get from the server beside what plugins send.
func (x *examination) transcripts(value map[string]any) {
	var is []string
	switch {
	case isOn(value["Livechat_transcript_send_always"]):
		is = append(is, "the server mails guests one after each chat")
	case isOn(value["Livechat_enable_transcript"]):
		is = append(is, "the server asks guests after each chat whether to mail them one")
	default:
		is = append(is, "the server sends guests none by itself")
	}
	if subject, _ := value["Livechat_transcript_email_subject"].(string); subject != "" {
		is = append(is, fmt.Sprintf("with the subject %q", subject))
	}
	if isOn(value["Livechat_transcript_show_system_messages"]) {
		is = append(is, "with system messages")
	}
	x.right("transcripts", strings.Join(is, ", "))
}

func (x *examination) comment(value map[string]any) {
	if isOff(value[setComment]) {
		x.right("closing comments", "none is required")
	}
}

// ignoreAutomatic is the setting that keeps bots out of the figures, from 7.3 on.
const ignoreAutomatic = "Omnichannel_Metrics_Ignore_Automatic_Messages"

// figures are what the workspace counts of agents' work: a message of ours counts
// as an agent's answer, unless a setting says otherwise and we are a bot.
func (x *examination) figures(value map[string]any) {
	on, shown := value[ignoreAutomatic]
	f := Finding{What: "figures", Verdict: Doubtful, Who: x.needers([]string{"reply", "file", "call"})}
	f.Stops = "true response times: what Bellhop says to guests counts as an agent's answer; and the contact counts as active in that month, as a licence counts them"
	switch {
	case !shown:
		f.Is, f.Do = "this version counts messages of bots as answers", "have plugins say nothing to guests, or upgrade to 7.3 or newer, which has the setting "+ignoreAutomatic
	case !isOn(on):
		f.Is, f.Do = ignoreAutomatic+" is off", "turn on Ignore automatic responses for performance metrics in Administration, Omnichannel, Analytics"
	case !x.who.Has("bot"):
		f.Is, f.Do = ignoreAutomatic+" is on, but the account is no bot", "give the account the role bot in Administration, Users"
	default:
		f = Finding{What: f.What, Verdict: Right, Is: "messages of bots count neither as answers nor for active contacts"}
	}
	x.found(f)
}

func (x *examination) departments(ctx context.Context) bool {
	all, err := x.rest.Departments(ctx)
	if err != nil {
		x.unknown("departments", err)
		return true
	}
	if len(all) == 0 {
		x.doubt("departments", "there are none", "forwarding", "make some in Omnichannel, Departments")
		return true
	}
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
		f := Finding{What: "department " + d.Name, Verdict: Doubtful, Who: x.needers([]string{"close"})}
		switch {
		case d.NeedsTag && len(d.Tags) == 0:
			f.Is, f.Stops = "wants a tag before a chat ends, and has none of its own", "ending of its chats, by anybody: the server refuses it whatever tags a chat has"
			f.Do = "add a tag in Omnichannel, Departments, Conversation closing tags, or don't demand tags there"
		case d.NeedsTag:
			f.Is, f.Stops = "wants a tag before a chat ends: "+strings.Join(d.Tags, ", "), "ending of untagged chats by plugins"
			f.Do = "have the plugin tag before it closes, or don't demand tags in Omnichannel, Departments"
		default:
			continue
		}
		x.found(f)
	}
	x.right("departments", strings.Join(names, ", "))
	return true
}
