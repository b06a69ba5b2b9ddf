package main

import (
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/server"
)

// defaultStudio is the folder of a studio where none is named.
const defaultStudio = "ichimai-studio"

func auditCommand(p *program) *cobra.Command {
	return p.group(spec{
		use:   "audit",
		short: text{"Verify or export a studio's audit record.", "スタジオの監査記録を検証・書き出します。"},
		long: text{
			"A studio records every action in a chain of hashes: an entry holds the hash of the one before it. These commands read that record from the studio's folder, without a running studio or beside one, or from an exported file.",
			"スタジオでの操作は、すべてハッシュの連鎖として監査記録に残ります。各項目は直前の項目のハッシュを含みます。これらのコマンドは、スタジオのフォルダーまたは書き出したファイルから記録を読み取ります。スタジオの起動中でも実行できます。",
		},
		example: text{
			"  ichimai audit verify --data STUDIO\n  ichimai audit export audit.jsonl --data STUDIO\n  ichimai audit verify audit.jsonl",
			"  ichimai audit verify --data STUDIO --lang ja\n  ichimai audit export audit.jsonl --data STUDIO\n  ichimai audit verify audit.jsonl",
		},
	}, auditVerifyCommand, auditExportCommand)
}

// auditing is the flags of the audit commands.
type auditing struct {
	p     *program
	data  string
	head  string
	force bool
}

func auditVerifyCommand(p *program) *cobra.Command {
	a := &auditing{p: p}
	cmd := p.command(spec{
		use: "verify [FILE]", max: 1,
		short: text{"Find any entry that was edited, removed or moved.", "編集・削除・並べ替えられた項目がないかを検証します。"},
		long: text{
			"Goes through the whole record and names the first entry that is not what was written, and how. The exit status is 1 then. FILE is an exported record; without it the record is read from the studio's folder. The hashes have no key: whoever can rewrite the whole record can make a new chain. Note the head that is printed where that person cannot write, and give it as --head later: the record has to lead through it.",
			"監査記録全体を検証し、書き込まれたときと異なる最初の項目と、その内容を表示します。異常があるときの終了コードは 1 です。FILE には書き出した監査記録を指定します。省略すると、スタジオのフォルダーから読み取ります。ハッシュに鍵はないため、記録全体を書き換えられる人は、別の連鎖を作ることもできます。表示される末尾のハッシュを別の場所に控えておき、次回以降 --head で指定してください。記録がそのハッシュを通るかどうかも検証します。",
		},
		example: text{
			"  ichimai audit verify --data STUDIO\n  ichimai audit verify audit.jsonl --head 1520:9f2c...",
			"  ichimai audit verify --data STUDIO --lang ja\n  ichimai audit verify audit.jsonl --head 1520:9f2c...",
		},
		run: a.verify,
	})
	f := flags{p, cmd.Flags()}
	f.string(&a.data, "data", defaultStudio, textStudioData)
	f.string(&a.head, "head", "", text{"`NUMBER:HASH` of the head as it was noted at some time", "以前に控えた末尾のハッシュ(`NUMBER:HASH`)"})
	return cmd
}

func (a *auditing) verify(ctx context.Context, args []string) error {
	noted, err := a.notedHead()
	if err != nil {
		return err
	}
	head, err := a.read(ctx, args, noted)
	if err != nil {
		return err
	}
	return a.p.result(map[string]any{"entries": head.Seq, "head": headText(head)},
		a.p.say(textAuditSound, "count", strconv.FormatInt(head.Seq, 10)), a.p.say(textAuditHead, "head", headText(head)))
}

// read verifies an exported file, or the studio's own record.
func (a *auditing) read(ctx context.Context, args []string, noted *studio.AuditHead) (studio.AuditHead, error) {
	if len(args) == 0 {
		return server.VerifyAudit(ctx, a.data, noted)
	}
	file, err := os.Open(args[0])
	if err != nil {
		return studio.AuditHead{}, err
	}
	defer file.Close()
	return studio.VerifyAuditFile(contextReader{ctx, file}, noted)
}

