package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// computing begins the names of the threads on which XLA computes.
const computing = "tf_XLA"

// yieldBy is by how much the priority of what computes is lower: at equal demand it
// then gets about a tenth of a processor's time, and all of it while nobody asks for a
// page.
const yieldBy = 10

// yield lowers the priority of the threads that compute below that of those which
// answer, and returns how many these are. Linux has priorities of threads; to lower
// them takes no right. What was lowered before stays as it is.
func yield() (int, error) {
	own, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid())
	if err != nil {
		return 0, fmt.Errorf("read priority: %w", err)
	}
	nice := min(20-own+yieldBy, 19) // the kernel says 20 - nice
	names, err := filepath.Glob("/proc/self/task/*/comm")
	if err != nil {
		return 0, err
	}
	count := 0
	for _, name := range names {
		comm, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(comm), computing) {
			continue // it has ended meanwhile, or does something else
		}
		thread, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil {
			return count, err
		}
		if err := unix.Setpriority(unix.PRIO_PROCESS, thread, nice); err != nil {
			return count, fmt.Errorf("lower priority: %w", err)
		}
		count++
	}
	return count, nil
}
