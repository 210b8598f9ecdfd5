package worker

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

const (
	defaultMemory = 256 // MiB
	openFiles     = 64
	nice          = 10 // steps below the host's priority
	spareThreads  = 4  // the most that Go's runtime needs at a time on one processor
)

// lockDown takes this process's powers away for good and names the layers that
// hold. Limits are always set; landlock holds where the kernel has it; the
// system call filter and the proof that it works are required.
func lockDown(l Limits) ([]Layer, error) {
	yield()
	if err := closeOthers(); err != nil {
		return nil, err
	}
	if err := limit(l.MemoryMiB); err != nil {
		return nil, err
	}
	layers := []Layer{LayerLimits}
	if l.NoSandbox {
		return layers, nil
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return layers, fmt.Errorf("hide memory: %w", err)
	}
	makeThreads(spareThreads)
	parent := os.Getppid()
	if err := landlock.V9.BestEffort().Restrict(); err != nil {
		return layers, fmt.Errorf("landlock: %w", err)
	}
	if landlocked() {
		layers = append(layers, LayerLandlock)
	}
	if err := filterCalls(); err != nil {
		return layers, fmt.Errorf("seccomp: %w: this system lets no process lock itself in; write sandbox: none in config.yaml to run plugins without it", err)
	}
	layers = append(layers, LayerSeccomp)
	if err := prove(parent); err != nil {
		return layers, fmt.Errorf("self-test: %w: report this, and write sandbox: none in config.yaml only if you trust every plugin", err)
	}
	return append(layers, LayerSelfTest), nil
}

// yield lets every other process go first, and be ended last when memory is
// short. Where that is not allowed, nothing is lost.
func yield() {
	os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0o644)
	unix.Setpriority(unix.PRIO_PROCESS, 0, nice)
}

// closeOthers closes what the host itself got from whoever started it, which
// may be anything. What Go's runtime waits with stays.
func closeOthers() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("close files: %w", err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= hostFD {
			continue
		}
		what, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && what != "anon_inode:[eventpoll]" && what != "anon_inode:[eventfd]" {
			unix.Close(fd)
		}
	}
	return nil
}

// makeThreads makes the threads that Go's runtime may come to need, because
// none can be made later. Ended goroutines leave theirs to it.
func makeThreads(n int) {
	var made, ended sync.WaitGroup
	release := make(chan struct{})
	made.Add(n)
	for range n {
		ended.Go(func() {
			runtime.LockOSThread() // a goroutine that is locked has one for itself
			defer runtime.UnlockOSThread()
			made.Done()
			<-release
		})
	}
	made.Wait()
	close(release)
	ended.Wait()
}

// landlocked reports whether landlock holds: a folder that anyone may read
// cannot be opened. The filter of system calls must not be on yet.
func landlocked() bool {
	f, err := os.Open("/")
	if err == nil {
		f.Close()
	}
	return errors.Is(err, unix.EACCES)
}

// limit bounds memory, files and dumps. The memory limits are counted from
// what the process has now, most of which Go's runtime has reserved and not
// used. Processes need no limit: a worker can make neither one nor a thread.
func limit(mebibytes int) error {
	if mebibytes <= 0 {
		mebibytes = defaultMemory
	}
	data, err := dataSize()
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
		{"memory", unix.RLIMIT_DATA, data + budget},
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
	var size, resident, shared, text, lib, data uint64 // see proc_pid_statm(5)
	if _, err := fmt.Sscan(string(b), &size, &resident, &shared, &text, &lib, &data); err != nil {
		return 0, err
	}

	return data * uint64(os.Getpagesize()), nil
}

// prove tries what must not work.
func prove(parent int) error {
	for _, path := range []string{"/proc/self/exe", "/", "/dev/null"} {
		f, err := os.Open(path)
		if err == nil {
			f.Close()
			return fmt.Errorf("%s could be opened", path)
		}
	}
	for name, family := range map[string]int{"unix": unix.AF_UNIX, "inet": unix.AF_INET} {
		fd, err := unix.Socket(family, unix.SOCK_DGRAM, 0)
		if err == nil {
			unix.Close(fd)
			return errors.New("a socket could be made: " + name)
		}
	}
	for _, f := range forbidden {
		if err := f.try(parent); err != unix.EPERM {
			return errors.New(f.could)
		}
	}
	return nil
}

// forbidden is what the filter of system calls refuses, and some of it nothing
// but the filter.
var forbidden = []struct {
	could string
	try   func(parent int) error
}{
	{"a signal could be sent to the host", func(parent int) error { return unix.Kill(parent, 0) }},
	{"a program could be started", func(int) error { return unix.Exec("/proc/self/exe", nil, nil) }},
	{"memory could be made executable", func(int) error {
		b, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err == nil {
			unix.Munmap(b)
		}
		return err
	}},
	{"a system call that is not on the list could be made", func(int) error { return unix.Prctl(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) }},
}
