package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/store"
)

// doorbell is where the workspace's webhooks come in.
type doorbell struct {
	listener net.Listener
	server   *http.Server
	log      *slog.Logger
}

// newDoorbell listens where the configuration says; nil means that it names no
// address. Until run nobody is answered.
func newDoorbell(c config.WorkspaceWebhooks, b *bridge.Bridge, db *store.DB, log *slog.Logger) (*doorbell, error) {
	if c.Address == "" {
		return nil, nil
	}
	handler, err := b.Webhooks(bridge.Webhooks{
		Path: c.Path, Token: c.Token.Reveal(), Sources: networks(c.Sources), Proxies: networks(c.Proxies),
		Flush: func() error { return db.Flush().Wait() },
	})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for webhooks: %w: name another workspace_webhooks.address, or none", err)
	}
	if c.CertFile != "" {
		certificate := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile) // anew each time: it is renewed without a restart
			return &pair, err
		}
		if _, err := certificate(nil); err != nil {
			l.Close()
			return nil, fmt.Errorf("workspace_webhooks.cert_file: %w", err)
		}
		l = tls.NewListener(l, &tls.Config{GetCertificate: certificate, MinVersion: tls.VersionTLS12})
	}
	if c.CertFile == "" && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		log.Warn("webhooks and their token can be read on their way: give workspace_webhooks.cert_file and key_file, or listen on 127.0.0.1 behind a proxy that speaks TLS", "address", c.Address)
	}
	return &doorbell{l, &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}, log}, nil
}

// networks are what config has checked.
func networks(texts []string) []netip.Prefix {
	all := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		if n, err := config.Network(text); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// run answers until ctx ends, and ends the calls that are under way.
func (d *doorbell) run(ctx context.Context) {
	d.log.Info("webhooks of the workspace come in", "address", d.listener.Addr().String())
	served := make(chan error, 1)
	go func() { served <- d.server.Serve(d.listener) }()
	select {
	case err := <-served:
		if !errors.Is(err, http.ErrServerClosed) {
			d.log.Error("no webhooks come in any more: start anew, or remove workspace_webhooks.address", "err", err)
		}
	case <-ctx.Done():
		d.server.Close()
		<-served
	}
}
