package studio

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestErrors(t *testing.T) {
	err := fmt.Errorf("save: %w", Errorf(Conflict, "%s is taken", "%sは使用されています。", "x"))
	if ErrorCode(err) != Conflict || ErrorCode(nil) != "" || ErrorCode(errors.New("x")) != Internal {
		t.Error("the codes are wrong")
	}
	if got := ErrorMessage(err, LanguageJapanese); got != "xは使用されています。" {
		t.Errorf("the Japanese message is %q", got)
	}
	if got := ErrorMessage(err, LanguageEnglish); got != "x is taken" {
		t.Errorf("the English message is %q", got)
	}
	secret := Errorf(Internal, "password is hunter2", "パスワードはhunter2です。")
	for _, err := range []error{errors.New("hunter2"), secret} {
		if strings.Contains(ErrorMessage(err, "en")+ErrorMessage(err, "ja"), "hunter2") {
			t.Errorf("the detail of %v is shown", err)
		}
	}
}

func TestUUIDs(t *testing.T) {
	now := time.UnixMilli(0x0123456789ab)
	ids := NewUUIDs(func() time.Time { return now }, bytes.NewReader(bytes.Repeat([]byte{0xff}, 1<<20)))
	if got := ids.NewID(); got != "01234567-89ab-7000-bfff-ffffffffffff" {
		t.Errorf("the id is %s", got)
	}
	last := ""
	for i := range 10_000 {
		if i == 9_000 {
			now = now.Add(-time.Hour) // the clock is set back
		}
		id := ids.NewID()
		if id <= last || !ValidID(id) {
			t.Fatalf("id %d is %s after %s", i, id, last)
		}
		last = id
	}
	for _, s := range []string{"", "x", strings.ToUpper(last), last + "0", strings.Replace(last, "-", "0", 1), "g" + last[1:]} {
		if ValidID(s) {
			t.Errorf("%q passes for an id", s)
		}
	}
}

