//go:build unix

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestInstallPin(t *testing.T) {
	cfg, w := isolated(t), newWheel(t)
	log := fakePip(t, w.bytes, serve)
	var phases []Phase
	cfg.Progress = func(p Progress) {
		if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
			phases = append(phases, p.Phase)
		}
		if p.Total != 0 && p.Done > p.Total {
			t.Errorf("%s reports %d of %d", p.Phase, p.Done, p.Total)
		}
	}
	stale := filepath.Join(cfg.pluginDir(DeviceCPU), partialPrefix+"killed")
	if err := os.MkdirAll(stale, 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := tryInstall(cfg, w.pin)
	if err != nil {
		t.Fatal(err)
	}
	want := Plugin{Path: filepath.Join(cfg.pluginDir(DeviceCPU), "thing-1.2", "pjrt_c_api_cpu_plugin.so"), Kind: DeviceCPU,
		Name: "thing", Version: "1.2", Origin: OriginWheel, Licence: "MIT", SHA256: w.pin.SHA256, Bytes: w.pin.Bytes}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plugin (-want +got):\n%s", diff)
	}
	if err := got.Verify(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]Phase{PhaseDownload, PhaseVerify, PhaseExtract, PhaseDone}, phases); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"thing-1.2"}, leftovers(t, cfg)); diff != "" {
		t.Errorf("cache folder (-want +got):\n%s", diff)
	}
	inside, _ := filepath.Glob(filepath.Join(filepath.Dir(got.Path), "*"))
	if len(inside) != 2 {
		t.Errorf("beside the plugin lie %v, want it and its record only", inside)
	}

	again, err := tryInstall(cfg, w.pin)
	if err != nil || again.Path != got.Path || downloads(t, log) != 1 {
		t.Errorf("installing again gave %v, %v after %d downloads, want the same plugin after one", again.Path, err, downloads(t, log))
	}
}

func TestInstallPinErrors(t *testing.T) {
	w := newWheel(t)
	other := w.pin
	other.SHA256 = strings.Repeat("0", 64)
	short := w.pin
	short.Bytes -= 100
	foreign := w.pin
	foreign.GOARCH = "z80"
	absent := w.pin
	absent.Member = "thing/elsewhere.so"
	tests := []struct {
		name   string
		pin    pin
		served []byte
		script string
		want   []string
	}{
		{"ErrWrongHash", w.pin, append([]byte("x"), w.bytes...), serve, []string{"was refused", w.pin.WheelSHA256}},
		{"ErrTruncated", w.pin, w.bytes[:len(w.bytes)/2], serve, []string{"was refused", "truncated"}},
		{"ErrMemberHash", other, w.bytes, serve, []string{"thing/libthing.so", other.SHA256}},
		{"ErrMemberLonger", short, w.bytes, serve, []string{"thing/libthing.so", "expected"}},
		{"ErrNoMember", absent, w.bytes, serve, []string{"thing/elsewhere.so"}},
		{"ErrIndex", w.pin, w.bytes, "echo 'No matching distribution found' >&2; exit 1", []string{"pip download", "status 1", "No matching distribution"}},
		{"ErrOtherFile", w.pin, w.bytes, `cp "$wheel" "$dest/other.whl"`, []string{"gave no " + w.pin.File}},
		{"ErrPlatform", foreign, w.bytes, serve, []string{"z80 only", "this machine is"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := isolated(t)
			fakePip(t, tt.served, tt.script)
			_, err := tryInstall(cfg, tt.pin)
			checkRefusal(t, cfg, err, tt.want)
		})
	}
}

// checkRefusal wants an error with certain words and an empty cache.
func checkRefusal(t *testing.T, cfg Config, err error, want []string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, words := range want {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("error %q does not say %q", err, words)
		}
	}
	if left := leftovers(t, cfg); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestInstallWithoutPip(t *testing.T) {
	cfg, w := isolated(t), newWheel(t)
	t.Setenv("PATH", t.TempDir())
	_, err := tryInstall(cfg, w.pin)
	checkRefusal(t, cfg, err, []string{"pip was not found", "python3 -m pip is not on PATH", "install Python 3"})
}

func TestInstallPipModuleMissing(t *testing.T) {
	cfg, w := isolated(t), newWheel(t)
	fakePip(t, w.bytes, serve)
	dir := filepath.SplitList(os.Getenv("PATH"))[0]
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\necho No module named pip >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	_, err := tryInstall(cfg, w.pin)
	checkRefusal(t, cfg, err, []string{"pip was not found", "No module named pip"})
}

func TestInstallReadOnlyCache(t *testing.T) {
	w := newWheel(t)
	t.Run("ErrFileInTheWay", func(t *testing.T) {
		cfg := isolated(t)
		fakePip(t, w.bytes, serve)
		if err := os.WriteFile(cfg.CacheDir, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := tryInstall(cfg, w.pin)
		checkRefusal(t, cfg, err, []string{"create the cache folder", EnvCache})
	})
	t.Run("ErrNoPermission", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root may write everywhere")
		}
		cfg := isolated(t)
		log := fakePip(t, w.bytes, serve)
		if err := os.MkdirAll(cfg.pluginDir(DeviceCPU), 0o555); err != nil {
			t.Fatal(err)
		}
		_, err := tryInstall(cfg, w.pin)
		checkRefusal(t, cfg, err, []string{EnvCache})
		if downloads(t, log) != 0 {
			t.Error("downloaded although there is no place for it")
		}
	})
}

