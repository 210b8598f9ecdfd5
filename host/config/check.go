package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are checked on machines without a zone database too
	"unicode"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/host/web"
)

// check reports the values that are out of range.
func (r *reader) check(c *Config) {
	r.checkWorkspace(c.Workspace)
	r.checkMail(c.Mail)
	r.checkAlerts(c.Alerts, c.Mail)
	r.checkWebhooks(c.WorkspaceWebhooks)
	r.checkCalls(c.Calls)
	r.checkHooks(c.PluginWebhooks)
	r.checkModel(c.Model)
	r.checkWeb(c.Web)
	r.checkLimits(c.Limits)
	r.oneOf("sandbox", c.Sandbox, "strict", "none")
	r.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	r.oneOf("log.format", c.Log.Format, "text", "json")
	r.duration("retention", c.Retention, time.Hour, 10*365*day)
	r.checkTranscripts(c.Transcripts)
	if c.Data == "" {
		r.fault("data", "wants a folder such as ./data")
	}
	for name, h := range c.Hours {
		r.checkHours("hours."+name, name, h)
	}
}

func (r *reader) checkWorkspace(w Workspace) {
	r.url("workspace.url", w.URL, "http", "https")
	r.url("workspace.proxy", w.Proxy, "http", "https", "socks5")
	r.duration("workspace.reconcile", w.Reconcile, 5*time.Second, time.Hour)
	r.duration("workspace.lease", w.Lease, 20*time.Second, 10*time.Minute)
	if w.UserID != "" && w.User != "" {
		r.fault("workspace.user_id", "is given together with workspace.user: keep user_id with a token, or user with a password")
	}
}

func (r *reader) checkMail(m Mail) {
	r.oneOf("mail.tls", m.TLS, "starttls", "tls", "none")
	r.number("mail.port", m.Port, 1, 65535)
	if _, err := mail.ParseAddress(m.From); m.From != "" && err != nil {
		r.fault("mail.from", fmt.Sprintf("%q is not an address: write help@example.com or Help <help@example.com>", m.From))
	}
	switch {
	case m.Host == "":
	case strings.ContainsAny(m.Host, ":/@ ") && net.ParseIP(m.Host) == nil:
		r.fault("mail.host", fmt.Sprintf("%q is not a host name: write the name alone, the port goes into mail.port", m.Host))
	case m.From == "":
		r.fault("mail.from", "is missing: write the address that mail comes from")
	}
	if m.Username != "" && m.TLS == "none" && !loopback(m.Host) {
		r.fault("mail.tls", "none would send the password readable: write starttls or tls")
	}
}

func (r *reader) checkAlerts(a Alerts, m Mail) {
	for _, u := range a.Users {
		if name := strings.TrimPrefix(u, "@"); name == "" || strings.ContainsAny(name, "@# /") {
			r.fault("alerts.users", fmt.Sprintf("%q is no username: write names such as ana", u))
		}
	}
	if strings.ContainsAny(strings.TrimPrefix(a.Room, "#"), "#@ /") {
		r.fault("alerts.room", fmt.Sprintf("%q is no room: write its name, such as support-leads", a.Room))
	}
	switch _, err := mail.ParseAddress(a.Mail); {
	case a.Mail == "":
	case err != nil:
		r.fault("alerts.mail", fmt.Sprintf("%q is not an address: write ops@example.com", a.Mail))
	case m.Host == "":
		r.fault("alerts.mail", "needs a mail server: write its name into mail.host")
	}
}

func (r *reader) checkWebhooks(w WorkspaceWebhooks) {
	for key, list := range map[string][]string{"workspace_webhooks.sources": w.Sources, "workspace_webhooks.proxies": w.Proxies} {
		for _, text := range list {
			if _, err := Network(text); err != nil {
				r.fault(key, fmt.Sprintf("%q is no address or network: write them like 192.0.2.10 or 10.0.0.0/8", text))
			}
		}
	}
	if w.Address == "" {
		return
	}
	if _, port, err := net.SplitHostPort(w.Address); err != nil || port == "" {
		r.fault("workspace_webhooks.address", fmt.Sprintf("%q is no address to listen on: write it like 127.0.0.1:8477", w.Address))
	}
	if !strings.HasPrefix(w.Path, "/") || strings.ContainsAny(w.Path, "?# ") {
		r.fault("workspace_webhooks.path", fmt.Sprintf("%q is no path: write it like /rocketchat", w.Path))
	}
	if len(w.Token) < minToken {
		r.fault("workspace_webhooks.token", fmt.Sprintf("wants at least %d characters, or anybody could guess it: write one into workspace_webhooks.token_file, and the same in Omnichannel, Webhooks, Secret Token", minToken))
	}
	if (w.CertFile == "") != (w.KeyFile == "") {
		r.fault("workspace_webhooks.cert_file", "and workspace_webhooks.key_file belong together: give both, or neither where a proxy speaks TLS")
	}
}

