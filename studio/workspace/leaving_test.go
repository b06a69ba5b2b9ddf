package workspace

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio"
)

// gardenDrawn is a picture that holds a mark, in a state.
func (s *scene) gardenDrawn(state studio.PictureState, concepts ...string) studio.Picture {
	s.tb.Helper()
	j := s.claim(s.generating(1, concepts...))
	p := must[studio.Picture](s.tb)(s.PictureDrawn(s.ctx, s.project, j.ID, Drawn{PNG: encoded(s.tb, garden())}))
	must[studio.Job](s.tb)(s.FinishJob(s.ctx, s.project, j.ID, nil))
	if state == studio.PictureDraft {
		return p
	}
	must[studio.Picture](s.tb)(s.Submit(s.ctx, s.creator, s.project, p.ID))
	if _, _, err := s.Decide(s.ctx, s.approver, s.project, p.ID, studio.DecisionApprove, ""); err != nil {
		s.tb.Fatal(err)
	}
	return must[studio.Picture](s.tb)(s.Publish(s.ctx, s.approver, s.project, p.ID))
}

// opened is what somebody gets of a blob.
func (s *scene) opened(a Actor, blob string) ([]byte, string) {
	s.tb.Helper()
	file, size, _, err := s.OpenFile(s.ctx, a, s.project, blob)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer file.Close()
	data := must[[]byte](s.tb)(io.ReadAll(file))
	if int64(len(data)) != size {
		s.tb.Errorf("%d bytes of %d", len(data), size)
	}
	return data, ContentHash(file, blob)
}

