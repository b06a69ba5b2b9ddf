package engine

import (
	"context"
	"fmt"
	"os"
	"time"
)

// lockPoll is how often a waiting process asks for the lock again.
const lockPoll = 100 * time.Millisecond

// lockFile takes an exclusive lock that other processes, and other calls in
// this one, respect. waiting is called once if somebody else holds it. The
// system drops the lock when the process ends, however it ends.
func lockFile(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for told := false; ; told = true {
		locked, err := tryLock(f)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if locked {
			return func() { f.Close() }, nil
		}
		if !told {
			waiting()
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, context.Cause(ctx)
		case <-time.After(lockPoll):
		}
	}
}
