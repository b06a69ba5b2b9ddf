package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
	"github.com/ichimai/ichimai/studio/server"
)

// trialling is the flags of studio trial.
type trialling struct {
	p        *program
	hosting  hosting
	out      string
	pictures int
	steps    int
	product  string
	owner    string
	licence  string
	cost     int
	currency string
	days     float64
	url      string
	token    string
	approver string
	project  string

	options func(context.Context) (server.Options, func(), error) // of the trial's own studio, and what closes its device
}

func studioTrialCommand(p *program) *cobra.Command {
	t := &trialling{p: p, hosting: hosting{p: p}}
	t.options = t.hosting.options
	cmd := p.command(spec{
		use: "trial [PHOTO]", max: 1,
		short: text{"Run a whole trial: from the photo to the report for those who decide.", "写真の登録から報告書の作成まで、トライアル全体を実行します。"},
		long: text{
			"Goes through a trial by the studio's HTTP API, as a program of your own would: gives the photo with its rights, learns it, draws a campaign of a template and rows, has the automatic checks run, approves what none of them refuses and rejects the rest, publishes, writes the report, exports the pictures with their provenance and verifies these. Without --url the studio runs in this process, on a folder of its own. Stopped at any moment, the same command goes on; nothing is drawn twice. The report's costs are what --cost and --days say of today's way; change them on the trial's page.",
			"スタジオの HTTP API を使って、トライアル全体を実行します。権利情報とともに写真を登録し、学習し、テンプレートと表からキャンペーンの画像を生成します。続いて自動チェックを実行し、不合格のない画像を承認、それ以外を却下して、承認した画像を公開します。最後に報告書を作成し、来歴付きの画像を書き出して検証します。--url を指定しない場合、スタジオはこのプロセスの中で、専用のフォルダーを使って動作します。いつ中断しても、同じコマンドで続きから再開し、同じ画像を二度生成することはありません。報告書の現在の費用と日数には、--cost と --days の値を使います。あとからトライアルのページで変更できます。",
		},
		example: text{
			"  ichimai studio trial\n  ichimai studio trial mug.jpg --owner \"Acme Ltd.\" --licence \"own work\" --product Mug",
			"  ichimai studio trial --lang ja\n  ichimai studio trial mug.jpg --owner 株式会社いちまい --licence 自社で撮影 --product マグカップ --lang ja",
		},
		run: t.run,
	})
	f := flags{p, cmd.Flags()}
	f.string(&t.hosting.dir, "data", filepath.Join("ichimai-trial", "studio"), text{"`FOLDER` of the trial's own studio", "トライアル専用のスタジオの `FOLDER`"})
	f.string(&t.out, "out", "ichimai-trial", text{"`FOLDER` for the report and the pictures", "報告書と画像を書き出す `FOLDER`"})
	f.int(&t.pictures, "pictures", studio.MaxTrialPictures, text{"`NUMBER` of pictures of the campaign, at most 24", "キャンペーンの画像の枚数 `NUMBER`(24 枚まで)"})
	f.int(&t.steps, "steps", 0, text{"`STEPS` of the sampler for a picture; 0 is the model's own number", "一枚の画像を生成するステップ数 `STEPS`(0 はモデルの既定値)"})
	f.string(&t.product, "product", "", text{"`NAME` of what the photo shows (default: of the file)", "写真に写っている商品の `NAME`(既定はファイル名)"})
	f.string(&t.owner, "owner", "", text{"`WHO` owns the rights to the photo; needed with a photo of your own", "写真の権利者 `WHO`(自分の写真を使う場合は必須)"})
	f.string(&t.licence, "licence", "", text{"`TERMS` under which it may be used; needed with a photo of your own, whose rights you thereby confirm", "写真の利用条件 `TERMS`(自分の写真を使う場合は必須。指定すると権利を確認したものとして記録します)"})
	f.int(&t.cost, "cost", 30000, text{"`AMOUNT` that a picture costs today, in the currency's smallest unit", "現在の一枚あたりの費用 `AMOUNT`(通貨の最小単位)"})
	f.string(&t.currency, "currency", studio.DefaultCurrency, text{"`CODE` of the currency", "通貨の `CODE`"})
	f.float(&t.days, "days", 10, text{"`DAYS` that a picture takes today", "現在の一枚あたりの所要日数 `DAYS`"})
	f.string(&t.url, "url", "", text{"`ADDRESS` of a studio that runs, in place of one of the trial's own", "専用のスタジオの代わりに使う、起動中のスタジオの `ADDRESS`"})
	f.string(&t.token, "token", "", text{"API `TOKEN` for --url: of who may create", "--url のスタジオの API `TOKEN`(作成者)"})
	f.string(&t.approver, "approver-token", "", text{"API `TOKEN` for --url: of a second person who may approve", "--url のスタジオの API `TOKEN`(承認者。作成者とは別の人)"})
	f.string(&t.project, "project", "", text{"`ID` of a project of --url to work in (default: a new one, which takes an admin)", "--url のスタジオで使うプロジェクトの `ID`(既定は新規作成。管理者の権限が必要)"})
	t.hosting.model.add(f)
	return cmd
}

