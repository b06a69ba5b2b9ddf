package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/draw"
	"github.com/ichimai/ichimai/studio/server"
)

// hosting is the flags of studio.
type hosting struct {
	p       *program
	model   modelFlags
	judge   judgeFlags
	dir     string
	listen  string
	origin  string
	verbose bool
}

func studioCommand(p *program) *cobra.Command {
	h := &hosting{p: p}
	cmd := p.command(spec{
		use:   "studio",
		short: text{"Open the studio: a workspace in the browser, from the photo to the approved picture.", "ブラウザーで使うスタジオを起動します。写真の登録から画像の承認まで行えます。"},
		long: text{
			"Opens a web workspace on this machine: give photos with their rights, learn them, draw, review, publish, and keep a record of all of it. Everything lies in one folder. The first time it prints a link that makes the first admin. It answers on this machine alone unless --listen says otherwise; put a proxy with HTTPS in front of it for others, and name its address with --origin.",
			"このマシンでスタジオを起動します。権利情報とともに写真を登録し、学習、画像の生成、審査、公開を行い、そのすべてを記録します。データは一つのフォルダーに保存されます。初回は、最初の管理者を作成するためのリンクを表示します。--listen を指定しないかぎり、このマシンからしか接続できません。ほかのマシンから使う場合は、HTTPS に対応したプロキシを前に置き、その URL を --origin で指定してください。",
		},
		example: text{"  ichimai studio\n  ichimai studio --data STUDIO --model MODEL", "  ichimai studio --lang ja\n  ichimai studio --data STUDIO --model MODEL --lang ja"},
		run:     h.run,
	})
	f := flags{p, cmd.Flags()}
	f.string(&h.dir, "data", defaultStudio, text{"`FOLDER` of the studio; it is made where there is none", "スタジオの `FOLDER`。なければ作成します"})
	f.string(&h.listen, "listen", "127.0.0.1:8765", text{"`ADDRESS` and port to listen on", "待ち受ける `ADDRESS` とポート"})
	f.string(&h.origin, "origin", "", text{"`URL` at which a proxy in front is reached, such as https://studio.example.com", "前に置いたプロキシの `URL`(例: https://studio.example.com)"})
	f.bool(&h.verbose, "log", text{"log every request", "すべてのリクエストをログに出力します"})
	h.model.add(f)
	h.judge.add(f)
	for _, child := range []func(*program) *cobra.Command{studioTrialCommand, studioBackupCommand, studioRestoreCommand} {
		cmd.AddCommand(child(p))
	}
	return cmd
}

func (h *hosting) run(ctx context.Context, _ []string) (err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.listen)
	if err != nil {
		return h.p.failed(err, textCannotListen, "address", h.listen, "reason", err.Error())
	}
	defer listener.Close() // again where it was served: no matter
	options, closeDevice, err := h.options(ctx)
	if err != nil {
		return err
	}
	defer closeDevice()
	s, err := server.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	if err := h.announce(ctx, s, listener.Addr().String()); err != nil {
		return err
	}
	if err := s.Run(ctx, listener); err != nil {
		return err
	}
	h.p.note(textStudioStopped)
	return nil
}

// options opens the device, so that what is missing is told here and not in the
// first job, and chooses the model.
func (h *hosting) options(ctx context.Context) (server.Options, func(), error) {
	model := h.model.dir
	if model == "" {
		model = os.Getenv(envModel)
	}
	cache, err := cacheDir()
	if err != nil {
		return server.Options{}, nil, err
	}
	device, err := h.model.device.open(ctx)
	if err != nil {
		return server.Options{}, nil, err
	}
	level := slog.LevelWarn
	if h.verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(h.p.err, &slog.HandlerOptions{Level: level}))
	return server.Options{
		Folder: filepath.Clean(h.dir), Origin: h.origin, Version: buildVersion().Version, Log: log,
		Draw: draw.Options{
			Model: model, Cache: cache, Engine: device, Log: log,
			Precision: diffusion.Precision(h.model.precision), Tiling: h.model.tiling,
			Judge: h.judge.dir, Gate: h.judge.gate,
		},
	}, device.Close, nil
}

// announce says where the studio is, and how to make the first admin.
func (h *hosting) announce(ctx context.Context, s *server.Server, address string) error {
	at := h.origin
	if at == "" {
		at = "http://" + address
	}
	if !onlyHere(address) && !strings.HasPrefix(h.origin, "https://") {
		h.p.note(textOpenToOthers, "address", address)
	}
	secret, needed, err := s.FirstLink(ctx)
	if err != nil {
		return err
	}
	value := map[string]any{"url": at, "folder": h.dir}
	lines := []string{h.p.say(textStudioAt, "url", at), h.p.say(textStudioFolder, "folder", h.dir)}
	if needed {
		link := at + "/join/" + secret
		value["first_link"] = link
		lines = append(lines, h.p.say(textFirstLink, "link", link))
	}
	return h.p.result(value, append(lines, h.p.say(textStudioStop))...)
}

// onlyHere reports whether only this machine reaches an address.
func onlyHere(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// studioInJapanese says errors of the studio, which carry both languages.
func studioInJapanese(err error) string {
	var e *studio.Error
	var origin *server.OriginError
	switch {
	case errors.As(err, &origin):
		return origin.Origin + " は指定できません。https://studio.example.com のように、スキームとホスト名だけを指定してください。"
	case errors.As(err, &e):
		return e.Japanese
	}
	return ""
}

var (
	textCannotListen  = text{"cannot listen on {address}: {reason}; choose another with --listen", "{address} で待ち受けられません({reason})。--listen で別のアドレスかポートを指定してください"}
	textStudioAt      = text{"The studio is open: {url}", "スタジオを起動しました: {url}"}
	textStudioFolder  = text{"Its folder: {folder}", "フォルダー: {folder}"}
	textFirstLink     = text{"Make the first admin with this link, which works once: {link}", "次のリンクで最初の管理者を作成してください(一度だけ有効): {link}"}
	textStudioStop    = text{"Ctrl-C stops it; what is being computed goes on the next time.", "Ctrl-C で終了します。途中の処理は次回の起動時に再開します。"}
	textStudioStopped = text{"the studio is closed", "スタジオを終了しました"}
	textOpenToOthers  = text{"warning: others reach {address} without HTTPS, and could read passwords on the way; put a proxy with HTTPS in front and name it with --origin", "警告: {address} には、ほかのマシンから HTTPS なしで接続できます。パスワードが盗み見られるおそれがあります。HTTPS に対応したプロキシを前に置き、--origin で指定してください"}
)
