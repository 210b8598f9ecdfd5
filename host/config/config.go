package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// Config is what config.yaml and the BELLHOP_* variables say. The file
// config.yaml at the top of the source tree describes every key.
type Config struct {
	Workspace         Workspace         `yaml:"workspace"`
	Data              string            `yaml:"data"`      // folder; default ./data
	Retention         time.Duration     `yaml:"retention"` // how long texts stay; default 30 days
	Sandbox           string            `yaml:"sandbox"`   // strict (default) or none
	Log               Log               `yaml:"log"`
	Alerts            Alerts            `yaml:"alerts"`
	WorkspaceWebhooks WorkspaceWebhooks `yaml:"workspace_webhooks"`
	Mail              Mail              `yaml:"mail"`
	Calls             Calls             `yaml:"calls"`
	PluginWebhooks    PluginWebhooks    `yaml:"plugin_webhooks"`
	Model             Model             `yaml:"model"`
	Web               Web               `yaml:"web"`
	Limits            Limits            `yaml:"limits"`
	Transcripts       Transcripts       `yaml:"transcripts"`
	Hours             map[string]Hours  `yaml:"hours"` // schedules by name
}

// Workspace says where the server is and who Bellhop is there. Either User and
// Password or UserID and Token are given.
type Workspace struct {
	URL          string        `yaml:"url"` // without a slash at its end
	User         string        `yaml:"user"`
	Password     Secret        `yaml:"password"`
	PasswordFile string        `yaml:"password_file"`
	UserID       string        `yaml:"user_id"`
	Token        Secret        `yaml:"token"`
	TokenFile    string        `yaml:"token_file"`
	CAFile       string        `yaml:"ca_file"`   // PEM; "" means the system's authorities
	Proxy        string        `yaml:"proxy"`     // URL; "" means HTTPS_PROXY and the like
	Reconcile    time.Duration `yaml:"reconcile"` // how often the chats are compared with the server's; default 1m
	Lease        time.Duration `yaml:"lease"`     // how long a host may be silent before another acts as the account; default 1m
}

// Log says what is logged and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info (default), warn or error
	Format string `yaml:"format"` // text (default) or json
}

// Alerts says who is told when somebody must act. Nobody need be.
type Alerts struct {
	Users []string `yaml:"users"` // usernames, by direct message
	Room  string   `yaml:"room"`  // name of a room that Bellhop's account is in
	Mail  string   `yaml:"mail"`  // address
}

// WorkspaceWebhooks is where the workspace's omnichannel webhooks come in. Without an
// Address none do.
type WorkspaceWebhooks struct {
	Address   string   `yaml:"address"` // to listen on, such as 127.0.0.1:8477
	Path      string   `yaml:"path"`    // below which nothing else is; default /
	Token     Secret   `yaml:"token"`   // the workspace's Secret Token; required
	TokenFile string   `yaml:"token_file"`
	CertFile  string   `yaml:"cert_file"` // PEM; with KeyFile, for TLS
	KeyFile   string   `yaml:"key_file"`
	Sources   []string `yaml:"sources"` // addresses or networks that may call; none means all
	Proxies   []string `yaml:"proxies"` // addresses or networks whose X-Forwarded-For is believed
}