func (t *trialling) run(ctx context.Context, args []string) error {
	t.p.goOn = t.p.say(textGoOn)
	photo, err := t.photo(args)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(photo.File)
	if err != nil {
		return err
	}
	photo.File = bytes.NewReader(data)
	if err := t.check(); err != nil {
		return err
	}
	folder := t.hosting.dir
	if t.url != "" {
		folder = t.out
	}
	for _, own := range []string{folder, t.out, t.file(trialPictures)} {
		if err := dropPartials(own); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(data)
	state, err := t.p.openTrialState(folder, hex.EncodeToString(sum[:]), t.pictures)
	if err != nil {
		return err
	}
	s := t.script(state, photo)
	if t.url == "" {
		return t.hosted(ctx, s, state)
	}
	if s.creator, err = t.p.trialClient(t.url, t.token); err != nil {
		return err
	}
	s.approver = func(context.Context, string) (*client.Client, error) { return t.p.trialClient(t.url, t.approver) }
	return t.play(ctx, s)
}

// photo is the user's, or the built-in one.
func (t *trialling) photo(args []string) (client.NewSource, error) {
	if len(args) == 0 {
		return builtInPhoto()
	}
	if t.owner == "" || t.licence == "" {
		return client.NewSource{}, t.p.wrongUse(textNeedsRights)
	}
	data, err := readBounded(args[0])
	return client.NewSource{Name: filepath.Base(args[0]), File: bytes.NewReader(data), Owner: t.owner, Licence: t.licence, Confirmed: true}, err
}

// builtInPhoto is one of the example photos, whose rights demo/photos/ATTRIBUTION.md
// tells.
func builtInPhoto() (client.NewSource, error) {
	photos, err := demo.Photos()
	if err != nil {
		return client.NewSource{}, err
	}
	for _, p := range photos {
		if p.Name == demoPhoto {
			return client.NewSource{Name: p.Name + ".jpg", File: bytes.NewReader(p.Data), Owner: "Nataniel Ruiz et al.", Licence: "CC BY 4.0", Confirmed: true}, nil
		}
	}
	return client.NewSource{}, fmt.Errorf("the example photo %s is missing from this build", demoPhoto)
}

func (t *trialling) check() error {
	switch {
	case t.pictures < 1 || t.pictures > len(campaignScenes):
		return t.p.wrongUse(textTrialPictures, "value", strconv.Itoa(t.pictures), "most", strconv.Itoa(len(campaignScenes)))
	case t.url != "" && (t.token == "" || t.approver == ""):
		return t.p.wrongUse(textNeedsTokens)
	case t.url == "" && t.token+t.approver+t.project != "":
		return t.p.wrongUse(textNeedsURL)
	}
	return nil
}

func (t *trialling) script(state *trialState, photo client.NewSource) *script {
	product := t.product
	if product == "" {
		stem, _ := splitExt(photo.Name)
		product = strings.NewReplacer("_", " ", "-", " ").Replace(strings.TrimRight(stem, "_-0123456789"))
	}
	s := &script{
		run: state.Run, shared: t.url != "", project: t.project, photo: photo, product: product, steps: t.steps, step: t.p.tellStep,
		baseline: studio.TrialBaseline{Currency: t.currency, CostPerPicture: int64(t.cost), DaysPerPicture: t.days},
		reason: func(checks []string) string {
			return t.p.say(textFailedChecks, "checks", t.p.checkList(checks))
		},
		ended: func(c trialCount) string { return t.p.say(textTrialEnded, c.pairs()...) },
	}
	for _, scene := range campaignScenes[:t.pictures] {
		s.rows = append(s.rows, map[string]string{"name": t.p.say(scene.caption), "scene": scene.prompt})
	}
	return s
}

// checkList names the studio's checks, side by side.
func (p *program) checkList(checks []string) string {
	names := make([]string, len(checks))
	for i, check := range checks {
		name, known := checkNames[check]
		if !known {
			name, known = studioCheckNames[check]
		}
		if names[i] = check; known {
			names[i] = p.say(name)
		}
	}
	between := ", "
	if p.language() == japanese {
		between = "、"
	}
	return strings.Join(names, between)
}

// studioCheckNames are the names of the checks that only the studio makes.
var studioCheckNames = map[string]text{
	studio.CheckBlockedWords: {"blocked words", "禁止語"},
	studio.CheckMark:         {"protected marks", "保護対象マーク"},
	studio.CheckWatermark:    {"invisible mark", "透かし"},
}

// hosted plays the script on a studio of its own.
func (t *trialling) hosted(ctx context.Context, s *script, state *trialState) (err error) {
	options, closeDevice, err := t.options(ctx)
	if err != nil {
		return err
	}
	defer closeDevice()
	h, err := openTrialHost(ctx, t.p, options, state)
	if err != nil {
		return err
	}
	defer func() {
		if closing := h.stop(); err == nil {
			err = closing
		}
	}()
	if s.creator, err = h.creator(ctx); err != nil {
		if studio.ErrorCode(err) == studio.Unauthorised {
			return t.p.failed(err, textOtherPeople, "folder", t.hosting.dir)
		}
		return err
	}
	s.approver = h.approver
	return t.play(ctx, s)
}

// play goes through the script, and writes what came of it.
func (t *trialling) play(ctx context.Context, s *script) error {
	end, err := s.play(ctx)
	if err != nil {
		return err
	}
	value := map[string]any{"project": end.project.ID(), "trial": end.trial.ID, "pictures": end.count, "report": t.file(trialReportFile)}
	lines := []string{t.p.say(textTrialEnded, end.count.pairs()...), t.p.say(textTrialReport, "path", t.file(trialReportFile))}
	t.p.tellStep(step{at: stepReport})
	err = writeWhole(t.file(trialReportFile), func(w io.Writer) error { return end.project.TrialReportPage(ctx, end.trial.ID, w) })
	if err != nil {
		return err
	}
	if end.count.Published == 0 {
		return t.finish(ctx, value, append(lines, t.p.say(textNothingPublished)))
	}
	pictures, err := t.export(ctx, s, end)
	if err != nil {
		return err
	}
	sound, err := t.verifyTrial(ctx, pictures)
	if err != nil {
		return err
	}
	value["archive"], value["verified"] = t.file(trialArchiveFile), sound
	return t.finish(ctx, value, append(lines, t.p.say(textTrialArchive, "path", t.file(trialArchiveFile), "count", strconv.Itoa(sound))))
}

// Names in the folder of what came out.
const (
	trialReportFile  = "report.html"
	trialArchiveFile = "pictures.zip"
	trialPictures    = "pictures"
)

func (t *trialling) file(name string) string { return filepath.Join(t.out, name) }

// export writes the ZIP and its pictures.
func (t *trialling) export(ctx context.Context, s *script, end *trialEnd) ([]string, error) {
	t.p.tellStep(step{at: stepExport})
	err := writeWhole(t.file(trialArchiveFile), func(w io.Writer) error { return s.export(ctx, end, w) })
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(t.file(trialPictures)); err != nil { // of an earlier run
		return nil, err
	}
	return unpackTrial(ctx, t.file(trialArchiveFile), t.file(trialPictures))
}

// finish says what came out; of a studio of its own also that its audit record is
// whole, and how to open it.
func (t *trialling) finish(ctx context.Context, value map[string]any, lines []string) error {
	if t.url != "" {
		return t.p.result(value, lines...)
	}
	head, err := server.VerifyAudit(ctx, t.hosting.dir, nil)
	if err != nil {
		return err
	}
	value["data"], value["entries"], value["head"] = t.hosting.dir, head.Seq, headText(head)
	lines = append(lines, t.p.say(textAuditSound, "count", strconv.FormatInt(head.Seq, 10)),
		t.p.say(textTrialStudio, "folder", t.hosting.dir, "file", filepath.Join(t.hosting.dir, trialStateFile)))
	return t.p.result(value, lines...)
}

func (c trialCount) pairs() []string {
	return []string{"drawn", strconv.Itoa(c.Drawn), "approved", strconv.Itoa(c.Approved), "rejected", strconv.Itoa(c.Rejected), "published", strconv.Itoa(c.Published)}
}

var (
	textNeedsRights      = text{"whose is the photo, and under which licence may it be used? give --owner and --licence", "写真の権利者と利用条件を --owner と --licence で指定してください"}
	textTrialPictures    = text{"--pictures: {value} is not from 1 to {most}", "--pictures: {value} は使えません。1 から {most} の範囲で指定してください"}
	textNeedsTokens      = text{"--url needs --token and --approver-token: four eyes take two people", "--url を使うときは --token と --approver-token を指定してください。提出した人と別の人が承認する必要があります"}
	textNeedsURL         = text{"--token, --approver-token and --project are for a studio that runs; give its --url", "--token、--approver-token、--project は起動中のスタジオで使うものです。--url も指定してください"}
	textOtherPeople      = text{"{folder} is a studio that people use already; choose another --data, or run it and give --url with two tokens", "{folder} は、すでに使われているスタジオです。別の --data を指定するか、そのスタジオを起動して --url と二つのトークンを指定してください"}
	textFailedChecks     = text{"Refused by automatic checks: {checks}", "自動チェックで不合格になりました: {checks}"}
	textTrialEnded       = text{"{drawn} pictures drawn, {approved} approved, {rejected} rejected, {published} published.", "{drawn} 枚を生成し、{approved} 枚を承認、{rejected} 枚を却下、{published} 枚を公開しました。"}
	textTrialReport      = text{"The report: {path}", "報告書: {path}"}
	textTrialArchive     = text{"The published pictures, {count} verified: {path}", "公開した画像({count} 枚を検証済み): {path}"}
	textNothingPublished = text{"The automatic checks refused every picture, so nothing was published or exported.", "自動チェックに合格した画像がないため、公開と書き出しは行っていません。"}
	textTrialStudio      = text{"Look at it: ichimai studio --data {folder} (e-mail addresses and passwords are in {file})", "スタジオで見る: ichimai studio --data {folder}(メールアドレスとパスワードは {file} にあります)"}
)
