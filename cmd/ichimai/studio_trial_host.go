package main

import (
	"context"
	"errors"
	"net"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
	"github.com/ichimai/ichimai/studio/server"
	"github.com/ichimai/ichimai/studio/workspace"
)

// trialHost is a studio of the trial's own in this process, on a port of this
// machine alone, with the two people that four eyes take.
type trialHost struct {
	p       *program
	studio  *server.Server
	state   *trialState
	address string
	stop    func() error // ends what serves, and closes the studio
}

// tokenName is how the script's tokens are called in the people's accounts.
const tokenName = "ichimai studio trial"

// openTrialHost opens the studio and serves it until stop is called.
func openTrialHost(ctx context.Context, p *program, o server.Options, state *trialState) (*trialHost, error) {
	s, err := server.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	h := &trialHost{p: p, studio: s, state: state, address: "http://" + listener.Addr().String()}
	serving, end := context.WithCancel(context.WithoutCancel(ctx)) // outlives an interruption, so that the script ends in order
	ended := make(chan error, 1)
	go func() { ended <- s.Run(serving, listener) }()
	h.stop = func() error {
		end()
		return errors.Join(<-ended, s.Close(context.WithoutCancel(ctx)))
	}
	return h, nil
}

// creator is the client of the person who gives the photo, draws and submits: the
// studio's first admin.
func (h *trialHost) creator(ctx context.Context) (*client.Client, error) {
	w, who := h.studio.Workspace(), &h.state.Creator
	link, needed, err := h.studio.FirstLink(ctx)
	if err != nil {
		return nil, err
	}
	if needed {
		_, actor, err := w.AcceptInvitation(ctx, link, h.registration(*who, textTrialCreator), tokenName, "")
		if err != nil {
			return nil, err
		}
		if err := w.SignOut(ctx, actor); err != nil {
			return nil, err
		}
	}
	return h.client(ctx, who)
}

// approver is the client of a second person, who decides and publishes in the
// project.
func (h *trialHost) approver(ctx context.Context, project string) (*client.Client, error) {
	w, who := h.studio.Workspace(), &h.state.Approver
	admin, err := w.AuthenticateToken(ctx, h.state.Creator.Token, "")
	if err != nil {
		return nil, err
	}
	known, err := w.Users(ctx, admin, studio.UserFilter{Text: who.Email}, studio.Page{})
	if err != nil {
		return nil, err
	}
	if len(known.Items) == 0 {
		if err := h.invite(ctx, w, admin, project); err != nil {
			return nil, err
		}
	}
	return h.client(ctx, who)
}

func (h *trialHost) invite(ctx context.Context, w *workspace.Workspace, admin workspace.Actor, project string) error {
	link, _, err := w.Invite(ctx, admin, project, h.state.Approver.Email, studio.RoleApprover)
	if err != nil {
		return err
	}
	_, actor, err := w.AcceptInvitation(ctx, link, h.registration(h.state.Approver, textTrialApprover), tokenName, "")
	if err != nil {
		return err
	}
	return w.SignOut(ctx, actor)
}

func (h *trialHost) registration(who trialPerson, name text) workspace.Registration {
	return workspace.Registration{Email: who.Email, Name: h.p.say(name), Password: who.Password, Language: string(h.p.language())}
}

// client is of a person, with the token that a run before kept or a new one.
func (h *trialHost) client(ctx context.Context, who *trialPerson) (*client.Client, error) {
	w := h.studio.Workspace()
	if who.Token != "" {
		_, err := w.AuthenticateToken(ctx, who.Token, "")
		if err == nil {
			return h.p.trialClient(h.address, who.Token)
		}
		if studio.ErrorCode(err) != studio.Unauthorised {
			return nil, err
		}
	}
	_, actor, err := w.SignIn(ctx, who.Email, who.Password, tokenName, "")
	if err != nil {
		return nil, err
	}
	if who.Token, err = newTrialToken(ctx, w, actor); err != nil {
		return nil, err
	}
	if err := h.state.save(); err != nil {
		return nil, err
	}
	if err := w.SignOut(ctx, actor); err != nil {
		return nil, err
	}
	return h.p.trialClient(h.address, who.Token)
}

// newTrialToken makes a token, and revokes those of runs that were stopped before
// they had kept theirs.
func newTrialToken(ctx context.Context, w *workspace.Workspace, actor workspace.Actor) (string, error) {
	list := func(p studio.Page) (studio.List[studio.Token], error) { return w.Tokens(ctx, actor, p) }
	for t, err := range studio.All(list) {
		if err != nil {
			return "", err
		}
		if t.Name == tokenName && t.RevokedAt.IsZero() {
			if err := w.RevokeToken(ctx, actor, t.ID); err != nil {
				return "", err
			}
		}
	}
	secret, _, err := w.CreateToken(ctx, actor, workspace.NewToken{Name: tokenName, Scopes: studio.Scopes()})
	return secret, err
}

func (p *program) trialClient(address, token string) (*client.Client, error) {
	return client.New(address, token, client.Options{Language: string(p.language())})
}

var (
	textTrialCreator  = text{"Trial creator", "トライアル担当者"}
	textTrialApprover = text{"Trial approver", "トライアル承認者"}
)
