package bridge

import (
	"log/slog"
	"net/http"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// Options configure a Bridge. URL is required, and either UserID and Token or
// User and Password.
type Options struct {
	URL      string // of the workspace, such as https://chat.example.com
	UserID   string
	Token    string
	User     string
	Password string
	HTTP     *http.Client // carries authorities and proxy; nil means the system's
	Log      *slog.Logger // nil means no log
}

// Bridge is a workspace. Make it with New.
type Bridge struct {
	rest *rest.Client
	log  *slog.Logger
}

// New checks the options. It starts nothing and calls nobody.
func New(o Options) (*Bridge, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	client, err := rest.New(rest.Options{
		URL: o.URL, UserID: o.UserID, Token: o.Token, User: o.User, Password: o.Password,
		HTTP: o.HTTP, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	return &Bridge{rest: client, log: o.Log}, nil
}
