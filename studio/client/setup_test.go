package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/client"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/sqlite"
	"github.com/ichimai/ichimai/studio/workspace"
)

// studioServer is a real studio in a temporary folder, but for the models: a
// worker hands in a picture of one colour for each that is asked for.
type studioServer struct {
	work  *workspace.Workspace
	admin workspace.Actor
	host  *httptest.Server
	close []func() error
}

// openStudio starts a studio. It panics on errors, because examples have no
// other way. change may set options of the API.
func openStudio(ctx context.Context, change ...func(*api.Options)) *studioServer {
	s := &studioServer{}
	dir := must(os.MkdirTemp("", "studio-*"))
	s.close = append(s.close, func() error { return os.RemoveAll(dir) })
	store := must(sqlite.Open(ctx, filepath.Join(dir, "studio.db"), sqlite.Options{}))
	s.close = append(s.close, store.Close)
	blobs := files.New(must(files.OpenFolder(filepath.Join(dir, "files"))), studio.SystemClock)
	s.close = append(s.close, blobs.Close)
	s.work = must(workspace.New(workspace.Options{
		Store: store, Files: blobs,
		PasswordParams: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
	}))
	o := api.Options{Workspace: s.work, Store: store}
	for _, c := range change {
		c(&o)
	}
	s.host = httptest.NewServer(api.Handler(o))
	secret, _, err := s.work.FirstLink(ctx)
	check(err)
	s.admin = s.accept(ctx, secret, "admin@example.com")
	worker, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); s.labour(worker) }()
	s.close = append(s.close, func() error { stop(); <-done; s.host.CloseClientConnections(); s.host.Close(); return nil })
	return s
}

// Close stops everything.
func (s *studioServer) Close() {
	for i := len(s.close) - 1; i >= 0; i-- {
		check(s.close[i]())
	}
}

func (s *studioServer) accept(ctx context.Context, secret, email string) workspace.Actor {
	_, actor, err := s.work.AcceptInvitation(ctx, secret, workspace.Registration{
		Email: email, Name: email, Password: "correct horse battery", Language: "en",
	}, "test", "192.0.2.1")
	check(err)
	return actor
}

// token makes a user with a role in a project ("" is the admin) and returns an
// API token of theirs.
func (s *studioServer) token(ctx context.Context, email, project string, role studio.Role) string {
	actor := s.admin
	if project != "" {
		secret, _, err := s.work.Invite(ctx, s.admin, project, email, role)
		check(err)
		actor = s.accept(ctx, secret, email)
	}
	secret, _, err := s.work.CreateToken(ctx, actor, workspace.NewToken{Name: "example", Scopes: studio.Scopes()})
	check(err)
	return secret
}

// client returns a client with a token.
func (s *studioServer) client(token string) *client.Client {
	return must(client.New(s.host.URL, token, client.Options{}))
}

// labour does what is queued, until ctx ends.
func (s *studioServer) labour(ctx context.Context) {
	updates := s.work.Updates(ctx)
	for {
		jobs, err := s.work.WaitingJobs(ctx)
		for _, j := range jobs {
			err = s.do(ctx, j)
		}
		if ctx.Err() != nil {
			return
		}
		check(err)
		select {
		case _, open := <-updates:
			if !open {
				return
			}
		case <-time.After(50 * time.Millisecond): // an update can get lost
		}
	}
}

func (s *studioServer) do(ctx context.Context, j studio.Job) error {
	if _, err := s.work.ClaimJob(ctx, j.ProjectID, j.ID); err != nil {
		return err
	}
	switch j.Kind {
	case studio.JobPersonalize:
		if _, err := s.work.ConceptLearned(ctx, j.ProjectID, j.ID, workspace.Learned{
			Concept: strings.NewReader("a concept"), Preview: picture(9), Method: "encoder", ModelHash: "none",
		}); err != nil {
			return err
		}
	case studio.JobEvaluate:
		var params workspace.EvaluateParams
		if err := json.Unmarshal(j.Params, &params); err != nil {
			return err
		}
		for _, id := range params.Pictures {
			if err := s.work.EvaluatePicture(ctx, j.ProjectID, j.ID, id); err != nil {
				return err
			}
		}
	case studio.JobGenerate:
		var params workspace.GenerateParams
		if err := json.Unmarshal(j.Params, &params); err != nil {
			return err
		}
		for i, shot := range params.Shots {
			if strings.Contains(shot.Prompt, "fail") {
				_, err := s.work.FailJob(ctx, j.ProjectID, j.ID, studio.Words{English: "the model refused", Japanese: "モデルが拒否しました。"})
				return err
			}
			if _, err := s.work.PictureDrawn(ctx, j.ProjectID, j.ID, workspace.Drawn{Index: i, PNG: picture(uint8(shot.Seed)), Seed: shot.Seed}); err != nil {
				return err
			}
		}
	}
	_, err := s.work.FinishJob(ctx, j.ProjectID, j.ID, nil)
	return err
}

// picture is a small PNG, just large enough for a mark.
func picture(shade uint8) []byte {
	m := image.NewGray(image.Rect(0, 0, 128, 128))
	for i := range m.Pix {
		m.Pix[i] = shade + uint8(i)
	}
	var out bytes.Buffer
	check(png.Encode(&out, m))
	return out.Bytes()
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(fmt.Sprintf("%+v", err))
	}
}
