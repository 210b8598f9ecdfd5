package lobby

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// rest is one REST call on its way.
type rest struct {
	*tx
	r     *http.Request
	user  *user  // nil when nobody is logged in
	token string // the caller's login token
	path  map[string]string
	query url.Values
	body  args
	form  *form2
	base  string // http://host, as the caller wrote it
}

// Handler serves the whole workspace: websocket, REST, files, and a page for
// everything else, as the real server's web application would.
func (s *Server) Handler() http.Handler {
	rt := newRouter(s.world.has, sessionRoutes, userRoutes, settingRoutes, guestRoutes, chatRoutes, queueRoutes, departmentRoutes, visitorRoutes, messageRoutes, fileRoutes, directRoutes, methodRoutes, contactRoutes, hourRoutes, holdRoutes,
		priorityRoutes, pdfRoutes, hookRoutes, conferenceRoutes, channelRoutes)
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/", func(w http.ResponseWriter, r *http.Request) { s.serve(rt, w, r) })
	mux.HandleFunc("GET /api/info", s.info)
	mux.HandleFunc("GET /file-upload/{id}/{name}", s.download)
	mux.HandleFunc("GET /ufs/GridFS:Uploads/{id}/{name}", s.download)
	mux.HandleFunc("/", webApplication)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/websocket" {
			s.websocket(w, r)
			return
		}
		if page, pattern := s.pages.Handler(r); pattern != "" && !fromInside(r) {
			page.ServeHTTP(w, r)
			return
		}
		s.logged(mux, w, r)
	})
}

// logged serves a request and writes a line about it.
func (s *Server) logged(h http.Handler, w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	out := &answered{ResponseWriter: w, line: doc{"method": r.Method, "path": r.URL.Path}}
	for key, value := range map[string]string{
		"Date":          s.opt.Now().UTC().Format(http.TimeFormat), // the server's clock is one, also where it is wrong
		"X-Instance-Id": s.instance, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "sameorigin", "X-Xss-Protection": "1",
	} {
		w.Header().Set(key, value)
	}
	h.ServeHTTP(out, r)
	out.line["status"], out.line["us"] = out.status, time.Since(start).Microseconds()
	s.log.line("rest", out.line)
}

// answered notes what is answered, for the log.
type answered struct {
	http.ResponseWriter
	status int
	line   doc
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// webApplication is what 3.11 answers to every path that it does not know,
// also below /api/v1: 200 and a page. Clients must look at the content type.
func webApplication(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	io.WriteString(w, "<!DOCTYPE html>\n<html>\n<head>\n<title>Lobby</title>\n</head>\n<body>\nThis workspace has no web application.\n</body>\n</html>\n")
}

// info tells an admin more than others, and then not where the others look.
func (s *Server) info(w http.ResponseWriter, r *http.Request) {
	var body doc
	s.do(func(t *tx) error {
		u, _ := t.byToken(r.Header.Get("X-Auth-Token"))
		body = t.presents(u.may("view-statistics") && u.ID == r.Header.Get("X-User-Id"))
		return nil
	})
	body["success"] = true
	respond(w, http.StatusOK, body)
}

// presents is what the server tells of itself.
func (w *world) presents(all bool) doc {
	version := w.as.String()
	switch {
	case all && w.does(tellsWholeVersion):
		return doc{"info": doc{"version": version}}
	case all:
		return doc{"version": version, "info": doc{"version": version}}
	case w.does(tellsWholeVersion):
		return doc{"version": version}
	}
	return doc{"version": w.as.trimmed(), "minimumClientVersions": doc{"desktop": "3.9.6", "mobile": "4.39.0"}}
}

func (s *Server) serve(rt *router, w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v1/")
	ro, params, known := rt.find(r.Method, path)
	switch {
	case !known && s.world.does(answersUnknownJSON): // the version never changes
		respond(w, http.StatusNotFound, doc{"status": "error", "message": "API endpoint does not exist"})
		return
	case !known:
		webApplication(w, r)
		return
	case r.Method == http.MethodOptions:
		s.preflight(w, r)
		return
	case ro == nil:
		respond(w, http.StatusMethodNotAllowed, doc{"status": "error", "message": "API endpoint does not exist"})
		return
	}
	c := &rest{r: r, path: params, query: r.URL.Query(), base: baseOf(r)}
	status, body := s.answer(ro, c, w)
	if a, ok := w.(*answered); ok {
		a.note(c, body)
	}
	respond(w, status, body)
}

func (a *answered) note(c *rest, body doc) {
	if c.user != nil {
		a.line["who"] = c.user.Username
	}
	if e, ok := body["error"]; ok {
		a.line["error"] = e
	}
}

func baseOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// answer reads the request, then works on the world alone.
func (s *Server) answer(ro *route, c *rest, w http.ResponseWriter) (status int, body doc) {
	s.allowOrigin(w.Header())
	early := s.read(ro, c, w)
	err := s.do(func(t *tx) error {
		c.tx = t
		c.identify()
		if err := s.limit(ro, c, w); err != nil {
			return err
		}
		if c.user == nil && !ro.public {
			return errLogin
		}
		if early != nil {
			return early
		}
		if ro.paid && !t.licensed {
			return errPaid
		}
		if want := schemas[ro.path]; want != nil && ro.verb == http.MethodPost && t.does(strictBodies) {
			if err := want.check(c.body); err != nil {
				return err
			}
		}
		var err error
		body, err = ro.handle(c)
		return err
	})
	if err != nil {
		return s.failure(err, ro)
	}
	if body == nil {
		body = doc{}
	}
	if !ro.bare {
		body["success"] = true
	}
	return http.StatusOK, body
}

// preflight answers a browser that asks before it calls from another site's page.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Access-Control-Request-Method") == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if !s.allowOrigin(w.Header()) {
		w.WriteHeader(http.StatusMethodNotAllowed)
		io.WriteString(w, `CORS not enabled. Go to "Admin > General > REST Api" to enable it.`)
		return
	}
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, HEAD, PATCH")
	w.WriteHeader(http.StatusOK)
}

