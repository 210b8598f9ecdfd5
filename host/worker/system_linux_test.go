package worker_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/bellhop-chat/bellhop/host/worker"
)

// answers is what a system says to some calls instead of doing them: an error,
// or 0 for "done" where nothing is.
type answers map[uint32]syscall.Errno

// container is what the default profile of Docker refuses to a container
// without capabilities and a worker could come to ask for.
var container = answers{
	unix.SYS_CLONE3: unix.ENOSYS, unix.SYS_UNSHARE: unix.EPERM, unix.SYS_SETNS: unix.EPERM, unix.SYS_MOUNT: unix.EPERM,
	unix.SYS_BPF: unix.EPERM, unix.SYS_PERF_EVENT_OPEN: unix.EPERM, unix.SYS_IO_URING_SETUP: unix.EPERM, unix.SYS_USERFAULTFD: unix.EPERM,
	unix.SYS_KEYCTL: unix.EPERM, unix.SYS_SETTIMEOFDAY: unix.EPERM, unix.SYS_CHROOT: unix.EPERM, unix.SYS_PIVOT_ROOT: unix.EPERM,
	unix.SYS_MOVE_PAGES: unix.EPERM, unix.SYS_SET_MEMPOLICY: unix.EPERM, unix.SYS_GET_MEMPOLICY: unix.EPERM,
}

// noLandlock is that profile before it knew landlock, and a kernel without it.
var noLandlock = answers{unix.SYS_LANDLOCK_CREATE_RULESET: unix.EPERM, unix.SYS_LANDLOCK_ADD_RULE: unix.EPERM, unix.SYS_LANDLOCK_RESTRICT_SELF: unix.EPERM}

// systems are what a worker may find itself on.
var systems = map[string]answers{
	"this":                     {},
	"container":                container,
	"old container":            both(container, noLandlock),
	"no landlock":              {unix.SYS_LANDLOCK_CREATE_RULESET: unix.ENOSYS},
	"no seccomp":               {unix.SYS_SECCOMP: unix.ENOSYS},
	"no limits":                {unix.SYS_PRLIMIT64: unix.EPERM, unix.SYS_SETRLIMIT: unix.EPERM},
	"no niceness":              {unix.SYS_SETPRIORITY: unix.EPERM},
	"seccomp that lies":        {unix.SYS_SECCOMP: 0},
	"landlock that lies":       {unix.SYS_LANDLOCK_RESTRICT_SELF: 0},
	"landlock and it that lie": {unix.SYS_SECCOMP: 0, unix.SYS_LANDLOCK_RESTRICT_SELF: 0},
	"all but the list holds":   {unix.SYS_SECCOMP: 0, unix.SYS_SOCKET: unix.EPERM, unix.SYS_KILL: unix.EPERM},
}

func both(a, b answers) answers {
	all := answers{}
	for _, m := range []answers{a, b} {
		for call, errno := range m {
			all[call] = errno
		}
	}
	return all
}

const onSystem = "on system"

func init() {
	roles[onSystem] = func(args []string) int { return beOn(systems[args[0]], args[1:]) }
}

// beOn replaces this process by the program, on a system with these answers.
func beOn(a answers, program []string) int {
	p := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}}
	for call, errno := range a {
		p = append(p, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)})
	}
	p = append(p, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	prog := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	if err == nil {
		if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog))); errno != 0 {
			err = errno
		}
	}
	if err == nil {
		err = syscall.Exec(program[0], program, os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// on is a plugin that works, in a worker on that system.
func on(system string) worker.Options {
	o := plugin(usual, "")
	o.Command = []string{"/proc/self/exe", onSystem, system, "/proc/self/exe", worker.WorkerArg}
	return o
}

func TestSandboxHoldsInAContainer(t *testing.T) {
	withLandlock := worker.AllLayers
	without := []worker.Layer{worker.LayerLimits, worker.LayerSeccomp, worker.LayerSelfTest}
	for system, want := range map[string][]worker.Layer{
		"this": withLandlock, "container": withLandlock, "no niceness": withLandlock, "old container": without, "no landlock": without, "landlock that lies": without,
	} {
		w, err := worker.Start(t.Context(), on(system))
		if err != nil {
			t.Errorf("%s: %v", system, err)
			continue
		}
		t.Cleanup(w.Stop)
		if !slices.Equal(w.Layers(), want) {
			t.Errorf("%s: %v hold, want %v", system, w.Layers(), want)
		}
		if r := run(t, w, says(1, "my invoice")); len(r.Effects) != 1 {
			t.Errorf("%s: the plugin answers %+v", system, r)
		}
		if layers, err := worker.Layers(t.Context(), on(system)); err != nil || !slices.Equal(layers, want) {
			t.Errorf("%s: asked for its layers it says %v (%v)", system, layers, err)
		}
	}
}

func TestPluginIsNotLoadedWhereARequiredLayerDoesNotHold(t *testing.T) {
	for system, want := range map[string]string{
		"no seccomp":               "seccomp: set filter: function not implemented: this system lets no process lock itself in; write sandbox: none in config.yaml",
		"no limits":                "limit memory: operation not permitted",
		"seccomp that lies":        "self-test: a socket could be made",
		"landlock and it that lie": "self-test: /proc/self/exe could be opened",
		"all but the list holds":   "self-test: a program could be started",
	} {
		_, err := worker.Start(t.Context(), on(system))
		var e *worker.EndError
		if !errors.As(err, &e) || e.Cause != worker.Unstarted || !strings.Contains(e.Says, want) {
			t.Errorf("%s: %v, want %q", system, err, want)
		}
		layers, err := worker.Layers(t.Context(), on(system))
		if err == nil || slices.Contains(layers, worker.LayerSelfTest) {
			t.Errorf("%s: asked for its layers it says %v (%v)", system, layers, err)
		}
	}
}

func TestWithoutSandboxOnlyLimitsHold(t *testing.T) {
	o := on("no seccomp")
	o.Init.Limits.NoSandbox = true
	w, err := worker.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	if !slices.Equal(w.Layers(), []worker.Layer{worker.LayerLimits}) {
		t.Errorf("%v hold", w.Layers())
	}
}
