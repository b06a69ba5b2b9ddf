package weights

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
)

// replaceFile writes a file beside path, syncs it and renames it to path. An
// error leaves path as it was and nothing beside it.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	beside := filepath.Join(filepath.Dir(path), "."+rand.Text()+".partial")
	file, err := os.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close() // a second Close is harmless
			os.Remove(beside)
		}
	}()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(beside, path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// syncFolder makes the rename last through a power cut. Systems that cannot
// sync a folder have written the file's own bytes all the same.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
