package workspace

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/sqlite"
)

func TestOpenFile(t *testing.T) {
	s := setup(t)
	other := s.newProject()
	guest := s.join(s.user(false), other, studio.RoleAdmin)
	v := s.concept("")
	p := s.draft(v.ID)
	open := func(a Actor, project, blob string) error {
		f, _, _, err := s.OpenFile(s.ctx, a, project, blob)
		return closing(f, err)
	}
	for what, blob := range map[string]string{"picture": p.Blob, "thumb": p.ThumbBlob, "preview": v.PreviewBlob} {
		t.Run(what, func(t *testing.T) {
			wantCode(t, open(s.viewer, s.project, blob), "")
			wantCode(t, open(guest, s.project, blob), studio.NotFound)
			wantCode(t, open(guest, other, blob), studio.NotFound)
		})
	}
	wantCode(t, open(s.viewer, s.project, v.Blob), studio.Forbidden) // concept files are for those who may create
	wantCode(t, open(s.creator, s.project, v.Blob), "")
	for _, bad := range []string{"", "../studio.db", strings.Repeat("0", 64), strings.ToUpper(p.Blob)} {
		wantCode(t, open(s.viewer, s.project, bad), studio.NotFound)
	}
	t.Run("LaterOnes", func(t *testing.T) { // the index follows the record
		later := s.draft()
		wantCode(t, open(s.viewer, s.project, later.Blob), "")
		wantCode(t, s.DeletePicture(s.ctx, s.creator, s.project, later.ID), "")
		wantCode(t, open(s.viewer, s.project, later.Blob), studio.NotFound)
	})
	t.Run("NewProcess", func(t *testing.T) {
		s.blobs = newBlobIndex()
		wantCode(t, open(s.viewer, s.project, p.Blob), "")
	})
	t.Run("Range", func(t *testing.T) {
		f, size, _, err := s.OpenFile(s.ctx, s.viewer, s.project, p.Blob)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if at, err := f.Seek(-4, 2); at != size-4 || err != nil {
			t.Errorf("at %d of %d, %v", at, size, err)
		}
	})
}

func TestWebhooks(t *testing.T) {
	s := setup(t)
	wantCode(t, second(s.CreateWebhook(s.ctx, s.admin, s.project, hook)), studio.Forbidden) // host not allowed
	before := s.published()
	s.clock.pass(time.Second)
	h := s.webhook()
	if h.Secret == "" {
		t.Error("no secret to sign with")
	}
	for _, url := range []string{"http://hooks.example.com/", "https://127.0.0.1/", "https://[::1]/", "https://u@hooks.example.com/", "https://evil.example.com/", "file:///etc"} {
		code := studio.ErrorCode(second(s.CreateWebhook(s.ctx, s.admin, s.project, WebhookText{URL: url, Events: studio.Events()})))
		if code != studio.Invalid && code != studio.Forbidden {
			t.Errorf("%s gives %q", url, code)
		}
	}
	if list := must[studio.List[studio.Webhook]](t)(s.Webhooks(s.ctx, s.admin, s.project, studio.Page{})); list.Items[0].Secret != "" {
		t.Error("the secret is shown again")
	}
	s.clock.pass(time.Second)
	p := s.published()
	var events []studio.Event
	var at int64
	for {
		list, last, err := s.Deliveries(s.ctx, at, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			if d.Object == before.ID {
				t.Error("told of what was before it was made")
			}
			if d.Object == p.ID {
				events = append(events, d.Event)
			}
			if d.Webhook.Secret != h.Secret {
				t.Error("no secret to sign with")
			}
		}
		if last == at {
			break
		}
		at = last
	}
	if want := []studio.Event{studio.EventPictureSubmitted, studio.EventPictureReviewed, studio.EventPicturePublished}; !slices.Equal(events, want) {
		t.Errorf("events %v, want %v", events, want)
	}
	wantCode(t, s.WebhookDelivered(s.ctx, s.project, h.ID, 500, "server\nerror"), "")
	wantCode(t, s.WebhookDelivered(s.ctx, s.project, s.NewID(), 200, ""), "")
	if h = must[studio.Webhook](t)(s.Webhook(s.ctx, s.admin, s.project, h.ID)); h.LastStatus != 500 || h.LastError != "server error" {
		t.Errorf("%+v", h)
	}
	wantCode(t, second(s.DeliveryTarget(s.ctx, s.project, h.ID)), "")
	off := hook
	off.Active = false
	must[studio.Webhook](t)(s.UpdateWebhook(s.ctx, s.admin, s.project, h.ID, 0, off))
	wantCode(t, second(s.DeliveryTarget(s.ctx, s.project, h.ID)), studio.Conflict)
	must[studio.Webhook](t)(s.UpdateWebhook(s.ctx, s.admin, s.project, h.ID, 0, hook))
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, studio.DefaultPolicy()))
	wantCode(t, second(s.DeliveryTarget(s.ctx, s.project, h.ID)), studio.Forbidden)
}

func TestAuditExport(t *testing.T) {
	s := setup(t)
	s.published()
	var file bytes.Buffer
	head, err := s.ExportAudit(s.ctx, s.root, &file)
	if err != nil || head.Seq == 0 {
		t.Fatal(head, err)
	}
	if got, err := studio.VerifyAuditFile(bytes.NewReader(file.Bytes()), &head); got != head || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for _, secret := range []string{password, s.hash} {
		if bytes.Contains(file.Bytes(), []byte(secret)) {
			t.Error("the record holds a secret")
		}
	}
}

