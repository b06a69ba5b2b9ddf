package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/provenance"
)

// verifiedLines is what was found in a file, for people.
func (p *program) verifiedLines(v verified) []string {
	lines := []string{printable(v.File)}
	if v.Report != nil {
		lines = append(lines, p.reportLines(*v.Report)...)
	} else if v.err == nil {
		lines = append(lines, "  "+p.say(textOtherFormat))
	}
	var rows []row
	if v.Settings != nil {
		rows = append(rows, settingsRows(*v.Settings)...)
	}
	if v.Watermark != nil {
		rows = append(rows, row{text{"Watermark", "透かし"}, p.markText(*v.Watermark)})
	}
	lines = append(lines, indented(p.table(rows))...)
	if v.err != nil {
		detail := v.Error
		if ja := inJapanese(v.err); p.language() == japanese && ja != "" {
			detail = ja
		}
		lines = append(lines, "  ! "+printable(detail))
	}
	return lines
}

func (p *program) reportLines(r provenance.Report) []string {
	rows := []row{{text{"C2PA", "C2PA"}, p.say(stateTexts[r.State])}}
	if m := r.Manifest; m != nil {
		rows = append(rows, p.manifestRows(*m)...)
	} else if r.Label != nil {
		rows = append(rows, row{text{"XMP", "XMP"}, p.say(textUnsigned)})
		rows = append(rows, p.statementRows(*r.Label)...)
	} else if r.State == provenance.StateNone {
		rows = append(rows, row{text{"XMP", "XMP"}, p.say(textNothing)})
	}
	lines := indented(p.table(rows))
	for _, f := range r.Problems {
		lines = append(lines, "  ! "+p.findingText(f))
	}
	for _, f := range r.Notes {
		lines = append(lines, "  - "+p.findingText(f))
	}
	return lines
}

func (p *program) manifestRows(m provenance.Manifest) []row {
	rows := []row{
		{text{"Signature", "署名"}, p.say(checkTexts[m.Signature])},
		{text{"Statements", "記載内容"}, p.say(checkTexts[m.Assertions])},
		{text{"Picture", "画像"}, p.say(checkTexts[m.Picture])},
	}
	if c := m.Signer; c != nil {
		who := join(c.Name, c.Organisation)
		rows = append(rows, row{text{"Signed by", "署名者"}, printable(p.say(textIssued, "name", who, "issuer", c.Issuer, "end", c.NotAfter.Format(time.DateOnly)))})
	}
	if !m.SignedAt.IsZero() {
		rows = append(rows, row{text{"Signed at", "署名日時"}, p.say(textClaimed, "time", minute(m.SignedAt))})
	}
	rows = append(rows, row{text{"Written by", "記録したプログラム"}, printable(m.Generator)})
	return append(rows, p.statementRows(m.Statement)...)
}

// statementRows are what a picture says, as it says it.
func (p *program) statementRows(s provenance.Statement) []row {
	rows := []row{
		{text{"Title", "題名"}, s.Title},
		{text{"Source type", "ソースタイプ"}, p.sourceText(s.Source)},
		{text{"Drawn with", "生成に使ったもの"}, strings.TrimSpace(join(strings.TrimSpace(s.Tool+" "+s.ToolVersion), s.Model))},
		{text{"Model hash", "モデルのハッシュ"}, short(s.ModelHash)},
		{text{"Concepts", "コンセプト"}, strings.Join(s.Concepts, ", ")},
		{text{"Prompt hash", "プロンプトのハッシュ"}, short(s.PromptHash)},
		{text{"Owner", "権利者"}, s.Owner},
		{text{"Licence", "利用条件"}, s.Licence},
	}
	if s.Seed != nil {
		rows = append(rows, row{text{"Seed", "シード"}, fmt.Sprint(*s.Seed)})
	}
	if s.Watermark != nil {
		rows = append(rows, row{text{"Watermark said", "透かしの記載"}, fmt.Sprintf("%08x", *s.Watermark)})
	}
	if !s.Created.IsZero() {
		rows = append(rows, row{text{"Created", "作成日時"}, minute(s.Created)})
	}
	for i := range rows {
		rows[i].value = printable(rows[i].value)
	}
	return rows
}

// sourceText explains the terms that this program writes; others are shown as
// they are.
func (p *program) sourceText(term string) string {
	known := map[string]text{
		provenance.SourceTrained:   {"drawn by a trained model", "学習済みモデルによる生成"},
		provenance.SourceComposite: {"composed with pictures of a trained model", "学習済みモデルによる生成物を含む合成"},
	}
	if t, ok := known[term]; ok {
		return join(p.say(t), term)
	}
	return term
}

func settingsRows(r diffusion.Record) []row {
	return []row{
		{text{"Settings: prompt", "設定: プロンプト"}, printable(r.Prompt)},
		{text{"Settings: seed", "設定: シード"}, fmt.Sprint(r.Seed)},
		{text{"Settings: model", "設定: モデル"}, printable(join(r.Model.Name, short(r.Model.Hash)))},
	}
}

