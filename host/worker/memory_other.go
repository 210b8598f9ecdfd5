//go:build !linux

package worker

import "errors"

// PrivateKiB is the memory that this worker alone uses. It is known on Linux.
func (p *Process) PrivateKiB() (int, error) {
	return 0, errors.New("measure worker: it needs Linux")
}
