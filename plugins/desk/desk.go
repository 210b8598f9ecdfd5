//go:build go1.20

// Package desk lets agents write to Bellhop in a direct message: what they can do
// in their chats, they can order there. It tells them what other plugins did in
// their chats and why, and takes it back when they say so.
package desk

import (
	"github.com/bellhop-chat/bellhop/sdk"
)

// Settings are what an instance file says.
type Settings struct {
	// Language is that of agents who have chosen none: en, de, es, fr, pt, ar, hi or zh.
	Language string `json:"language"`
	// Languages are those of agents, by username. What an agent chooses by the
	// command language comes before it.
	Languages map[string]string `json:"languages"`
	// Everywhere names who may use all chats, and not only those that they serve
	// and those that wait in their departments: roles and @usernames.
	Everywhere []string `json:"everywhere"`
	// Tell lists what agents are told of when another plugin does it in a chat of
	// theirs; an empty list means nothing.
	Tell []sdk.EffectKind `json:"tell"`
	// Field is the room custom field in which the last action stands, as agents see
	// it in Room information; "" means none.
	Field string `json:"field"`
	// Owner is who runs Bellhop here, as it introduces itself.
	Owner string `json:"owner"`
}

// desk is the plugin at work.
type desk struct {
	p *sdk.Plugin
	s Settings
}

// Register wires the commands, and what agents are told.
func Register(p *sdk.Plugin) error {
	s := Settings{Language: "en", Everywhere: []string{"livechat-manager", "admin"}, Tell: append([]sdk.EffectKind(nil), toldOf...)}
	if err := p.Settings(&s); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	d := &desk{p, s}
	d.looks()
	d.acts()
	d.knobs()
	p.OnDeed(d.deed)
	p.OnResult(d.result)
	return nil
}

// toldOf is what agents are told of by default: what others do stands in the
// chat itself.
var toldOf = []sdk.EffectKind{
	sdk.EffectForward, sdk.EffectTag, sdk.EffectUntag, sdk.EffectClose, sdk.EffectTake, sdk.EffectQueue, sdk.EffectHold, sdk.EffectResume,
	sdk.EffectPriority, sdk.EffectField, sdk.EffectContact, sdk.EffectTranscript, sdk.EffectCall,
}

// on wires a command. What fn gets knows who orders and in which language.
func (d *desk) on(name string, fn func(*order) error) {
	d.p.OnCommand(name, short(usage(name)+": "+text("en", "help "+name)), func(c *sdk.Command) error { return fn(d.order(c)) })
}

// looks are the commands that only show something.
func (d *desk) looks() {
	d.on("help", d.help)
	d.on("chats", d.chats)
	d.on("room", d.room)
	d.on("history", d.history)
	d.on("search", d.search)
	d.on("files", d.files)
	d.on("past", d.past)
	d.on("why", d.why)
}

// acts are the commands that do something in a chat.
func (d *desk) acts() {
	d.on("take", d.take)
	d.on("reply", d.reply)
	d.on("forward", d.forward)
	d.on("queue", d.queue)
	d.on("tag", d.tag)
	d.on("untag", d.untag)
	d.on("field", d.field)
	d.on("priority", d.priority)
	d.on("hold", d.hold)
	d.on("resume", d.resume)
	d.on("transcript", d.transcript)
	d.on("call", d.call)
	d.on("contact", d.contact)
	d.on("close", d.close)
	d.on("undo", d.undo)
}

// knobs are the commands that are about who gives them.
func (d *desk) knobs() {
	d.on("available", d.available)
	d.on("quiet", d.quiet)
	d.on("language", d.language)
}

// short is as much of a line as a command's help may have.
func short(line string) string {
	for len(line) > sdk.MaxHelp {
		r := []rune(line)
		line = string(r[:len(r)-1])
	}
	return line
}
