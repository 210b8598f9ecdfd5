//go:build go1.20

package desk

import (
	"strings"
)

// onOrOff reads whether something is to be on; nothing means that it is.
func onOrOff(says string) (on, ok bool) {
	switch strings.ToLower(says) {
	case "", "on", "yes":
		return true, true
	case "off", "no":
		return false, true
	}
	return false, false
}

// available has who orders take chats, or not.
func (d *desk) available(o *order) error {
	on, ok := onOrOff(o.c.Args)
	if !ok {
		return d.misused(o)
	}
	d.p.SetAgentStatus(o.c.By.Username, on, o.because())
	return nil
}

// quiet has who orders told nothing more that they did not ask for, or again.
func (d *desk) quiet(o *order) error {
	on, ok := onOrOff(o.c.Args)
	if !ok {
		return d.misused(o)
	}
	is := d.person(o.c.By.Username)
	is.Quiet = on
	if err := d.remember(o.c.By.Username, is); err != nil {
		return err
	}
	d.inThread(o)
	if on {
		return d.say(o, o.text("quiet now"))
	}
	return d.say(o, o.text("quiet no more"))
}

// language is in which who orders is written to from now on.
func (d *desk) language(o *order) error {
	chosen := strings.ToLower(strings.TrimSpace(o.c.Args))
	if !speaks(chosen) {
		return d.say(o, o.text("languages", "`"+strings.Join(languages, "` `")+"`"))
	}
	is := d.person(o.c.By.Username)
	is.Language = chosen
	if err := d.remember(o.c.By.Username, is); err != nil {
		return err
	}
	o.language = chosen
	d.inThread(o)
	return d.say(o, o.text("speaks"))
}

// inThread has the answer stand where the command does, if that is in a chat's
// thread.
func (d *desk) inThread(o *order) {
	if o.c.Chat == "" {
		return
	}
	if c, err := d.p.Chat(o.c.Chat); err == nil && d.mayUse(o, c) {
		o.chat = c
	}
}
