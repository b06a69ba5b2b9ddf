//go:build unix

package server

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// freeBytes are those that are left where the studio's folder lies.
func (s *Server) freeBytes() (int64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(s.options.Folder, &disk); err != nil {
		return 0, fmt.Errorf("look at the disk: %w", err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil
}
