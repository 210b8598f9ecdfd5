package host

import (
	"context"
	"errors"
	"net/http"

	"github.com/bellhop-chat/bellhop/host/web"
)

var errNoWeb = errors.New("nothing is configured that asks other systems")

// fetch reads a URL of a granted host.
func (h *Host) fetch(ctx context.Context, q Inquiry) (any, error) {
	if h.opts.Services.Web == nil {
		return nil, errNoWeb
	}
	return h.opts.Services.Web(ctx, web.Request{Method: http.MethodGet, URL: q.URL, Headers: q.Headers, Hosts: q.Grants.Hosts})
}
