package console

import "net/http"

// HookSecret is the name under which the store keeps what callers of an instance's
// webhooks must know.
func HookSecret(instance string) string { return "webhook/" + instance }

// Hooks is where an instance's webhooks are called, and what callers must know.
type Hooks struct {
	URL    string `json:"url,omitempty"` // before the webhook's path; "" means that nothing listens
	Secret string `json:"secret"`
}

func (s *server) hooks(r *http.Request) (any, error) {
	instance := r.FormValue("instance")
	h := Hooks{Secret: s.Store.SecretFor(HookSecret(instance))}
	if s.Options.Hooks != "" {
		h.URL = s.Options.Hooks + "/hooks/" + instance + "/"
	}
	return h, nil
}
