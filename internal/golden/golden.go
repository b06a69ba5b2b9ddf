// Package golden finds the reference fixtures that parity tests compare with.
//
// The folder is the environment's ICHIMAI_GOLDEN; without it ../shared/golden
// beside the project's root; without that the few fixtures of testdata/golden
// that every clone carries. Tests read shapes, configs and inputs from the
// fixtures, so that another set in the same layout can be put in their place.
package golden

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// EnvDir is the environment variable that names another set of fixtures.
const EnvDir = "ICHIMAI_GOLDEN"

// Root is the project's root folder, found from this file's own place.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Dir returns the folder of one fixture, such as "schedulers" or
// "dino-tiny/vit". A fixture that is in none of the places skips the test and
// says where it was looked for; one that is missing from a set named by
// ICHIMAI_GOLDEN fails it, because somebody asked for that set.
func Dir(t testing.TB, fixture string) string {
	t.Helper()
	if set := os.Getenv(EnvDir); set != "" {
		if dir := filepath.Join(set, fixture); exists(dir) {
			return dir
		}
		t.Fatalf("fixture %q is not in %s=%s", fixture, EnvDir, set)
	}
	places := []string{
		filepath.Join(Root(), "..", "shared", "golden", fixture),
		filepath.Join(Root(), "testdata", "golden", fixture),
	}
	for _, dir := range places {
		if exists(dir) {
			return dir
		}
	}
	t.Skipf("fixture %q is in none of %q; set %s to a folder that holds it", fixture, places, EnvDir)
	return ""
}

func exists(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}
