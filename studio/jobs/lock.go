package jobs

import (
	"fmt"

	"github.com/gofrs/flock"

	"github.com/ichimai/ichimai/studio"
)

// lockSuffix follows the database's path. The file stays; the lock on it is gone
// with the process that held it, however that ended.
const lockSuffix = ".lock"

// lock takes the queue of a database for this process, or says that another has it.
func lock(database string) (*flock.Flock, error) {
	l := flock.New(database+lockSuffix, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the queue: %w", err)
	}
	if !ok {
		return nil, studio.Errorf(studio.Conflict, "the studio is open already: another process works on %s; close it, or use its address",
			"スタジオはすでに起動しています（%sを別のプロセスが使用中です）。終了してからやり直すか、起動中のスタジオを使ってください。", database)
	}
	return l, nil
}

// Lock takes the queue of a database for this process without opening it, for
// what must not be done while a studio runs, until release is called. Where a
// studio has it the error is a studio.Conflict.
func Lock(database string) (release func() error, err error) {
	l, err := lock(database)
	if err != nil {
		return nil, err
	}
	return l.Unlock, nil
}
