package lobby

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// visitor is a guest. One e-mail address is one visitor, whatever the token:
// a new registration with a known address brings a new token.
type visitor struct {
	ID         string    `json:"_id"`
	Username   string    `json:"username"`
	Token      string    `json:"token"`
	Name       string    `json:"name,omitempty"`
	Emails     []string  `json:"emails"`
	Phones     []string  `json:"phones"`
	Department string    `json:"department,omitempty"`
	Status     string    `json:"status,omitempty"`
	Data       extra     `json:"livechatData,omitempty"`
	LastChat   string    `json:"lastChat,omitempty"`
	LastChatAt time.Time `json:"lastChatAt"`
	TS         time.Time `json:"ts"`
	UpdatedAt  time.Time `json:"_updatedAt"`
	Manager    string    `json:"manager,omitempty"` // username of the user who is to look after it
	Contact    bool      `json:"contact,omitempty"` // saved as a contact: missing data show as null
}

func (v *visitor) person() person { return person{ID: v.ID, Username: v.Username, Name: v.Name} }

func (v *visitor) doc() doc {
	d := doc{"_id": v.ID, "username": v.Username, "ts": v.TS, "_updatedAt": v.UpdatedAt, "token": v.Token}
	d.opt("name", v.Name).opt("department", v.Department).opt("status", v.Status)
	v.addresses(d)
	if len(v.Data) > 0 || v.Contact {
		d["livechatData"] = v.data()
	}
	if v.Contact {
		d["contactManager"] = nil
		if v.Manager != "" {
			d["contactManager"] = doc{"username": v.Manager}
		}
	}
	if v.LastChat != "" {
		d["lastChat"] = doc{"_id": v.LastChat, "ts": v.LastChatAt}
	}
	return d
}

func (v *visitor) data() map[string]any {
	if v.Data == nil {
		return map[string]any{}
	}
	return v.Data
}

func (v *visitor) addresses(d doc) {
	phones, mails := []any{}, []any{}
	for _, p := range v.Phones {
		phones = append(phones, doc{"phoneNumber": p})
	}
	for _, m := range v.Emails {
		mails = append(mails, doc{"address": m})
	}
	for key, list := range map[string][]any{"phone": phones, "visitorEmails": mails} {
		if len(list) > 0 {
			d[key] = list
		} else if v.Contact {
			d[key] = nil
		}
	}
}

// registration is what a guest tells about itself.
type registration struct {
	token, name, email, phone, department, username string
	fields                                          []fieldValue
}

// fieldValue is a custom field as a guest's page sends it.
type fieldValue struct {
	key, value string
	overwrite  bool
}

// register makes or changes the visitor of a token.
func (t *tx) register(g registration) *visitor {
	v := t.visitorByToken[g.token]
	if v == nil && g.email != "" {
		v = t.visitorByMail[strings.ToLower(g.email)]
	}
	if v == nil {
		v = &visitor{ID: newID(), Username: g.username, TS: t.now}
		if v.Username == "" {
			v.Username = fmt.Sprintf("guest-%d", t.count("guest"))
		}
	}
	t.indexVisitor(v, g.token, g.email)
	if g.name != "" {
		v.Name = g.name
	}
	if g.phone != "" {
		v.Phones = []string{g.phone}
	}
	v.Department = "" // registering again without a department unsets it
	if d := t.findDepartment(g.department); d != nil && g.department != "" {
		v.Department = d.ID
	}
	for _, f := range g.fields {
		t.setVisitorField(v, f)
	}
	v.UpdatedAt = t.now
	t.put(v)
	return v
}

// indexVisitor makes the visitor findable by its present token and address.
func (t *tx) indexVisitor(v *visitor, token, email string) {
	if v.Token != token {
		delete(t.visitorByToken, v.Token)
		v.Token = token
	}
	if email != "" && !slices.Contains(v.Emails, email) {
		t.setEmails(v, email)
	}
	t.world.addVisitor(v)
}

// setEmails replaces the visitor's addresses; without one it has none.
func (w *world) setEmails(v *visitor, emails ...string) {
	for _, m := range v.Emails {
		if key := strings.ToLower(m); w.visitorByMail[key] == v {
			delete(w.visitorByMail, key)
		}
	}
	v.Emails = slices.DeleteFunc(emails, func(m string) bool { return m == "" })
	w.addVisitor(v)
}

func (w *world) addVisitor(v *visitor) {
	w.visitors[v.ID] = v
	w.visitorByToken[v.Token] = v
	for _, m := range v.Emails {
		w.visitorByMail[strings.ToLower(m)] = v
	}
}

// customField is a definition of a visitor's or room's field.
type customField struct {
	ID        string    `json:"_id"`
	Label     string    `json:"label"`
	Scope     string    `json:"scope"` // visitor or room
	Visible   string    `json:"visibility"`
	Regexp    string    `json:"regexp"`
	UpdatedAt time.Time `json:"_updatedAt"`
}

func (f *customField) doc() doc {
	return doc{"_id": f.ID, "label": f.Label, "scope": f.Scope, "visibility": f.Visible, "regexp": f.Regexp, "_updatedAt": f.UpdatedAt}
}

func (w *world) hasField(key, scope string) bool {
	f := w.fields[key]
	return f != nil && f.Scope == scope
}

func (t *tx) setVisitorField(v *visitor, f fieldValue) {
	if !t.hasField(f.key, "visitor") || !f.overwrite && v.Data[f.key] != nil {
		return
	}
	if v.Data == nil {
		v.Data = extra{}
	}
	v.Data[f.key] = f.value
	if strings.TrimSpace(f.value) == "" {
		delete(v.Data, f.key)
	}
	v.UpdatedAt = t.now
	t.put(v)
}

// setField writes a guest's field to where its definition says: to the
// visitor, or to the visitor's open chats.
func (t *tx) setField(v *visitor, f fieldValue) {
	if t.hasField(f.key, "visitor") {
		t.setVisitorField(v, f)
		return
	}
	if !t.hasField(f.key, "room") {
		return
	}
	for _, r := range t.roomsByVisitor[v.ID] {
		if r.Open && r.V.Token == v.Token && (f.overwrite || r.Data[f.key] == nil) {
			r.setData(f.key, f.value)
			t.roomChanged(r)
		}
	}
}

// searchVisitors finds by part of name, username, address or phone.
func (w *world) searchVisitors(term string) ([]*visitor, error) {
	re, err := regexp.Compile("(?i)" + regexp.QuoteMeta(term))
	if err != nil {
		return nil, err
	}
	var out []*visitor
	for _, v := range w.visitors {
		all := append([]string{v.Name, v.Username}, append(slices.Clone(v.Emails), v.Phones...)...)
		if slices.ContainsFunc(all, re.MatchString) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b *visitor) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out, nil
}
