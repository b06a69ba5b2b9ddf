package engine

import (
	"errors"
	"os"
	"testing"
)

// TestPinsAreServed fetches every pinned wheel from the real package index and
// computes with it. It runs on demand only: it needs a network and 130 MB.
//
//	ICHIMAI_TEST_NETWORK=1 go test -run PinsAreServed -v ./engine/
func TestPinsAreServed(t *testing.T) {
	if os.Getenv("ICHIMAI_TEST_NETWORK") == "" {
		t.Skip("set ICHIMAI_TEST_NETWORK=1 to download the pinned wheels")
	}
	for _, p := range cpuPins {
		t.Run(p.Project, func(t *testing.T) {
			cfg, err := Config{CacheDir: t.TempDir()}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			found, err := installPin(t.Context(), cfg, p)
			if err != nil {
				t.Fatal(err)
			}
			e, err := openPlugin(cfg, found[0])
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			speed, err := probe(e)
			t.Logf("%+v: %+v", e.Info(), speed)
			if err = errors.Join(err, found[0].Verify()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPinsAreComplete(t *testing.T) {
	for _, p := range cpuPins {
		if len(p.SHA256) != 64 || len(p.WheelSHA256) != 64 || p.Bytes == 0 || p.WheelBytes == 0 || p.Member == "" || p.Licence == "" {
			t.Errorf("pin %s is incomplete: %+v", p.title(), p)
		}
		if p.runsOn(p.GOOS, p.GOARCH) != nil || p.runsOn("plan9", p.GOARCH) == nil {
			t.Errorf("pin %s does not know its platform", p.title())
		}
	}
}