func TestInstallCancelled(t *testing.T) {
	cfg, w := isolated(t), newWheel(t)
	fakePip(t, w.bytes, `head -c 1000 "$wheel" > "$dest/part"; exec sleep 60`)
	ctx, cancel := context.WithCancelCause(context.Background())
	interrupted := errors.New("interrupted by the person")
	cfg.Progress = func(p Progress) {
		if p.Phase == PhaseDownload && p.Done > 0 {
			cancel(interrupted)
		}
	}
	start := time.Now()
	_, err := installPin(ctx, cfg, w.pin)
	if !errors.Is(err, interrupted) {
		t.Errorf("error is %v, want the cause of the cancellation", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v to stop", took)
	}
	checkRefusal(t, cfg, err, nil)
}

func TestInstallCancelledWhileWaiting(t *testing.T) {
	cfg, w := isolated(t), newWheel(t)
	fakePip(t, w.bytes, serve)
	if err := os.MkdirAll(cfg.pluginDir(DeviceCPU), 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := lockFile(t.Context(), filepath.Join(cfg.pluginDir(DeviceCPU), ".lock"), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(context.Background())
	waits := 0
	cfg.Progress = func(p Progress) {
		if p.Phase == PhaseWaiting {
			waits++
			cancel()
		}
	}
	if _, err := installPin(ctx, cfg, w.pin); !errors.Is(err, context.Canceled) || waits != 1 {
		t.Errorf("got %v after %d reports of waiting, want the cancellation after one", err, waits)
	}
}

func TestInstallByTwoProcesses(t *testing.T) {
	cfg, w := isolated(t), newWheel(t)
	log := fakePip(t, w.bytes, "sleep 0.3; "+serve)
	asJSON, err := json.Marshal(w.pin)
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan string)
	const processes = 3
	for range processes {
		go func() {
			cmd := exec.Command(os.Args[0], string(asJSON))
			cmd.Env = append(os.Environ(), envChild+"=install", EnvCache+"="+cfg.CacheDir)
			out, err := cmd.Output()
			if err != nil {
				out = append(out, err.Error()...)
			}
			results <- strings.TrimSpace(string(out))
		}()
	}
	want := filepath.Join(cfg.pluginDir(DeviceCPU), "thing-1.2", "pjrt_c_api_cpu_plugin.so")
	for range processes {
		if got := <-results; got != want {
			t.Errorf("a process printed %q, want %q", got, want)
		}
	}
	if n := downloads(t, log); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}

func TestInstallRefused(t *testing.T) {
	w := newWheel(t)
	log := fakePip(t, w.bytes, serve)
	t.Run("ErrNever", func(t *testing.T) {
		cfg := isolated(t)
		cfg.Install = InstallNever
		if _, err := tryInstall(cfg, w.pin); !errors.Is(err, errNotAllowed) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("ErrDeclined", func(t *testing.T) {
		cfg := isolated(t)
		asked := []Offer{}
		cfg.Confirm = askOnce(func(_ context.Context, o Offer) bool { asked = append(asked, o); return false })
		for range 2 {
			if _, err := tryInstall(cfg, w.pin); !errors.Is(err, errDeclined) {
				t.Errorf("error is %v", err)
			}
		}
		want := []Offer{{Device: DeviceCPU, Source: "thing 1.2", Licence: "MIT", Bytes: w.pin.WheelBytes}}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("questions (-want +got):\n%s", diff)
		}
	})
	if n := downloads(t, log); n != 0 {
		t.Errorf("%d downloads, want none", n)
	}
}

func TestDamagedPluginIsReplaced(t *testing.T) {
	cfg, w := isolated(t), newWheel(t)
	log := fakePip(t, w.bytes, serve)
	p, err := tryInstall(cfg, w.pin)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(p.Path, 10); err != nil {
		t.Fatal(err)
	}
	if found, err := findCached(cfg, DeviceCPU); len(found) != 0 || err == nil || !strings.Contains(err.Error(), "10 bytes") {
		t.Errorf("a truncated plugin is found as %v with error %v", found, err)
	}
	if p, err = tryInstall(cfg, w.pin); err != nil || p.Verify() != nil || downloads(t, log) != 2 {
		t.Errorf("not replaced: %v", err)
	}

	// Same size, other bytes: only the hash tells.
	f, err := os.OpenFile(p.Path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("N"), 0); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if p.Verify() == nil {
		t.Error("Verify missed a changed byte")
	}
	cfg.Device = DeviceCPU
	if err := removeDamaged(cfg); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(t, cfg); len(left) != 0 {
		t.Errorf("the damaged plugin is still there: %v", left)
	}
}
