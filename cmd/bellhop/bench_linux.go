package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpuTime is what this process and its workers have used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	total := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	for _, pid := range children() {
		total += processTime(pid)
	}
	return total
}

// tick is the unit of times in /proc, fixed for all that programs see.
const tick = time.Second / 100

// processTime is utime and stime of proc_pid_stat(5).
func processTime(pid string) time.Duration {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(stat, []byte(") ")) // the name may hold blanks
	f := strings.Fields(string(after))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * tick
}

// children are the processes that this one has started.
func children() []string {
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	var all []string
	for _, l := range lists {
		b, _ := os.ReadFile(l)
		all = append(all, strings.Fields(string(b))...)
	}
	return all
}

// workerPrivate is the memory in KiB that a worker shares with nobody, of the
// largest one; 0 when the system does not tell.
func workerPrivate() int {
	most := 0
	for _, pid := range children() {
		b, _ := os.ReadFile("/proc/" + pid + "/smaps_rollup")
		private := 0
		for line := range strings.Lines(string(b)) {
			var kib int
			if strings.HasPrefix(line, "Private_") {
				fmt.Sscanf(line[strings.IndexByte(line, ':')+1:], "%d", &kib)
				private += kib
			}
		}
		most = max(most, private)
	}
	return most
}
