package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/engine"
)

// deviceFlags choose what computes.
type deviceFlags struct {
	p      *program
	device string
	plugin string
}

func (d *deviceFlags) add(f flags) {
	d.p = f.p
	f.string(&d.device, "device", "", text{"what computes: `auto|cpu|cuda|go` (default: ICHIMAI_DEVICE, then auto)", "計算に使うデバイス(`auto|cpu|cuda|go`)。既定は ICHIMAI_DEVICE、なければ auto です"})
	f.string(&d.plugin, "plugin", "", text{"`PATH` of an XLA (PJRT) plugin to use and no other", "使用する XLA(PJRT)プラグインの `PATH`"})
}

// check refuses a device that there is not.
func (d *deviceFlags) check() error {
	known := []string{"", engine.DeviceAuto, engine.DeviceCPU, engine.DeviceCUDA, engine.DeviceGo}
	if !slices.Contains(known, strings.ToLower(d.device)) {
		return d.p.wrongUse(textBadDevice, "value", d.device)
	}
	return nil
}

var textBadDevice = text{"--device: {value} is not known; choose auto, cpu, cuda or go", "--device: {value} というデバイスはありません。auto、cpu、cuda、go から指定してください"}

// config is the engine's view of the flags, with progress shown.
func (d *deviceFlags) config() engine.Config {
	return engine.Config{Device: d.device, Plugin: d.plugin, Progress: d.p.installing}
}

// open opens the device; a missing plugin is downloaded.
func (d *deviceFlags) open(ctx context.Context) (*engine.Engine, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	e, err := engine.Open(ctx, d.config())
	d.p.report.close()
	return e, err
}

// installing shows what an installation is doing.
func (p *program) installing(s engine.Progress) {
	titles := map[engine.Phase]text{
		engine.PhaseWaiting:  {"waiting for another process that installs", "ほかのプロセスのインストールを待っています"},
		engine.PhaseDownload: {"downloading", "ダウンロード中"},
		engine.PhaseVerify:   {"checking", "検証中"},
		engine.PhaseExtract:  {"unpacking", "展開中"},
		engine.PhaseDone:     {"installed", "インストール完了"},
	}
	p.report.update(progress{
		task: "install", title: p.say(titles[s.Phase]) + " " + s.Source, done: s.Done, total: s.Total, bytes: true,
		data: map[string]any{"phase": s.Phase, "source": s.Source},
	})
}

// cacheDir is a folder of this program's cache: in ICHIMAI_CACHE, or "ichimai"
// in the user's cache folder, where the engine's plugins are too.
func cacheDir(parts ...string) (string, error) {
	base := os.Getenv(engine.EnvCache)
	if base == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find the cache folder: %w; set %s to a folder", err, engine.EnvCache)
		}
		base = filepath.Join(user, "ichimai")
	}
	return filepath.Join(append([]string{base}, parts...)...), nil
}
