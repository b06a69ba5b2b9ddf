package studio

import (
	"net"
	"strings"
	"time"
)

// Policy holds the rules of the whole workspace. There is one.
type Policy struct {
	Revision          int64
	UpdatedAt         time.Time
	UpdatedBy         string   // user; "" for the first one
	RetentionDays     int      // after which drafts and rejected pictures are deleted; 0 for never
	BlockedWords      []string // that no prompt may contain
	FourEyes          bool     // whoever submits a picture cannot approve it
	Watermark         bool     // exported and published pictures carry the invisible one
	ExportFormats     []string // out of ExportFormats()
	WebhookHosts      []string // to which webhooks may be sent
	GuidelineEnglish  string
	GuidelineJapanese string
	GuidelineVersion  int64 // raised when users have to acknowledge the text anew; 0 while there is none
}

// ExportFormats lists the formats in which pictures can leave.
func ExportFormats() []string { return []string{"png", "jpeg", "zip", "html"} }

// DefaultPolicy is that of a new workspace: four eyes, watermark, all formats.
func DefaultPolicy() Policy {
	return Policy{FourEyes: true, Watermark: true, ExportFormats: ExportFormats(), BlockedWords: []string{}, WebhookHosts: []string{}}
}

// Validate returns an Invalid error that names the first field that is wrong.
func (p *Policy) Validate() error {
	for _, f := range p.ExportFormats {
		if err := checkOneOf("export_formats", f, ExportFormats()...); err != nil {
			return err
		}
	}
	for _, host := range p.WebhookHosts {
		if err := checkHost("webhook_hosts", host); err != nil {
			return err
		}
	}
	return firstError(
		checkIDOrNone("updated_by", p.UpdatedBy),
		checkRange("retention_days", p.RetentionDays, 0, 36500),
		checkTexts("blocked_words", p.BlockedWords),
		checkTexts("export_formats", p.ExportFormats),
		checkTexts("webhook_hosts", p.WebhookHosts),
		checkText("guideline_english", p.GuidelineEnglish, MaxLong),
		checkText("guideline_japanese", p.GuidelineJapanese, MaxLong),
		checkRange("guideline_version", p.GuidelineVersion, 0, 1<<40),
	)
}

// checkHost wants a host's name in lower case, without port, and no address.
func checkHost(field, host string) error {
	bad := host == "" || len(host) > 253 || host != strings.ToLower(host) ||
		strings.ContainsAny(host, "/:@ ?#\\%[]") || net.ParseIP(host) != nil || strings.Trim(host, ".") != host
	if bad {
		return invalidf(field, "%.100q is not a host name such as hooks.example.com", "%.100qはホスト名ではありません。hooks.example.comのように入力してください。", host)
	}
	return nil
}
