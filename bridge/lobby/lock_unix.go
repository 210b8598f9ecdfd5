//go:build unix && !aix && !solaris

package lobby

import (
	"errors"
	"os"
	"syscall"
)

// lockFolder keeps a second lobby off the same state; the lock ends with the
// process, however it ends.
func lockFolder(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, errors.New("in use by another process")
	}
	return f, nil
}
