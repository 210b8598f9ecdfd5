package ddp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// handshakeWait is how long the server may take to answer our connect, or as
// long as a peer may be silent afterwards if that is shorter.
const handshakeWait = 20 * time.Second

// Dial connects and shakes hands. It starts nothing: call Run. Its errors are
// *UnreachableError (no connection), *NotDDPError (something else answers) and
// *VersionError (the server speaks another DDP).
func Dial(ctx context.Context, opt Options) (*Conn, error) {
	c := newConn(opt)
	addr, err := endpoint(opt.URL)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(handshakeWait, c.silence()))
	defer cancel()
	if c.ws, err = c.open(ctx, addr); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.ws.Close() })
	err = c.shake(addr)
	if !stop() {
		c.ws.Close()
		return nil, &UnreachableError{URL: addr, Err: ctx.Err()}
	}
	if err != nil {
		c.ws.Close()
		return nil, err
	}
	return c, nil
}

// endpoint is the websocket's address of a workspace.
func endpoint(workspace string) (string, error) {
	u, err := url.Parse(workspace)
	if err != nil {
		return "", fmt.Errorf("read workspace url: %w", err)
	}
	switch u.Scheme {
	case "http", "ws":
		u.Scheme = "ws"
	case "https", "wss":
		u.Scheme = "wss"
	default:
		return "", fmt.Errorf("read workspace url %q: it must begin with https:// or http://", workspace)
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	if !strings.HasSuffix(u.Path, "/websocket") {
		u = u.JoinPath("websocket")
	}
	return u.String(), nil
}

func (c *Conn) open(ctx context.Context, addr string) (*websocket.Conn, error) {
	d := websocket.Dialer{TLSClientConfig: c.opt.TLS, Proxy: c.opt.Proxy, NetDialContext: c.opt.dial}
	if d.Proxy == nil {
		d.Proxy = http.ProxyFromEnvironment
	}
	if err := c.throughTLS(&d, addr); err != nil {
		return nil, err
	}
	ws, resp, err := d.DialContext(ctx, addr, nil)
	if err == nil {
		ws.SetReadLimit(c.opt.ReadLimit)
		return ws, nil
	}
	if resp == nil {
		return nil, &UnreachableError{URL: addr, Err: err}
	}
	return nil, &NotDDPError{URL: addr, Status: resp.StatusCode, Type: resp.Header.Get("Content-Type"), Location: resp.Header.Get("Location")}
}

// shake says connect and waits for the answer, over whatever else comes first:
// Meteor greets with {"server_id":"0"}.
func (c *Conn) shake(addr string) error {
	hello := map[string]any{"msg": "connect", "version": "1", "support": []string{"1"}}
	if err := c.send(hello); err != nil {
		return &UnreachableError{URL: addr, Err: err}
	}
	for range 100 {
		data, err := c.next()
		if err != nil {
			return &NotDDPError{URL: addr, Err: err}
		}
		f, err := parse(data)
		if err != nil {
			return &NotDDPError{URL: addr, Err: err}
		}
		switch f.Msg {
		case "connected":
			c.session = f.Session
			return nil
		case "failed":
			return &VersionError{URL: addr, Offered: f.Version}
		case "error":
			return &NotDDPError{URL: addr, Err: errors.New(f.Reason)}
		}
	}
	return &NotDDPError{URL: addr, Err: errors.New("no answer among the first 100 frames")}
}
