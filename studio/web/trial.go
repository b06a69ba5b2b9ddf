package web

import (
	"slices"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// sectionTrials is the place of trials: guided proofs of concept.
const sectionTrials section = "trials"

func (m *mux) trials() {
	m.in("/trials", trialsPage)
	m.in("/trials/new", newTrialPage)
	m.inForm("/trials", createTrial, newTrialPage)
	m.in("/trials/{trial}", trialPage)
	m.in("/trials/{trial}/now", trialNow)
	m.in("/trials/{trial}/product", trialProductPage)
	m.inForm("/trials/{trial}/product", setTrialProduct, trialProductPage)
	m.in("/trials/{trial}/photos", trialPhotosPage)
	m.upload("/trials/{trial}/photos", uploads*m.MaxUpload+smallForm, setTrialPhotos, trialPhotosPage)
	m.in("/trials/{trial}/prompts", trialPromptsPage)
	m.inForm("/trials/{trial}/prompts", setTrialPrompts, trialPromptsPage)
	m.in("/trials/{trial}/baseline", trialBaselinePage)
	m.inForm("/trials/{trial}/baseline", setTrialBaseline, trialBaselinePage)
	m.inForm("/trials/{trial}/start", startTrial, trialPage)
	m.inForm("/trials/{trial}/submit", submitTrial, trialPage)
	m.inForm("/trials/{trial}/close", closeTrial, trialPage)
	m.inForm("/trials/{trial}/delete", deleteTrial, trialPage)
	m.in("/trials/{trial}/report", trialReportPage)
}

var trialStates = []named{
	{string(studio.TrialPlanned), text{"Planned", "準備中"}},
	{string(studio.TrialRunning), text{"Running", "実行中"}},
	{string(studio.TrialReviewing), text{"In review", "審査中"}},
	{string(studio.TrialClosed), text{"Closed", "終了"}},
}

func (v *visit) trialState(s studio.TrialState) string { return nameOf(v, trialStates, string(s)) }

// trialTone is how a trial's state is coloured.
func trialTone(s studio.TrialState) string {
	switch s {
	case studio.TrialRunning, studio.TrialReviewing:
		return "busy"
	case studio.TrialClosed:
		return "good"
	}
	return "plain"
}

func trialsPage(v *visit) error {
	list, err := v.work().Trials(v.ctx(), v.actor, v.project.ID, studio.TrialFilter{}, v.pageOf(20))
	if err != nil {
		return err
	}
	v.section = sectionTrials
	return v.show(text{"Trials", "トライアル"}, trials(v, list))
}

// trialOfPath is the trial that the address names.
func (v *visit) trialOfPath() (studio.Trial, error) {
	return v.work().Trial(v.ctx(), v.actor, v.project.ID, v.r.PathValue("trial"))
}

// mayPlan reports whether the visitor may change a trial.
func (v *visit) mayPlan(t *studio.Trial) bool {
	return v.role.CanCreate() && !v.project.Archived() && t.State != studio.TrialClosed
}

// mayDeleteTrial reports whether the visitor may delete a trial as it stands.
func (v *visit) mayDeleteTrial(t *studio.Trial) bool {
	may := v.role.AtLeast(studio.RoleAdmin) || t.State == studio.TrialPlanned && v.role.CanCreate()
	return may && t.State != studio.TrialRunning && !v.project.Archived()
}

// trialView is a trial with where it stands.
type trialView struct {
	workspace.TrialReport
	lacking  error       // why it cannot start yet
	ask      bool        // the guideline has to be read first
	checking *studio.Job // the newest that checks some of its pictures, nil for none
}

// busy reports whether something still happens by itself.
func (t *trialView) busy() bool {
	return underWay(t.checking) || t.Trial.State == studio.TrialRunning && t.Trial.Message.Empty() &&
		slices.ContainsFunc(t.Jobs, func(j studio.Job) bool { return !j.State.Ended() })
}

// drafts counts the pictures that nobody has put forward.
func (t *trialView) drafts() int {
	n := 0
	for _, p := range t.Pictures {
		if p.State == studio.PictureDraft {
			n++
		}
	}
	return n
}

// preview is what the subject looks like so far, "" before there is something.
func (t *trialView) preview() string {
	for _, c := range t.Concepts {
		if c.PreviewBlob != "" && c.State != studio.ConceptWithdrawn {
			return c.PreviewBlob
		}
	}
	for _, j := range t.Jobs {
		if j.Kind == studio.JobPersonalize && j.Progress.PreviewBlob != "" {
			return j.Progress.PreviewBlob
		}
	}
	return ""
}

func (v *visit) trialView() (t trialView, err error) {
	if t.TrialReport, err = v.work().TrialReport(v.ctx(), v.actor, v.project.ID, v.r.PathValue("trial")); err != nil {
		return t, err
	}
	var pictures []studio.Picture
	for _, p := range t.Pictures {
		pictures = append(pictures, p.Picture)
	}
	if t.checking, err = v.checking(pictures); err != nil {
		return t, err
	}
	t.lacking = t.Trial.Ready()
	t.ask, err = v.guidelineOpen()
	return t, err
}

func trialPage(v *visit) error {
	t, err := v.trialView()
	if err != nil {
		return err
	}
	v.section = sectionTrials
	return v.show(text{"{name}", "{name}"}, trialContent(v, &t), "name", t.Trial.Name)
}

func trialNow(v *visit) error {
	t, err := v.trialView()
	if err != nil {
		return err
	}
	return v.render(trialStanding(v, &t))
}

func startTrial(v *visit) error {
	start := workspace.TrialStart{ClassWord: v.field("class_word")}
	t, err := v.work().StartTrial(v.ctx(), v.actor, v.project.ID, v.r.PathValue("trial"), start)
	if err != nil {
		return err
	}
	return v.redirect(v.path("trials", t.ID), "trialstarted")
}

// submitTrial has the drafts checked and submitted.
func submitTrial(v *visit) error {
	id := v.r.PathValue("trial")
	return v.checkAll(workspace.EvaluateRequest{TrialID: id}, v.path("trials", id))
}

func closeTrial(v *visit) error {
	t, err := v.work().CloseTrial(v.ctx(), v.actor, v.project.ID, v.r.PathValue("trial"), v.field("conclusion"))
	if err != nil {
		return err
	}
	return v.redirect(v.path("trials", t.ID, "report"), "trialclosed")
}

func deleteTrial(v *visit) error {
	if err := v.work().DeleteTrial(v.ctx(), v.actor, v.project.ID, v.r.PathValue("trial")); err != nil {
		return err
	}
	return v.redirect(v.path("trials"), "removed")
}
