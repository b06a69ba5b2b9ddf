package studio

import "time"

// Rights say who allowed a picture to be used, and within which bounds.
type Rights struct {
	Owner       string // person or company that holds the right
	Licence     string // such as "own work", "CC BY 4.0", "contract 2026-014"
	ConsentBlob string // the document, such as a signed form
	Territory   string // such as "JP" or "worldwide"; "" where nothing limits it
	Expires     time.Time
	ConfirmedBy string // user who said so
	ConfirmedAt time.Time
}

// Confirmed reports whether somebody took responsibility for the rights.
func (r *Rights) Confirmed() bool { return r.ConfirmedBy != "" && !r.ConfirmedAt.IsZero() }

// Expired reports whether the right has ended. A zero Expires never ends.
func (r *Rights) Expired(now time.Time) bool { return !r.Expires.IsZero() && !now.Before(r.Expires) }

// Validate returns an Invalid error that names the first field that is wrong.
func (r *Rights) Validate() error {
	if (r.ConfirmedBy == "") != r.ConfirmedAt.IsZero() {
		return invalidf("confirmed_at", "a confirmation has both a person and a time", "確認者と確認日時の両方が必要です。")
	}
	return firstError(
		checkText("owner", r.Owner, MaxName),
		checkText("licence", r.Licence, MaxName),
		checkBlobOrNone("consent_blob", r.ConsentBlob),
		checkText("territory", r.Territory, MaxName),
		checkIDOrNone("confirmed_by", r.ConfirmedBy),
	)
}

// Source is a picture that was given, with the rights to it.
type Source struct {
	ID           string
	ProjectID    string
	Revision     int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
	CreatedBy    string // user
	Name         string
	Blob         string
	ThumbBlob    string
	Size         int64 // bytes of Blob
	Width        int   // pixels
	Height       int
	Rights       Rights
	WithdrawnAt  time.Time // zero while it may be used
	WithdrawnWhy string
}

// MaxSide is the longest side of a picture that the studio keeps, in pixels.
const MaxSide = 1 << 16

// Validate returns an Invalid error that names the first field that is wrong.
func (s *Source) Validate() error {
	return firstError(
		checkID("project_id", s.ProjectID),
		checkIDOrNone("created_by", s.CreatedBy),
		checkName("name", s.Name),
		checkBlob("blob", s.Blob),
		checkBlobOrNone("thumb_blob", s.ThumbBlob),
		checkRange("size", s.Size, 1, 1<<40),
		checkRange("width", s.Width, 1, MaxSide),
		checkRange("height", s.Height, 1, MaxSide),
		s.Rights.Validate(),
		checkText("withdrawn_why", s.WithdrawnWhy, MaxText),
	)
}

// Withdrawn reports whether the picture may no longer be used.
func (s *Source) Withdrawn() bool { return !s.WithdrawnAt.IsZero() }

// Usable returns nil where concepts may be learned from the picture, or the
// Forbidden or Expired error that says why not.
func (s *Source) Usable(now time.Time) error {
	switch {
	case s.Withdrawn():
		return Errorf(Forbidden, "%q was withdrawn: %s", "「%s」は使用が取り消されています：%s", s.Name, s.WithdrawnWhy)
	case !s.Rights.Confirmed():
		return Errorf(Forbidden, "nobody has confirmed the rights to %q", "「%s」の使用権限が確認されていません。", s.Name)
	case s.Rights.Expired(now):
		return Errorf(Expired, "the right to use %q ended on %s", "「%s」の使用期限（%s）が過ぎています。", s.Name, s.Rights.Expires.Format(time.DateOnly))
	}
	return nil
}

// SourceFilter picks sources. Zero fields pick all.
type SourceFilter struct {
	Text          string // part of the name
	Withdrawn     *bool
	ExpiresBefore time.Time // those whose right ends, and before this
	Blob          string    // those with this content
}
