//go:build !linux

package worker

import "errors"

func expendable(int) {}

func lockDown(l Limits) ([]string, error) {
	if l.Sandbox {
		return nil, errors.New("it needs Linux: write sandbox: none in config.yaml to run plugins without one")
	}
	return nil, nil
}
