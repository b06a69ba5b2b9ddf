package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Token lets a program act for a user.
type Token struct {
	ID         string         `json:"id"`
	CreatedAt  time.Time      `json:"created_at"`
	Name       string         `json:"name"`
	ProjectID  string         `json:"project_id,omitempty" doc:"The only project that it opens"`
	Scopes     []studio.Scope `json:"scopes" nullable:"false"`
	ExpiresAt  time.Time      `json:"expires_at,omitzero" doc:"Absent for never"`
	LastUsedAt time.Time      `json:"last_used_at,omitzero"`
	RevokedAt  time.Time      `json:"revoked_at,omitzero"`
}

func tokenOf(t studio.Token) Token {
	return Token{
		ID: t.ID, CreatedAt: t.CreatedAt, Name: t.Name, ProjectID: t.ProjectID, Scopes: t.Scopes,
		ExpiresAt: t.ExpiresAt, LastUsedAt: t.LastUsedAt, RevokedAt: t.RevokedAt,
	}
}

// TokenWithSecret is a new token; the secret is shown only now.
type TokenWithSecret struct {
	Token
	Secret string `json:"secret" doc:"Shown only now; send it as Authorization: Bearer"`
}

type inNewToken struct {
	Body struct {
		Name      string         `json:"name"`
		ProjectID string         `json:"project_id,omitempty" doc:"The only project that it opens; absent for all of mine"`
		Scopes    []studio.Scope `json:"scopes" nullable:"false" doc:"read, create, review, admin"`
		ExpiresAt time.Time      `json:"expires_at,omitzero" doc:"Absent for never"`
	}
}

type inToken struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the token"`
}

func (s *server) tokens() {
	handle(s, operation{
		id: "list-tokens", method: http.MethodGet, path: "/tokens", tag: tagAccount,
		summary: text{"List my API tokens", "自分のAPIトークンの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *Paged) (*listing[Token], error) {
		return replyList(ctx, tokenOf)(s.work.Tokens(ctx, actor, in.page()))
	})
	handle(s, operation{
		id: "create-token", method: http.MethodPost, path: "/tokens", tag: tagAccount, secret: true,
		summary: text{"Make an API token", "APIトークンを発行"},
	}, func(ctx context.Context, actor workspace.Actor, in *inNewToken) (*answer[TokenWithSecret], error) {
		b := in.Body
		secret, token, err := s.work.CreateToken(ctx, actor, workspace.NewToken{
			Name: b.Name, ProjectID: b.ProjectID, Scopes: b.Scopes, ExpiresAt: b.ExpiresAt,
		})
		return reply(func(t studio.Token) TokenWithSecret { return TokenWithSecret{Token: tokenOf(t), Secret: secret} })(token, err)
	})
	handle(s, operation{
		id: "revoke-token", method: http.MethodDelete, path: "/tokens/{id}", tag: tagAccount,
		summary: text{"Revoke an API token", "APIトークンを失効"},
	}, func(ctx context.Context, actor workspace.Actor, in *inToken) (*nothing, error) {
		return done(s.work.RevokeToken(ctx, actor, in.ID))
	})
}
