//go:build !unix

package weights

import "os"

// mapFile maps nothing here: the file is read in parts.
func mapFile(*os.File, int64) (store, bool) { return nil, false }
