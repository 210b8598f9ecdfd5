package lobby

import "slices"

var settingRoutes = []route{
	{verb: "GET", path: "settings.public", handle: (*rest).publicSettings, public: true},
	{verb: "GET", path: "settings/:id", handle: (*rest).setting},
	{verb: "POST", path: "settings/:id", handle: (*rest).saveSetting},
	{verb: "GET", path: "livechat/custom-fields", handle: (*rest).customFields},
	{verb: "POST", path: "livechat/custom-fields.save", handle: (*rest).saveCustomField, when: savesFieldByREST},
	{verb: "GET", path: "livechat/config", handle: (*rest).config, public: true, whole: true},
}

// publicIDs are the settings that anybody may read.
var publicIDs = []string{setEnabled, setAllowEditing, setAllowDeleting, setMaxSize, setShowDeleted, setHidden, setAskComment, "Site_Name", "Site_Url"}

// publicWhenSet are settings that servers show to anybody when they have them.
var publicWhenSet = []string{setFiles, setFilesMaxSize, setFilesTaken, setFilesForMembers, setFilesForAll, setRealNames, setCallApp, setJitsi, setFilesProtect, setFilesDirect, setRouting, setIgnoreAutomatic, setBusinessHours,
	"Livechat_enable_transcript", "Livechat_transcript_send_always", "Livechat_transcript_show_system_messages", "Livechat_transcript_email_subject"}

func (w *world) settingValue(id, base string) (any, bool) {
	v, ok := w.settings[id]
	if !ok && id == "Site_Url" {
		return base, true
	}
	return v, ok
}

func (w *world) publicValues(base string) []any {
	all := []any{}
	for _, id := range publicIDs {
		v, _ := w.settingValue(id, base)
		all = append(all, doc{"_id": id, "value": v, "enterprise": false})
	}
	for _, id := range publicWhenSet {
		if v, set := w.settings[id]; set {
			all = append(all, doc{"_id": id, "value": v, "enterprise": false})
		}
	}
	return all
}

func (c *rest) publicSettings() (doc, error) { return page(c, "settings", c.publicValues(c.base)), nil }

func (c *rest) setting() (doc, error) {
	if err := c.need("view-privileged-setting"); err != nil {
		return nil, err
	}
	v, ok := c.settingValue(c.path["id"], c.base)
	if !ok {
		return nil, errBare
	}
	return doc{"_id": c.path["id"], "value": v}, nil
}

func (c *rest) saveSetting() (doc, error) {
	if err := c.need("edit-privileged-setting"); err != nil {
		return nil, meteor("totp-required", "TOTP Required", doc{"method": "password", "codeGenerated": false, "availableMethods": []any{}})
	}
	v, ok := c.body["value"]
	if !ok {
		return nil, errBare
	}
	id := c.path["id"]
	if id == setRouting && v != Manual && v != Auto {
		return nil, textError("Unknown routing method: use " + Manual + " or " + Auto)
	}
	c.setSetting(id, v)
	c.s.log.line("state", doc{"setting": id, "value": v, "who": c.user.Username})
	if slices.Contains(publicIDs, id) {
		c.emit("stream-notify-all", "public-settings-changed", func() any {
			return []any{"updated", doc{"_id": id, "value": v, "enterprise": false, "requiredOnWizard": false}}
		})
	}
	return nil, nil
}

func (t *tx) setSetting(id string, v any) {
	t.settings[id] = v
	t.put(setting(id))
}

func (c *rest) customFields() (doc, error) {
	var all []doc
	for _, id := range c.fieldOrder {
		all = append(all, c.fields[id].doc())
	}
	return page(c, "customFields", all), nil
}

func (c *rest) saveCustomField() (doc, error) {
	data, err := c.body.object("customFieldData")
	if err != nil {
		return nil, err
	}
	f, err := c.viaMethod((*call).saveCustomField, nil, map[string]any(data))
	return doc{"customField": f}, err
}

// config is what a guest's page asks first.
func (c *rest) config() (doc, error) {
	if !c.on(setEnabled) {
		return doc{"config": doc{"enabled": false}}, nil
	}
	departments, online := []any{}, false
	for _, d := range c.deptOrder {
		some := len(c.onlineAgents(d.ID)) > 0
		online = online || some
		if d.Enabled && len(d.Members) > 0 {
			departments = append(departments, doc{"_id": d.ID, "name": d.Name, "showOnRegistration": d.OnForm, "showOnOfflineForm": d.OnOffline})
		}
	}
	fields := []any{}
	for _, id := range c.fieldOrder {
		fields = append(fields, c.fields[id].doc())
	}
	conf := doc{
		"enabled": true, "online": online, "departments": departments, "customFields": fields, "triggers": []any{},
		"settings": doc{
			"registrationForm": true, "allowSwitchingDepartments": true, "nameFieldRegistrationForm": true, "emailFieldRegistrationForm": true,
			"displayOfflineForm": true, "videoCall": false, "fileUpload": true, "language": "", "transcript": true, "historyMonitorType": "url",
			"forceAcceptDataProcessingConsent": false, "showConnecting": !c.autoRouting(), "agentHiddenInfo": false, "limitTextLength": false,
		},
		"theme": doc{
			"title": "Rocket.Chat", "color": "#C1272D", "offlineTitle": "Leave a message", "offlineColor": "#666666",
			"actionLinks": []any{
				doc{"icon": "icon-videocam", "i18nLabel": "Accept", "method_id": "createLivechatCall", "params": ""},
				doc{"icon": "icon-cancel", "i18nLabel": "Decline", "method_id": "denyLivechatCall", "params": ""},
			},
		},
		"messages": doc{
			"offlineMessage": "", "offlineSuccessMessage": "", "offlineUnavailableMessage": "", "conversationFinishedMessage": "",
			"conversationFinishedText": "", "transcriptMessage": "Your transcript", "registrationFormMessage": "", "dataProcessingConsentText": "",
		},
		"survey":    doc{"items": []string{"satisfaction", "agentKnowledge", "agentResposiveness", "agentFriendliness"}, "values": []string{"1", "2", "3", "4", "5"}},
		"resources": doc{"sound": c.base + "/sounds/chime.mp3", "emojis": []any{}},
	}
	c.addGuest(conf)
	return doc{"config": conf}, nil
}

// addGuest adds what is known of the caller's token: guest, open chat, agent.
func (c *rest) addGuest(conf doc) {
	v := c.visitorByToken[c.query.Get("token")]
	if v == nil {
		return
	}
	conf["guest"] = v.doc()
	rooms := slices.Clone(c.roomsByVisitor[v.ID])
	slices.Reverse(rooms)
	for _, r := range rooms {
		if r.Open && r.V.Token == v.Token {
			conf["room"] = c.roomDoc(r)
			if r.ServedBy != nil {
				conf["agent"] = c.users[r.ServedBy.ID].forGuest()
			}
			return
		}
	}
}
