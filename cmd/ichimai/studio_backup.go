package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/studio/server"
)

// safekeeping is the flags of backup and restore.
type safekeeping struct {
	p          *program
	data       string
	force      bool
	incomplete bool
}

func studioBackupCommand(p *program) *cobra.Command {
	s := &safekeeping{p: p}
	cmd := p.command(spec{
		use: "backup FILE", min: 1, max: 1,
		short: text{"Write the whole studio into one file.", "スタジオ全体を一つのファイルにバックアップします。"},
		long: text{
			"Writes the database as it is at one moment and every file that it refers to, as a tar archive. The studio may run meanwhile. The archive holds hashes of passwords and the secrets of webhooks: keep it where nobody else reads it.",
			"ある時点のデータベースと、そこから参照されているすべてのファイルを、一つの tar ファイルに書き出します。スタジオの起動中でも実行できます。パスワードのハッシュと Webhook の秘密の値が含まれるため、ほかの人が読めない場所に保管してください。",
		},
		example: text{"  ichimai studio backup studio-monday.tar --data STUDIO", "  ichimai studio backup studio-monday.tar --data STUDIO --lang ja"},
		run:     s.backup,
	})
	f := flags{p, cmd.Flags()}
	f.string(&s.data, "data", defaultStudio, textStudioData)
	f.bool(&s.force, "force", textForce)
	return cmd
}

func (s *safekeeping) backup(ctx context.Context, args []string) error {
	path := args[0]
	if err := s.p.notTaken(s.force, path); err != nil {
		return err
	}
	counted := &counter{p: s.p, title: textBackingUp}
	if err := writeWhole(path, func(w io.Writer) error { return server.Backup(ctx, s.data, counted.writing(ctx, w)) }); err != nil {
		return err
	}
	return s.p.result(map[string]any{"file": path, "bytes": counted.done}, s.p.say(textBackedUp, "path", path, "size", megabyteText(counted.done)))
}

func studioRestoreCommand(p *program) *cobra.Command {
	s := &safekeeping{p: p}
	cmd := p.command(spec{
		use: "restore FILE", min: 1, max: 1,
		short: text{"Make a studio's folder from a backup.", "バックアップからスタジオのフォルダーを復元します。"},
		long: text{
			"Unpacks a backup beside the folder and verifies it there: the database, the chain of the audit record, the hash of every file, and that no file is missing. Only then does it become the folder; whatever goes wrong before leaves the folder as it was. A folder that is not empty is refused; with --force it is kept beside, under another name.",
			"バックアップをフォルダーの隣に展開し、データベース、監査記録の連鎖、すべてのファイルのハッシュ、ファイルの欠落を検証してから、フォルダーに置き換えます。途中で失敗した場合、フォルダーは元のままです。空でないフォルダーには復元できません。--force を付けると、既存の内容を別名で残して復元します。",
		},
		example: text{"  ichimai studio restore studio-monday.tar --data STUDIO", "  ichimai studio restore studio-monday.tar --data STUDIO --lang ja"},
		run:     s.restore,
	})
	f := flags{p, cmd.Flags()}
	f.string(&s.data, "data", defaultStudio, textStudioData)
	f.bool(&s.force, "force", text{"restore where a studio is already, which is kept beside under another name", "スタジオがすでにあるフォルダーに復元します(既存の内容は別名で残します)"})
	f.bool(&s.incomplete, "incomplete", text{"take a backup that lacks some of its files", "一部のファイルが欠けているバックアップも復元します"})
	return cmd
}

func (s *safekeeping) restore(ctx context.Context, args []string) error {
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	counted := &counter{p: s.p, title: textRestoring, total: info.Size()}
	r, err := server.Restore(ctx, counted.reading(ctx, file), s.data, server.RestoreOptions{Force: s.force, Incomplete: s.incomplete})
	if err != nil {
		return err
	}
	value := map[string]any{"folder": s.data, "files": r.Files, "bytes": r.Bytes, "missing": r.Missing, "kept": r.Kept, "entries": r.Audit.Seq, "head": headText(r.Audit)}
	lines := []string{s.p.say(textRestored, "folder", s.data, "files", strconv.Itoa(r.Files), "size", megabyteText(r.Bytes), "entries", strconv.FormatInt(r.Audit.Seq, 10))}
	if r.Missing > 0 {
		lines = append(lines, s.p.say(textStillMissing, "count", strconv.Itoa(r.Missing)))
	}
	if r.Kept != "" {
		lines = append(lines, s.p.say(textKept, "folder", r.Kept))
	}
	return s.p.result(value, append(lines, s.p.say(textAuditHead, "head", headText(r.Audit)))...)
}

// counter shows how many bytes have passed.
type counter struct {
	p     *program
	title text
	total int64 // 0 where it is not known
	done  int64
}

func (c *counter) count(n int) {
	c.done += int64(n)
	c.p.report.update(progress{task: "copy", title: c.p.say(c.title), done: c.done, total: c.total, bytes: true})
}

func (c *counter) reading(ctx context.Context, r io.Reader) io.Reader {
	return io.TeeReader(contextReader{ctx, r}, countingWriter{ctx, c, io.Discard})
}

func (c *counter) writing(ctx context.Context, w io.Writer) io.Writer {
	return countingWriter{ctx, c, w}
}

type countingWriter struct {
	ctx context.Context
	c   *counter
	w   io.Writer
}

// Write is io.Writer's; it ends with the context.
func (w countingWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.w.Write(b)
	w.c.count(n)
	return n, err
}

func megabyteText(n int64) string { return fmt.Sprintf("%.1f MB", megabytes(n)) }

var (
	textBackingUp    = text{"backing up", "バックアップ中"}
	textRestoring    = text{"restoring", "復元中"}
	textBackedUp     = text{"Wrote the backup: {path} ({size})", "バックアップを書き出しました: {path}({size})"}
	textRestored     = text{"Restored and verified: {folder}, {files} files ({size}), {entries} entries in the audit record", "復元して検証しました: {folder}(ファイル {files} 件、{size}、監査記録 {entries} 件)"}
	textStillMissing = text{"{count} files were missing in the backup, and what they were of cannot be shown.", "バックアップに {count} 件のファイルがなかったため、該当する画像などは表示できません。"}
	textKept         = text{"What was there before is kept: {folder}", "以前の内容を残しました: {folder}"}
)
