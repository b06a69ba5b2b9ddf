package web

import (
	"cmp"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// home leads to where one's work is.
func home(v *visit) error {
	if !v.signedIn() {
		return v.redirect("/signin", "")
	}
	list, err := v.work().Projects(v.ctx(), v.actor, studio.ProjectFilter{Archived: new(bool)}, studio.Page{Limit: 2})
	if err != nil {
		return err
	}
	if len(list.Items) == 1 && !v.actor.User.Admin {
		return v.redirect("/p/"+list.Items[0].ID, "")
	}
	return v.redirect("/projects", "")
}

func signInPage(v *visit) error {
	if v.signedIn() {
		return v.redirect("/", "")
	}
	return v.show(text{"Sign in", "サインイン"}, signInForm(v))
}

func signIn(v *visit) error {
	secret, actor, err := v.work().SignIn(v.ctx(), v.field("email"), v.r.PostFormValue("password"), v.agent(), v.address)
	if err != nil {
		return err
	}
	v.keepSession(secret)
	v.actor, v.session = actor, secret
	next := cmp.Or(localPath(v.field("next")), "/")
	ask, err := v.guidelineOpen()
	if err != nil {
		return err
	}
	if ask {
		return v.redirect("/guideline?next="+queryEscape(next), "")
	}
	return v.redirect(next, "")
}

func signOut(v *visit) error {
	if err := v.work().SignOut(v.ctx(), v.actor); err != nil {
		return err
	}
	v.dropSession()
	return v.redirect("/signin", "signedout")
}

func setLanguage(v *visit) error {
	chosen := lang(v.field("language"))
	if chosen != english && chosen != japanese {
		return errorOf(studio.Invalid, text{"There is no such language here.", "この言語には対応していません。"})
	}
	v.setCookie(LanguageCookie, string(chosen), 365*24*60*60)
	if v.signedIn() {
		if _, err := v.work().SetLanguage(v.ctx(), v.actor, string(chosen)); err != nil {
			return err
		}
	}
	return v.redirect(cmp.Or(localPath(v.field("next")), "/"), "")
}

func joinPage(v *visit) error {
	invitation, err := v.work().Invitation(v.ctx(), v.r.PathValue("secret"))
	if err != nil {
		return err
	}
	return v.show(joinTitle(invitation.Kind), joinForm(v, invitation))
}

func joinTitle(kind studio.InvitationKind) text {
	switch kind {
	case studio.InvitationFirst:
		return text{"Welcome to your studio", "スタジオへようこそ"}
	case studio.InvitationReset:
		return text{"Choose a new password", "新しいパスワードの設定"}
	}
	return text{"Join the studio", "スタジオに参加"}
}

func join(v *visit) error {
	password := v.r.PostFormValue("password")
	if again := v.r.PostFormValue("again"); v.r.PostForm.Has("again") && again != password {
		return &studio.Error{Code: studio.Invalid, Field: "password",
			English: "the two do not agree", Japanese: "確認用の入力と一致しません。"}
	}
	secret, actor, err := v.work().AcceptInvitation(v.ctx(), v.r.PathValue("secret"), workspace.Registration{
		Email: v.field("email"), Name: v.field("name"), Password: password, Language: string(v.lang),
	}, v.agent(), v.address)
	if err != nil {
		return err
	}
	v.keepSession(secret)
	v.actor, v.session = actor, secret
	ask, err := v.guidelineOpen()
	if err != nil {
		return err
	}
	if ask {
		return v.redirect("/guideline?next=/", "")
	}
	return v.redirect("/", "")
}

// guidelineOpen reports whether there is a guideline that the visitor has not
// accepted yet.
func (v *visit) guidelineOpen() (bool, error) {
	policy, err := v.work().Policy(v.ctx(), v.actor)
	if err != nil {
		return false, err
	}
	there := policy.GuidelineEnglish+policy.GuidelineJapanese != ""
	return there && v.actor.User.GuidelineVersion < policy.GuidelineVersion, nil
}

func guidelinePage(v *visit) error {
	policy, err := v.work().Policy(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	return v.show(text{"Guideline for use", "利用ガイドライン"}, guideline(v, policy))
}

func acknowledge(v *visit) error {
	version, err := v.whole("version", 0)
	if err != nil {
		return err
	}
	if _, err := v.work().AcknowledgeGuideline(v.ctx(), v.actor, version); err != nil {
		return err
	}
	return v.redirect(cmp.Or(localPath(v.field("next")), "/"), "accepted")
}

// guidelineText is the guideline in the visitor's language, or in the other
// where there is only that.
func (v *visit) guidelineText(p studio.Policy) (string, lang) {
	if v.lang == japanese && p.GuidelineJapanese != "" || p.GuidelineEnglish == "" {
		return p.GuidelineJapanese, japanese
	}
	return p.GuidelineEnglish, english
}
