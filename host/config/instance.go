package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/bellhop-chat/bellhop/host/web"
)

// Instance says which plugin runs, how, and what it may do. It is one file in
// data/instances; the file's name is the instance's.
type Instance struct {
	Plugin   string          `yaml:"plugin"`      // the plugin's id
	Version  string          `yaml:"version"`     // "" means the newest that is installed
	Mode     string          `yaml:"mode"`        // off, shadow (default), confirm or on
	Zone     string          `yaml:"zone"`        // whose clock the plugin's schedules go by, such as Europe/Berlin; "" means UTC
	Secret   string          `yaml:"secret_file"` // file with what callers of its webhooks must know, starting at the data folder; "" means one that the store makes
	Settings json.RawMessage `yaml:"settings"`    // a JSON object, keys sorted; nil means none
	Grants   Grants          `yaml:"grants"`

	// Commands says who may use which of the plugin's commands: roles, and people as
	// "@alice", by the name of the command, or "*" for all others; an empty list means
	// nobody. Without it all agents may use all.
	Commands map[string][]string `yaml:"commands"`
}

// Grants is what a plugin may do, or in a manifest what it needs. A nil list
// of Departments, Tags, Fields or Mail sets no bound of that kind; Hosts are
// those that it names.
type Grants struct {
	Effects     []string `yaml:"effects"`     // kinds, such as forward
	Reads       []string `yaml:"reads"`       // kinds, such as classify, chat and chats
	Departments []string `yaml:"departments"` // that chats may be forwarded to
	Tags        []string `yaml:"tags"`        // that may be set
	Fields      []string `yaml:"fields"`      // of chats, that may be set
	Mail        []string `yaml:"mail"`        // addresses or @domains that mails and transcripts may go to
	Hosts       []string `yaml:"hosts"`       // that may be asked, such as api.example.com

	Rates map[string]string `yaml:"rates"` // how often effects of a kind may be asked for, as ParseRate reads it; without one, as often as the limits allow
}

// ParseRate reads how often, such as 100/1h.
func ParseRate(s string) (max int, span time.Duration, err error) {
	count, per, _ := strings.Cut(s, "/")
	n, errCount := strconv.ParseUint(strings.TrimSpace(count), 10, 31)
	span, errSpan := ParseDuration(strings.TrimSpace(per))
	if errCount != nil || n == 0 || errSpan != nil || span <= 0 || span > maxRateSpan {
		return 0, 0, fmt.Errorf("parse rate %q: write it like 100/1h, over at most 7 days", s)
	}
	return int(n), span, nil
}

const maxRateSpan = 7 * day

// Roles are those that commands can be left to.
var Roles = []string{"livechat-agent", "livechat-manager", "admin"}

// Modes are those that an instance can be in.
var Modes = []string{"off", "shadow", "confirm", "on"}

// InstanceError is what is wrong with one instance file.
type InstanceError struct {
	Name string
	Err  error // Faults, or why the file can't be read
}

func (e *InstanceError) Error() string { return fmt.Sprintf("read instance %s: %v", e.Name, e.Err) }

// Unwrap returns Err.
func (e *InstanceError) Unwrap() error { return e.Err }

const (
	instanceExt = ".yaml"
	backupExt   = ".bak"
)

var (
	plainName   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
)

// LoadInstances reads all instance files in dir, by name. A file at fault is
// an [InstanceError] and leaves the others alone. No folder means no instances.
func LoadInstances(dir string) (map[string]Instance, []error) {
	instances := map[string]Instance{}
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return instances, nil
	}
	if err != nil {
		return instances, []error{fmt.Errorf("read instances: %w", err)}
	}
	var errs []error
	for _, f := range files {
		name, ok := instanceName(f.Name())
		if !ok {
			continue
		}
		i, err := loadInstance(dir, f.Name(), name)
		if err != nil {
			errs = append(errs, &InstanceError{name, err})
			continue
		}
		instances[name] = i
	}
	return instances, errs
}

