//go:build go1.20

package desk

import (
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// What is ordered is asked for here. What came of it is told when it is known:
// see result.

func (d *desk) take(o *order) error {
	ok, err := d.open(o, true)
	if !ok {
		return err
	}
	o.chat.Take(sdk.By(o.c.By.Username), o.because())
	return nil
}

func (d *desk) reply(o *order) error {
	ok, err := d.open(o, false)
	switch {
	case !ok:
		return err
	case o.args == "":
		return d.misused(o)
	}
	o.chat.Reply(o.args, o.because())
	return nil
}

// forward moves the chat to a department, to an @agent, or to an agent within a
// department.
func (d *desk) forward(o *order) error {
	ok, err := d.open(o, false)
	if !ok {
		return err
	}
	to, unknown, err := d.target(o.args)
	switch {
	case err != nil:
		return d.tell(o, "not done", err.Error())
	case unknown != nil:
		return d.tell(o, "no target", o.args, strings.Join(unknown, ", "))
	case to.IsZero():
		return d.misused(o)
	}
	o.chat.Forward(to, o.because())
	return nil
}

// target is where a chat is to go; when there is no such place, unknown are those
// that there are.
func (d *desk) target(says string) (to sdk.Target, unknown []string, err error) {
	name := says
	if n := strings.LastIndex(says, "@"); n >= 0 {
		name, to.Agent = strings.TrimSpace(says[:n]), strings.TrimSpace(says[n+1:])
		if unknown, err = d.noAgent(to.Agent); unknown != nil || err != nil {
			return to, unknown, err
		}
	}
	if name == "" {
		return to, nil, nil
	}
	all, err := d.p.Departments()
	if err != nil {
		return to, nil, err
	}
	unknown = []string{}
	for _, dep := range all {
		if strings.EqualFold(dep.Name, strings.Trim(name, "\"")) || dep.ID == name {
			to.Department = dep.Name
			return to, nil, nil
		}
		if dep.Enabled {
			unknown = append(unknown, dep.Name)
		}
	}
	return to, unknown, nil
}

// noAgent names the agents that there are, if that one is none of them.
func (d *desk) noAgent(username string) (unknown []string, err error) {
	agents, err := d.p.Agents("")
	if err != nil {
		return nil, err
	}
	unknown = []string{}
	for _, a := range agents {
		if a.Username == username {
			return nil, nil
		}
		unknown = append(unknown, "@"+a.Username)
	}
	return unknown, nil
}

func (d *desk) queue(o *order) error {
	ok, err := d.open(o, true)
	if !ok {
		return err
	}
	o.chat.ReturnToQueue(o.because())
	return nil
}

func (d *desk) tag(o *order) error {
	tags, err := d.tags(o)
	if len(tags) > 0 {
		o.chat.Tag(tags, o.because())
	}
	return err
}

func (d *desk) untag(o *order) error {
	tags, err := d.tags(o)
	if len(tags) > 0 {
		o.chat.Untag(tags, o.because())
	}
	return err
}

// tags are those that are named; none when who orders is told what is wrong.
func (d *desk) tags(o *order) (tags []string, err error) {
	ok, err := d.meant(o, false)
	if !ok {
		return nil, err
	}
	if tags = list(o.args); len(tags) == 0 {
		return nil, d.misused(o)
	}
	return tags, nil
}

// list are names that are parted by commas.
func list(says string) []string {
	var all []string
	for _, name := range strings.Split(says, ",") {
		if name = strings.Trim(strings.TrimSpace(name), "\""); name != "" {
			all = append(all, name)
		}
	}
	return all
}

func (d *desk) field(o *order) error {
	ok, err := d.meant(o, false)
	if !ok {
		return err
	}
	name, value := split(o.args)
	if name == "" {
		return d.misused(o)
	}
	o.chat.SetField(name, value, o.because())
	return nil
}

func (d *desk) priority(o *order) error {
	ok, err := d.open(o, false)
	if !ok {
		return err
	}
	o.chat.SetPriority(strings.Trim(o.args, "\""), o.because())
	return nil
}

// hold needs a reason, which the workspace shows: who ordered it stands there too.
func (d *desk) hold(o *order) error {
	ok, err := d.open(o, false)
	if !ok {
		return err
	}
	o.chat.Hold(o.args, o.because())
	return nil
}

func (d *desk) resume(o *order) error {
	ok, err := d.open(o, true)
	if !ok {
		return err
	}
	o.chat.Resume(o.because())
	return nil
}

// transcript goes by mail to addresses, or as a file to the chat's agent.
func (d *desk) transcript(o *order) error {
	ok, err := d.meant(o, false)
	if !ok {
		return err
	}
	to := sdk.Delivery{Direct: true}
	if o.args != "" {
		to = sdk.Delivery{Mail: strings.FieldsFunc(o.args, func(r rune) bool { return r == ',' || r == ' ' })}
	}
	for _, address := range to.Mail {
		if strings.Index(address, "@") < 1 {
			return d.misused(o)
		}
	}
	o.chat.SendTranscript(to, o.because())
	return nil
}

// call offers a call to the guest, in the guest's language.
func (d *desk) call(o *order) error {
	ok, err := d.open(o, false)
	if !ok {
		return err
	}
	says := o.args
	if says == "" {
		says = text(d.guestLanguage(o.chat), "call guest")
	}
	o.chat.StartCall(says, o.because())
	return nil
}

// guestLanguage is that of the guest's browser, if it is one of ours.
func (d *desk) guestLanguage(c *sdk.Chat) string {
	short := strings.ToLower(c.Visitor.Language)
	if n := strings.IndexAny(short, "-_"); n > 0 {
		short = short[:n]
	}
	if speaks(short) {
		return short
	}
	return d.s.Language
}

func (d *desk) close(o *order) error {
	ok, err := d.open(o, false)
	if !ok {
		return err
	}
	o.chat.Close(o.args, o.because())
	return nil
}

// undo takes the newest deed back that can be taken back.
func (d *desk) undo(o *order) error {
	all, ok, err := d.deeds(o)
	if !ok {
		return err
	}
	var stays []string
	for _, deed := range all {
		switch {
		case deed.Outcome.State != sdk.Done && deed.Outcome.State != sdk.Unconfirmed:
		case deed.Stays == "":
			o.chat.Undo(deed.Key, o.because())
			return nil
		case len(stays) < mostDeeds:
			stays = append(stays, "• "+did(o.language, deed.Effect)+": "+deed.Stays)
		}
	}
	return d.say(o, strings.TrimSpace(link(o.chat)+": "+o.text("nothing to undo")+"\n"+strings.Join(stays, "\n")))
}
