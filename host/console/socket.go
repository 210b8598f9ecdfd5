package console

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// maxSocketPath is how long the path of a socket may be on every system.
const maxSocketPath = 100

// Socket is where a host that keeps its data in the folder listens.
func Socket(data string) string { return filepath.Join(data, "bellhop.sock") }

// Listen makes the socket, which its owner alone can open. One that is there is
// replaced: the caller has the store open, so whoever made it has ended.
func Listen(path string) (net.Listener, error) {
	l, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return l, nil
}

func listen(path string) (net.Listener, error) {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	short, done, err := shorten(fresh)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // by then it has another name
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// shorten is another path of the same file when this one is too long for a
// socket, until done is called.
func shorten(path string) (short string, done func(), err error) {
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the path has more than %d bytes: name a data folder with a shorter one", maxSocketPath)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { dir.Close() }, nil
}

// lastWords is how long a request may go on when the host ends.
const lastWords = 2 * time.Second

// Serve answers on the socket until ctx ends, and takes the socket away.
func Serve(ctx context.Context, l net.Listener, path string, h http.Handler) error {
	defer os.Remove(path)
	s := &http.Server{Handler: greeting{h}, ReadHeaderTimeout: lastWords, BaseContext: func(net.Listener) context.Context { return ctx }}
	stopped := make(chan struct{})
	defer context.AfterFunc(ctx, func() {
		defer close(stopped)
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		if s.Shutdown(late) != nil {
			s.Close()
		}
	})()
	err := s.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve console: %w", err)
	}
	<-stopped
	return nil
}

// greeting answers who wants to know only whether somebody is there.
type greeting struct{ http.Handler }

func (g greeting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodHead {
		g.Handler.ServeHTTP(w, r)
	}
}