func TestSweep(t *testing.T) {
	s := setup(t)
	policy := studio.DefaultPolicy()
	policy.RetentionDays = 30
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	old, pinned, kept := s.draft(), s.draft(), s.approved()
	must[studio.Picture](t)(s.Favourite(s.ctx, s.creator, s.project, pinned.ID, true))
	s.session(s.viewer)
	s.clock.pass(31 * 24 * time.Hour)
	young := s.draft()
	swept := must[Swept](t)(s.Sweep(s.ctx, s.System()))
	if swept.Pictures != 1 || swept.Sessions != 1 || swept.Files.Blobs == 0 {
		t.Errorf("%+v", swept)
	}
	wantCode(t, second(s.Picture(s.ctx, s.viewer, s.project, old.ID)), studio.NotFound)
	wantCode(t, second(s.files.Get(s.ctx, old.Blob, 1<<20)), studio.NotFound)
	for _, p := range []studio.Picture{pinned, kept, young} {
		wantCode(t, third(s.read(p.Blob, s.viewer)), "")
	}
	s.verify()
}

func TestBackup(t *testing.T) {
	s := setup(t)
	p := s.approved(s.concept("").ID)
	var archive bytes.Buffer
	if err := s.Backup(s.ctx, s.root, &archive); err != nil {
		t.Fatal(err)
	}
	s.draft() // not in it
	restore := func(data []byte) (*Workspace, string, error) {
		dir := t.TempDir()
		bucket, err := files.OpenFolder(filepath.Join(dir, "files"))
		if err != nil {
			t.Fatal(err)
		}
		blobs := files.New(bucket, nil)
		t.Cleanup(func() { blobs.Close() })
		path := filepath.Join(dir, "studio.db")
		if err := Restore(s.ctx, bytes.NewReader(data), path, blobs); err != nil {
			return nil, path, err
		}
		db, err := sqlite.Open(s.ctx, path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		w, err := New(Options{Store: db, Files: blobs, PasswordParams: s.passwords.params})
		return w, path, err
	}
	t.Run("OK", func(t *testing.T) {
		w, path, err := restore(archive.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		f, _, _, err := w.OpenFile(s.ctx, s.viewer, s.project, p.Blob)
		wantCode(t, closing(f, err), "")
		wantCode(t, second(w.VerifyAudit(s.ctx, w.System())), "")
		if list, err := w.Pictures(s.ctx, s.viewer, s.project, studio.PictureFilter{}, studio.Page{}); err != nil || len(list.Items) != 1 {
			t.Errorf("%d pictures, %v", len(list.Items), err)
		}
		if err := Restore(s.ctx, bytes.NewReader(archive.Bytes()), path, w.files); err == nil {
			t.Error("a workspace in use was replaced")
		}
	})
	t.Run("ErrDamaged", func(t *testing.T) {
		data := bytes.Clone(archive.Bytes())
		data[bytes.Index(data, []byte("IDAT"))+6] ^= 1
		if _, _, err := restore(data); err == nil {
			t.Error("a damaged file was restored")
		}
	})
	t.Run("ErrCutOff", func(t *testing.T) {
		if _, path, err := restore(archive.Bytes()[:archive.Len()/2]); err == nil {
			t.Error("half a backup was restored")
		} else if left, _ := filepath.Glob(path + "*"); len(left) != 0 {
			t.Errorf("left %v", left)
		}
	})
	t.Run("ErrOther", func(t *testing.T) {
		if _, _, err := restore(nil); err == nil {
			t.Error("nothing was restored")
		}
	})
}

func TestStatus(t *testing.T) {
	s := setup(t)
	s.disk = func() (int64, error) { return 1 << 30, nil }
	s.published()
	s.generating(1)
	got := must[Status](t)(s.Status(s.ctx, s.root))
	if got.Projects != 1 || got.Users != 5 || got.Jobs[studio.JobQueued] != 1 || got.Pictures[studio.PicturePublished] != 1 ||
		got.Files != 2 || got.FileBytes == 0 || got.FreeBytes != 1<<30 || got.AuditSeq == 0 {
		t.Errorf("%+v", got)
	}
}

func TestNew(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a workspace over nothing")
	}
}

func TestContextIsHonoured(t *testing.T) {
	s := setup(t)
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	if _, err := s.AddSource(ctx, s.creator, s.project, NewSource{Name: "a.png", File: bytes.NewReader(s.png())}); err == nil {
		t.Error("a cancelled upload succeeded")
	}
	if _, err := s.Generate(ctx, s.creator, s.project, GenerateRequest{Prompt: "a table"}); err == nil {
		t.Error("a cancelled request succeeded")
	}
}

// TestPolicyRevision has two people change the rules at once.
func TestPolicyRevision(t *testing.T) {
	s := setup(t)
	one := must[studio.Policy](t)(s.Policy(s.ctx, s.root))
	two := one
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, one))
	wantCode(t, second(s.UpdatePolicy(s.ctx, s.root, two)), studio.Conflict)
	two.Revision, two.RetentionDays = 0, -1
	wantCode(t, second(s.UpdatePolicy(s.ctx, s.root, two)), studio.Invalid)
}