func (p *program) markText(d provenance.Detection) string {
	pairs := []string{
		"payload", fmt.Sprintf("%08x", d.Payload), "score", fmt.Sprintf("%.1f", d.Score),
		"threshold", fmt.Sprintf("%.1f", d.Threshold), "rate", fmt.Sprintf("%.0e", d.FalseAlarm),
	}
	if d.Found {
		return p.say(textMarkFound, pairs...)
	}
	return p.say(textMarkNone, pairs...)
}

func (p *program) findingText(f provenance.Finding) string {
	if ja, ok := findingsJapanese[f.Reason]; ok && p.language() == japanese {
		return printable(strings.ReplaceAll(ja, "{about}", f.About))
	}
	return printable(f.What())
}

func indented(lines []string) []string {
	for i, l := range lines {
		lines[i] = "  " + l
	}
	return lines
}

func minute(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// printable keeps texts of strange files from steering the terminal: line
// breaks become spaces, other control characters and changes of the writing
// direction a mark.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, cmp.Or(strings.ToValidUTF8(s, "\uFFFD"), s))
}

var stateTexts = map[provenance.State]text{
	provenance.StateNone:    {"no manifest", "マニフェストはありません"},
	provenance.StateInvalid: {"does not hold", "検証に失敗しました"},
	provenance.StateValid:   {"unchanged since it was signed, by somebody who is not known here", "署名後の変更はありません(署名者は未確認です)"},
	provenance.StateTrusted: {"unchanged since it was signed, by a known signer", "署名後の変更はなく、署名者も確認できました"},
}

var checkTexts = map[provenance.Check]text{
	provenance.CheckGood:    {"good", "正常"},
	provenance.CheckBad:     {"BAD", "不一致"},
	provenance.CheckUnknown: {"not checked", "未確認"},
}

var (
	textOtherFormat = text{"C2PA and XMP are read in PNG and JPEG only.", "C2PA と XMP は PNG と JPEG でのみ読み取ります。"}
	textUnsigned    = text{"not signed: anybody can have written what follows", "署名はありません(以下の内容は誰でも書き込めます)"}
	textNothing     = text{"says nothing of where it comes from", "来歴の記載はありません"}
	textIssued      = text{"{name}, issued by {issuer}, valid to {end}", "{name}(発行者 {issuer}、有効期限 {end})"}
	textClaimed     = text{"{time}, as the signer says", "{time}(署名者の申告)"}
	textMarkFound   = text{"found, {payload} (score {score}, needs {threshold}; without a mark at most {rate} of pictures reach that)", "あり {payload}(スコア {score}、しきい値 {threshold}。透かしのない画像がしきい値に達する割合は {rate} 以下)"}
	textMarkNone    = text{"none found with this key (score {score}, needs {threshold})", "この鍵では見つかりません(スコア {score}、しきい値 {threshold})"}
)

// findingsJapanese are the reasons of package provenance; the part that is
// meant stands in braces.
var findingsJapanese = map[provenance.Reason]string{
	provenance.ReasonTruncated:          "ファイルまたはマニフェストが途中で切れています({about})。",
	provenance.ReasonMalformed:          "マニフェストの構造が C2PA の仕様に合っていません({about})。",
	provenance.ReasonMultiple:           "マニフェストが複数あるため、どれも有効ではありません。",
	provenance.ReasonRemoved:            "署名された画像ですが、マニフェストが失われています({about})。",
	provenance.ReasonUnsupported:        "マニフェストに、ここでは読み取れない機能が使われています({about})。",
	provenance.ReasonNoClaim:            "マニフェストにクレームがありません。",
	provenance.ReasonNoSignature:        "マニフェストに署名がありません。",
	provenance.ReasonSignature:          "署名がクレームと一致しません。内容が書き換えられたか、別の鍵で署名されています。",
	provenance.ReasonAlgorithm:          "署名またはハッシュに、C2PA で認められていない方式が使われています({about})。",
	provenance.ReasonCertificate:        "画像の署名に使える証明書ではありません({about})。",
	provenance.ReasonExpired:            "証明書の有効期間外です({about})。",
	provenance.ReasonOtherSigner:        "指定された署名者のいずれでもありません({about})。",
	provenance.ReasonAssertionMissing:   "クレームに挙げられた記載がありません({about})。",
	provenance.ReasonAssertionChanged:   "署名後に記載が変更されています({about})。",
	provenance.ReasonAssertionMalformed: "記載を読み取れません({about})。",
	provenance.ReasonUndeclared:         "署名されていない記載が追加されています({about})。",
	provenance.ReasonNoActions:          "画像がどのように作られたかの記載がありません。",
	provenance.ReasonNoBinding:          "マニフェストが画像と結び付けられていません。",
	provenance.ReasonPictureChanged:     "署名後にファイルが変更されています。",
	provenance.NoteUnknownSigner:        "このような証明書は誰でも作れます。--ca で信頼する署名者を指定すると照合します。",
	provenance.NoteTimeStamp:            "第三者のタイムスタンプがありますが、ここでは検証していません。",
	provenance.NoteIngredients:          "素材として使われた画像の記載がありますが、ここでは検証していません({about})。",
	provenance.NoteExclusions:           "署名の対象から外された部分がほかにもあります({about})。",
	provenance.NoteOtherManifest:        "XMP には別のマニフェストが記載されています({about})。",
	provenance.NoteLabel:                "XMP を読み取れません({about})。",
}
