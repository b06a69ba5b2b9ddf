package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
)

// verifying is the flags of verify.
type verifying struct {
	p         *program
	ca        []string
	watermark bool
	key       string
}

func verifyCommand(p *program) *cobra.Command {
	v := &verifying{p: p}
	cmd := p.command(spec{
		use: "verify FILE...", min: 1, max: -1,
		short: text{"Say what pictures say of themselves, and whether it is still true.", "画像に記録された来歴を表示し、改変されていないかを確かめます。"},
		long: text{
			"Reads the C2PA manifest (who signed it, whether the file or what is said of it was changed since), the IPTC digital source type and rights, the settings that generate writes, and with --watermark the mark in the pixels. A picture without all of these is not broken: much drops them on the way. The exit status is 1 when a manifest does not hold, is gone, or a file cannot be read.",
			"C2PA マニフェスト(署名者と、署名後に画像や記載内容が変更されていないか)、IPTC のデジタルソースタイプと権利表示、generate が書き込む設定を読み取ります。--watermark を付けると、画素に埋め込まれた透かしも調べます。これらの情報は途中で失われることが多いため、何もない画像でも異常とは扱いません。マニフェストの検証に失敗したとき、マニフェストが失われているとき、ファイルを読めないときの終了コードは 1 です。",
		},
		example: text{
			"  ichimai verify beach.png --ca root.pem\n  ichimai verify *.jpg --watermark --key mark.key --json",
			"  ichimai verify beach.png --ca root.pem\n  ichimai verify *.jpg --watermark --key mark.key --json",
		},
		run: v.run,
	})
	f := flags{p, cmd.Flags()}
	f.strings(&v.ca, "ca", text{"`FILE` with root certificates (PEM) of signers that are known; other signers count as a problem; may be repeated", "信頼する署名者のルート証明書(PEM)の `FILE`。それ以外の署名者は問題として扱います(複数可)"})
	f.bool(&v.watermark, "watermark", text{"look for a watermark in the pixels too", "画素に埋め込まれた透かしも調べます"})
	f.string(&v.key, "key", "", text{"`FILE` whose content is the watermark's secret (default: the public key); implies --watermark", "透かしの鍵として使う `FILE`(既定は公開鍵。指定すると --watermark も有効になります)"})
	return cmd
}

// verified is what was found in one file.
type verified struct {
	File string `json:"file"`
	// Report is nil in formats that are not read.
	Report *provenance.Report `json:"report,omitempty"`
	// Settings are those that generate wrote; anybody can change them.
	Settings  *diffusion.Record     `json:"settings,omitempty"`
	Watermark *provenance.Detection `json:"watermark,omitempty"`
	Error     string                `json:"error,omitempty"`
	err       error
}

func (v verified) broken() bool { return v.err != nil || v.Report != nil && v.Report.Broken() }

func (v *verifying) run(ctx context.Context, args []string) error {
	verifier, key, err := v.open()
	if err != nil {
		return err
	}
	var all []verified
	var lines []string
	broken := 0
	for _, file := range args {
		if err := ctx.Err(); err != nil {
			return err
		}
		found := v.look(file, verifier, key)
		if found.broken() {
			broken++
		}
		all = append(all, found)
		lines = append(lines, v.p.verifiedLines(found)...)
	}
	if err := v.p.result(map[string]any{"files": all, "broken": broken}, lines...); err != nil {
		return err
	}
	if broken > 0 {
		return v.p.failed(errors.New("provenance does not hold"), textNotVerified, "broken", strconv.Itoa(broken), "count", strconv.Itoa(len(all)))
	}
	return nil
}

// open reads the files of the flags; the key is nil where no mark is looked for.
func (v *verifying) open() (provenance.Verifier, *provenance.Key, error) {
	var verifier provenance.Verifier
	for _, file := range v.ca {
		data, err := readBounded(file)
		if err != nil {
			return verifier, nil, err
		}
		if verifier.Roots == nil {
			verifier.Roots = x509.NewCertPool()
		}
		if !verifier.Roots.AppendCertsFromPEM(data) {
			return verifier, nil, v.p.wrongUse(textNoCertificate, "file", file)
		}
	}
	key := provenance.PublicKey()
	if v.key != "" {
		secret, err := readBounded(v.key)
		if err != nil {
			return verifier, nil, err
		}
		if secret = bytes.TrimSpace(secret); len(secret) == 0 {
			return verifier, nil, v.p.wrongUse(textEmptyKey, "file", v.key)
		}
		key = provenance.NewKey(secret)
	}
	if v.watermark || v.key != "" {
		return verifier, &key, nil
	}
	return verifier, nil, nil
}

// look reads one file; what cannot be read is part of what was found.
func (v *verifying) look(file string, verifier provenance.Verifier, key *provenance.Key) verified {
	found := verified{File: file}
	data, err := readBounded(file)
	if err == nil {
		err = found.read(data, verifier, key)
	}
	if err != nil {
		found.err, found.Error = err, err.Error()
	}
	return found
}

func (v *verified) read(data []byte, verifier provenance.Verifier, key *provenance.Key) error {
	report, err := verifier.Verify(data)
	switch {
	case err == nil:
		v.Report = &report
	case !errors.Is(err, provenance.ErrFormat):
		return err
	}
	v.Settings = readSettings(data)
	if v.Report != nil && key == nil {
		return nil
	}
	p, err := picture.Options{}.Decode(bytes.NewReader(data), v.File)
	if err != nil {
		return err
	}
	if key != nil {
		mark := provenance.Detect(p, *key)
		v.Watermark = &mark
	}
	return nil
}

// readSettings reads what generate wrote into a PNG file, nil where there is none.
func readSettings(data []byte) *diffusion.Record {
	metadata, err := picture.ReadPNGMetadata(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	var record diffusion.Record
	if json.Unmarshal([]byte(metadata[diffusion.MetadataOwn]), &record) != nil {
		return nil
	}
	return &record
}

// readBounded reads a file of at most the size of a picture.
func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	limit := picture.DefaultLimits().Bytes
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s has more than %d MiB", path, limit>>20)
	}
	return data, nil
}

var (
	textNotVerified   = text{"{broken} of {count} files are not as they were signed, or could not be read; what is wrong is listed above.", "{count} 件のうち {broken} 件は、署名時の状態と一致しないか、読み取れませんでした。内容は上に示したとおりです。"}
	textNoCertificate = text{"--ca: {file} has no certificate in PEM form", "--ca: {file} に PEM 形式の証明書がありません"}
	textEmptyKey      = text{"--key: {file} is empty", "--key: {file} は空です"}
)
