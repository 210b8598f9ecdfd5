package console

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// served is a handler on a socket, until the function that is returned ends it.
func served(t *testing.T, path string, h http.Handler) (stop func()) {
	t.Helper()
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, path, h) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func says(text string) http.Handler {
	return answering(func(*http.Request) (any, error) { return text, nil })
}

func asked(t *testing.T, path string) (answer string) {
	t.Helper()
	c, err := Dial(t.Context(), path)
	if err == nil {
		err = c.Get(t.Context(), "/", nil, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestSocketIsItsOwnersAndGoesWithTheHost(t *testing.T) {
	path := Socket(t.TempDir())
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNobody) {
		t.Errorf("dial where no socket is: %v", err)
	}
	stop := served(t, path, says("here"))
	info, err := os.Stat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("the socket is %v: %v", info.Mode(), err)
	}
	if got := asked(t, path); got != "here" {
		t.Errorf("answer %q", got)
	}
	stop()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}
}

func TestSocketThatAKillLeftIsReplaced(t *testing.T) {
	path := Socket(t.TempDir())
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNobody) {
		t.Errorf("dial where a host was killed: %v", err)
	}
	defer served(t, path, says("the next"))()
	if got := asked(t, path); got != "the next" {
		t.Errorf("answer %q", got)
	}
}

func TestSocketMayLieDeep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	defer served(t, Socket(dir), says("down here"))()
	if got := asked(t, Socket(dir)); got != "down here" {
		t.Errorf("answer %q", got)
	}
}

func TestRequestUnderWayEndsBeforeTheHost(t *testing.T) {
	path := Socket(t.TempDir())
	begun, goOn := make(chan struct{}), make(chan struct{})
	stop := served(t, path, answering(func(*http.Request) (any, error) {
		close(begun)
		<-goOn
		return "done", nil
	}))
	got := make(chan string)
	go func() { got <- asked(t, path) }()
	<-begun
	ended := make(chan struct{})
	go func() { stop(); close(ended) }()
	close(goOn)
	if text := <-got; text != "done" {
		t.Errorf("answer %q", text)
	}
	<-ended
}

func TestFaultsReachWhoAsked(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"it is told":      answering(func(*http.Request) (any, error) { return nil, errors.New("it broke") }),
		"another version": http.NotFoundHandler(),
	} {
		t.Run(name, func(t *testing.T) {
			want := map[string]string{"it is told": "it broke", "another version": "another version of Bellhop"}[name]
			path := Socket(t.TempDir())
			defer served(t, path, h)()
			c, err := Dial(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			for way, c := range map[string]*Client{"socket": c, "beside": Beside(h)} {
				if err := c.Post(t.Context(), "/pause", Pause{}, nil); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v", way, err)
				}
			}
		})
	}
}

func TestHostThatSaysNothingIsNamedInsteadOfWaitedFor(t *testing.T) {
	path := Socket(t.TempDir())
	l, err := Listen(path) // the system accepts for it, as for a stopped process
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.greet(t.Context(), path, 10*time.Millisecond); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("dial of a silent host: %v", err)
	}
}
