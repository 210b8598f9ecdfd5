package rule

import (
	"slices"

	"github.com/bellhop-chat/bellhop/sdk"
)

// asksFor are the names for which somebody is asked, with the kind of the read.
var asksFor = map[string]string{
	"contact": sdk.ReadContact, "has": sdk.ReadContact, "page": sdk.ReadPage,
	"earlier": sdk.ReadPast, "earlier_tags": sdk.ReadPast, "last_agent": sdk.ReadPast,
	"available": sdk.ReadAgents, "serving": sdk.ReadAgents, "load": sdk.ReadAgents,
	"chats": sdk.ReadDepartments, "queue": sdk.ReadDepartments, "about": sdk.ReadClassify,
}

// asks are the kinds of what the expression may ask for, in the order of names.
func (w *when) asks() (kinds []string) {
	for _, name := range names {
		kind := asksFor[name]
		if kind != "" && !slices.Contains(kinds, kind) && (slices.Contains(w.used, name) || slices.Contains(w.calls, name)) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// ask reads what the expression names, and nothing else.
func (a attempt) ask(w *when, s *situation) (err error) {
	named := func(name string) bool { return err == nil && slices.Contains(w.used, name) }
	if named("contact") {
		s.Contact = flat(a.chat.Contact())
	}
	if named("page") {
		s.Page, err = a.address()
	}
	if named("earlier") || named("earlier_tags") || named("last_agent") {
		var past []sdk.PastChat
		past, err = a.past(0)
		s.Earlier, s.LastAgent = len(past), lastAgent(past)
		for _, p := range past {
			s.EarlierTags = append(s.EarlierTags, p.Tags...)
		}
	}
	return err
}

// offer gives an expression its functions that ask.
func (a attempt) offer(s *situation, topics []string) {
	s.Available = func(department string) (bool, error) {
		some, _, err := a.staff(department, "")
		return some, err
	}
	s.Serving = func(agent string) (bool, error) {
		if a.person(agent) == "" {
			return false, nil // nobody serves the chat
		}
		some, _, err := a.staff("", agent)
		return some, err
	}
	s.Chats = func(department string) (int, error) {
		d, err := a.departmentInfo(a.place(department))
		return d.Open, err
	}
	s.Queue = func(department string) (int, error) {
		d, err := a.departmentInfo(a.place(department))
		return d.Waiting, err
	}
	s.Load = func(agent string) (int, error) {
		i, err := a.agent(a.person(agent))
		return i.Open, err
	}
	s.About = func(topic string, limit ...float64) (bool, error) {
		return a.about(topic, topics, append(limit, sure)[0])
	}
}

// about tells whether the text is surely about the topic, of all that the rule
// names.
func (a attempt) about(topic string, topics []string, limit float64) (bool, error) {
	offered := [][]string{topics}
	if t := a.rule.Topic; t != nil {
		offered = append(offered, t.Is, t.Among)
	}
	if a.text == "" {
		return false, nil
	}
	chosen, err := a.plugin().Choose(a.text, distinct(offered...), 1)
	if err != nil {
		return false, err
	}
	held, _ := judged(chosen, []string{topic}, limit)
	return held, nil
}
