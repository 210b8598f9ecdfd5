package web

import (
	"fmt"
	"net/netip"
)

// special are the ranges that lead to no host of the public internet: the
// registries of IANA for IPv4 and IPv6 special-purpose addresses, with the
// multicast ones. Of IPv6 only 2000::/3 has been given out at all.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

var (
	givenOut = netip.MustParsePrefix("2000::/3")
	nat64    = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the last four bytes are an IPv4 address
)

func prefixes(all ...string) []netip.Prefix {
	var made []netip.Prefix
	for _, p := range all {
		made = append(made, netip.MustParsePrefix(p))
	}
	return made
}

// public reports whether the address belongs to the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !givenOut.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

// checkAddress says why a connection to the address of a host is not made.
func checkAddress(host, address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s has the address %.60q, which is none", host, address)
	}
	if !public(to.Addr()) {
		return &privateError{host, to.Addr()}
	}
	return nil
}

// privateError says that a host has an address that is not public.
type privateError struct {
	host    string
	address netip.Addr
}

func (e *privateError) Error() string {
	return fmt.Sprintf("%s has the address %s, which is not public: if plugins may reach it, name %s under web.private in config.yaml", e.host, e.address, e.host)
}