// Mail is the server for outgoing mail. Without a Host no mail is sent.
type Mail struct {
	Host         string `yaml:"host"`
	Port         int    `yaml:"port"` // default 587
	Username     string `yaml:"username"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
	From         string `yaml:"from"` // address, also "Name <address>"
	TLS          string `yaml:"tls"`  // starttls (default), tls or none
}

// Calls says how call links are made. Without a Provider none are.
type Calls struct {
	Provider   string        `yaml:"provider"` // jitsi, bigbluebutton, template, workspace or rocketchat
	Link       string        `yaml:"link"`     // URL with {room}; default https://meet.jit.si/{room}; of BigBlueButton where it is
	AppID      string        `yaml:"app_id"`
	Secret     Secret        `yaml:"secret"`
	SecretFile string        `yaml:"secret_file"`
	Checksum   string        `yaml:"checksum"`     // of BigBlueButton: sha1, sha256 (default), sha384 or sha512
	Expiry     time.Duration `yaml:"expiry"`       // default 2h
	PublicURL  string        `yaml:"public_url"`   // of the page that learns who joins; "" means that there is none
	Address    string        `yaml:"address"`      // host:port of that page; default 127.0.0.1:8378
	MissedIn   time.Duration `yaml:"missed_after"` // default 3m
}

// PluginWebhooks says where other systems reach the webhooks of plugins. Without an Address nobody can.
type PluginWebhooks struct {
	Address  string `yaml:"address"`   // host:port, such as 127.0.0.1:8377
	Path     string `yaml:"path"`      // before all paths, such as /bellhop; "" means none
	CertFile string `yaml:"cert_file"` // PEM, with KeyFile: TLS; "" means none
	KeyFile  string `yaml:"key_file"`
}

// Model says who tells plugins what texts say. An OpenAI-compatible endpoint is asked first;
// without a BaseURL none is.
type Model struct {
	BaseURL string        `yaml:"base_url"`
	Key     Secret        `yaml:"key"`
	KeyFile string        `yaml:"key_file"`
	Name    string        `yaml:"name"`
	Timeout time.Duration `yaml:"timeout"` // default 20s

	DailyTokens int `yaml:"daily_tokens"` // spent in a day (UTC) by all instances; default 0, which sets no bound

	TopicsFile string `yaml:"topics_file"` // learned by bellhop topics train; "" means what the workspace's chats taught
	Learn      string `yaml:"learn"`       // from the workspace's chats: nightly (default) or off
}

// Web says what of other systems plugins can reach. Which of them each may ask
// stands in its grants.
type Web struct {
	Private []string `yaml:"private"` // hosts that may have addresses that are not public
}

// Limits are the hard limits of every instance.
type Limits struct {
	ForwardsIn10m     int           `yaml:"forwards_in_10m"`     // automatic forwards of one chat in 10 minutes; default 1
	ForwardsPerChat   int           `yaml:"forwards_per_chat"`   // automatic forwards of one chat; default 3
	ForwardsPerMinute int           `yaml:"forwards_per_minute"` // forwards of one instance in a minute; default 20
	Deadline          time.Duration `yaml:"deadline"`            // of one handler; default 5s
	MemoryMiB         int           `yaml:"memory_mib"`          // of one worker; default 256
	StoreMiB          int           `yaml:"store_mib"`           // of the store's file; default 0, which sets no bound
}

// Transcripts says how transcripts look.
type Transcripts struct {
	Name   string `yaml:"name"`   // whose transcript it is; "" means the workspace's own name
	Zone   string `yaml:"zone"`   // of the times in it, such as Europe/Berlin; default UTC
	Logo   string `yaml:"logo"`   // PNG or JPEG file; "" means none
	Colour string `yaml:"colour"` // of names, such as #175aa8, which "" means
	Footer string `yaml:"footer"` // a line at the foot of each page; "" means none

	// SystemFonts uses this machine's fonts for what Bellhop's own lack; default true.
	SystemFonts bool `yaml:"system_fonts"`

	// Redact hides cards, accounts, mail addresses and phone numbers in them; default false.
	Redact bool `yaml:"redact"`
}

// Hours is a schedule of opening hours as written; package hours understands it.
type Hours struct {
	Zone     string            `yaml:"zone"`     // such as Europe/Berlin
	Days     map[string]string `yaml:"days"`     // "mon-fri": "09:00-17:30"
	Holidays []string          `yaml:"holidays"` // countries whose holidays are closed, such as de
	Closed   []string          `yaml:"closed"`   // dates, such as 2026-12-24
	Open     map[string]string `yaml:"open"`     // 2026-12-23: "10:00-14:00"
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Workspace:         Workspace{Reconcile: time.Minute, Lease: time.Minute},
		Data:              "./data",
		Retention:         30 * day,
		Sandbox:           "strict",
		Log:               Log{Level: "info", Format: "text"},
		WorkspaceWebhooks: WorkspaceWebhooks{Path: "/"},
		Mail:              Mail{Port: 587, TLS: "starttls"},
		Calls:             Calls{Link: "https://meet.jit.si/{room}", Expiry: 2 * time.Hour, Address: "127.0.0.1:8378", MissedIn: 3 * time.Minute},
		Model:             Model{Timeout: 20 * time.Second, Learn: "nightly"},
		Limits:            Limits{ForwardsIn10m: 1, ForwardsPerChat: 3, ForwardsPerMinute: 20, Deadline: 5 * time.Second, MemoryMiB: 256},
		Transcripts:       Transcripts{Zone: "UTC", SystemFonts: true},
	}
}

// Load reads the file and then the BELLHOP_* variables: workspace.url is
// BELLHOP_WORKSPACE_URL, and so on for every key outside hours. The path ""
// means the variables alone. Relative paths in the file start at its folder.
// The error is [Faults] when something is wrong with what is written.
func Load(path string) (Config, error) {
	c := Default()
	r := newReader(path)
	if path != "" {
		data, err := readLimited(path)
		if errors.Is(err, fs.ErrNotExist) {
			return Config{}, fmt.Errorf("read config %s: %w: copy the config.yaml of the sources there, or set BELLHOP_* variables and name no file", path, fs.ErrNotExist)
		}
		if err != nil {
			return Config{}, fmt.Errorf("read config %s: %w", path, err)
		}
		r.read(data, &c)
	}
	r.overlay(&c)
	c.Workspace.URL = strings.TrimRight(c.Workspace.URL, "/")
	r.place(&c, filepath.Dir(path))
	r.secrets(&c)
	r.check(&c)
	return c, r.err()
}

// overlay puts the BELLHOP_* variables over what the file says. An empty
// variable is none.
func (r *reader) overlay(c *Config) {
	v := viper.New()
	v.SetEnvPrefix(strings.TrimSuffix(envPrefix, "_"))
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	v.AutomaticEnv()
	known := map[string]bool{}
	for _, l := range leaves(c) {
		known[variable(l.key)] = true
		text := v.GetString(l.key)
		if text == "" {
			continue
		}
		r.env[l.key] = true
		if says := set(l.value, text); says != "" {
			r.fault(l.key, says)
		}
	}
	r.unknownVariables(known)
}

// unknownVariables reports variables that begin as ours do and are none.
func (r *reader) unknownVariables(known map[string]bool) {
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, envPrefix) || value == "" || known[name] || byKubernetes(name, value) {
			continue
		}
		hint := cmp.Or(renamed(name), suggest(name, slices.Sorted(maps.Keys(known))))
		if hint == "" {
			hint = ": config.yaml names every key, or take it out of the environment"
		}
		r.fault(name, "there is no such variable"+hint)
	}
}

// byKubernetes knows the variables that every container gets for a service
// which is called bellhop: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
func byKubernetes(name, value string) bool {
	return strings.Contains(name, "_SERVICE_HOST") || strings.Contains(name, "_SERVICE_PORT") ||
		strings.Contains(name, "_PORT_") || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}

// place makes relative paths of the file start at its folder.
func (r *reader) place(c *Config, folder string) {
	paths := map[string]*string{
		"data": &c.Data, "workspace.password_file": &c.Workspace.PasswordFile, "workspace.token_file": &c.Workspace.TokenFile,
		"workspace.ca_file": &c.Workspace.CAFile, "mail.password_file": &c.Mail.PasswordFile,
		"calls.secret_file": &c.Calls.SecretFile, "model.key_file": &c.Model.KeyFile, "model.topics_file": &c.Model.TopicsFile,
		"transcripts.logo": &c.Transcripts.Logo, "workspace_webhooks.token_file": &c.WorkspaceWebhooks.TokenFile,
		"workspace_webhooks.cert_file": &c.WorkspaceWebhooks.CertFile, "workspace_webhooks.key_file": &c.WorkspaceWebhooks.KeyFile,
		"plugin_webhooks.cert_file": &c.PluginWebhooks.CertFile, "plugin_webhooks.key_file": &c.PluginWebhooks.KeyFile,
	}
	for key, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) && !r.env[key] {
			*p = filepath.Join(folder, *p)
		}
	}
}

// Ready says what is missing to log in to the workspace, and where to write it.
func (w Workspace) Ready() error {
	switch {
	case w.URL == "":
		return errors.New("no workspace: set workspace.url in config.yaml or BELLHOP_WORKSPACE_URL")
	case w.UserID != "" && w.Token != "", w.User != "" && w.Password != "":
		return nil
	case w.UserID != "":
		return errors.New("no token for the workspace: set BELLHOP_WORKSPACE_TOKEN or workspace.token_file")
	case w.User != "":
		return errors.New("no password for the workspace: set BELLHOP_WORKSPACE_PASSWORD or workspace.password_file")
	case w.Token != "":
		return errors.New("a token needs its user: set workspace.user_id or BELLHOP_WORKSPACE_USER_ID")
	}
	return errors.New("nobody to log in as: set BELLHOP_WORKSPACE_USER_ID and BELLHOP_WORKSPACE_TOKEN, or BELLHOP_WORKSPACE_USER and BELLHOP_WORKSPACE_PASSWORD")
}

// String is the configuration as YAML, without its secrets.
func (c Config) String() string {
	for _, l := range leaves(&c) {
		if s, ok := l.value.Interface().(string); ok {
			l.value.SetString(redact(s))
		}
	}
	out, err := yaml.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// GoString is String, so that %#v shows no secret either.
func (c Config) GoString() string { return c.String() }
