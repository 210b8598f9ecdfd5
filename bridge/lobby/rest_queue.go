package lobby

import (
	"encoding/json"
	"slices"
)

var queueRoutes = []route{
	{verb: "GET", path: "livechat/inquiries.list", handle: (*rest).allQueued},
	{verb: "GET", path: "livechat/inquiries.queued", handle: (*rest).myQueue, when: queuedByREST},
	{verb: "GET", path: "livechat/inquiries.queuedForUser", handle: (*rest).myQueue, when: queuedForUser},
	{verb: "GET", path: "livechat/inquiries.getOne", handle: (*rest).oneInquiry},
	{verb: "POST", path: "livechat/inquiries.take", handle: (*rest).takeInquiry, whole: true},
	{verb: "POST", path: "livechat/inquiries.returnAsInquiry", handle: (*rest).returnToQueue, when: returnsByREST},
	{verb: "GET", path: "livechat/config/routing", handle: (*rest).routing, when: routingByREST},
	{verb: "POST", path: "livechat/agent.status", handle: (*rest).agentStatus, when: statusByREST},
	{verb: "GET", path: "livechat/queue", handle: (*rest).load},
}

// queued are the waiting inquiries, newest first unless sort says otherwise.
func (c *rest) queued(keep func(*inquiry) bool) []*inquiry {
	department := c.query.Get("department")
	if d := c.findDepartment(department); d != nil && department != "" {
		department = d.ID
	}
	var out []*inquiry
	for _, q := range c.inquiries {
		if q.Status == "queued" && (department == "" || q.Department == department) && keep(q) {
			out = append(out, q)
		}
	}
	order := map[string]int{"ts": -1}
	json.Unmarshal([]byte(c.query.Get("sort")), &order) // a bad one is ignored
	slices.SortFunc(out, func(a, b *inquiry) int {
		if n := a.TS.Compare(b.TS); n != 0 {
			return n * order["ts"]
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

func (c *rest) allQueued() (doc, error) {
	if err := c.need("view-livechat-manager"); err != nil {
		return nil, err
	}
	var all []doc
	for _, q := range c.queued(func(*inquiry) bool { return true }) {
		all = append(all, q.brief())
	}
	return page(c, "inquiries", all), nil
}

func (c *rest) myQueue() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	var all []doc
	for _, q := range c.queued(func(q *inquiry) bool {
		return c.user.has("livechat-manager") || q.Department == "" || c.isMember(c.user.ID, q.Department) || !c.hasDepartment(c.user.ID)
	}) {
		all = append(all, q.doc())
	}
	return page(c, "inquiries", all), nil
}

func (c *rest) oneInquiry() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	if c.query.Get("roomId") == "" {
		return nil, textError("The 'roomId' param is required")
	}
	q := c.inquiryByRoom[c.query.Get("roomId")]
	if q == nil {
		return nil, nil
	}
	return doc{"inquiry": q.doc()}, nil
}

func (c *rest) takeInquiry() (doc, error) {
	id, err := c.body.text("inquiryId")
	if err != nil {
		return nil, err
	}
	u := c.user
	if other, _ := c.body["userId"].(string); other != "" {
		if u = c.users[other]; u == nil {
			return nil, textError("The user is invalid")
		}
	}
	d, err := c.take(u, id)
	if err != nil || c.does(takesSilently) {
		return nil, err
	}
	return doc{"inquiry": d}, nil
}

func (c *rest) returnToQueue() (doc, error) {
	rid, err := c.body.text("roomId")
	if err != nil {
		return nil, err
	}
	department, err := c.body.maybe("departmentId")
	if err != nil {
		return nil, err
	}
	done, err := c.tx.returnToQueue(c.user, rid, department)
	return doc{"result": done}, err
}

func (c *rest) routing() (doc, error) {
	conf, err := c.viaMethod((*call).routingConfig)
	return doc{"config": conf}, err
}

func (c *rest) agentStatus() (doc, error) {
	u := c.user
	id, _ := c.body["agentId"].(string)
	if id != "" {
		u = c.users[id]
	}
	if u == nil || !u.has("livechat-agent") {
		return nil, &statusError{404, doc{"success": false, "error": "Agent not found"}}
	}
	if _, err := c.viaMethod((*call).changeLivechatStatus, map[string]any{"agentId": u.ID, "status": c.body["status"]}); err != nil {
		return nil, err
	}
	return doc{"status": u.Livechat}, nil
}

// load counts the open chats by department and agent, the most first.
func (c *rest) load() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	counts := map[string]map[string]int{} // department, agent
	for _, r := range c.openChats {
		if r.ServedBy == nil {
			continue
		}
		if counts[r.Department] == nil {
			counts[r.Department] = map[string]int{}
		}
		counts[r.Department][r.ServedBy.ID]++
	}
	var all []doc
	for _, d := range append(slices.Clone(c.deptOrder), &department{}) {
		for _, u := range c.userOrder {
			if n := counts[d.ID][u.ID]; n > 0 && c.asked("departmentId", d.ID) && c.asked("agentId", u.ID) {
				all = append(all, loadDoc(n, u, d))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b doc) int { return b["chats"].(int) - a["chats"].(int) })
	return page(c, "queue", all), nil
}

// asked reports whether the query wants the value, or does not care.
func (c *rest) asked(key, value string) bool {
	q := c.query.Get(key)
	return q == "" || q == value
}

func loadDoc(chats int, u *user, d *department) doc {
	out := doc{"chats": chats, "user": doc{"_id": u.ID, "username": u.Username, "status": u.Status}}
	if d.ID != "" {
		out["department"] = doc{"_id": d.ID, "name": d.Name}
	}
	return out
}