func marked(t *testing.T, data []byte) provenance.Detection {
	t.Helper()
	p, err := picture.Decode(bytes.NewReader(data), picture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return provenance.Detect(p, provenance.PublicKey())
}

// TestPublishedLeavesStamped opens a published picture as people and as a worker.
func TestPublishedLeavesStamped(t *testing.T) {
	s := setup(t)
	s.watermark(true)
	concept := s.concept("")
	p := s.gardenDrawn(studio.PicturePublished, concept.ID)
	data, sum := s.opened(s.viewer, p.Blob)
	if d := marked(t, data); !d.Found || d.Payload != MarkPayload(p.ID) {
		t.Errorf("of the mark there is %+v", d)
	}
	r, err := provenance.Verify(data, nil)
	if err != nil || r.Label == nil || r.Label.Owner != good.Owner || len(r.Label.Concepts) != 1 || r.Label.Concepts[0] != concept.Name {
		t.Errorf("the label is %+v: %v", r.Label, err)
	}
	if sum == p.Blob || sum != studio.HashSecret(string(data)) {
		t.Errorf("the hash is %s", sum)
	}
	if again, _ := s.opened(s.creator, p.Blob); !bytes.Equal(again, data) {
		t.Error("a second look gives another file")
	}
	if raw, name := s.opened(s.System(), p.Blob); name != p.Blob || marked(t, raw).Found || studio.HashSecret(string(raw)) != p.Blob {
		t.Error("a worker does not get what was drawn")
	}
	t.Run("Policy", func(t *testing.T) {
		policy := studio.DefaultPolicy()
		policy.Watermark = false
		must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
		plain, _ := s.opened(s.viewer, p.Blob)
		if r, err := provenance.Verify(plain, nil); err != nil || r.Label == nil || marked(t, plain).Found {
			t.Errorf("without the policy's mark: %+v, %v", r.Label, err)
		}
	})
	t.Run("SameContent", func(t *testing.T) { // another picture that looks the same and is a draft
		draft := s.gardenDrawn(studio.PictureDraft)
		if draft.Blob != p.Blob {
			t.Fatal("the content differs")
		}
		if _, sum := s.opened(s.viewer, p.Blob); sum == p.Blob {
			t.Error("the draft lets the published picture out")
		}
	})
	t.Run("Unpublished", func(t *testing.T) {
		must[studio.Picture](t)(s.Unpublish(s.ctx, s.approver, s.project, p.ID, "wrong"))
		if _, sum := s.opened(s.viewer, p.Blob); sum != p.Blob {
			t.Error("a picture that is not published is stamped")
		}
	})
}

// TestUnmarkable wants no way around the mark for a picture that is too small, and that
// people are told early.
func TestUnmarkable(t *testing.T) {
	s := setup(t)
	s.watermark(true)
	p := s.approved()
	if v := p.Verdict(studio.CheckWatermark); v == nil || v.Outcome != studio.OutcomeWarned {
		t.Errorf("the check says %+v", v)
	}
	err := second(s.Publish(s.ctx, s.approver, s.project, p.ID))
	wantCode(t, err, studio.Invalid)
	if err == nil || !strings.Contains(err.Error(), "draw it larger") {
		t.Errorf("what to do is not said: %v", err)
	}
	wantCode(t, second(s.Export(s.ctx, s.creator, s.project, ExportRequest{PictureIDs: []string{p.ID}, Format: "zip"})), studio.Invalid)
	t.Run("PolicyLater", func(t *testing.T) {
		s.watermark(false)
		wantCode(t, second(s.Publish(s.ctx, s.approver, s.project, p.ID)), "")
		s.watermark(true)
		_, _, _, err := s.OpenFile(s.ctx, s.viewer, s.project, p.Blob)
		wantCode(t, err, studio.Invalid)
		s.opened(s.viewer, p.ThumbBlob)
	})
	t.Run("Unchecked", func(t *testing.T) { // submitted while the policy wanted no mark
		s.watermark(false)
		p := s.approved()
		s.watermark(true)
		wantCode(t, second(s.Publish(s.ctx, s.approver, s.project, p.ID)), studio.Invalid)
	})
	t.Run("OK", func(t *testing.T) {
		p := s.gardenDrawn(studio.PicturePublished)
		if v := p.Verdict(studio.CheckWatermark); v == nil || v.Outcome != studio.OutcomePassed {
			t.Errorf("the check says %+v", v)
		}
	})
}

func TestLeaving(t *testing.T) {
	const mega = 1 << 20
	t.Run("OnceForMany", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l, made, gate := newLeaving(), 0, make(chan struct{})
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					data, err := l.get(t.Context(), "a", func() ([]byte, error) { made++; <-gate; return []byte("x"), nil })
					if err != nil || string(data) != "x" {
						t.Errorf("%q %v", data, err)
					}
				})
			}
			synctest.Wait()
			close(gate)
			all.Wait()
			if made != 1 {
				t.Errorf("made %d times", made)
			}
		})
	})
	t.Run("Bound", func(t *testing.T) {
		l := newLeaving()
		for i := range 3 * maxLeaving / mega {
			if _, err := l.get(t.Context(), string(rune('a'+i)), func() ([]byte, error) { return make([]byte, mega), nil }); err != nil {
				t.Fatal(err)
			}
		}
		if l.bytes > maxLeaving || len(l.files) != len(l.order) || len(l.files) != maxLeaving/mega {
			t.Errorf("%d bytes in %d files", l.bytes, len(l.files))
		}
	})
	t.Run("ErrAgain", func(t *testing.T) {
		l, broken := newLeaving(), errors.New("broken")
		func() {
			defer func() { _ = recover() }()
			l.get(t.Context(), "a", func() ([]byte, error) { panic("broken") })
		}()
		if _, err := l.get(t.Context(), "a", func() ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
		if data, err := l.get(t.Context(), "a", func() ([]byte, error) { return []byte("x"), nil }); err != nil || string(data) != "x" {
			t.Errorf("%q %v", data, err)
		}
	})
	t.Run("ErrContext", func(t *testing.T) {
		l, begun, gate := newLeaving(), make(chan struct{}), make(chan struct{})
		go l.get(context.Background(), "a", func() ([]byte, error) { close(begun); <-gate; return nil, nil })
		<-begun
		defer close(gate)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.get(ctx, "a", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}
