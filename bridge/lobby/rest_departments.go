package lobby

import (
	"encoding/json"
	"slices"
	"strings"
)

var departmentRoutes = []route{
	{verb: "GET", path: "livechat/department", handle: (*rest).listDepartments},
	{verb: "POST", path: "livechat/department", handle: (*rest).createDepartment, whole: true},
	{verb: "GET", path: "livechat/department/:id", handle: (*rest).department},
	{verb: "PUT", path: "livechat/department/:id", handle: (*rest).updateDepartment, whole: true},
	{verb: "DELETE", path: "livechat/department/:id", handle: (*rest).deleteDepartment},
	{verb: "GET", path: "livechat/department/:id/agents", handle: (*rest).departmentAgents},
	{verb: "POST", path: "livechat/department/:id/agents", handle: (*rest).changeAgents, whole: true},
	{verb: "GET", path: "livechat/department.listByIds", handle: (*rest).departmentsByID},
	{verb: "GET", path: "livechat/department.autocomplete", handle: (*rest).completeDepartment},
}

func (c *rest) mayDepartments() error {
	if c.user.may("view-livechat-departments") || c.user.may("view-l-room") {
		return nil
	}
	return errUnauthorized
}

// byName are the departments whose name holds the text, in the order of names.
func (w *world) byName(text string) []*department {
	var out []*department
	for _, d := range w.deptOrder {
		if strings.Contains(strings.ToLower(d.Name), strings.ToLower(text)) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *department) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (c *rest) listDepartments() (doc, error) {
	if err := c.mayDepartments(); err != nil {
		return nil, err
	}
	var all []doc
	for _, d := range c.byName(c.query.Get("text")) {
		if c.query.Get("enabled") == "true" && !d.Enabled || c.query.Get("onlyMyDepartments") == "true" && d.member(c.user.ID) == nil {
			continue
		}
		all = append(all, d.doc())
	}
	return page(c, "departments", all), nil
}

func (c *rest) department() (doc, error) {
	if err := c.mayDepartments(); err != nil {
		return nil, err
	}
	d := c.findDepartment(c.path["id"])
	if d == nil {
		return doc{"agents": []any{}}, nil
	}
	return doc{"department": d.doc(), "agents": d.memberDocs()}, nil
}

func (c *rest) departmentAgents() (doc, error) {
	if err := c.mayDepartments(); err != nil {
		return nil, err
	}
	var all []doc
	if d := c.departments[c.path["id"]]; d != nil {
		all = d.memberDocs()
	}
	return page(c, "agents", all), nil
}

func (c *rest) departmentsByID() (doc, error) {
	if err := c.mayDepartments(); err != nil {
		return nil, err
	}
	out := []any{}
	for _, d := range c.deptOrder {
		if slices.Contains(c.query["ids[]"], d.ID) {
			out = append(out, d.doc())
		}
	}
	return doc{"departments": out}, nil
}

func (c *rest) completeDepartment() (doc, error) {
	if err := c.mayDepartments(); err != nil {
		return nil, err
	}
	var selector struct{ Term string }
	if err := json.Unmarshal([]byte(c.query.Get("selector")), &selector); err != nil {
		return nil, textError("The 'selector' param is required")
	}
	out := []any{}
	for _, d := range c.byName(selector.Term) {
		out = append(out, doc{"_id": d.ID, "name": d.Name})
	}
	return doc{"items": out}, nil
}

// fill writes a whole department: all keys must be there.
func (c *rest) fill(d *department) error {
	a, err := c.body.object("department")
	if err != nil {
		return err
	}
	for _, key := range []string{"enabled", "name", "showOnRegistration", "showOnOfflineForm", "email"} {
		if _, ok := a[key]; !ok {
			return matchError("Missing key '" + key + "'")
		}
	}
	tags, _, err := a.list("chatClosingTags")
	if err != nil {
		return err
	}
	if a.flag("requestTagBeforeClosingChat") && len(tags) == 0 {
		return meteor("error-validating-department-chat-closing-tags",
			"At least one closing tag is required when the department requires tag(s) on closing conversations.", in("livechat:saveDepartment"))
	}
	d.Name, _ = a["name"].(string)
	d.Email, _ = a["email"].(string)
	d.Description, _ = a["description"].(string)
	d.Enabled, d.OnForm, d.OnOffline = a.flag("enabled"), a.flag("showOnRegistration"), a.flag("showOnOfflineForm")
	_, needs := a["requestTagBeforeClosingChat"]
	if needs || len(tags) > 0 {
		d.TagRule, d.NeedsTag, d.ClosingTags = true, a.flag("requestTagBeforeClosingChat"), tags
	}
	d.UpdatedAt = c.now
	return nil
}

func (c *rest) createDepartment() (doc, error) {
	if err := c.need("manage-livechat-departments"); err != nil {
		return nil, err
	}
	d := &department{ID: newID()}
	if err := c.fill(d); err != nil {
		return nil, err
	}
	c.addDepartment(d)
	c.put(d)
	answer := doc{"department": d.doc()} // before it has agents
	agents, _ := c.body["agents"].([]any)
	for _, v := range agents {
		c.changeMember(d, v, true)
	}
	answer["agents"] = d.memberDocs()
	return answer, nil
}

func (t *tx) changeMember(d *department, v any, on bool) {
	m, _ := v.(map[string]any)
	id, _ := m["agentId"].(string)
	order, _ := m["order"].(float64)
	if u := t.users[id]; u != nil {
		t.setMember(d, u, int(order), on)
	}
}

func (c *rest) updateDepartment() (doc, error) {
	if err := c.need("manage-livechat-departments"); err != nil {
		return nil, err
	}
	d := c.departments[c.path["id"]]
	if d == nil {
		return nil, meteor("error-department-not-found", "Department not found", in("livechat:saveDepartment"))
	}
	enabled := d.Enabled
	if err := c.fill(d); err != nil {
		return nil, err
	}
	c.put(d)
	if d.Enabled != enabled {
		for _, m := range d.Members {
			c.memberChanged(d, m, "updated")
		}
	}
	return doc{"department": d.doc(), "agents": d.memberDocs()}, nil
}

func (c *rest) deleteDepartment() (doc, error) {
	if err := c.need("manage-livechat-departments"); err != nil {
		return nil, err
	}
	d := c.departments[c.path["id"]]
	if d == nil {
		return nil, errBare
	}
	for _, m := range slices.Clone(d.Members) {
		c.memberChanged(d, m, "removed")
	}
	delete(c.departments, d.ID)
	c.deptOrder = slices.DeleteFunc(c.deptOrder, func(x *department) bool { return x == d })
	c.remove(d)
	return nil, nil
}

func (c *rest) changeAgents() (doc, error) {
	if err := c.need("manage-livechat-departments"); err != nil {
		return nil, err
	}
	d := c.departments[c.path["id"]]
	if d == nil {
		return nil, meteor("error-department-not-found", "Department not found", in("livechat:saveDepartmentAgents"))
	}
	for key, on := range map[string]bool{"upsert": true, "remove": false} {
		items, ok := c.body[key].([]any)
		if !ok {
			return nil, matchError("Missing key '" + key + "'")
		}
		for _, v := range items {
			c.changeMember(d, v, on)
		}
	}
	return nil, nil
}
