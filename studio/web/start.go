package web

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// uploads is how many pictures one form may bring.
const uploads = 8

// maxConsent is the largest consent document.
const maxConsent = workspace.MaxConsent

func startPage(v *visit) error {
	v.section = sectionStart
	ask, err := v.guidelineOpen()
	if err != nil {
		return err
	}
	return v.show(text{"Start with a photo", "写真からはじめる"}, startForm(v, ask))
}

// start takes the photos of a subject, with the rights, and has it learned.
func start(v *visit) error {
	photos := v.r.MultipartForm.File["photo"]
	if len(photos) == 0 {
		return badField("", "Choose a photo.", "写真を選択してください。")
	}
	if len(photos) > uploads {
		return badField("", "At most %d photos at once.", "一度に登録できる写真は%d枚までです。", uploads)
	}
	rights, err := v.rights()
	if err != nil {
		return err
	}
	if !v.ticked("confirmed") {
		return badField("", "Please confirm that you may use the photo.", "写真の使用権限を確認し、チェックを入れてください。")
	}
	name := v.field("name")
	if name == "" {
		return badField("name", "is empty; say what the photo shows", "入力されていません。写真に写っているものの名前を入力してください。")
	}
	k := knownPhotos{name: name, class: v.field("class_word"), rights: rights}
	for _, photo := range photos {
		p, err := v.addPhoto(photo, rights)
		if err != nil {
			return err
		}
		k.add(p, rights)
	}
	if len(k.differing) > 0 {
		v.section = sectionStart
		return v.show(text{"The photo is known already", "登録済みの写真です"}, askRights(v, k))
	}
	return v.learnPhotos(name, k.ids)
}

// learnPhotos has a subject learned, and drawn in its first scenes.
func (v *visit) learnPhotos(name string, ids []string) error {
	c, _, err := v.work().LearnConcept(v.ctx(), v.actor, v.project.ID, workspace.LearnRequest{
		Name: name, Placeholder: workspace.Placeholder(name), ClassWord: v.classWord(), SourceIDs: ids, Scenes: v.firstScenes(),
	})
	if err != nil {
		return err
	}
	return v.redirect(v.path("start", c.ID), "")
}

// classWord is what a form says of the kind of thing, nil where it does not ask.
func (v *visit) classWord() *string {
	if !v.r.Form.Has("class_word") {
		return nil
	}
	return new(v.field("class_word"))
}

// rights are what a form says about the right to use a photo.
func (v *visit) rights() (workspace.Rights, error) {
	expires, err := v.dayEnd("expires_at")
	return workspace.Rights{Owner: v.field("owner"), Licence: v.field("licence"), Territory: v.field("territory"), Expires: expires}, err
}

// scene is where a new subject is shown.
type scene struct {
	prompt  string
	caption text
}

// scenes are drawn by themselves as soon as a subject is learned.
var scenes = []scene{
	{"{product} on a white background", text{"On white", "白い背景"}},
	{"{product} in snow", text{"In snow", "雪の中"}},
	{"{product} on a wooden table", text{"On a wooden table", "木のテーブルの上"}},
	{"{product} on grass", text{"On grass", "芝生の上"}},
}

// territory is where a photo may be used unless somebody says otherwise: rights that a
// Japanese office obtains are mostly for Japan. In English there is no such guess.
func (v *visit) territory() string {
	if v.lang == japanese {
		return "日本"
	}
	return ""
}

// sceneSeed is that of the scenes: the same for each, so that only the scene
// differs.
const sceneSeed = 1

func (v *visit) firstScenes() []workspace.Scene {
	var list []workspace.Scene
	for _, s := range scenes {
		list = append(list, workspace.Scene{Prompt: s.prompt, Name: v.say(s.caption), Seed: new(int64(sceneSeed))})
	}
	return list
}

// appearance is a subject that is being learned, and its first scenes.
type appearance struct {
	concept  studio.Concept
	source   studio.Source // the first
	job      *studio.Job   // that learns it
	drawing  *studio.Job   // that of the scenes
	awaited  int           // pictures of it that are not there yet
	pictures []studio.Picture
	refused  *studio.Words // why there is no drawing
}

// settled reports whether nothing more happens by itself. A drawing begins with the
// end of the learning, which comes after the concept.
func (a *appearance) settled() bool {
	switch a.concept.State {
	case studio.ConceptLearning:
		return false
	case studio.ConceptReady:
		return (a.job == nil || a.job.State.Ended()) && (a.drawing == nil || a.drawing.State.Ended())
	}
	return true
}

// appear loads a subject with its jobs.
func (v *visit) appear() (a appearance, err error) {
	if a.concept, err = v.work().Concept(v.ctx(), v.actor, v.project.ID, v.r.PathValue("concept")); err != nil {
		return a, err
	}
	if len(a.concept.SourceIDs) > 0 {
		if a.source, err = v.work().Source(v.ctx(), v.actor, v.project.ID, a.concept.SourceIDs[0]); err != nil {
			return a, err
		}
	}
	if a.job, err = v.learningOf(a.concept.ID); err != nil || a.job == nil {
		return a, err
	}
	return a, v.loadScenes(&a)
}

// loadScenes finds what followed the learning. A drawing that was deleted counts as
// none.
func (v *visit) loadScenes(a *appearance) error {
	after, err := workspace.LearningOf(*a.job)
	if err != nil {
		return err
	}
	a.refused = after.Refused
	if after.DrawingID == "" {
		return nil
	}
	drawing, err := v.work().Job(v.ctx(), v.actor, v.project.ID, after.DrawingID)
	if studio.ErrorCode(err) == studio.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	a.drawing = &drawing
	if a.pictures, err = v.picturesOf(drawing); err != nil {
		return err
	}
	if !drawing.State.Ended() {
		a.awaited = max(0, shotsOf(drawing)-len(a.pictures))
	}
	return nil
}