var notedHead = regexp.MustCompile(`^([0-9]{1,18}):([0-9a-f]{64})$`)

func (a *auditing) notedHead() (*studio.AuditHead, error) {
	if a.head == "" {
		return nil, nil
	}
	m := notedHead.FindStringSubmatch(a.head)
	if m == nil {
		return nil, a.p.wrongUse(textBadHead, "value", a.head)
	}
	seq, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return nil, err
	}
	return &studio.AuditHead{Seq: seq, Hash: m[2]}, nil
}

func headText(h studio.AuditHead) string { return strconv.FormatInt(h.Seq, 10) + ":" + h.Hash }

func auditExportCommand(p *program) *cobra.Command {
	a := &auditing{p: p}
	cmd := p.command(spec{
		use: "export FILE", min: 1, max: 1,
		short: text{"Write the audit record as JSON lines.", "監査記録を JSON Lines で書き出します。"},
		long: text{
			"Writes one entry a line, oldest first, and the head as the last line. Anybody can verify the file with \"ichimai audit verify FILE\", without the studio.",
			"一行に一項目を古い順に書き出し、最後の行に末尾のハッシュを書き込みます。書き出したファイルは、スタジオがなくても「ichimai audit verify FILE」で検証できます。",
		},
		example: text{"  ichimai audit export audit.jsonl --data STUDIO", "  ichimai audit export audit.jsonl --data STUDIO --lang ja"},
		run:     a.export,
	})
	f := flags{p, cmd.Flags()}
	f.string(&a.data, "data", defaultStudio, textStudioData)
	f.bool(&a.force, "force", textForce)
	return cmd
}

func (a *auditing) export(ctx context.Context, args []string) error {
	path := args[0]
	if err := a.p.notTaken(a.force, path); err != nil {
		return err
	}
	var head studio.AuditHead
	err := writeWhole(path, func(w io.Writer) (err error) {
		head, err = server.ExportAudit(ctx, a.data, w)
		return err
	})
	if err != nil {
		return err
	}
	return a.p.result(map[string]any{"file": path, "entries": head.Seq, "head": headText(head)},
		a.p.say(textAuditWritten, "count", strconv.FormatInt(head.Seq, 10), "path", path), a.p.say(textAuditHead, "head", headText(head)))
}

// isAuditFault is of a record that is not what was written.
func isAuditFault(err error) bool { return as[*studio.AuditError](err) }

// auditInJapanese says which entry is wrong, and how.
func auditInJapanese(err error) string {
	var fault *studio.AuditError
	if !errors.As(err, &fault) {
		return ""
	}
	return strconv.FormatInt(fault.Seq, 10) + " 番の項目が" + faultsJapanese[fault.Fault] + "。それより前の項目は、書き込まれたときのままです。"
}

var faultsJapanese = map[studio.AuditFault]string{
	studio.AuditEdited:    "編集されています",
	studio.AuditRemoved:   "削除されています",
	studio.AuditMoved:     "別の位置に移動されています",
	studio.AuditInserted:  "あとから挿入されています",
	studio.AuditRewritten: "前後の項目とともに書き換えられています",
}

var (
	textStudioData   = text{"`FOLDER` of the studio", "スタジオの `FOLDER`"}
	textAuditSound   = text{"The record is whole: {count} entries, each as it was written.", "監査記録に異常はありません。{count} 件の項目は、すべて書き込まれたときのままです。"}
	textAuditHead    = text{"Its head, to note elsewhere: {head}", "末尾のハッシュ(別の場所に控えてください): {head}"}
	textAuditWritten = text{"Wrote {count} entries: {path}", "{count} 件の項目を書き出しました: {path}"}
	textBadHead      = text{"--head: {value} is no head; it is a number, a colon and 64 hexadecimal digits, as verify prints it", "--head: {value} は末尾のハッシュではありません。verify が表示する「番号:64 桁の 16 進数」の形で指定してください"}
)