// allowOrigin lets pages of other sites read the answer, when the workspace does.
func (s *Server) allowOrigin(h http.Header) (allowed bool) {
	s.do(func(t *tx) error {
		if allowed = t.on(setCORS); !allowed {
			return nil
		}
		origin, _ := t.settings[setOrigin].(string)
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Headers", "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token")
		if origin != "*" {
			h.Set("Vary", "Origin")
		}
		return nil
	})
	return allowed
}

func (s *Server) failure(err error, ro *route) (int, doc) {
	var late *limited
	if errors.As(err, &late) {
		return http.StatusTooManyRequests, doc{"success": false, "error": late.Error()}
	}
	var custom *statusError
	if errors.As(err, &custom) {
		return custom.status, custom.body
	}
	return restError(err, ro.whole)
}

// statusError is an answer with its own status and schema.
type statusError struct {
	status int
	body   doc
}

func (e *statusError) Error() string { return http.StatusText(e.status) }

// read takes in the body before the world is locked.
func (s *Server) read(ro *route, c *rest, w http.ResponseWriter) error {
	if ro.files {
		var err error
		c.form, err = readForm(c.r, s.opt.MaxFrame*8)
		return err
	}
	if c.r.Method == http.MethodGet {
		return nil
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, c.r.Body, s.opt.MaxFrame))
	if err != nil {
		return &statusError{http.StatusRequestEntityTooLarge, doc{"success": false, "error": "request entity too large"}}
	}
	if len(data) == 0 {
		c.body = args{}
		return nil
	}
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return c.readFields(string(data))
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return textError("Unexpected token in JSON: " + err.Error())
	}
	c.body, err = asArgs(v)
	return err
}

func (c *rest) readFields(data string) error {
	fields, err := url.ParseQuery(data)
	if err != nil {
		return textError(err.Error())
	}
	c.body = args{}
	for k := range fields {
		c.body[k] = fields.Get(k)
	}
	return nil
}

// identify finds the caller by its headers; both must fit.
func (c *rest) identify() {
	secret := c.r.Header.Get("X-Auth-Token")
	if secret == "" {
		return
	}
	u, _ := c.byToken(secret)
	if u != nil && u.ID == c.r.Header.Get("X-User-Id") {
		c.user, c.token = u, secret
	}
}

// limited is a call too many.
type limited struct {
	wait  time.Duration
	again string // what to wait for
}

func (e *limited) Error() string {
	return fmt.Sprintf("Error, too many requests. Please slow down. You must wait %d seconds before %s. [error-too-many-requests]", wholeSeconds(e.wait), e.again)
}

// limit counts the call by route, verb and address. The headers tell how many
// are left, and when the window ends: in milliseconds, unlike elsewhere.
func (s *Server) limit(ro *route, c *rest, w http.ResponseWriter) error {
	if s.limits.off || ro.free || fromInside(c.r) || !c.on(setLimiter) || c.user.may("api-bypass-rate-limit") {
		return nil
	}
	r := rate{c.number(setLimitCalls), time.Duration(c.number(setLimitTime)) * time.Millisecond}
	win, wait := s.limits.take(ro.verb+" "+ro.path+" "+address(c.r), r)
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(r.most))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(r.most-win.calls))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(win.start.Add(r.span).UnixMilli(), 10))
	if wait > 0 {
		return &limited{wait: wait, again: "trying this endpoint again"}
	}
	return nil
}

// address is where a request comes from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func respond(w http.ResponseWriter, status int, body doc) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(encode(body, plain))
}

// guard refuses a caller without all of the permissions: newer servers before
// the call, older ones in it.
func (c *rest) guard(permissions ...string) error {
	for _, p := range permissions {
		switch {
		case c.user.may(p):
		case c.does(guardsRoutes):
			return &statusError{http.StatusForbidden, doc{"success": false, "error": "User does not have the permissions required for this action [error-unauthorized]"}}
		default:
			return textError("error-not-authorized")
		}
	}
	return nil
}

// need refuses a caller without the permission.
func (c *rest) need(permission string) error {
	if !c.user.may(permission) {
		return errUnauthorized
	}
	return nil
}
