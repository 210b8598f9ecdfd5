//go:build linux && amd64

package worker_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bellhop-chat/bellhop/host/worker"
)

// attempt is one way out of the process. With %s it gets what the test has
// made for it: see prey.
type attempt struct {
	name  string
	tries string // what testdata/everything/plugin/everything.go is told
	free  bool   // without a sandbox it works, and harms nothing
}

// call is a system call by its number, for which no package has a name.
func call(name string, number, first int) attempt {
	return attempt{name: name, tries: fmt.Sprint(number, " ", first)}
}

var attempts = []attempt{
	{"open /dev/null", "open /dev/null", true},
	{"read a file", "read %file", true},
	{"read its own memory map", "read /proc/self/maps", true},
	{"read its environment in /proc", "read /proc/self/environ", true},
	{"read the host's environment", "read /proc/%host/environ", false},
	{"read the host's memory", "open /proc/%host/mem", false},
	{"create a file", "create %dir/new", true},
	{"append to a file", "append %file", true},
	{"write into /dev/shm", "create /dev/shm/bellhop-test", false},
	{"list a folder", "readdir /", true},
	{"look whether a file is there", "stat %file", true},
	{"read a link", "readlink /proc/self/exe", true},
	{"make a folder", "mkdir %dir/folder", true},
	{"make a symbolic link", "symlink %dir/symlink", true},
	{"make a hard link", "link %dir/link", false},
	{"make a named pipe", "mkfifo %dir/fifo", true},
	{"change a file's mode", "chmod %file", true},
	{"change a file's owner", "chown %file", false},
	{"cut a file", "truncate %file", false},
	{"rename a file", "rename %dir/folder", true},
	{"remove a file", "remove %dir/symlink", true},
	{"change the folder", "chdir /", true},
	{"change the root", "chroot /", false},
	{"mount", "mount /mnt", false},
	{"connect by TCP", "dial tcp %address", true},
	{"connect by UDP", "dial udp %address", true},
	{"connect to a socket's path", "dial unix %dir/socket", true},
	{"connect to an abstract socket", "dial unix @bellhop-test", false},
	{"listen on TCP", "listen tcp 127.0.0.1:0", true},
	{"listen on a path", "listen unix %dir/listening", true},
	{"a raw socket", "packet ip4:icmp 127.0.0.1", false},
	{"get a page", "get http://%address/", false},
	{"a pair of sockets", "pair", true},
	{"a pipe", "pipe", true},
	{"run a program", "exec /bin/true", true},
	{"start a process", "start /bin/true", true},
	{"become another program", "replace /bin/true", false},
	{"signal the host", "signal %host", true},
	{"kill the host", "kill %host", false},
	{"kill everything", "kill -1", false},
	{"trace the host", "attach %host", false},
	{"become another user", "setuid 65534", false},
	{"pass an open file to the host", "rights 2", false},
	{"raise its limit of memory", "limit", false},
	{"its environment", "environ", false},
	{"memory that can be executed", "executable", true},
	{"make memory executable", "protect", true},
	{"memory that no limit counts", "shared", true},
	{"copy an open file", "dup 2", true},
	call("fork", unix.SYS_FORK, 0),
	call("vfork", unix.SYS_VFORK, 0),
	call("clone a process", unix.SYS_CLONE, 0),
	call("clone3", unix.SYS_CLONE3, 0),
	call("clone a thread", unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_FS|unix.CLONE_FILES|unix.CLONE_SIGHAND|unix.CLONE_THREAD|unix.CLONE_SYSVSEM),
	call("execveat", unix.SYS_EXECVEAT, 0),
	call("openat2", unix.SYS_OPENAT2, -100),
	call("open_by_handle_at", unix.SYS_OPEN_BY_HANDLE_AT, -100),
	call("name_to_handle_at", unix.SYS_NAME_TO_HANDLE_AT, -100),
	call("io_uring_setup", unix.SYS_IO_URING_SETUP, 1),
	call("io_setup", unix.SYS_IO_SETUP, 1),
	call("bpf", unix.SYS_BPF, 0),
	call("ptrace", unix.SYS_PTRACE, 0),
	call("process_vm_readv", unix.SYS_PROCESS_VM_READV, 1),
	call("process_vm_writev", unix.SYS_PROCESS_VM_WRITEV, 1),
	call("process_madvise", unix.SYS_PROCESS_MADVISE, 1),
	call("pidfd_open", unix.SYS_PIDFD_OPEN, 1),
	call("pidfd_getfd", unix.SYS_PIDFD_GETFD, 1),
	call("pidfd_send_signal", unix.SYS_PIDFD_SEND_SIGNAL, 1),
	call("tkill of the first process", unix.SYS_TKILL, 1),
	call("tgkill of the first process", unix.SYS_TGKILL, 1),
	call("rt_sigqueueinfo", unix.SYS_RT_SIGQUEUEINFO, 1),
	call("prctl: seen by others again", unix.SYS_PRCTL, unix.PR_SET_DUMPABLE),
	call("seccomp", unix.SYS_SECCOMP, 0),
	call("landlock_create_ruleset", unix.SYS_LANDLOCK_CREATE_RULESET, 0),
	call("unshare", unix.SYS_UNSHARE, unix.CLONE_NEWUSER),
	call("setns", unix.SYS_SETNS, 0),
	call("pivot_root", unix.SYS_PIVOT_ROOT, 0),
	call("memfd_create", unix.SYS_MEMFD_CREATE, 0),
	call("memfd_secret", unix.SYS_MEMFD_SECRET, 0),
	call("shmget", unix.SYS_SHMGET, 0),
	call("msgget", unix.SYS_MSGGET, 0),
	call("mq_open", unix.SYS_MQ_OPEN, 0),
	call("socket", unix.SYS_SOCKET, unix.AF_NETLINK),
	call("sendto", unix.SYS_SENDTO, 3),
	call("ioctl", unix.SYS_IOCTL, 2),
	call("inotify_init1", unix.SYS_INOTIFY_INIT1, 0),
	call("userfaultfd", unix.SYS_USERFAULTFD, 0),
	call("perf_event_open", unix.SYS_PERF_EVENT_OPEN, 0),
	call("keyctl", unix.SYS_KEYCTL, 0),
	call("personality", unix.SYS_PERSONALITY, 0),
	call("capset", unix.SYS_CAPSET, 0),
	call("setpriority", unix.SYS_SETPRIORITY, 0),
	call("prlimit64", unix.SYS_PRLIMIT64, 0),
	call("sched_setaffinity", unix.SYS_SCHED_SETAFFINITY, 0),
	call("clock_settime", unix.SYS_CLOCK_SETTIME, 0),
	call("sethostname", unix.SYS_SETHOSTNAME, 0),
	call("syslog", unix.SYS_SYSLOG, 0),
	call("init_module", unix.SYS_INIT_MODULE, 0),
	call("reboot", unix.SYS_REBOOT, 0),
	call("a call that there is not", 9999, 0),
}

