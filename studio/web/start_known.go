package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"slices"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// knownPhotos are the photos of a subject, some of which the project had already
// with other rights than were given now.
type knownPhotos struct {
	name      string // of the subject
	class     string // the kind of thing, "" where nobody said
	ids       []string
	rights    workspace.Rights // that were given now
	differing []studio.Source
}

// addedPhoto is a photo as the project has it.
type addedPhoto struct {
	studio.Source
	otherConsent bool // it has another consent document than the one that was given
}

func (k *knownPhotos) add(p addedPhoto, rights workspace.Rights) {
	if slices.Contains(k.ids, p.ID) {
		return // chosen twice
	}
	k.ids = append(k.ids, p.ID)
	if !rights.Same(p.Rights) || p.otherConsent {
		k.differing = append(k.differing, p.Source)
	}
}

// keepable reports whether the rights as they stand would do.
func (k *knownPhotos) keepable(v *visit) bool {
	return !slices.ContainsFunc(k.differing, func(s studio.Source) bool { return s.Usable(v.now) != nil })
}

// addPhoto keeps a photo and, where there is one, its consent document. A photo
// that the project has is taken as it is.
func (v *visit) addPhoto(photo *multipart.FileHeader, rights workspace.Rights) (p addedPhoto, err error) {
	file, err := photo.Open()
	if err != nil {
		return p, err
	}
	defer file.Close()
	p.Source, err = v.work().AddSource(v.ctx(), v.actor, v.project.ID, workspace.NewSource{
		Name: photo.Filename, File: file, Rights: rights, Confirmed: true, OrKnown: true,
	})
	if err != nil {
		return p, err
	}
	consents := v.r.MultipartForm.File["consent"]
	if len(consents) == 0 || consents[0].Size == 0 {
		return p, nil
	}
	if p.Rights.ConsentBlob == "" {
		return p, v.keepConsent(p.ID, consents[0])
	}
	sum, err := contentOf(consents[0])
	p.otherConsent = sum != p.Rights.ConsentBlob
	return p, err
}

func (v *visit) keepConsent(source string, document *multipart.FileHeader) error {
	file, err := document.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = v.work().AddConsent(v.ctx(), v.actor, v.project.ID, source, file)
	return err
}

// contentOf is the SHA-256 of what was sent.
func contentOf(document *multipart.FileHeader) (string, error) {
	file, err := document.Open()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("read document: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// startKnown goes on with photos that the project had, with the rights that were
// chosen: those that they have, or those that were given now.
func startKnown(v *visit) error {
	rights, err := v.rights()
	if err != nil {
		return err
	}
	switch v.field("rights") {
	case "keep":
	case "replace":
		for _, id := range v.r.PostForm["differing"] {
			if err := v.replaceRights(id, rights); err != nil {
				return err
			}
		}
	default:
		return badField("", "Choose which rights hold.", "どちらの権利情報を使用するか選択してください。")
	}
	return v.learnPhotos(v.field("name"), v.r.PostForm["source"])
}

func (v *visit) replaceRights(id string, rights workspace.Rights) error {
	revision, err := v.whole("revision_"+id, 0)
	if err != nil {
		return err
	}
	_, err = v.work().UpdateRights(v.ctx(), v.actor, v.project.ID, id, workspace.RightsChange{Rights: rights, Confirmed: true, Revision: revision})
	return err
}

// startKnownPage shows the question again, or the beginning where it is no longer
// one.
func startKnownPage(v *visit) error {
	rights, err := v.rights()
	if err != nil {
		return startPage(v)
	}
	k := knownPhotos{name: v.field("name"), class: v.field("class_word"), rights: rights}
	for _, id := range v.r.PostForm["source"] {
		s, err := v.work().Source(v.ctx(), v.actor, v.project.ID, id)
		if err != nil {
			return err
		}
		k.add(addedPhoto{Source: s}, rights)
	}
	if len(k.differing) == 0 {
		return startPage(v)
	}
	v.section = sectionStart
	return v.show(text{"The photo is known already", "登録済みの写真です"}, askRights(v, k))
}
