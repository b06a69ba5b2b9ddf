package sqlite

import (
	"time"

	"github.com/ichimai/ichimai/studio"
)

func tokenOf(r tokenRow) studio.Token {
	return studio.Token{
		ID: r.ID, CreatedAt: r.CreatedAt, UserID: r.UserID, ProjectID: r.ProjectID, Name: r.Name, Hash: r.Hash,
		Scopes: r.Scopes.V, ExpiresAt: r.ExpiresAt, LastUsedAt: r.LastUsedAt, RevokedAt: r.RevokedAt,
	}
}

// CreateToken is studio.Tokens's.
func (t *tx) CreateToken(v *studio.Token) error {
	t.identify(&v.ID, &v.CreatedAt)
	if err := v.Validate(); err != nil {
		return err
	}
	return ofToken.fail("create", t.q.createToken(t.ctx, createTokenParams{
		ID: v.ID, CreatedAt: v.CreatedAt, UserID: v.UserID, ProjectID: v.ProjectID, Name: v.Name, Hash: v.Hash,
		Scopes: scopeList{v.Scopes}, ExpiresAt: v.ExpiresAt, LastUsedAt: v.LastUsedAt, RevokedAt: v.RevokedAt,
	}))
}

// TokenByHash is studio.Tokens's.
func (t *tx) TokenByHash(hash string) (studio.Token, error) {
	r, err := t.q.getTokenByHash(t.ctx, hash)
	return tokenOf(r), ofToken.fail("read", err)
}

// TouchToken is studio.Tokens's.
func (t *tx) TouchToken(id string, used time.Time) error {
	n, err := t.q.touchToken(t.ctx, touchTokenParams{LastUsedAt: used, ID: id})
	return ofToken.found("update", n, err)
}

// RevokeToken is studio.Tokens's.
func (t *tx) RevokeToken(user, id string) error {
	n, err := t.q.revokeToken(t.ctx, revokeTokenParams{RevokedAt: t.now, UserID: user, ID: id})
	return ofToken.found("update", n, err)
}

// ListTokens is studio.Tokens's.
func (t *tx) ListTokens(user string, p studio.Page) (studio.List[studio.Token], error) {
	rows, err := t.q.listTokens(t.ctx, listTokensParams{UserID: user, After: after(p), Size: size(p)})
	return page(ofToken, rows, err, p, tokenOf, func(v studio.Token) string { return v.ID })
}