// TestPictureTransitions states the table a second time, as a person reads it.
func TestPictureTransitions(t *testing.T) {
	rows := map[PictureState]string{ // draft submitted approved rejected change_requested published withdrawn
		PictureDraft:           "=S....W",
		PictureSubmitted:       "D=ARC.W",
		PictureApproved:        "..=.CPW",
		PictureRejected:        "...=..W",
		PictureChangeRequested: "DS..=.W",
		PicturePublished:       "..A..=W",
		PictureWithdrawn:       "......=",
	}
	for from, row := range rows {
		for i, to := range PictureStates() {
			if got, want := from.CanBecome(to), row[i] != '.'; got != want {
				t.Errorf("%s to %s: %v, want %v", from, to, got, want)
			}
			if err := from.CheckTransition(to); (err == nil) != (row[i] != '.') || err != nil && ErrorCode(err) != Conflict {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
	for d, want := range map[Decision]PictureState{DecisionApprove: PictureApproved, DecisionReject: PictureRejected, DecisionRequestChange: PictureChangeRequested} {
		if d.State() != want || !PictureSubmitted.CanBecome(want) {
			t.Errorf("%s leads to %s", d, d.State())
		}
	}
}

func TestRoles(t *testing.T) {
	can := func(r Role) string {
		s := ""
		for _, b := range []bool{r.CanView(), r.CanCreate(), r.CanReview(), r.CanPublish(), r.CanWithdraw(), r.CanManage()} {
			s += map[bool]string{true: "y", false: "n"}[b]
		}
		return s
	}
	want := map[Role]string{"": "nnnnnn", "root": "nnnnnn", RoleViewer: "ynnnnn", RoleCreator: "yynnnn", RoleApprover: "yyyyyn", RoleAdmin: "yyyyyy"}
	for r, w := range want {
		if got := can(r); got != w {
			t.Errorf("%q can %s, want %s", r, got, w)
		}
	}
	if Role("").AtLeast("") || RoleViewer.AtLeast(RoleCreator) {
		t.Error("a role may more than it should")
	}
}

func TestTemplate(t *testing.T) {
	v := Template{ProjectID: "01234567-89ab-7000-bfff-ffffffffffff", Name: "x", Prompt: "{product} in {place}, {product}",
		NegativePrompt: "{bad}", Defaults: map[string]string{"place": "Kyoto", "bad": ""}}
	if err := v.Validate(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"product", "place", "bad"}, v.Fields()); diff != "" {
		t.Error(diff)
	}
	prompt, negative, err := v.Fill(map[string]string{"product": "{place}"})
	if prompt != "{place} in Kyoto, {place}" || negative != "" || err != nil {
		t.Errorf("filled: %q, %q, %v", prompt, negative, err)
	}
	if _, _, err := v.Fill(nil); ErrorCode(err) != Invalid {
		t.Errorf("a missing field: %v", err)
	}
	for _, prompt := range []string{"", " ", "{", "a}", "{A}", "{}", "{a b}", "{{a}}"} {
		v := v
		v.Prompt, v.Defaults = prompt, nil
		if err := v.Validate(); ErrorCode(err) != Invalid {
			t.Errorf("prompt %q: %v", prompt, err)
		}
	}
	v.Defaults = map[string]string{"none": "x"}
	if err := v.Validate(); ErrorCode(err) != Invalid {
		t.Errorf("a default of no field: %v", err)
	}
	v.Uses, v.Approvals = 4, 3
	if rate, ok := v.SuccessRate(); rate != 0.75 || !ok {
		t.Errorf("the rate is %v, %v", rate, ok)
	}
}

func TestSourceUsable(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	sound := Rights{ConfirmedBy: "u", ConfirmedAt: now, Expires: now.Add(1)}
	late := sound
	late.Expires = now
	for want, s := range map[Code]Source{
		"": {Rights: sound}, Forbidden: {Rights: sound, WithdrawnAt: now}, Expired: {Rights: late},
	} {
		if err := s.Usable(now); ErrorCode(err) != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := (&Source{}).Usable(now); ErrorCode(err) != Forbidden {
		t.Errorf("unconfirmed rights: %v", err)
	}
}

// TestValidate gives each check a value that breaks it; the field is named and
// both languages speak.
func TestValidate(t *testing.T) {
	id, blob := "01234567-89ab-7000-bfff-ffffffffffff", strings.Repeat("a", 64)
	for want, v := range map[string]interface{ Validate() error }{
		"name":           &Project{Name: "a\nb"},
		"description":    &Project{Name: "a", Description: strings.Repeat("あ", MaxText+1)},
		"email":          &User{Email: "A@example.com", Name: "a", Language: "en"},
		"language":       &User{Email: "a@example.com", Name: "a", Language: "fr"},
		"role":           &Member{ProjectID: id, UserID: id, Role: "root"},
		"scopes":         &Token{UserID: id, Name: "x", Hash: blob, Scopes: []Scope{"all"}},
		"expires_at":     &Session{UserID: id, Hash: blob},
		"confirmed_at":   &Rights{ConfirmedBy: id},
		"blob":           &Source{ProjectID: id, Name: "x", Blob: "../../etc/passwd"},
		"placeholder":    &Concept{ProjectID: id, Name: "x", Placeholder: "<a b>", Version: 1},
		"fidelity":       &Concept{ProjectID: id, Name: "x", Placeholder: "<a>", Version: 1, Fidelity: 1.5},
		"params":         &Job{ProjectID: id, Kind: JobExport, State: JobQueued, Params: []byte("[1]")},
		"concept_ids":    &Picture{ProjectID: id, ConceptIDs: []string{id, id}},
		"reason":         &Review{ProjectID: id, PictureID: id, By: id, Decision: DecisionReject, Reason: " "},
		"webhook_hosts":  &Policy{WebhookHosts: []string{"127.0.0.1"}},
		"export_formats": &Policy{ExportFormats: []string{"exe"}},
		"url":            &Webhook{ProjectID: id, URL: "http://example.com", Secret: blob, Events: Events()},
		"detail":         &AuditEntry{Actor: "x", Action: "x", Detail: []byte("{")},
		"key":            &Idempotency{UserID: id, RequestHash: blob},
	} {
		var e *Error
		err := v.Validate()
		if !errors.As(err, &e) || e.Code != Invalid || e.Field != want || e.English == "" || e.Japanese == "" {
			t.Errorf("%T: %v, want field %s", v, err, want)
		}
	}
	for _, u := range []string{"https://127.0.0.1/", "https://[::1]/", "https://u:p@a.example/", "https://a.example/#x", "file:///x", "https:///x"} {
		w := Webhook{ProjectID: id, URL: u, Secret: blob, Events: Events()}
		if ErrorCode(w.Validate()) != Invalid {
			t.Errorf("the webhook %s passes", u)
		}
	}
	good := DefaultPolicy()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}
