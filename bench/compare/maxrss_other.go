//go:build !unix

package main

import "os"

// maxRSS is unknown here, which the table shows as such.
func maxRSS(*os.ProcessState) uint64 { return 0 }
