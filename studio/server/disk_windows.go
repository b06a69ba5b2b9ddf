package server

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// freeBytes are those that are left where the studio's folder lies.
func (s *Server) freeBytes() (int64, error) {
	folder, err := windows.UTF16PtrFromString(s.options.Folder)
	if err != nil {
		return 0, fmt.Errorf("look at the disk: %w", err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(folder, &free, nil, nil); err != nil {
		return 0, fmt.Errorf("look at the disk: %w", err)
	}
	return int64(free), nil
}
