package worker

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

const (
	defaultMemory = 256 // MiB
	openFiles     = 64
)

// expendable tells the system to end this process first when memory is short.
// Where that is not allowed, nothing is lost.
func expendable(pid int) {
	os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte("1000"), 0o644)
}

// lockDown takes this process's powers away for good and names the layers that
// hold. Limits are always set; landlock holds where the kernel has it; the
// system call filter and the proof that it works are required.
func lockDown(l Limits) ([]string, error) {
	if err := limit(l.MemoryMiB); err != nil {
		return nil, err
	}
	layers := []string{"limits"}
	if !l.Sandbox {
		return layers, nil
	}
	if err := landlock.V9.BestEffort().Restrict(); err != nil {
		return layers, fmt.Errorf("landlock: %w", err)
	}
	if landlocked() {
		layers = append(layers, "landlock")
	}
	if err := filterCalls(); err != nil {
		return layers, fmt.Errorf("seccomp: %w: this kernel lets no process lock itself in; write sandbox: none in config.yaml to run plugins without it", err)
	}
	if err := prove(); err != nil {
		return layers, err
	}
	return append(layers, "seccomp", "self-test"), nil
}

// landlocked reports whether the kernel has landlock. Asked for its version it
// makes no ruleset.
func landlocked() bool {
	const askVersion = 1 // LANDLOCK_CREATE_RULESET_VERSION
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, askVersion)
	return errno == 0 && version > 0
}

// limit bounds memory, files and dumps. The memory limit is counted from what
// the process has now, most of which Go's runtime has reserved and not used.
func limit(mebibytes int) error {
	if mebibytes <= 0 {
		mebibytes = defaultMemory
	}
	has, err := dataSize()
	if err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	budget := uint64(mebibytes) << 20
	debug.SetMemoryLimit(int64(budget / 2)) // the collector works harder long before the wall
	for _, r := range []struct {
		name  string
		what  int
		value uint64
	}{
		{"memory", unix.RLIMIT_DATA, has + budget},
		{"core dumps", unix.RLIMIT_CORE, 0},
		{"file size", unix.RLIMIT_FSIZE, 0},
		{"open files", unix.RLIMIT_NOFILE, openFiles},
	} {
		if err := unix.Setrlimit(r.what, &unix.Rlimit{Cur: r.value, Max: r.value}); err != nil {
			return fmt.Errorf("limit %s: %w", r.name, err)
		}
	}
	return nil
}

// dataSize is what RLIMIT_DATA counts, in bytes.
func dataSize() (uint64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var size, resident, shared, text, lib, data uint64
	if _, err := fmt.Sscan(string(b), &size, &resident, &shared, &text, &lib, &data); err != nil {
		return 0, err
	}
	return data * uint64(os.Getpagesize()), nil
}

// prove tries what must not work.
func prove() error {
	for _, path := range []string{"/proc/self/exe", "/", "/dev/null"} {
		f, err := os.Open(path)
		if err == nil {
			f.Close()
			return fmt.Errorf("self-test: %s could be opened", path)
		}
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err == nil {
		unix.Close(fd)
		return errors.New("self-test: a socket could be made")
	}
	return nil
}
