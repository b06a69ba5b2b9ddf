package files

import (
	"fmt"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
)

// OpenFolder returns a bucket in a folder of this machine, which is made where
// there is none. What is being written lies in the same folder, so that it is
// moved into place without a copy.
func OpenFolder(path string) (*blob.Bucket, error) {
	bucket, err := fileblob.OpenBucket(path, &fileblob.Options{
		CreateDir:   true,
		DirFileMode: 0o700,
		NoTempDir:   true,
		Metadata:    fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("open folder of files: %w", err)
	}
	return bucket, nil
}
