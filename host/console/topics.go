package console

import (
	"errors"
	"net/http"
)

func (s *server) learn(r *http.Request) (any, error) {
	if s.Learn == nil {
		return nil, errors.New("topics cannot be learned here: start the host by `bellhop run`")
	}
	return s.Learn(r.Context())
}
