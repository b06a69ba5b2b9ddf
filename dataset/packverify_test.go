package dataset

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerifyPack(t *testing.T) {
	dir := testPack(t)
	state := func(name, sum string) {
		writeFile(t, filepath.Join(dir, "pack.json"), fmt.Appendf(nil, `{"version":1,"sha256":{%q:%q}}`, name, sum))
	}
	data, err := os.ReadFile(filepath.Join(dir, spriteArchive))
	if err != nil {
		t.Fatal(err)
	}
	right := fmt.Sprintf("%x", sha256.Sum256(data))
	state(spriteArchive, right)
	if err := VerifyPack(context.Background(), dir); err != nil {
		t.Error(err)
	}
	writeFile(t, filepath.Join(dir, spriteArchive), append(data, 0))
	if err := VerifyPack(context.Background(), dir); err == nil || !strings.Contains(err.Error(), spriteArchive) {
		t.Errorf("a changed archive: %v", err)
	}
	state("../elsewhere", right)
	if err := VerifyPack(context.Background(), dir); err == nil {
		t.Error("a name that leads out is read")
	}
	state(spriteArchive, "")
	if err := VerifyPack(context.Background(), t.TempDir()); err == nil {
		t.Error("a folder without pack.json verifies")
	}
}
