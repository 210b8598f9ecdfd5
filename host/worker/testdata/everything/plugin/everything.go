// Package everything is a plugin that tries to leave its process. Each message
// names an attempt and its argument; the reason of the skip is what came of it.
package everything

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"

	"github.com/bellhop-chat/bellhop/sdk"
)

func Register(p *sdk.Plugin) error {
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		name, arg, _ := strings.Cut(m.Text, " ")
		if try := attempts[name]; try != nil {
			return sdk.Skip("%s", said(try(arg)))
		}
		return sdk.Skip("%s", said(raw(name, arg)))
	})
	return nil
}

// said is what came of an attempt.
func said(err error) string {
	if err == nil {
		return "done"
	}
	return err.Error()
}

var attempts = map[string]func(string) error{
	"open":     func(path string) error { _, err := os.Open(path); return err },
	"read":     func(path string) error { _, err := os.ReadFile(path); return err },
	"create":   func(path string) error { _, err := os.Create(path); return err },
	"append":   func(path string) error { _, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); return err },
	"readdir":  func(path string) error { _, err := os.ReadDir(path); return err },
	"stat":     func(path string) error { _, err := os.Stat(path); return err },
	"readlink": func(path string) error { _, err := os.Readlink(path); return err },
	"mkdir":    func(path string) error { return os.Mkdir(path, 0o700) },
	"remove":   func(path string) error { return os.Remove(path) },
	"rename":   func(path string) error { return os.Rename(path, path+".new") },
	"symlink":  func(path string) error { return os.Symlink("/etc/passwd", path) },
	"link":     func(path string) error { return os.Link("/etc/passwd", path) },
	"chmod":    func(path string) error { return os.Chmod(path, 0o777) },
	"chown":    func(path string) error { return os.Chown(path, 0, 0) },
	"chdir":    func(path string) error { return os.Chdir(path) },
	"truncate": func(path string) error { return os.Truncate(path, 0) },
	"chroot":   func(path string) error { return syscall.Chroot(path) },
	"mount":    func(path string) error { return syscall.Mount("none", path, "tmpfs", 0, "") },
	"mkfifo":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
	"dial":     func(to string) error { _, err := net.Dial(cut(to)); return err },
	"listen":   func(at string) error { _, err := net.Listen(cut(at)); return err },
	"packet":   func(at string) error { _, err := net.ListenPacket(cut(at)); return err },
	"get":      func(url string) error { _, err := http.Get(url); return err },
	"exec":     func(path string) error { return exec.Command(path).Run() },
	"replace":  func(path string) error { return syscall.Exec(path, []string{path}, nil) },
	"start":    func(path string) error { _, err := os.StartProcess(path, []string{path}, &os.ProcAttr{}); return err },
	"signal":   func(pid string) error { return syscall.Kill(number(pid), syscall.Signal(0)) },
	"kill":     func(pid string) error { return syscall.Kill(number(pid), syscall.SIGKILL) },
	"attach":   func(pid string) error { return syscall.PtraceAttach(number(pid)) },
	"pipe":     func(_ string) error { return syscall.Pipe(make([]int, 2)) },
	"pair": func(_ string) error {
		_, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		return err
	},
	"setuid": func(id string) error { return syscall.Setuid(number(id)) },
	"dup":    func(fd string) error { _, err := syscall.Dup(number(fd)); return err },
	"rights": func(fd string) error {
		return syscall.Sendmsg(3, []byte{0}, syscall.UnixRights(number(fd)), nil, 0)
	},
	"limit": func(_ string) error {
		return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40})
	},
	"environ": func(_ string) error {
		for _, v := range os.Environ() {
			if v != "TZ=UTC" {
				return nil
			}
		}
		return fmt.Errorf("there is nothing but TZ=UTC")
	},
	"executable": func(_ string) error {
		_, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		return err
	},
	"protect": func(_ string) error {
		b, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err != nil {
			return fmt.Errorf("not even memory: %v", err)
		}
		return syscall.Mprotect(b, syscall.PROT_READ|syscall.PROT_EXEC)
	},
	"shared": func(_ string) error {
		_, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
		return err
	},
	"forge": func(_ string) error {
		_, err := syscall.Write(3, []byte{0, 0, 0, 1, 0xf6})
		return err
	},
	"exit": func(_ string) error { os.Exit(0); return nil },
	"flood": func(_ string) error {
		for {
			syscall.Write(2, make([]byte, 4096))
		}
	},
}

// raw is a system call by its number. Its arguments point at zeros.
func raw(number_, arg string) error {
	var zeros [4096]byte
	at := uintptr(unsafe.Pointer(&zeros[0]))
	_, _, errno := syscall.RawSyscall6(uintptr(number(number_)), uintptr(number(arg)), at, at, at, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func cut(s string) (network, address string) {
	network, address, _ = strings.Cut(s, " ")
	return network, address
}

func number(s string) int {
	n := 0
	fmt.Sscan(s, &n)
	return n
}
