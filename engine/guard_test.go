package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gomlx/gomlx/core/graph"
)

func TestTry(t *testing.T) {
	plain := errors.New("plain")
	var nothing []int
	tests := []struct {
		name     string
		f        func() error
		want     string
		is       error
		panicked bool
		internal bool
	}{
		{"OK", func() error { return nil }, "", nil, false, false},
		{"Error", func() error { return plain }, "plain", plain, false, false},
		{"PanicText", func() error { panic(" shape [2 3] \n") }, "shape [2 3]", nil, true, false},
		{"PanicError", func() error { panic(fmt.Errorf("outer: %w", plain)) }, "outer: plain", plain, true, false},
		{"PanicRuntime", func() error { _ = nothing[len(nothing)+1]; return nil }, "internal error", nil, true, true},
		{"PanicNil", func() error { panic(nil) }, "internal error", nil, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Try(tt.f)
			if tt.want == "" {
				if err != nil {
					t.Fatalf("error %v", err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Fatalf("error is %v, want %s", err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v does not wrap %v", err, tt.is)
			}
			var p *PanicError
			if errors.As(err, &p) != tt.panicked || tt.panicked && p.Internal != tt.internal {
				t.Errorf("error is %#v", err)
			}
		})
	}
}

func TestTryShortensLongPanics(t *testing.T) {
	err := Try(func() error { panic(strings.Repeat("画", maxPanicText)) })
	if n := len(err.Error()); n > maxPanicText+10 || !utf8.ValidString(err.Error()) {
		t.Errorf("%d bytes, valid %v", n, utf8.ValidString(err.Error()))
	}
}

func TestTry1(t *testing.T) {
	if v, err := Try1(func() int { return 7 }); v != 7 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	if v, err := Try1(func() int { panic("no") }); v != 0 || err == nil {
		t.Errorf("got %d, %v", v, err)
	}
}

func TestTryCatchesGraphPanics(t *testing.T) {
	e, err := Open(t.Context(), Config{Device: DeviceGo})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	err = Try(func() error {
		g := graph.NewGraph(e.Backend(), "wrong shapes")
		graph.Add(graph.Const(g, []float32{1, 2}), graph.Const(g, []float32{1, 2, 3}))
		return nil
	})
	var p *PanicError
	if !errors.As(err, &p) || p.Internal || !strings.Contains(err.Error(), "[3]") {
		t.Errorf("error is %v, want GoMLX's text with the shape", err)
	}
}
