package web

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// A grant of a host is its name, as in api.example.com, or *.example.com for
// all names below one; with its port, if that is not the scheme's own; and with
// http:// before it where what is said may be read on the way.

// CheckGrant says what is wrong with a granted host.
func CheckGrant(grant string) error {
	scheme, host, port := parts(grant)
	name := strings.TrimPrefix(host, "*.")
	switch {
	case scheme != "https" && scheme != "http":
		return fmt.Errorf("%q is no host: write it like api.example.com, or http://api.example.com where it knows no https", grant)
	case strings.ContainsAny(host, "/?#@ ") || strings.ContainsAny(port, "/?#@ "):
		return fmt.Errorf("%q is more than a host: write it like api.example.com", grant)
	case name == "" || name != host && !strings.Contains(name, "."):
		return fmt.Errorf("%q is too wide: write it like api.example.com or *.example.com", grant)
	case strings.Contains(name, "*"):
		return fmt.Errorf("%q: only the beginning may be *. and then stands for all names below", grant)
	}
	_, err := plainHost(name)
	return err
}

// CheckHost says what is wrong with the name or the address of a host.
func CheckHost(host string) error {
	_, err := plainHost(strings.Trim(host, "[]"))
	return err
}

// Granted reports whether one of the grants covers the URL.
func Granted(grants []string, u *url.URL) bool {
	host, err := plainHost(u.Hostname())
	return err == nil && slices.ContainsFunc(grants, func(grant string) bool {
		scheme, name, port := parts(grant)
		return scheme == u.Scheme && port == portOf(u) && matches(name, host)
	})
}

// parts takes a grant apart.
func parts(grant string) (scheme, host, port string) {
	scheme, rest, named := strings.Cut(grant, "://")
	if !named {
		scheme, rest = "https", grant
	}
	u := url.URL{Scheme: strings.ToLower(scheme), Host: strings.TrimSuffix(rest, "/")}
	return u.Scheme, u.Hostname(), portOf(&u)
}

// portOf is the URL's port, or its scheme's.
func portOf(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// matches reports whether the granted name is the host's.
func matches(granted, host string) bool {
	below, wide := strings.CutPrefix(granted, "*.")
	name, err := plainHost(below)
	switch {
	case err != nil:
		return false
	case wide:
		return strings.HasSuffix(host, "."+name)
	}
	return name == host
}

// plainHost is a host as it is asked for: in lower case, in ASCII, without a
// dot at its end. Numbers that a resolver would take for an address and this
// package would not are refused.
func plainHost(host string) (string, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.String(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || name == "" {
		return "", fmt.Errorf("%.80q is no name of a host", host)
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", fmt.Errorf("%.80q is neither a name nor an address: write addresses like 192.0.2.1", host)
	}
	return name, nil
}

// parseURL reads an absolute URL. The error shows no more of it than its host.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err // without the URL, in which there may be a key
		}
		return nil, fmt.Errorf("it is no URL: %w", err)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, errors.New("it is no URL of the web: write it like https://api.example.com/customers/7")
	case u.User != nil:
		return nil, fmt.Errorf("the URL of %s holds a password: send it in a header", u.Hostname())
	}
	if _, err := plainHost(u.Hostname()); err != nil {
		return nil, err
	}
	return u, nil
}