const minToken = 16 // characters

// Network reads an address, which is a network of one, or a network.
func Network(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

func (r *reader) checkCalls(c Calls) {
	r.oneOf("calls.provider", c.Provider, "", "jitsi", "bigbluebutton", "template", "workspace", "rocketchat")
	r.oneOf("calls.checksum", c.Checksum, "", "sha1", "sha256", "sha384", "sha512")
	r.duration("calls.expiry", c.Expiry, time.Minute, 7*day)
	r.duration("calls.missed_after", c.MissedIn, 30*time.Second, time.Hour)
	if check := r.callChecks()[c.Provider]; check != nil {
		check(c)
	}
	if c.PublicURL == "" {
		return
	}
	switch c.Provider {
	case "":
		r.fault("calls.public_url", "leads to no calls: write a provider, or take it out")
	case "rocketchat":
		r.fault("calls.public_url", "can't stand before the workspace's own conferences: take it out")
	}
	r.callURL("calls.public_url", c.PublicURL)
	if strings.ContainsAny(c.PublicURL, "?#{}") {
		r.fault("calls.public_url", fmt.Sprintf("%q is more than an address and a path: write it like https://calls.example.com", c.PublicURL))
	}
	if _, port, err := net.SplitHostPort(c.Address); err != nil || port == "" {
		r.fault("calls.address", fmt.Sprintf("%q is no address to listen on: write it like 127.0.0.1:8378", c.Address))
	}
}

// callChecks are what each provider wants.
func (r *reader) callChecks() map[string]func(Calls) {
	own := func(c Calls) {
		if c.Secret != "" || c.AppID != "" {
			r.fault("calls.provider", "is the workspace itself, which has tickets of its own: take out app_id and secret")
		}
	}
	return map[string]func(Calls){"rocketchat": own, "workspace": own, "template": r.checkCallLink, "jitsi": r.checkJitsi, "bigbluebutton": r.checkBigBlueButton}
}

func (r *reader) checkCallLink(c Calls) {
	if !strings.Contains(c.Link, "{room}") {
		r.fault("calls.link", fmt.Sprintf("%q has no {room}: write it like https://meet.jit.si/{room}", c.Link))
	}
	r.callURL("calls.link", strings.ReplaceAll(c.Link, "{room}", "room"))
}

func (r *reader) checkJitsi(c Calls) {
	r.checkCallLink(c)
	if (c.Secret != "") != (c.AppID != "") {
		r.fault("calls.app_id", "and calls.secret belong together: give both, or neither for a server that admits everybody")
	}
}

func (r *reader) checkBigBlueButton(c Calls) {
	if strings.Contains(c.Link, "{room}") {
		r.fault("calls.link", "is where BigBlueButton is, without a room: write it like https://bbb.example.com/bigbluebutton/, as bbb-conf --secret tells")
		return
	}
	r.callURL("calls.link", c.Link)
	if c.Secret == "" {
		r.fault("calls.secret", "is missing: write BigBlueButton's shared secret, which bbb-conf --secret tells, into calls.secret_file")
	}
}

// callURL wants an encrypted way, but to this machine.
func (r *reader) callURL(key, link string) {
	if u, err := url.Parse(link); err == nil && loopback(u.Hostname()) {
		r.url(key, link, "https", "http")
		return
	}
	r.url(key, link, "https")
}

func (r *reader) checkHooks(h PluginWebhooks) {
	_, port, err := net.SplitHostPort(h.Address)
	if n, bad := strconv.Atoi(port); h.Address != "" && (err != nil || bad != nil || n < 0 || n > 65535) {
		r.fault("plugin_webhooks.address", fmt.Sprintf("%q is no address: write it like 127.0.0.1:8377", h.Address))
	}
	if h.Path != "" && (!strings.HasPrefix(h.Path, "/") || strings.HasSuffix(h.Path, "/") || strings.ContainsAny(h.Path, "?#{} ")) {
		r.fault("plugin_webhooks.path", fmt.Sprintf("%q is no path: write it like /bellhop", h.Path))
	}
	if (h.CertFile == "") != (h.KeyFile == "") {
		r.fault("plugin_webhooks.cert_file", "needs a key, and a key needs it: give cert_file and key_file")
	}
}

func (r *reader) checkModel(m Model) {
	r.url("model.base_url", m.BaseURL, "http", "https")
	r.duration("model.timeout", m.Timeout, time.Second, 10*time.Minute)
	r.number("model.daily_tokens", m.DailyTokens, 0, 1_000_000_000)
	r.oneOf("model.learn", m.Learn, "nightly", "off")
	if m.BaseURL != "" && m.Name == "" {
		r.fault("model.name", "is missing: write the name of a model that model.base_url serves")
	}
}

func (r *reader) checkWeb(w Web) {
	for _, h := range w.Private {
		if err := web.CheckHost(h); err != nil {
			r.fault("web.private", err.Error())
		}
	}
}

func (r *reader) checkTranscripts(t Transcripts) {
	r.zone("transcripts.zone", t.Zone)
	if digits, found := strings.CutPrefix(t.Colour, "#"); t.Colour != "" {
		if _, err := strconv.ParseUint(digits, 16, 32); err != nil || !found || len(digits) != 6 {
			r.fault("transcripts.colour", fmt.Sprintf("%q is no colour: write it in quotes like \"#175aa8\"", t.Colour))
		}
	}
}

func (r *reader) checkLimits(l Limits) {
	r.number("limits.forwards_in_10m", l.ForwardsIn10m, 1, 10)
	r.number("limits.forwards_per_chat", l.ForwardsPerChat, 1, 100)
	r.number("limits.forwards_per_minute", l.ForwardsPerMinute, 1, 1000)
	r.duration("limits.deadline", l.Deadline, 10*time.Millisecond, time.Minute)
	r.number("limits.memory_mib", l.MemoryMiB, 64, 16384)
	r.number("limits.store_mib", l.StoreMiB, 0, 1<<20)
}

const maxScheduleName = 63 // characters

// isScheduleName is no regular expression: one with so many letters takes
// milliseconds and a megabyte at every start, that of each worker too.
func isScheduleName(name string) bool {
	for i, r := range name {
		if !unicode.In(r, unicode.L, unicode.N) && (i == 0 || !strings.ContainsRune(" _-", r)) {
			return false
		}
	}
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxScheduleName
}

func (r *reader) checkHours(key, name string, h Hours) {
	if !isScheduleName(name) {
		r.fault(key, fmt.Sprintf("%q is no name for a schedule: use letters, digits, spaces, - and _", name))
	}
	if h.Zone == "" {
		r.fault(key+".zone", "is missing: write a zone such as Europe/Berlin or UTC")
	} else {
		r.zone(key+".zone", h.Zone)
	}
	if len(h.Days) == 0 && len(h.Open) == 0 {
		r.fault(key+".days", `is missing: write the opening hours like {mon-fri: "09:00-17:30"}`)
	}
}

func (r *reader) oneOf(key, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	if allowed[0] == "" {
		allowed = allowed[1:]
	}
	last := len(allowed) - 1
	r.fault(key, fmt.Sprintf("wants %s or %s, not %q", strings.Join(allowed[:last], ", "), allowed[last], value))
}

func (r *reader) duration(key string, d, least, most time.Duration) {
	if d < least || d > most {
		r.fault(key, fmt.Sprintf("wants from %s to %s, not %s", short(least), short(most), short(d)))
	}
}

// short writes durations as people would: 2h, not 2h0m0s.
func short(d time.Duration) string {
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func (r *reader) number(key string, n, least, most int) {
	if n < least || n > most {
		r.fault(key, fmt.Sprintf("wants from %d to %d, not %d", least, most, n))
	}
}

func (r *reader) zone(key, name string) {
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		r.fault(key, fmt.Sprintf("%q is no time zone: write one such as Europe/Berlin or UTC", name))
	}
}

func (r *reader) url(key, s string, schemes ...string) {
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		r.fault(key, fmt.Sprintf("%q is not a URL: write it like %s://chat.example.com", redact(s), schemes[len(schemes)-1]))
	case !slices.Contains(schemes, u.Scheme):
		r.fault(key, fmt.Sprintf("%q begins with %s: it must be %s", redact(s), u.Scheme, strings.Join(schemes, " or ")))
	case u.User != nil && key != "workspace.proxy":
		r.fault(key, "holds a user name: take it out, logins have keys of their own")
	case (u.RawQuery != "" || u.Fragment != "") && key != "calls.link":
		r.fault(key, fmt.Sprintf("%q has a part after ? or #: take it out", s))
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
