package web

import (
	"errors"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// accountView is what the page of one's account shows.
type accountView struct {
	sessions []studio.Session
	tokens   []studio.Token
	secret   string // of a token that was just made
}

func accountPage(v *visit) error { return showAccount(v, "") }

func showAccount(v *visit, secret string) error {
	user, err := v.work().Account(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	v.actor.User = user
	sessions, err := v.work().Sessions(v.ctx(), v.actor, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	tokens, err := v.work().Tokens(v.ctx(), v.actor, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	v.section = "account"
	return v.show(text{"Account", "アカウント"}, account(v, accountView{sessions.Items, tokens.Items, secret}))
}

func setName(v *visit) error {
	if _, err := v.work().SetName(v.ctx(), v.actor, v.field("name")); err != nil {
		return err
	}
	return v.redirect("/account", "saved")
}

func changePassword(v *visit) error {
	next := v.r.PostFormValue("password")
	if next != v.r.PostFormValue("again") {
		return badField("password", "the two do not agree", "確認用の入力と一致しません。")
	}
	secret, _, err := v.work().ChangePassword(v.ctx(), v.actor, v.r.PostFormValue("current"), next, v.agent())
	if studio.ErrorCode(err) == studio.Unauthorised {
		var e *studio.Error
		if errors.As(err, &e) { // the session is good: it is the form that is not
			return badField("", "the present password is wrong", "現在のパスワードが正しくありません。")
		}
	}
	if err != nil {
		return err
	}
	v.keepSession(secret)
	return v.redirect("/account", "password")
}

func endSession(v *visit) error {
	id := v.r.PathValue("id")
	if err := v.work().RevokeSession(v.ctx(), v.actor, id); err != nil {
		return err
	}
	if id == v.actor.SessionID {
		v.dropSession()
		return v.redirect("/signin", "signedout")
	}
	return v.redirect("/account", "ended")
}

func createToken(v *visit) error {
	expires, err := v.dayEnd("expires_at")
	if err != nil {
		return err
	}
	var scopes []studio.Scope
	for _, s := range v.r.PostForm["scopes"] {
		scopes = append(scopes, studio.Scope(s))
	}
	secret, _, err := v.work().CreateToken(v.ctx(), v.actor, workspace.NewToken{Name: v.field("token_name"), Scopes: scopes, ExpiresAt: expires})
	if err != nil {
		return err
	}
	return showAccount(v, secret)
}

func revokeToken(v *visit) error {
	if err := v.work().RevokeToken(v.ctx(), v.actor, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.redirect("/account", "revoked")
}
