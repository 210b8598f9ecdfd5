package worker

import (
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// permitted are the system calls that Go's runtime needs once it has its
// threads, and reading and writing on what is open already.
var permitted = append([]uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_CLOSE,
	unix.SYS_MUNMAP, unix.SYS_BRK, unix.SYS_MINCORE,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_GETPID, unix.SYS_GETTID,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_RESTART_SYSCALL,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2,
	unix.SYS_GETRANDOM, unix.SYS_RSEQ, unix.SYS_SET_ROBUST_LIST, unix.SYS_MEMBARRIER,
}, permittedHere...)

// Where struct seccomp_data holds what a call is: see seccomp(2). Of an
// argument only the lower half is looked at, on little-endian machines.
const (
	callNumber = 0
	callArch   = 4
	callArgs   = 16
	callArg    = 8 // bytes of each
)

// What a filter can do with a call: see linux/seccomp.h.
const (
	allowCall = 0x7fff0000
	endAll    = 0x80000000
	refuse    = 0x00050000
	refused   = refuse | uint32(unix.EPERM)
)

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// jump skips so many instructions when the test holds, or when it does not.
func jump(test uint16, k uint32, then, otherwise int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, K: k, Jt: uint8(then), Jf: uint8(otherwise)}
}

func ret(what uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: what}
}

// on is what happens to the call of that number, and to no other.
func on(number uint32, then ...unix.SockFilter) []unix.SockFilter {
	return append([]unix.SockFilter{jump(unix.BPF_JEQ, number, 0, len(then))}, then...)
}

// unless refuses a call whose argument passes the test, and allows others.
func unless(arg uint32, test uint16, k uint32) []unix.SockFilter {
	return []unix.SockFilter{load(callArgs + callArg*arg), jump(test, k, 0, 1), ret(refused), ret(allowCall)}
}

// onlyIf allows a call whose argument is one of these, and refuses others.
func onlyIf(arg uint32, values ...uint32) []unix.SockFilter {
	p := []unix.SockFilter{load(callArgs + callArg*arg)}
	for _, v := range values {
		p = append(p, jump(unix.BPF_JEQ, v, 0, 1), ret(allowCall))
	}
	return append(p, ret(refused))
}

// uncounted are the mappings that the limit on memory does not count.
const uncounted = unix.MAP_SHARED | unix.MAP_GROWSDOWN | unix.MAP_HUGETLB

// filter is the program: a call that it does not know is refused. Pid is this
// process.
func filter(pid int) []unix.SockFilter {
	mmap := append([]unix.SockFilter{load(callArgs + callArg*3), jump(unix.BPF_JSET, uncounted, 0, 1), ret(refused)},
		unless(2, unix.BPF_JSET, unix.PROT_EXEC)...)
	p := slices.Concat(
		[]unix.SockFilter{load(callArch), jump(unix.BPF_JEQ, thisArch, 1, 0), ret(endAll), load(callNumber)},
		[]unix.SockFilter{jump(unix.BPF_JGE, 0x40000000, 0, 1), ret(endAll)}, // the x32 calls of amd64
		// Memory, but none that can be executed, and none that no limit counts.
		on(unix.SYS_MMAP, mmap...),
		on(unix.SYS_MPROTECT, unless(2, unix.BPF_JSET, unix.PROT_EXEC)...),
		// 100 and 101 take memory away from the machine.
		on(unix.SYS_MADVISE, unless(2, unix.BPF_JGE, unix.MADV_HWPOISON)...),
		// The runtime interrupts its own threads. Nobody else's.
		on(unix.SYS_TGKILL, onlyIf(0, uint32(pid))...),
		// The flags of an open file may be read and set, but nothing locked.
		on(unix.SYS_FCNTL, onlyIf(1, unix.F_GETFL, unix.F_SETFL)...),
	)
	for _, number := range permitted {
		p = append(p, on(number, ret(allowCall))...)
	}
	return append(p, ret(refused))
}

// filterCalls puts the filter on all threads of this process, for good.
func filterCalls() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up privileges: %w", err)
	}
	p := filter(unix.Getpid())
	prog := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	const setFilter, allThreads = 1, 1 // SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, setFilter, allThreads, uintptr(unsafe.Pointer(&prog)))
	switch {
	case errno != 0:
		return fmt.Errorf("set filter: %w", errno)
	case thread != 0:
		return fmt.Errorf("set filter: thread %d does not take it", thread)
	}
	return nil
}
