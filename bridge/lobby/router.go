package lobby

import "strings"

// route is one verb of one path.
type route struct {
	verb, path string
	handle     func(*rest) (doc, error)
	public     bool     // nobody need be logged in
	whole      bool     // failures are whole error objects, as in routes that catch them
	files      bool     // the body is multipart
	free       bool     // the limit on REST calls does not count it
	bare       bool     // the answer is not completed with success:true
	paid       bool     // needs Options.Licensed
	when       versions // the versions that have it
}

// routes are kept by their first segments' count and literal parts.
type router struct {
	static map[string]map[string]*route // path, verb
	params []*route
}

// has reports whether the workspace's version has the route.
func (w *world) has(r *route) bool {
	return w.does(r.when) && (!r.paid || w.licensed || w.does(refusesWithoutPlan))
}

func newRouter(has func(*route) bool, lists ...[]route) *router {
	rt := &router{static: map[string]map[string]*route{}}
	for _, list := range lists {
		for i := range list {
			r := &list[i]
			if !has(r) {
				continue
			}
			if strings.Contains(r.path, ":") {
				rt.params = append(rt.params, r)
				continue
			}
			if rt.static[r.path] == nil {
				rt.static[r.path] = map[string]*route{}
			}
			rt.static[r.path][r.verb] = r
		}
	}
	return rt
}

// find returns the route; known tells that the path exists with another verb.
func (rt *router) find(verb, path string) (r *route, params map[string]string, known bool) {
	if verbs := rt.static[path]; verbs != nil {
		return verbs[verb], nil, true
	}
	for _, r := range rt.params {
		if params, ok := match(r.path, path); ok {
			if r.verb == verb {
				return r, params, true
			}
			known = true
		}
	}
	return nil, nil, known
}

func match(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params := map[string]string{}
	for i, w := range want {
		if name, ok := strings.CutPrefix(w, ":"); ok && got[i] != "" {
			params[name] = got[i]
		} else if w != got[i] {
			return nil, false
		}
	}
	return params, true
}
