package config

import (
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Secret is a text that is never printed, logged or encoded.
type Secret string

const hidden = "(secret)"

// Reveal returns the secret itself. It belongs in a login, nowhere else.
func (s Secret) Reveal() string { return string(s) }

// String is "(secret)", or "" if there is none.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// LogValue is the configuration by keys, without its secrets.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, l := range leaves(&c) {
		switch v := l.value.Interface().(type) {
		case string:
			attrs = append(attrs, slog.String(l.key, redact(v)))
		default:
			attrs = append(attrs, slog.Any(l.key, v))
		}
	}
	return slog.GroupValue(attrs...)
}

// redact hides the password in a URL, such as a proxy's.
func redact(s string) string {
	if !strings.Contains(s, "@") || !strings.Contains(s, "://") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		return hidden
	}
	return u.Redacted()
}

// secrets reads the *_file keys. The variables go before the file: with
// BELLHOP_MAIL_PASSWORD set, mail.password_file is not even opened.
func (r *reader) secrets(c *Config) {
	for _, s := range []struct {
		key   string
		value *Secret
		file  *string
	}{
		{"workspace.password", &c.Workspace.Password, &c.Workspace.PasswordFile},
		{"workspace.token", &c.Workspace.Token, &c.Workspace.TokenFile},
		{"workspace_webhooks.token", &c.WorkspaceWebhooks.Token, &c.WorkspaceWebhooks.TokenFile},
		{"mail.password", &c.Mail.Password, &c.Mail.PasswordFile},
		{"calls.secret", &c.Calls.Secret, &c.Calls.SecretFile},
		{"model.key", &c.Model.Key, &c.Model.KeyFile},
	} {
		fileKey := s.key + "_file"
		switch {
		case *s.file == "", r.env[s.key] && !r.env[fileKey]:
			continue
		case *s.value != "" && r.env[s.key] == r.env[fileKey]:
			r.fault(fileKey, "is given together with "+s.key+": keep one of them")
			continue
		}
		secret, err := readSecret(*s.file)
		if err != nil {
			r.fault(fileKey, err.Error())
		}
		*s.value = secret
	}
}

// ReadSecret reads a file that holds a secret alone.
func ReadSecret(path string) (Secret, error) { return readSecret(path) }

func readSecret(path string) (Secret, error) {
	data, err := readLimited(path)
	if err != nil {
		return "", err
	}
	s := strings.TrimSpace(string(data))
	switch {
	case s == "":
		return "", errors.New(filepath.Base(path) + " is empty: write the secret into it")
	case strings.ContainsAny(s, "\n\x00"):
		return "", errors.New(filepath.Base(path) + " has more than one line: it must hold the secret alone")
	}
	return Secret(s), nil
}

// maxFile is the size up to which files are read, in bytes.
const maxFile = 1 << 20

var errTooLarge = errors.New("the file is larger than 1 MiB")

func readLimited(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a folder: name a file")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxFile:
		return nil, errTooLarge
	}
	return os.ReadFile(path)
}
