package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/evaluate"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/tuning"
	"github.com/ichimai/ichimai/weights"
)

// inJapanese says in Japanese what went wrong, where the error's type tells;
// "" where only its English text does. The English, with all numbers and keys,
// is shown beside it.
func inJapanese(err error) string {
	for _, say := range []func(error) string{pictureInJapanese, studioInJapanese, auditInJapanese, encoderInJapanese, evaluateInJapanese, gateInJapanese, provenanceInJapanese, weightsInJapanese, pathInJapanese} {
		if s := say(err); s != "" {
			return s
		}
	}
	return ""
}

func pictureInJapanese(err error) string {
	var e *picture.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Kind {
	case picture.ErrNotPicture:
		return e.Name + " は画像ではありません。JPEG、PNG、WebP、GIF、BMP、TIFF、AVIF の画像を指定してください。"
	case picture.ErrTooBig:
		return e.Name + " は大きすぎます。小さくしてから指定してください。"
	case picture.ErrDamaged:
		return e.Name + " は壊れています。元のファイルをもう一度コピーするか、別の画像を指定してください。"
	case picture.ErrUnsupported:
		return e.Name + " は対応していない種類の画像です。PNG か JPEG に変換してから指定してください。"
	}
	return ""
}

func encoderInJapanese(err error) string {
	var base *encoder.BaseError
	var vision *encoder.NoVisionError
	var none *tuning.NoEncoderError
	var plain *tuning.PlainError
	switch {
	case errors.As(err, &base):
		return base.Dir + " のエンコーダーは、別のモデル用に学習されたものです。このモデル用のものを使うか、「ichimai train encoder」で学習するか、--method で別の学習方法を選んでください。"
	case errors.As(err, &vision):
		return vision.Dir + " に、画像を読む CLIP がありません。clip(CLIPModel)か image_encoder(CLIPVisionModel)のフォルダーを入れてください。"
	case errors.As(err, &none):
		return none.Dir + " にはエンコーダーがないため、ステップ数 0 では覚えられません。ステップ数を指定するか、「ichimai train encoder」でエンコーダーを作ってください。"
	case errors.As(err, &plain):
		return plain.Name + " は一色だけの画像で、覚えるものが写っていません。ものを写した写真を指定してください。"
	}
	return ""
}

func evaluateInJapanese(err error) string {
	var nothing *evaluate.NothingError
	var sweep *evaluate.SweepError
	var changed *evaluate.ChangedError
	var clip *measure.NoCLIPError
	switch {
	case errors.As(err, &clip):
		return clip.Dir + " に、画像と文章を比べられる CLIP がありません。clip(CLIPModel)のフォルダーを入れてください。"
	case errors.As(err, &nothing):
		return nothing.Dir + " に、この評価の結果がまだありません。先に --report-only を付けずに実行してください。"
	case errors.As(err, &sweep):
		return sweep.Dir + " では " + sweep.Method + " の設定の比較が終わっておらず、最良の設定が決まっていません。先に --part sweep を実行してください。"
	case errors.As(err, &changed):
		return changed.Path + " は、" + changed.Dir + " の結果を作ったあとで変わっています。--report-only を付けずに実行すると、使える結果はそのまま使い、残りだけを作ります。"
	}
	return ""
}

func gateInJapanese(err error) string {
	var file *gate.FileError
	var judge *gate.JudgeError
	var none *gate.NoJudgeError
	var few *measure.TooFewError
	switch {
	case errors.As(err, &file):
		return file.Path + " はしきい値のファイルとして使えません。「ichimai gate」で作り直してください。"
	case errors.As(err, &judge):
		return judge.Path + " のしきい値は、" + judge.Judge + " とは別のモデルで決めたものです。そのモデルを --judge で指定するか、「ichimai gate」でしきい値を決め直してください。"
	case errors.As(err, &none):
		return none.Dir + " に判定用のモデルがありません。clip/ と tokenizer/ に CLIP、subject/ に ViT または DINOv2 を入れてください(どちらか一方でも使えます)。"
	case errors.Is(err, demo.ErrNoJudge):
		return "このプログラムには判定用のモデルが含まれていません。--judge でフォルダーを指定してください。"
	case errors.As(err, &few):
		return fmt.Sprintf("%d 個以上必要なところに %d 個しかないため、計算できません。対象か画像を増やしてください。", few.Need, few.Have)
	}
	return ""
}

func provenanceInJapanese(err error) string {
	var e *provenance.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Kind {
	case provenance.ErrFormat:
		return "来歴を記録できるのは PNG と JPEG だけです。どちらかの形式で保存してください。"
	case provenance.ErrDamaged:
		return "ファイルが途中で切れています。元のファイルをもう一度コピーしてください。"
	case provenance.ErrStamped:
		return "このファイルにはすでに C2PA マニフェストがあり、変更すると無効になります。不要な場合は先に取り除いてください。"
	case provenance.ErrText:
		return "記録する文字列が長すぎるか、使えない文字を含んでいます。短くするか、文字を直してください。"
	case provenance.ErrSigner:
		return cmp.Or(e.Name, "署名者のファイル") + " の鍵と証明書が正しくありません。控えから戻すか、ファイルを移動して作り直してください。"
	case provenance.ErrUnmarkable:
		return "この画像には透かしを入れられません。小さすぎるか、濃淡がほとんどありません。"
	}
	return ""
}

func weightsInJapanese(err error) string {
	var format *weights.FormatError
	var keys *weights.KeyError
	var values *weights.NonFiniteError
	switch {
	case errors.As(err, &format) && errors.Is(format, weights.ErrPickle):
		return format.Path + " は pickle 形式です。読み込むとプログラムが実行されるおそれがあるため、この形式は開きません。safetensors に変換してください。"
	case errors.As(err, &format) && errors.Is(format, fs.ErrNotExist):
		return format.Path + " がありません。"
	case errors.As(err, &format):
		return format.Path + " は safetensors のファイルとして正しくありません。入手し直してください。"
	case errors.As(err, &keys):
		return fmt.Sprintf("%s はこのモデルの重みではありません(足りないキー %d、余分なキー %d、形の違うキー %d)。",
			keys.Path, len(keys.Missing), len(keys.Unexpected), len(keys.Wrong))
	case errors.As(err, &values):
		return values.Path + " に NaN または無限大の値があります。"
	}
	return ""
}

func pathInJapanese(err error) string {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return ""
	}
	switch {
	case errors.Is(path, fs.ErrNotExist):
		return path.Path + " がありません。"
	case errors.Is(path, fs.ErrPermission):
		return path.Path + " を開く権限がありません。"
	case errors.Is(path, fs.ErrExist):
		return path.Path + " はすでにあります。"
	case errors.Is(path, syscall.ENOSPC):
		return path.Path + " を書き込む空きがありません。"
	}
	return ""
}
