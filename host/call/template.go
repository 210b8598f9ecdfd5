package call

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// linked is any service where a link is a room.
type linked struct {
	untold
	http    *http.Client
	pattern string
}

func newTemplate(o Options) (service, error) {
	if o.Secret != "" || o.AppID != "" {
		return nil, errors.New("call provider template signs no tickets: take out app_id and secret, or write jitsi")
	}
	if _, err := checkLink(o.Link); err != nil {
		return nil, err
	}
	return linked{http: o.HTTP, pattern: o.Link}, nil
}

func (t linked) link(room Room, _ Party, _, _ time.Time) (string, time.Time, error) {
	return strings.ReplaceAll(t.pattern, placeholder, room.Name), time.Time{}, nil
}

// workspace is the embedded workspace, whose page admits who has a part in the
// chat: who signed in as its agent, and the guest by the cookie of the widget.
type workspace struct {
	untold
	http *http.Client
	base string
}

func newWorkspace(o Options) (service, error) {
	if o.Secret != "" || o.AppID != "" {
		return nil, errors.New("call provider workspace signs no tickets: take out app_id and secret")
	}
	if _, err := checkURL("address of the workspace", o.Link); err != nil {
		return nil, err
	}
	return workspace{http: o.HTTP, base: strings.TrimRight(o.Link, "/")}, nil
}

func (w workspace) link(room Room, who Party, _, _ time.Time) (string, time.Time, error) {
	link := w.base + "/call/" + url.PathEscape(room.Chat)
	if who.Role == Guest {
		link += "?as=guest"
	}
	return link, time.Time{}, nil
}
