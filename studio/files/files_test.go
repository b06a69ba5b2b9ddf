package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"gocloud.dev/blob/memblob"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
)

// folder returns a store in a folder, whose clock is ahead of the files by age.
func folder(t *testing.T, age *time.Duration) (*files.Files, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "files")
	bucket, err := files.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := files.New(bucket, func() time.Time { return time.Now().Add(*age) })
	t.Cleanup(func() { f.Close() })
	return f, dir
}

func count(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func put(t *testing.T, f *files.Files, content string) string {
	t.Helper()
	b, err := f.Put(context.Background(), strings.NewReader(content), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return b.Name
}

func TestPutAndGet(t *testing.T) {
	ctx := context.Background()
	age := time.Duration(0)
	onDisk, dir := folder(t, &age)
	for name, f := range map[string]*files.Files{"folder": onDisk, "memory": files.New(memblob.OpenBucket(nil), nil)} {
		t.Run(name, func(t *testing.T) {
			sum := sha256.Sum256([]byte("mug"))
			b, err := f.Put(ctx, iotest.OneByteReader(strings.NewReader("mug")), 3)
			if err != nil || b.Name != hex.EncodeToString(sum[:]) || b.Size != 3 {
				t.Fatalf("put: %+v, %v", b, err)
			}
			if again := put(t, f, "mug"); again != b.Name {
				t.Errorf("the same content has the names %s and %s", b.Name, again)
			}
			if data, err := f.Get(ctx, b.Name, 3); string(data) != "mug" || err != nil {
				t.Errorf("get: %q, %v", data, err)
			}
			if _, err := f.Get(ctx, b.Name, 2); studio.ErrorCode(err) != studio.TooLarge {
				t.Errorf("get of more than the limit: %v", err)
			}
			r, opened, err := f.Open(ctx, b.Name)
			if err != nil || opened != b {
				t.Fatalf("open: %+v, %v", opened, err)
			}
			if _, err := r.Seek(1, io.SeekStart); err != nil {
				t.Error(err)
			}
			if rest, err := io.ReadAll(r); string(rest) != "ug" || err != nil {
				t.Errorf("after seeking: %q, %v", rest, err)
			}
			r.Close()
			empty := put(t, f, "")
			if data, err := f.Get(ctx, empty, 0); len(data) != 0 || err != nil {
				t.Errorf("empty: %q, %v", data, err)
			}
			n := 0
			if err := f.All(ctx, func(files.Blob) error { n++; return nil }); n != 2 || err != nil {
				t.Errorf("%d blobs, %v; want 2", n, err)
			}
			if err := f.Delete(ctx, empty); err != nil {
				t.Error(err)
			}
			if ok, err := f.Exists(ctx, empty); ok || err != nil {
				t.Errorf("a deleted blob exists: %v, %v", ok, err)
			}
		})
	}
	if n := count(t, dir); n != 1 {
		t.Errorf("the folder has %d files, want 1", n)
	}
}

// TestNames tries names that are no hash: none leaves the folder.
func TestNames(t *testing.T) {
	ctx := context.Background()
	age := time.Duration(0)
	f, dir := folder(t, &age)
	outside := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"", "..", "../secret", "../../secret", `..\secret`, "..%2Fsecret", outside,
		strings.Repeat("A", 64), strings.Repeat("a", 63), strings.Repeat("a", 64) + "/", "\x00" + strings.Repeat("a", 63),
		strings.Repeat("a", 64), // a hash of nothing that is here
	} {
		_, err := f.Get(ctx, name, 10)
		if studio.ErrorCode(err) != studio.NotFound {
			t.Errorf("get %q: %v", name, err)
		}
		if err := f.Delete(ctx, name); studio.ErrorCode(err) != studio.NotFound {
			t.Errorf("delete %q: %v", name, err)
		}
		if ok, _ := f.Exists(ctx, name); ok {
			t.Errorf("%q exists", name)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

// TestPutFails ends uploads in each way; nothing is left of any.
func TestPutFails(t *testing.T) {
	age := time.Duration(0)
	f, dir := folder(t, &age)
	fault := errors.New("line dropped")
	t.Run("ErrTooLarge", func(t *testing.T) {
		if _, err := f.Put(context.Background(), strings.NewReader("four"), 3); studio.ErrorCode(err) != studio.TooLarge {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("ErrReader", func(t *testing.T) {
		r := io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), iotest.ErrReader(fault))
		if _, err := f.Put(context.Background(), r, 1<<30); !errors.Is(err, fault) {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("ErrCancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		r := io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), readerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil }))
		if _, err := f.Put(ctx, r, 1<<30); !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
	})
	if n := count(t, dir); n != 0 {
		t.Errorf("%d files were left", n)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestVerify(t *testing.T) {
	ctx := context.Background()
	age := time.Duration(0)
	f, dir := folder(t, &age)
	name := put(t, f, "mug")
	if err := f.Verify(ctx, name); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "blobs", name[:2], name), []byte("mut"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Verify(ctx, name); err == nil {
		t.Error("a damaged blob passed")
	}
	put(t, f, "mug")
	if err := f.Verify(ctx, name); err != nil {
		t.Errorf("put again: %v", err)
	}
}

func TestSweep(t *testing.T) {
	ctx := context.Background()
	age := time.Duration(0)
	f, dir := folder(t, &age)
	kept, loose := put(t, f, "kept"), put(t, f, "loose")
	// What a program that was killed leaves: an upload, and a move into place.
	for _, name := range []string{"incoming/KILLED", "blobs/" + loose[:2] + "/fileblob1234"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	referenced := func(_ context.Context, name string) (bool, error) { return name == kept, nil }
	if swept, err := f.Sweep(ctx, time.Hour, referenced); swept != (files.Swept{}) || err != nil {
		t.Errorf("young files were swept: %+v, %v", swept, err)
	}
	age = 2 * time.Hour
	fault := errors.New("fault")
	if _, err := f.Sweep(ctx, time.Hour, func(context.Context, string) (bool, error) { return false, fault }); !errors.Is(err, fault) {
		t.Errorf("the error of referenced became %v", err)
	}
	swept, err := f.Sweep(ctx, time.Hour, referenced)
	if swept.Blobs != 1 || err != nil {
		t.Errorf("swept %+v, %v", swept, err)
	}
	if _, err := f.Get(ctx, kept, 100); err != nil {
		t.Error(err)
	}
	if _, err := f.Get(ctx, loose, 100); studio.ErrorCode(err) != studio.NotFound {
		t.Errorf("the loose blob: %v", err)
	}
	if n := count(t, dir); n != 1 {
		t.Errorf("%d files are left, want 1", n)
	}
}

// TestTogether puts the same and other contents from many goroutines.
func TestTogether(t *testing.T) {
	age := time.Duration(0)
	f, dir := folder(t, &age)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			content := strings.Repeat("x", i%4)
			b, err := f.Put(context.Background(), strings.NewReader(content), 10)
			if err != nil {
				t.Error(err)
				return
			}
			if err := f.Verify(context.Background(), b.Name); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, dir); n != 4 {
		t.Errorf("%d files, want 4", n)
	}
}
