package api

import (
	"context"
	"net/http"

	"github.com/ichimai/ichimai/studio/workspace"
)

type inAccountName struct {
	Body struct {
		Name string `json:"name"`
	}
}

type inLanguage struct {
	Body struct {
		Language string `json:"language" doc:"en or ja"`
	}
}

type inPassword struct {
	Agent string `header:"User-Agent"`
	Body  struct {
		Current string `json:"current" maxLength:"1000"`
		Next    string `json:"next" maxLength:"1000"`
	}
}

type inGuideline struct {
	Body struct {
		Version int64 `json:"version" doc:"Of the guideline that was read"`
	}
}

func (s *server) account() {
	handle(s, operation{
		id: "get-account", method: http.MethodGet, path: "/account", tag: tagAccount,
		summary: text{"My account", "自分のアカウント"},
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*answer[User], error) {
		return reply(userOf)(s.work.Account(ctx, actor))
	})
	handle(s, operation{
		id: "set-name", method: http.MethodPut, path: "/account/name", tag: tagAccount,
		summary: text{"Change my name", "自分の名前を変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inAccountName) (*answer[User], error) {
		return reply(userOf)(s.work.SetName(ctx, actor, in.Body.Name))
	})
	handle(s, operation{
		id: "set-language", method: http.MethodPut, path: "/account/language", tag: tagAccount,
		summary: text{"Change my language", "自分の表示言語を変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inLanguage) (*answer[User], error) {
		return reply(userOf)(s.work.SetLanguage(ctx, actor, in.Body.Language))
	})
	handle(s, operation{
		id: "change-password", method: http.MethodPut, path: "/account/password", tag: tagAccount, secret: true,
		summary: text{"Change my password", "自分のパスワードを変更"},
		detail:  "Ends all of the user's sessions and sets the cookie of a new one.",
	}, func(ctx context.Context, actor workspace.Actor, in *inPassword) (*signedIn, error) {
		return s.replySignedIn(s.work.ChangePassword(ctx, actor, in.Body.Current, in.Body.Next, agentOf(in.Agent)))
	})
	handle(s, operation{
		id: "acknowledge-guideline", method: http.MethodPut, path: "/account/guideline", tag: tagAccount,
		summary: text{"Acknowledge the guideline for use", "利用ガイドラインに同意"},
	}, func(ctx context.Context, actor workspace.Actor, in *inGuideline) (*answer[User], error) {
		return reply(userOf)(s.work.AcknowledgeGuideline(ctx, actor, in.Body.Version))
	})
}
