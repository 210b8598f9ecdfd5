package worker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// PrivateKiB is the memory that this worker alone uses: what is there once for
// all workers, such as the program itself, does not count.
func (p *Process) PrivateKiB() (int, error) {
	if p.other.pid == 0 {
		return 0, errors.New("measure worker: it runs in this process")
	}
	dir := fmt.Sprintf("/proc/%d/", p.other.pid)
	if b, err := os.ReadFile(dir + "smaps_rollup"); err == nil {
		return field(b, "Private_Clean:") + field(b, "Private_Dirty:"), nil
	}
	// A locked worker shows its maps to root only. What is its own and not of
	// a file is all that it can have made private.
	b, err := os.ReadFile(dir + "status")
	if err != nil {
		return 0, fmt.Errorf("measure worker: %w", err)
	}
	return field(b, "RssAnon:"), nil
}

// field is the number behind a name in a file of /proc; 0 when it is not there.
func field(file []byte, name string) (kib int) {
	for line := range bytes.Lines(file) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			fmt.Sscan(string(rest), &kib)
		}
	}
	return kib
}