// shotsOf is how many pictures a job is to draw.
func shotsOf(j studio.Job) int {
	var params workspace.GenerateParams
	if json.Unmarshal(j.Params, &params) != nil {
		return 0
	}
	return len(params.Shots)
}

// learningOf is the latest job that learns a concept, nil where it was deleted.
func (v *visit) learningOf(concept string) (*studio.Job, error) {
	list := func(p studio.Page) (studio.List[studio.Job], error) {
		return v.work().Jobs(v.ctx(), v.actor, v.project.ID, studio.JobFilter{Kind: studio.JobPersonalize}, p)
	}
	for j, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		if j.ID < concept {
			break // ids sort by time: older jobs cannot be of this concept
		}
		var params workspace.LearnParams
		if json.Unmarshal(j.Params, &params) == nil && params.ConceptID == concept {
			return &j, nil
		}
	}
	return nil, nil
}

// picturesOf are the pictures that a job has drawn, in the order of its shots.
// Those that were deleted are left out.
func (v *visit) picturesOf(j studio.Job) ([]studio.Picture, error) {
	list, err := v.work().Pictures(v.ctx(), v.actor, v.project.ID, studio.PictureFilter{JobID: j.ID}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list.Items, func(a, b studio.Picture) int { return strings.Compare(a.ID, b.ID) })
	return list.Items, nil
}

func appearPage(v *visit) error {
	a, err := v.appear()
	if err != nil {
		return err
	}
	v.section = sectionStart
	return v.show(text{"{name}", "{name}"}, appearing(v, a), "name", a.concept.Name)
}

func appearNow(v *visit) error {
	a, err := v.appear()
	if err != nil {
		return err
	}
	return v.render(appearingNow(v, a))
}

// drawScenes asks for the first scenes of a concept whose learning did not bring
// them.
func drawScenes(v *visit) error {
	a, err := v.appear()
	if err != nil {
		return err
	}
	if a.job == nil {
		return errNoPage
	}
	if _, err := v.work().DrawScenes(v.ctx(), v.actor, v.project.ID, a.job.ID, v.firstScenes()); err != nil {
		return err
	}
	return v.redirect(v.path("start", a.concept.ID), "")
}

// progressText is a job's step, rate and time left.
func (v *visit) progressText(j *studio.Job) string {
	if j.State != studio.JobRunning || j.Progress.Steps == 0 {
		return ""
	}
	p := j.Progress
	parts := []string{v.say(text{"step {n} of {all}", "{n} / {all} ステップ"}, "n", strconv.Itoa(p.Step), "all", strconv.Itoa(p.Steps))}
	if j.Kind == studio.JobEvaluate {
		parts[0] = v.say(text{"{n} of {all} pictures", "{all}枚中{n}枚"}, "n", strconv.Itoa(p.Step), "all", strconv.Itoa(p.Steps))
	} else if p.Rate > 0 {
		parts = append(parts, v.say(text{"{rate} a second", "毎秒{rate}ステップ"}, "rate", strconv.FormatFloat(p.Rate, 'f', 1, 64)))
	}
	if p.Left > 0 {
		parts = append(parts, v.say(text{"{time} left", "残り{time}"}, "time", v.left(p.Left)))
	}
	return strings.Join(parts, " · ")
}

// preview is the picture of what was learned so far, "" before there is one.
func (a *appearance) preview() string {
	if a.concept.PreviewBlob != "" {
		return a.concept.PreviewBlob
	}
	if a.job != nil && a.job.State == studio.JobRunning {
		return a.job.Progress.PreviewBlob
	}
	return ""
}

// servePreview answers with what was learned so far. A preview lives as long as
// it is the newest, so the address names the concept and not the file; the photo
// stands in where there is none any more.
func servePreview(v *visit) error {
	for range 3 { // between looking and opening a newer one may have come
		a, err := v.appear()
		if err != nil {
			return err
		}
		blob := cmp.Or(a.preview(), a.source.ThumbBlob)
		file, _, kind, err := v.work().OpenFile(v.ctx(), v.actor, v.project.ID, blob)
		if studio.ErrorCode(err) == studio.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		return v.send(file, download{name: blob, kind: kind, etag: blob, inline: true})
	}
	return errNoPage
}

// telling says what happens just now.
func (a *appearance) telling(v *visit) string {
	if a.job == nil {
		return v.conceptState(a.concept.State)
	}
	return v.jobMessage(a.job)
}

// jobTitle is what a job is about.
func (v *visit) jobTitle(j *studio.Job) string {
	var params struct {
		workspace.GenerateParams
		Name       string   `json:"name"`
		PictureIDs []string `json:"picture_ids"`
	}
	if json.Unmarshal(j.Params, &params) != nil {
		return ""
	}
	switch {
	case j.Kind == studio.JobPersonalize:
		return params.Name
	case j.Kind == studio.JobEvaluate:
		return v.evaluationTitle(j)
	case j.Kind == studio.JobExport:
		return v.say(text{"Export of {n} pictures", "{n}枚の書き出し"}, "n", strconv.Itoa(len(params.PictureIDs)))
	case len(params.Shots) == 0:
		return ""
	case params.Shots[0].Name != "":
		return shorten(params.Shots[0].Name, 60)
	}
	return shorten(params.Shots[0].Prompt, 60)
}
