package jobs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// workFolder names, for a process of the test program, the workspace to work in.
const workFolder = "ICHIMAI_TEST_WORK_FOLDER"

// TestWorkerProcess is no test of its own: it is what TestKilled starts and kills.
// It works until it is killed and writes a line for each step.
func TestWorkerProcess(t *testing.T) {
	dir := os.Getenv(workFolder)
	if dir == "" {
		t.Skip("TestKilled starts this")
	}
	h, err := openHouse(context.Background(), dir)
	must(t, err)
	say := func(_ context.Context, what string) error { fmt.Println("step", what); return nil }
	runner := &hand{step: say}
	must(t, h.open(workspace.Options{Checks: &eye{step: say}}))
	q := got[*Queue](t)(Open(context.Background(), Options{DB: h.db, Desk: h.desk, Runner: runner, Folder: filepath.Join(dir, "runs")}))
	fmt.Println("opened")
	must(t, q.Start(context.Background()))
	select {}
}

// kills is how many times the process is killed.
const kills = 24

// TestKilled kills the process that works at random moments: before it has opened
// the queue, between two pictures, while one is handed in. In the end every job is
// done, and nothing is lost or there twice.
func TestKilled(t *testing.T) {
	n, seed := kills, uint64(time.Now().UnixNano())
	if testing.Short() {
		n = 4
	}
	t.Logf("moments of seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	h := newHouse(t)
	jobs := manyJobs(t, h)
	midway := 0
	for range n {
		killProcess(t, h.dir, random.IntN(9), time.Duration(random.IntN(30))*time.Millisecond)
		midway += checkHalf(t, h, jobs)
		if t.Failed() {
			return
		}
		if waiting := got[[]studio.Job](t)(h.desk.WaitingJobs(context.Background())); len(waiting) < 3 {
			jobs = append(jobs, moreJobs(t, h, jobs[0].ProjectID)...)
		}
	}
	if midway < n/6 {
		t.Errorf("only %d of %d kills met a job that was running; the test is too slow to kill", midway, n)
	}
	runner := &hand{}
	h.work(t, Options{Runner: runner})
	for _, job := range jobs {
		h.await(t, job, studio.JobDone)
	}
	for _, job := range jobs {
		checkWhole(t, h, h.job(t, job))
	}
	if _, err := h.desk.VerifyAudit(context.Background(), h.actor); err != nil {
		t.Error(err)
	}
	must(t, h.db.Check(context.Background()))
	awaitEmptyQueue(t, h)
}

// awaitEmptyQueue wants no entry that was never done, nor a run's folder without
// its job.
func awaitEmptyQueue(t *testing.T, h *house) {
	t.Helper()
	const open = "SELECT count(*) FROM river_job WHERE kind = 'studio_job' AND state <> 'completed'"
	for left, deadline := 1, time.Now().Add(time.Minute); left > 0; time.Sleep(10 * time.Millisecond) {
		must(t, h.db.Writer().QueryRow(open).Scan(&left))
		if left > 0 && time.Now().After(deadline) {
			t.Fatalf("%d entries are left", left)
		}
	}
	folders, err := os.ReadDir(filepath.Join(h.dir, "runs"))
	must(t, err)
	if len(folders) > 0 {
		t.Errorf("%d runs' folders are left", len(folders))
	}
}

// manyJobs queues jobs of all kinds in two projects.
func manyJobs(t *testing.T, h *house) []studio.Job {
	t.Helper()
	a, b := h.project(t, "a"), h.project(t, "b")
	q := got[*Queue](t)(Open(context.Background(), Options{DB: h.db, Desk: h.desk, Runner: &hand{}, Folder: filepath.Join(h.dir, "runs")}))
	must(t, q.Start(context.Background()))
	ids := h.approved(t, b, 2)
	drafts := idsOf(h.pictures(t, h.await(t, h.generate(t, b, 12), studio.JobDone)))
	stop(t, q)
	export := got[studio.Job](t)(h.desk.Export(context.Background(), h.actor, b, workspace.ExportRequest{PictureIDs: ids, Format: "zip"}))
	return append([]studio.Job{export, h.evaluate(t, b, drafts, true)}, learningJobs(t, h, a, b)...)
}

// learningJobs are jobs of the other kinds.
func learningJobs(t *testing.T, h *house, a, b string) []studio.Job {
	t.Helper()
	_, learning := h.learn(t, a, workspace.Scene{Prompt: "{product} in snow"}, workspace.Scene{Prompt: "{product} on grass"})
	return append([]studio.Job{learning, h.generate(t, b, 5)}, moreJobs(t, h, a)...)
}

func moreJobs(t *testing.T, h *house, project string) []studio.Job {
	t.Helper()
	return []studio.Job{h.generate(t, project, 4), h.generate(t, project, 7), h.generate(t, project, 1)}
}

// killProcess starts a process that works, and kills it so long after so many of
// its lines.
func killProcess(t *testing.T, dir string, lines int, after time.Duration) {
	t.Helper()
	program, err := os.Executable()
	must(t, err)
	c := exec.Command(program, "-test.run=^TestWorkerProcess$", "-test.timeout=2m")
	c.Env = append(os.Environ(), workFolder+"="+dir)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	giveUp := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer giveUp.Stop()
	scanner := bufio.NewScanner(out)
	for i := 0; i < lines && scanner.Scan(); i++ {
		if line := scanner.Text(); i == 0 && line != "opened" {
			t.Errorf("the process says %q", line)
		}
	}
	time.Sleep(after)
	must(t, c.Process.Kill()) // SIGKILL
	io.Copy(io.Discard, out)
	c.Wait() // says that it was killed
}

// checkHalf looks at what a dead process left: jobs that have what they say they
// have, each picture once. It returns 1 where one was running.
func checkHalf(t *testing.T, h *house, jobs []studio.Job) (running int) {
	t.Helper()
	for _, job := range jobs {
		now := h.job(t, job)
		if now.State == studio.JobRunning {
			running = 1
		}
		if now.State.Ended() && now.State != studio.JobDone {
			t.Errorf("job %s of kind %s is %s: %s", job.ID, job.Kind, now.State, now.Error)
		}
		checkPictures(t, h, now)
	}
	return running
}

// checkPictures compares a job's pictures with what its row says, and each file
// with its name.
func checkPictures(t *testing.T, h *house, job studio.Job) map[int]string {
	t.Helper()
	var result workspace.DrawnPictures
	if len(job.Result) > 0 {
		must(t, json.Unmarshal(job.Result, &result))
	}
	known, seeds := map[string]bool{}, map[int64]bool{}
	for _, id := range result.Pictures {
		known[id] = true
	}
	for _, p := range h.pictures(t, job) {
		if !known[p.ID] || seeds[p.Seed] {
			t.Errorf("picture %s of job %s with seed %d is there twice, or the job does not know it", p.ID, job.ID, p.Seed)
		}
		delete(known, p.ID)
		seeds[p.Seed] = true
		if err := h.files.Verify(context.Background(), p.Blob); err != nil {
			t.Error(err)
		}
	}
	if len(known) > 0 {
		t.Errorf("job %s has lost %d pictures", job.ID, len(known))
	}
	return result.Pictures
}

// checkWhole wants everything that a job is to make.
func checkWhole(t *testing.T, h *house, job studio.Job) {
	t.Helper()
	switch job.Kind {
	case studio.JobGenerate:
		var params workspace.GenerateParams
		must(t, json.Unmarshal(job.Params, &params))
		if have := checkPictures(t, h, job); len(have) != len(params.Shots) {
			t.Errorf("job %s has %d pictures of %d", job.ID, len(have), len(params.Shots))
		}
	case studio.JobEvaluate:
		checkEvaluated(t, h, job)
	case studio.JobExport:
		if err := h.files.Verify(context.Background(), job.ResultBlob); err != nil {
			t.Error(err)
		}
	case studio.JobPersonalize:
		var params workspace.LearnParams
		must(t, json.Unmarshal(job.Params, &params))
		c := got[studio.Concept](t)(h.desk.Concept(context.Background(), h.actor, job.ProjectID, params.ConceptID))
		if err := h.files.Verify(context.Background(), c.Blob); err != nil || c.State != studio.ConceptReady {
			t.Errorf("the concept is %s: %v", c.State, err)
		}
		checkScenes(t, h, job, params)
	}
}

// checkScenes wants one drawing of a learning's scenes, and all of its pictures.
func checkScenes(t *testing.T, h *house, learning studio.Job, params workspace.LearnParams) {
	t.Helper()
	after := got[workspace.Learning](t)(workspace.LearningOf(learning))
	drawing := h.await(t, studio.Job{ID: after.DrawingID, ProjectID: learning.ProjectID}, studio.JobDone)
	if have := checkPictures(t, h, drawing); len(have) != len(params.Scenes) {
		t.Errorf("%d scenes of %d were drawn", len(have), len(params.Scenes))
	}
	drawings := 0
	for j, err := range studio.All(func(page studio.Page) (studio.List[studio.Job], error) {
		return h.desk.Jobs(context.Background(), h.actor, learning.ProjectID, studio.JobFilter{Kind: studio.JobGenerate}, page)
	}) {
		must(t, err)
		if bytes.Contains(j.Params, []byte(params.ConceptID)) {
			drawings++
		}
	}
	if drawings != 1 {
		t.Errorf("%d jobs draw the scenes", drawings)
	}
}
