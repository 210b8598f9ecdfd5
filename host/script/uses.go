package script

import (
	"go/types"
	"slices"

	"github.com/bellhop-chat/bellhop/sdk"
)

// verbs are the methods of the SDK that need a grant, with the kind of effect or
// read that it must name.
var verbs = map[string]string{
	"Chat.Reply": string(sdk.EffectReply), "Chat.TellAgent": string(sdk.EffectTell), "Chat.SendFile": string(sdk.EffectFile),
	"Chat.Typing": string(sdk.EffectTyping), "Chat.EditMessage": string(sdk.EffectEdit), "Chat.DeleteMessage": string(sdk.EffectDelete),
	"Chat.Forward": string(sdk.EffectForward), "Chat.Take": string(sdk.EffectTake), "Chat.ReturnToQueue": string(sdk.EffectQueue),
	"Chat.Close": string(sdk.EffectClose), "Chat.Tag": string(sdk.EffectTag), "Chat.Untag": string(sdk.EffectUntag),
	"Chat.SetField": string(sdk.EffectField), "Chat.SetPriority": string(sdk.EffectPriority), "Chat.Hold": string(sdk.EffectHold),
	"Chat.Resume": string(sdk.EffectResume), "Chat.SendTranscript": string(sdk.EffectTranscript), "Chat.StartCall": string(sdk.EffectCall),
	"Chat.EditContact": string(sdk.EffectContact), "Plugin.Mail": string(sdk.EffectMail), "Plugin.Direct": string(sdk.EffectDirect),
	"Plugin.Post": string(sdk.EffectPost), "Plugin.SetAgentStatus": string(sdk.EffectStatus), "Plugin.Request": string(sdk.EffectRequest),

	"Chat.History": sdk.ReadHistory, "Chat.HistorySince": sdk.ReadHistory, "Chat.Search": sdk.ReadSearch, "Chat.Files": sdk.ReadFiles,
	"Chat.PastChats": sdk.ReadPast, "Chat.Contact": sdk.ReadContact, "Chat.Page": sdk.ReadPage, "Plugin.SearchContacts": sdk.ReadContacts,
	"Plugin.Chat": sdk.ReadChat, "Plugin.Chats": sdk.ReadChats, "Plugin.Classify": sdk.ReadClassify, "Plugin.Choose": sdk.ReadClassify,
	"Plugin.Fetch": sdk.ReadFetch, "Plugin.Ask": sdk.ReadAsk, "Plugin.Departments": sdk.ReadDepartments, "Plugin.Agents": sdk.ReadAgents,
	"Plugin.Hours": sdk.ReadHours, "Chat.Deeds": sdk.ReadDeeds, "Chat.Undo": string(sdk.EffectUndo),
}

// MayLack reports whether a plugin does without the grant of what it uses: a
// contact and a page are read without one, and so are the schedules of config.yaml.
func MayLack(kind string) bool {
	return kind == sdk.ReadContact || kind == sdk.ReadPage || kind == sdk.ReadHours
}

// uses notes which effects and reads the plugin's source asks for.
func (g *gate) uses() {
	for _, o := range g.info.Uses {
		fn, isFunc := o.(*types.Func)
		if !isFunc || fn.Pkg() == nil || fn.Pkg().Path() != sdkPath {
			continue
		}
		if receiver(fn) == "Chat" && fn.Name() == "Match" {
			g.report.Matches = true
		}
		kind := verbs[receiver(fn)+"."+fn.Name()]
		if kind != "" && !slices.Contains(g.report.Uses, kind) {
			g.report.Uses = append(g.report.Uses, kind)
		}
	}
	slices.Sort(g.report.Uses)
}

// receiver is the name of the type whose method it is; "" when it is none.
func receiver(fn *types.Func) string {
	s, _ := fn.Type().(*types.Signature)
	if s == nil || s.Recv() == nil {
		return ""
	}
	t := s.Recv().Type()
	if p, isPointer := t.(*types.Pointer); isPointer {
		t = p.Elem()
	}
	if named, isNamed := t.(*types.Named); isNamed {
		return named.Obj().Name()
	}
	return ""
}
