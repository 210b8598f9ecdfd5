package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/config"
)

// listenForCalls opens the address of the page that leads to calls; nil when
// there is none.
func listenForCalls(c config.Calls, log *slog.Logger) (net.Listener, error) {
	if c.PublicURL == "" {
		return nil, nil
	}
	on, err := net.Listen("tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("calls.address: %w", err)
	}
	log.Info("page of calls can be reached", "address", on.Addr().String(), "url", c.PublicURL)
	if ip := on.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		log.Warn("page of calls is reached without TLS beyond this machine: have a proxy speak it, and listen on 127.0.0.1 (calls.address)")
	}
	return on, nil
}

// serveCalls answers those who come to calls until ctx ends.
func serveCalls(ctx context.Context, on net.Listener, links *call.Links, h *host.Host, log *slog.Logger) {
	s := &http.Server{
		Handler: links.Handler(h, log), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		MaxHeaderBytes: maxHeaders, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if err := s.Serve(on); ctx.Err() == nil {
		log.Error("nobody can join calls any more: start the host again", "err", err)
	}
}
