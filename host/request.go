package host

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/host/web"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxResponse = 16 << 10 // bytes of what was answered to a request that are kept
	maxSaid     = 200      // of them that a reason shows
)

// requesting is for what one instance asks of other systems, for one chat.
func requesting(e bridge.Effect) laneKey {
	return laneKey{chat: e.Chat, name: "requests " + e.Instance, slow: true}
}

var methods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func methodOf(r *sdk.Request) string {
	if r.Method == "" {
		return http.MethodPost
	}
	return r.Method
}

// hostOf is whom the request is for. The rest of the URL may hold a key.
func hostOf(r *sdk.Request) string {
	u, err := url.Parse(r.URL)
	if err != nil {
		return "nowhere"
	}
	return u.Host
}

func needsRequest(e sdk.Effect) error {
	switch r := e.Request; {
	case r == nil || r.URL == "":
		return errors.New("without a URL")
	case !slices.Contains(methods, methodOf(r)):
		return fmt.Errorf("%.20q is none of %s; use p.Fetch for what changes nothing", r.Method, strings.Join(methods, ", "))
	case len(r.Body) > sdk.MaxText || len(r.URL) > 4<<10 || len(r.Headers) > maxList:
		return errors.New("it is too long")
	}
	return nil
}

func (g Grants) narrowHosts(e sdk.Effect) string {
	if err := outgoing(e.Request, g.Hosts).Check(); err != nil {
		return strings.TrimPrefix(err.Error(), "not granted: ")
	}
	return ""
}

// outgoing is the request as it goes out.
func outgoing(r *sdk.Request, hosts []string) web.Request {
	return web.Request{Method: methodOf(r), URL: r.URL, Headers: r.Headers, Type: r.Type, Body: []byte(r.Body), Hosts: hosts}
}

// request asks another system once. That the grant still holds was looked at
// before.
func (h *Host) request(ctx context.Context, j *job, e bridge.Effect) sdk.Outcome {
	switch late := h.clock.Now().After(e.Until); {
	case late && j.doubt:
		return sdk.Outcome{State: sdk.Unconfirmed, Reason: "an earlier attempt may have been heeded, and now it is too late for another"}
	case late:
		return sdk.Outcome{State: sdk.Overtaken, Reason: tooLate(e)}
	case h.opts.Services.Web == nil:
		return refused(errNoWeb.Error())
	}
	r := outgoing(e.Request, h.hostsOf(e.Instance))
	r.Key = fmt.Sprintf("%s-%s", h.store.Install(), bridge.MessageID(e.Key, 0))
	j.rest = 0
	got, err := h.opts.Services.Web(ctx, r)
	var failure *web.Error
	switch {
	case errors.As(err, &failure) && failure.Temporary:
		j.doubt = j.doubt || failure.Unknown
		return bridge.Later(err.Error())
	case err != nil:
		return refused(err.Error())
	}
	return meaning(j, hostOf(e.Request), got)
}

// hostsOf are those that the instance may ask.
func (h *Host) hostsOf(instance string) []string {
	if i := h.instance(instance); i != nil {
		return i.spec.Grants.Hosts
	}
	return nil
}

// again are the statuses below 500 that ask for another attempt: the other side
// was slow, is at it already, was asked too early or too often.
var again = []int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests}

// meaning says how an attempt ends that was answered.
func meaning(j *job, host string, got sdk.Response) sdk.Outcome {
	says := fmt.Sprintf("%s answered %d", host, got.Status)
	if said := text.Cut(strings.TrimSpace(text.Clean(got.Text())), maxSaid); said != "" {
		says += ": " + strings.Join(strings.Fields(said), " ")
	}
	got.Body = got.Body[:min(len(got.Body), maxResponse)]
	first := j.effect().Attempt == 0
	switch {
	case got.OK():
		return sdk.Outcome{State: sdk.Done, Detail: fmt.Sprintf("%s answered %d", host, got.Status), Response: &got}
	case got.Status >= 500, slices.Contains(again, got.Status) && (got.Status != http.StatusConflict || !first):
		j.doubt = j.doubt || got.Status >= 500
		j.rest = time.Duration(got.RetryAfter)
		return bridge.Later(says)
	}
	return sdk.Outcome{State: sdk.Refused, Reason: says, Response: &got}
}