// instanceName tells instance files from backups and editors' leavings.
func instanceName(file string) (string, bool) {
	if strings.HasPrefix(file, ".") {
		return "", false
	}
	if name, ok := strings.CutSuffix(file, ".yml"); ok {
		return name, true // so that loadInstance can say what to do
	}
	return strings.CutSuffix(file, instanceExt)
}

func loadInstance(dir, file, name string) (Instance, error) {
	path := filepath.Join(dir, file)
	switch {
	case strings.HasSuffix(file, ".yml"):
		return Instance{}, fmt.Errorf("%s is not read: rename it to %s%s", file, name, instanceExt)
	case !plainName.MatchString(name):
		return Instance{}, fmt.Errorf("%q is no name for an instance: use a-z, 0-9, - and _", name)
	}
	data, err := readLimited(path)
	if err != nil {
		return Instance{}, err
	}
	return ParseInstance(path, data)
}

// ParseInstance reads the text of one instance file. The file's name stands in
// the faults only.
func ParseInstance(file string, data []byte) (Instance, error) {
	i := Instance{Mode: "shadow"}
	r := newReader(file)
	r.read(data, &i)
	r.checkInstance(i)
	if err := r.err(); err != nil {
		return Instance{}, err
	}
	return i, nil
}

func (r *reader) checkInstance(i Instance) {
	r.id("plugin", i.Plugin)
	r.oneOf("mode", i.Mode, Modes...)
	r.hosts("grants.hosts", i.Grants.Hosts)
	r.rates("grants.rates", i.Grants)
	if _, err := time.LoadLocation(i.Zone); err != nil || i.Zone == "Local" {
		r.fault("zone", fmt.Sprintf("%q is no time zone: write one such as Europe/Berlin", i.Zone))
	}
	for name, who := range i.Commands {
		for _, w := range who {
			if user, isUser := strings.CutPrefix(w, "@"); !slices.Contains(Roles, w) && (!isUser || user == "") {
				r.fault("commands."+name, fmt.Sprintf(`%q is neither one of the roles %s, nor a person: for the user %s write "@%s"`, w, strings.Join(Roles, ", "), w, w))
			}
		}
	}
	if i.Version != "" && !versionForm.MatchString(i.Version) {
		r.fault("version", fmt.Sprintf("%q is no version: write it like 1.0.0", i.Version))
	}
}

// rates checks how often a plugin may do something.
func (r *reader) rates(key string, g Grants) {
	for _, kind := range slices.Sorted(maps.Keys(g.Rates)) {
		if _, _, err := ParseRate(g.Rates[kind]); err != nil {
			r.fault(key+"."+kind, err.Error())
		}
		if !slices.Contains(g.Effects, kind) {
			r.fault(key+"."+kind, fmt.Sprintf("%q is not among the effects that stand beside it: there are %s", kind, strings.Join(g.Effects, ", ")))
		}
	}
}

// hosts checks those that a plugin may reach.
func (r *reader) hosts(key string, list []string) {
	for _, h := range list {
		if err := web.CheckGrant(h); err != nil {
			r.fault(key, err.Error())
		}
	}
}

func (r *reader) id(key, id string) {
	switch {
	case id == "" && r.lines[key] == 0:
		r.fault(key, "is missing: write the id of a plugin, such as forwarding")
	case !plainName.MatchString(id) && !r.faulty(key):
		r.fault(key, fmt.Sprintf("%q is no id: use a-z, 0-9, - and _", id))
	}
}

// faulty reports whether something was already said about the key.
func (r *reader) faulty(key string) bool {
	for _, f := range r.faults {
		if f.Key == key {
			return true
		}
	}
	return false
}

// SaveInstance writes an instance's file, readable by its owner only. The
// file appears whole or not at all; the former one stays beside it as .bak, and
// what it says of keys that stay as they are, with its comments, stays too.
func SaveInstance(dir, name string, i Instance) error {
	former, err := os.ReadFile(filepath.Join(dir, name+instanceExt))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("save instance %s: %w", name, err)
	}
	data, err := encodeInstance(name, i, former)
	if err != nil {
		return fmt.Errorf("save instance %s: %w", name, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("save instance %s: %w", name, err)
	}
	if err := replace(filepath.Join(dir, name+instanceExt), data); err != nil {
		return fmt.Errorf("save instance %s: %w", name, err)
	}
	return nil
}

