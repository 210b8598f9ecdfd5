package ddp

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"
)

// throughTLS has the dialer speak TLS with a proxy whose URL begins with https,
// as package net/http does. The websocket's package knows only proxies that are
// spoken to in the clear; all that it dials is the proxy.
func (c *Conn) throughTLS(d *websocket.Dialer, addr string) error {
	u, err := url.Parse(strings.Replace(addr, "ws", "http", 1))
	if err != nil {
		return fmt.Errorf("read websocket's address: %w", err)
	}
	proxy, err := d.Proxy(&http.Request{URL: u, Host: u.Host})
	if err != nil || proxy == nil || proxy.Scheme != "https" {
		return nil // the dialer says what is wrong with it
	}
	plain := *proxy
	plain.Scheme, plain.Host = "http", net.JoinHostPort(proxy.Hostname(), cmp.Or(proxy.Port(), "443"))
	d.Proxy = http.ProxyURL(&plain)
	config := &tls.Config{}
	if c.opt.TLS != nil {
		config = c.opt.TLS.Clone()
	}
	config.ServerName, config.NextProtos = proxy.Hostname(), nil
	d.NetDialContext = (&tls.Dialer{Config: config}).DialContext
	return nil
}
