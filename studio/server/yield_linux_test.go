package server

import (
	"os"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestYield lowers a thread that has the name of one that computes, and no other.
func TestYield(t *testing.T) {
	before, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid())
	must(t, err)
	named, done := make(chan int), make(chan struct{})
	var start func()
	start = func() {
		runtime.LockOSThread()            // and it ends with the goroutine
		if unix.Gettid() == os.Getpid() { // the process's own thread, whose priority is to stay
			go start()
			<-done
			return
		}
		name := append([]byte(computing+"Eigen"), 0)
		if err := unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0); err != nil {
			t.Error(err)
		}
		named <- unix.Gettid()
		<-done
	}
	go start()
	thread := <-named
	defer close(done)
	for range 2 { // again changes nothing
		if n, err := yield(); err != nil || n < 1 {
			t.Fatalf("%d threads, %v", n, err)
		}
	}
	lowered, err := unix.Getpriority(unix.PRIO_PROCESS, thread)
	must(t, err)
	if want := max(before-yieldBy, 1); lowered != want {
		t.Errorf("the thread has %d, want %d of 40", lowered, want)
	}
	if after, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid()); err != nil || after != before {
		t.Errorf("the process had %d and has %d, %v", before, after, err)
	}
}
