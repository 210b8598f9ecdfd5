//go:build go1.20

package desk

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	someMessages = 10  // that history and search show
	mostMessages = 50  // that history shows when it is asked to
	mostShown    = 300 // characters of a message
	mostDeeds    = 5   // that why shows
)

// help lists the commands that who asks may use.
func (d *desk) help(o *order) error {
	lines := []string{o.text("you can")}
	asked := strings.ToLower(strings.TrimSpace(o.c.Args))
	for _, known := range o.c.May {
		if asked == "" || asked == known.Name {
			lines = append(lines, o.helpOn(known))
		}
	}
	if d.mayStop(o) && (asked == "" || asked == "stop") {
		lines = append(lines, "`stop` "+o.text("help stop"))
	}
	if asked != "" && len(lines) == 1 {
		return d.say(o, o.text("no command", cut(asked, 40)))
	}
	if asked != "" {
		return d.say(o, strings.Join(lines[1:], "\n"))
	}
	return d.say(o, strings.Join(append(lines, o.text("name a chat")), "\n"))
}

// mayStop reports whether who orders may stop Bellhop: it asks itself, so this is
// only what help says.
func (d *desk) mayStop(o *order) bool {
	for _, role := range o.c.Roles {
		if role == "livechat-manager" || role == "admin" {
			return true
		}
	}
	return false
}

// helpOn is the line of a command: of those of other plugins, as these say it.
func (o *order) helpOn(known sdk.CommandHelp) string {
	name := known.Name[strings.Index(known.Name, "/")+1:]
	if says := o.text("help " + name); says != "" && known.Help == short(usage(name)+": "+text("en", "help "+name)) {
		return strings.TrimSpace("`"+known.Name+" "+usage(name)) + "` " + says
	}
	return "`" + known.Name + "` " + known.Help
}

// chats lists those of who asks, and those that wait where they could take them.
func (d *desk) chats(o *order) error {
	own, err := d.p.Chats(sdk.ChatFilter{Agent: o.c.By.Username})
	if err != nil {
		return err
	}
	queue, err := d.p.Chats(sdk.ChatFilter{Status: sdk.Queued})
	if err != nil {
		return err
	}
	var waiting []*sdk.Chat
	for _, c := range queue {
		if d.mayUse(o, c) {
			waiting = append(waiting, c)
		}
	}
	others, err := d.others(o)
	if err != nil {
		return err
	}
	if len(own)+len(waiting)+len(others) == 0 {
		return d.say(o, o.text("no chats"))
	}
	var parts []string
	if len(own) > 0 {
		parts = append(parts, o.text("your chats")+"\n"+d.lines(o, own))
	}
	if len(waiting) > 0 {
		parts = append(parts, o.text("in the queue")+"\n"+d.lines(o, waiting))
	}
	if len(others) > 0 {
		parts = append(parts, o.text("other chats")+"\n"+d.lines(o, others))
	}
	return d.say(o, strings.Join(parts, "\n"))
}

// others are the chats that others serve, for those who may use all.
func (d *desk) others(o *order) (found []*sdk.Chat, err error) {
	if !d.mayEverywhere(o.c.By.Username, o.c.Roles) {
		return nil, nil
	}
	all, err := d.p.Chats(sdk.ChatFilter{})
	for _, c := range all {
		if !c.Agent.IsZero() && c.Agent.Username != o.c.By.Username {
			found = append(found, c)
		}
	}
	return found, err
}

// room is what the room information shows.
func (d *desk) room(o *order) error {
	ok, err := d.meant(o, true)
	if !ok {
		return err
	}
	c := o.chat
	lines := []string{d.about(o, c)}
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, "• "+o.text(key)+": "+value)
		}
	}
	add("opened", at(c.OpenedAt))
	add("channel", c.Channel)
	add("topic", c.Topic)
	add("tags", strings.Join(c.Tags, ", "))
	add("queue time", some(c.QueueTime()))
	add("first response", some(c.Figures.FirstResponse))
	if !c.ClosedAt.IsZero() {
		add("closed", at(c.ClosedAt))
		add("comment", cut(c.Closing.Comment, mostShown))
	}
	for _, name := range sdk.Keys(c.Fields) {
		lines = append(lines, "• "+name+": "+cut(c.Fields[name], mostShown))
	}
	return d.say(o, strings.Join(lines, "\n"))
}

// some is a length of time; "" when there is none.
func some(t time.Duration) string {
	if t <= 0 {
		return ""
	}
	return span(t)
}

func (d *desk) history(o *order) error {
	ok, err := d.meant(o, false)
	if !ok {
		return err
	}
	n := someMessages
	if o.args != "" {
		if n, err = strconv.Atoi(o.args); err != nil || n < 1 || n > mostMessages {
			return d.misused(o)
		}
	}
	found, err := o.chat.History(n)
	if err != nil {
		return d.tell(o, "not done", err.Error())
	}
	return d.messages(o, found, "")
}

// messages shows messages, each with a link to it.
func (d *desk) messages(o *order, found []sdk.Message, of string) error {
	if len(found) == 0 {
		return d.tell(o, "nothing found", of)
	}
	lines, length := []string{}, 0
	for n := len(found) - 1; n >= 0 && length < mostText-mostShown-300; n-- {
		line := d.message(o, found[n])
		length += len([]rune(line))
		lines = append([]string{line}, lines...)
	}
	return d.say(o, link(o.chat)+":\n"+strings.Join(lines, "\n"))
}