// prey is what attempts are made on.
type prey struct{ dir, file, address, host string }

func newPrey(t *testing.T) prey {
	dir := open(t, t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	u, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Close() })
	file := filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(file, []byte("secret"), 0o666), os.Chmod(file, 0o666), os.Chmod(dir, 0o777), os.Chmod(filepath.Join(dir, "socket"), 0o777)); err != nil {
		t.Fatal(err)
	}
	return prey{dir, file, l.Addr().String(), fmt.Sprint(os.Getpid())}
}

// open lets other users into a temporary folder.
func open(t *testing.T, dir string) string {
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (p prey) of(s string) string {
	return strings.NewReplacer("%dir", p.dir, "%file", p.file, "%address", p.address, "%host", p.host).Replace(s)
}

// without is s without what differs from run to run.
func (p prey) without(s string) string {
	return strings.NewReplacer(p.dir, "DIR", p.address, "ADDRESS", p.host, "HOST").Replace(s)
}

// everything is a worker that gives plugins every symbol of Go.
type everything struct{ program, source string }

func buildEverything(t *testing.T) everything {
	dir := open(t, t.TempDir())
	changed := map[string]string{}
	put := func(at, text string) {
		from := filepath.Join(dir, fmt.Sprintf("%d.go", len(changed)))
		write(t, from, text)
		changed[absolute(t, at)] = from
	}
	put("../script/check.go", renamed(t, "../script/check.go", "func Check(", "func checked("))
	put("../script/symbols.go", renamed(t, "../script/symbols.go", "func exports()", "func listed()"))
	put("../script/everything.go", read(t, "testdata/everything/script/everything.go"))
	put("everything/main.go", read(t, "testdata/everything/main/main.go"))
	overlay, err := json.Marshal(map[string]any{"Replace": changed})
	if err != nil {
		t.Fatal(err)
	}
	list, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "everything")
	write(t, list, string(overlay))
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", program, "./everything")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return everything{program, read(t, "testdata/everything/plugin/everything.go")}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func absolute(t *testing.T, file string) string {
	t.Helper()
	full, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

// renamed is the file with one func under another name.
func renamed(t *testing.T, file, from, to string) string {
	t.Helper()
	text := read(t, file)
	if strings.Count(text, from) != 1 {
		t.Fatalf("%s does not have %s once", file, from)
	}
	return strings.Replace(text, from, to, 1)
}

// start gives a worker that the command of the options starts, if there is one.
func (e everything) start(t *testing.T, o worker.Options) *worker.Process {
	t.Helper()
	o.Command = append(o.Command, e.program, worker.WorkerArg)
	o.Init.Instance, o.Init.Sources = "test", map[string][]byte{"plugin.go": []byte(e.source)}
	w, err := worker.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return w
}

// outcome is what the plugin says of the attempt.
func outcome(t *testing.T, w *worker.Process, n int, tries string) string {
	t.Helper()
	r := run(t, w, says(uint64(n), tries))
	if len(r.Skips) != 1 {
		return "fails: " + r.Error
	}
	return r.Skips[0]
}

func TestPluginWithEverySymbolOfGo(t *testing.T) {
	e := buildEverything(t)
	t.Run("cannot leave its process", func(t *testing.T) { e.staysInside(t, nil) })
	t.Run("cannot leave its process as an ordinary user", func(t *testing.T) {
		if os.Getuid() == 0 { // otherwise this is what the first has shown
			e.staysInside(t, []string{"/proc/self/exe", asNobody})
		}
	})
	t.Run("could do the same without a sandbox", e.worksOutside)
	t.Run("harms only itself", e.harmsItself)
}

func (e everything) staysInside(t *testing.T, by []string) {
	p := newPrey(t)
	w := e.start(t, worker.Options{Command: by})
	var b strings.Builder
	b.WriteString("| attempt | what the plugin gets |\n|---|---|\n")
	for n, a := range attempts {
		got := outcome(t, w, n, p.of(a.tries))
		if !slices.ContainsFunc(refusals, func(r string) bool { return strings.Contains(got, r) }) {
			t.Errorf("%s: %s", a.name, got)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", a.name, p.without(got))
	}
	t.Log("\n" + b.String())
	hold(t, "testdata/everything.md", "# A plugin that has every symbol of Go\n\nWritten by `go test -run TestPluginWithEverySymbol -update`.", b.String())
	left, err := os.ReadDir(p.dir)
	if err != nil || len(left) != 2 || read(t, p.file) != "secret" {
		t.Errorf("it has changed %v (%v)", left, err)
	}
}

// refusals are what the filter of system calls answers, and what stands in an
// environment that is empty.
var refusals = []string{"operation not permitted", "function not implemented", "nothing but TZ=UTC"}

// worksOutside shows that the attempts are good ones.
func (e everything) worksOutside(t *testing.T) {
	p := newPrey(t)
	w := e.start(t, worker.Options{Init: worker.Init{Limits: worker.Limits{NoSandbox: true}}})
	for n, a := range attempts {
		if a.free {
			if got := outcome(t, w, n, p.of(a.tries)); got != "done" {
				t.Errorf("%s: %s", a.name, got)
			}
		}
	}
}

func (e everything) harmsItself(t *testing.T) {
	for tries, want := range map[string]worker.Cause{
		"forge": worker.Broken, "exit": worker.Died, "flood": worker.Hung, "1073741824 0": worker.Died, // a call of x32
	} {
		w := e.start(t, worker.Options{Deadline: time.Millisecond})
		if end := ends(t, w, says(1, tries)); end.Cause != want {
			t.Errorf("%s: %v", tries, end)
		}
	}
}

const asNobody = "nobody"

func init() { roles[asNobody] = becomeNobody }

// becomeNobody replaces this process by the program, as an ordinary user.
func becomeNobody(program []string) int {
	const nobody = 65534
	err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody))
	if err == nil {
		err = syscall.Exec(program[0], program, os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}
