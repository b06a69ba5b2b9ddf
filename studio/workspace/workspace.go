package workspace

import (
	"errors"
	"log/slog"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
)

// DefaultMaxUpload is the largest picture that is taken, in bytes of the file.
const DefaultMaxUpload = 64 << 20

// Options set what a Workspace takes from outside.
type Options struct {
	Store          studio.Store     // needed
	Files          *files.Files     // needed
	IDs            studio.IDs       // nil is studio.NewUUIDs(Clock, nil)
	Clock          studio.Clock     // nil is studio.SystemClock
	Log            *slog.Logger     // nil discards
	MaxUpload      int64            // bytes; 0 is DefaultMaxUpload
	PasswordParams *argon2id.Params // nil is argon2id.DefaultParams; cheap in tests
	Checks         Checker          // automatic checks of submitted pictures; nil runs only the workspace's own
	CheckTime      time.Duration    // 0 is DefaultCheckTime
	Stamper        Stamper          // of pictures that are drawn or leave; nil is NewStamper of its zero options
	Disk           Disk             // nil leaves the disk out of Status
}

// Workspace is the studio's use cases. It may be used by many goroutines at
// once.
type Workspace struct {
	store     studio.Store
	files     *files.Files
	ids       studio.IDs
	clock     studio.Clock
	log       *slog.Logger
	maxUpload int64
	passwords *passwords
	attempts  *attempts
	checks    Checker
	checkTime time.Duration
	marks     markCache
	disk      Disk
	hub       *hub
	blobs     *blobIndex
	stamper   Stamper
	leaving   *leaving
}

// New returns a workspace over a store and its files, which stay the caller's to
// close.
func New(o Options) (*Workspace, error) {
	if o.Store == nil || o.Files == nil {
		return nil, errors.New("open workspace: a store and its files are needed")
	}
	if o.Clock == nil {
		o.Clock = studio.SystemClock
	}
	if o.IDs == nil {
		o.IDs = studio.NewUUIDs(o.Clock, nil)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.CheckTime <= 0 {
		o.CheckTime = DefaultCheckTime
	}
	if o.MaxUpload <= 0 {
		o.MaxUpload = DefaultMaxUpload
	}
	if o.Stamper == nil {
		o.Stamper = NewStamper(StamperOptions{})
	}
	secrets, err := newPasswords(o.PasswordParams)
	if err != nil {
		return nil, err
	}
	return &Workspace{
		store: o.Store, files: o.Files, ids: o.IDs, clock: o.Clock, log: o.Log, maxUpload: o.MaxUpload,
		passwords: secrets, attempts: newAttempts(o.Clock), checks: o.Checks, checkTime: o.CheckTime, disk: o.Disk,
		hub: newHub(), blobs: newBlobIndex(), stamper: o.Stamper, leaving: newLeaving(),
	}, nil
}
