package worker

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// permitted are the system calls that Go's runtime needs, and reading and
// writing on what is open already.
var permitted = append([]uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_CLOSE,
	unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_BRK, unix.SYS_MINCORE,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_TGKILL,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_RESTART_SYSCALL,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2,
	unix.SYS_GETRANDOM, unix.SYS_RSEQ, unix.SYS_SET_ROBUST_LIST, unix.SYS_MEMBARRIER,
}, permittedHere...)

// Where struct seccomp_data holds what a call is: see seccomp(2). Of an
// argument only the lower half is looked at, on little-endian machines.
const (
	callNumber = 0
	callArch   = 4
	callArg0   = 16
	callArg1   = 24
	callArg2   = 32
)

// What a filter can do with a call: see linux/seccomp.h.
const (
	allowCall = 0x7fff0000
	endAll    = 0x80000000
	refuse    = 0x00050000
	refused   = refuse | uint32(unix.EPERM)
	unknown   = refuse | uint32(unix.ENOSYS)
)

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// ifEqual goes on, or skips so many instructions when the value differs.
func ifEqual(value uint32, elseSkip uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jf: elseSkip}
}

// ifBits skips so many instructions when none of the bits is set.
func ifBits(bits uint32, elseSkip uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: bits, Jf: elseSkip}
}

func ret(what uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: what}
}

// filter is the program: a call that it does not know is refused.
func filter() []unix.SockFilter {
	p := []unix.SockFilter{
		load(callArch),
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: thisArch, Jt: 1},
		ret(endAll),
		load(callNumber),
		{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, K: 0x40000000, Jf: 1}, // the x32 calls of amd64
		ret(endAll),
		// Threads, but no processes. What clone3 does lies in memory, where a
		// filter cannot look; without it the runtime uses clone.
		ifEqual(unix.SYS_CLONE, 4), load(callArg0), ifBits(unix.CLONE_THREAD, 1), ret(allowCall), ret(refused),
		ifEqual(unix.SYS_CLONE3, 1), ret(unknown),
		// Memory, but none that can be executed.
		ifEqual(unix.SYS_MMAP, 4), load(callArg2), ifBits(unix.PROT_EXEC, 1), ret(refused), ret(allowCall),
		ifEqual(unix.SYS_MPROTECT, 4), load(callArg2), ifBits(unix.PROT_EXEC, 1), ret(refused), ret(allowCall),
		// The flags of an open file may be read and set, but nothing locked.
		ifEqual(unix.SYS_FCNTL, 6), load(callArg1), ifEqual(unix.F_GETFL, 1), ret(allowCall), ifEqual(unix.F_SETFL, 1), ret(allowCall), ret(refused),
	}
	for _, number := range permitted {
		p = append(p, ifEqual(number, 1), ret(allowCall))
	}
	return append(p, ret(refused))
}

// filterCalls puts the filter on all threads of this process, for good.
func filterCalls() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up privileges: %w", err)
	}
	p := filter()
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
