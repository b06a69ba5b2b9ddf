package main

import (
	"context"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/phash"
)

// TestRates measures a little of what the command does.
func TestRates(t *testing.T) {
	b, err := settings{folders: []string{"../../demo/photos"}, side: 256, count: len(logos), without: 3, seed: 1}.open()
	if err != nil {
		t.Fatal(err)
	}
	none, err := b.strangers(context.Background(), true)
	if err != nil {
		t.Fatal(err)
	}
	if n := atLeast(none, phash.Threshold); n > 0 {
		t.Errorf("%d false alarms: %v", n, none)
	}
	found, err := b.shown(context.Background(), 1./3, wears[3], false)
	if err != nil {
		t.Fatal(err)
	}
	if n := atLeast(found, phash.Threshold); n < len(logos)*3/4 {
		t.Errorf("only %d of %d marks were found: %v", n, len(logos), found)
	}
}

func TestNoFolders(t *testing.T) {
	if _, err := (settings{}).measure(context.Background()); err == nil || !strings.Contains(err.Error(), "--pictures") {
		t.Errorf("got %v", err)
	}
}