func encodeInstance(name string, i Instance, former []byte) ([]byte, error) {
	if !plainName.MatchString(name) {
		return nil, fmt.Errorf("%q is no name for an instance: use a-z, 0-9, - and _", name)
	}
	if i.Mode == "" {
		i.Mode = "shadow"
	}
	now := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	add := func(key string, value *yaml.Node) { now.Content = append(now.Content, textNode(key), value) }
	add("plugin", textNode(i.Plugin))
	if i.Version != "" {
		add("version", textNode(i.Version))
	}
	add("mode", textNode(i.Mode))
	if i.Zone != "" {
		add("zone", textNode(i.Zone))
	}
	if i.Secret != "" {
		add("secret_file", textNode(i.Secret))
	}
	if len(i.Commands) > 0 {
		commands := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, name := range slices.Sorted(maps.Keys(i.Commands)) {
			commands.Content = append(commands.Content, textNode(name), textsNode(i.Commands[name]))
		}
		add("commands", commands)
	}
	if len(i.Settings) > 0 && !bytes.Equal(i.Settings, []byte("null")) {
		settings, err := yamlOf(i.Settings)
		if err != nil {
			return nil, fmt.Errorf("settings are not JSON: %w", err)
		}
		add("settings", settings)
	}
	if grants := i.Grants.node(); grants != nil {
		add("grants", grants)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(over(former, now)); err != nil {
		return nil, err
	}
	_, err := ParseInstance(name, b.Bytes()) // never write what would not be read
	return b.Bytes(), err
}

// over puts the values of a mapping over those of the file that was there, and
// keeps what the file says where it means the same.
func over(former []byte, now *yaml.Node) *yaml.Node {
	var doc yaml.Node
	if yaml.Unmarshal(former, &doc) != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return now
	}
	was := doc.Content[0]
	var content []*yaml.Node
	for n := 0; n+1 < len(was.Content); n += 2 {
		if value := valueOf(now, was.Content[n].Value); value != nil {
			content = append(content, was.Content[n], keptOr(was.Content[n+1], value))
		}
	}
	for n := 0; n+1 < len(now.Content); n += 2 {
		if valueOf(was, now.Content[n].Value) == nil {
			content = append(content, now.Content[n], now.Content[n+1])
		}
	}
	was.Content = content
	return &doc
}

// valueOf is what a mapping has under a key; nil when nothing.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for n := 0; n+1 < len(mapping.Content); n += 2 {
		if mapping.Content[n].Value == key {
			return mapping.Content[n+1]
		}
	}
	return nil
}

// keptOr is the former node if it means the same as the new one.
func keptOr(was, now *yaml.Node) *yaml.Node {
	var a, b any
	if was.Decode(&a) == nil && now.Decode(&b) == nil && reflect.DeepEqual(a, b) {
		return was
	}
	now.HeadComment, now.LineComment, now.FootComment = was.HeadComment, was.LineComment, was.FootComment
	return now
}

// node is nil if nothing is granted. An empty list stays: it allows nothing,
// where no list of departments, tags, fields or mail allows everything.
func (g Grants) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	v := reflect.ValueOf(g)
	for i := range v.NumField() {
		key := textNode(fieldName(v.Type().Field(i)))
		switch x := v.Field(i).Interface().(type) {
		case []string:
			if x != nil {
				n.Content = append(n.Content, key, textsNode(x))
			}
		case map[string]string:
			if len(x) > 0 {
				n.Content = append(n.Content, key, pairsNode(x))
			}
		}
	}
	if len(n.Content) == 0 {
		return nil
	}
	return n
}

func pairsNode(pairs map[string]string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		n.Content = append(n.Content, textNode(key), textNode(pairs[key]))
	}
	return n
}

// replace puts data in the place of a file by rename, and keeps the former one.
func replace(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already when all went well
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := keep(path); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// keep copies a file to .bak, so that there is no moment without the file.
func keep(path string) error {
	former, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	tmp := path + backupExt + ".new"
	if err := os.WriteFile(tmp, former, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path+backupExt)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