// message is one in a line, with a link to it.
func (d *desk) message(o *order, m sdk.Message) string {
	said := cut(m.Text, mostShown)
	for _, f := range m.Files {
		said = strings.TrimSpace(said + " 📎 " + plain(f.Name))
	}
	return "[" + at(m.At) + "](" + o.chat.Link() + "?msg=" + string(m.ID) + ") *" + plain(nameOf(m.By)) + "*: " + said
}

func nameOf(p sdk.Person) string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

// search looks for words, or for what a regular expression between slashes finds.
func (d *desk) search(o *order) error {
	ok, err := d.meant(o, false)
	switch {
	case !ok:
		return err
	case o.args == "":
		return d.misused(o)
	}
	if strings.HasPrefix(o.args, "/") {
		if len(o.args) < 3 || !strings.HasSuffix(o.args, "/") {
			return d.tell(o, "bad pattern", o.text("no slash"))
		}
		if _, err := regexp.Compile(o.args[1 : len(o.args)-1]); err != nil {
			return d.tell(o, "bad pattern", strings.ReplaceAll(strings.TrimPrefix(err.Error(), "error parsing regexp: "), "`", "\""))
		}
	}
	found, err := o.chat.Search(o.args)
	if err != nil {
		return d.tell(o, "not done", err.Error())
	}
	if n := len(found); n > someMessages {
		found = found[n-someMessages:]
	}
	return d.messages(o, found, "`"+o.args+"`")
}

// files lists files of a kind, or whose name holds a text.
func (d *desk) files(o *order) error {
	ok, err := d.meant(o, false)
	if !ok {
		return err
	}
	found, err := o.chat.Files(o.args)
	switch {
	case err != nil:
		return d.tell(o, "not done", err.Error())
	case len(found) == 0:
		return d.tell(o, "nothing found", "`files "+o.args+"`")
	case len(found) > mostLines:
		found = found[len(found)-mostLines:]
	}
	site := strings.TrimSuffix(o.chat.Link(), "/live/"+string(o.chat.ID))
	lines := []string{link(o.chat) + ":"}
	for _, f := range found {
		line := "• " + plain(f.Name) + " · " + f.Kind()
		if f.ID != "" {
			line = "• [" + plain(f.Name) + "](" + site + "/file-upload/" + f.ID + "/" + strings.ReplaceAll(f.Name, " ", "%20") + ") · " + f.Kind()
		}
		if f.Size > 0 {
			line += " · " + size(f.Size)
		}
		lines = append(lines, line)
	}
	return d.say(o, strings.Join(lines, "\n"))
}

// size is how large a file is.
func size(bytes int64) string {
	if bytes < 1<<20 {
		return strconv.FormatInt((bytes+1023)/1024, 10) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + " MB"
}

// past lists the guest's earlier chats.
func (d *desk) past(o *order) error {
	ok, err := d.meant(o, true)
	if !ok {
		return err
	}
	found, err := o.chat.PastChats()
	switch {
	case err != nil:
		return d.tell(o, "not done", err.Error())
	case len(found) == 0:
		return d.tell(o, "no past")
	case len(found) > someMessages:
		found = found[:someMessages]
	}
	site := strings.TrimSuffix(o.chat.Link(), string(o.chat.ID))
	lines := []string{link(o.chat) + ":"}
	for _, c := range found {
		line := "• [" + at(c.ClosedAt) + "](" + site + string(c.ID) + ")"
		for _, more := range []string{c.Department, nameOf(c.Agent), strings.Join(c.Tags, ", "), cut(c.Closing.Comment, 100)} {
			if more != "" {
				line += " · " + more
			}
		}
		lines = append(lines, line)
	}
	return d.say(o, strings.Join(lines, "\n"))
}

// why tells what was done in the chat lately, by which plugin and why.
func (d *desk) why(o *order) error {
	all, ok, err := d.deeds(o)
	if !ok {
		return err
	}
	lines := []string{link(o.chat) + ":"}
	for _, deed := range all {
		if len(lines) <= mostDeeds {
			lines = append(lines, "• "+at(deed.At)+" · "+told(o.language, deed))
		}
	}
	if len(lines) == 1 {
		return d.tell(o, "nothing done")
	}
	return d.say(o, strings.Join(lines, "\n"))
}

// deeds are what was done in the chat that is meant, the newest first, as far as
// it is worth telling. Whom we have taken the chat from may ask too. When there is
// no such chat, who orders is told why, and ok is false.
func (d *desk) deeds(o *order) (found []sdk.Deed, ok bool, err error) {
	o.former = true
	if ok, err = d.meant(o, true); !ok {
		return nil, false, err
	}
	all, err := o.chat.Deeds()
	if err != nil {
		return nil, false, d.tell(o, "not done", err.Error())
	}
	for _, deed := range all {
		if d.worthTelling(deed) {
			found = append(found, deed)
		}
	}
	return found, true, nil
}

// worthTelling is all but what was said to agents, and what stands in the room
// custom field.
func (d *desk) worthTelling(deed sdk.Deed) bool {
	return tellable(deed.Effect.Kind) && !d.isNote(deed.Effect)
}

// isNote reports whether the effect writes down the last action.
func (d *desk) isNote(e sdk.Effect) bool {
	return e.Kind == sdk.EffectField && d.s.Field != "" && e.Field == d.s.Field
}
