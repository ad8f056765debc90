package api

import (
	"context"
	"net/http"

	"guildhall/internal/auth"
	"guildhall/internal/clock"
	"guildhall/internal/id"
)

// Tokens are what signing in gives.
type Tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token" doc:"Buys the next pair, once."`
	TokenType    string `json:"token_type" enum:"Bearer"`
	ExpiresIn    int    `json:"expires_in" doc:"Seconds that the access token lives."`
}

// Session is one sign-in on one device.
type Session struct {
	ID        id.ID         `json:"id"`
	Agent     string        `json:"agent"`
	Address   string        `json:"address"`
	CreatedAt clock.Instant `json:"created_at"`
	SeenAt    clock.Instant `json:"seen_at"`
	ExpiresAt clock.Instant `json:"expires_at"`
	Current   bool          `json:"current"`
}

// Accepted says that a letter is on its way, whoever asked.
type Accepted struct {
	Status string `json:"status" enum:"accepted"`
}

func tokens(t auth.Tokens) *body[Tokens] {
	return said(Tokens{AccessToken: t.Access, RefreshToken: t.Refresh, TokenType: "Bearer", ExpiresIn: int(auth.AccessFor.Seconds())})
}

type signUpInput struct {
	Caller
	Body struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"1024"`
		Name     string `json:"name" maxLength:"500"`
		Locale   string `json:"locale,omitempty" doc:"en or zh-CN; without it that of the request."`
	}
}

type signInInput struct {
	Caller
	Body struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"1024"`
		Code     string `json:"code,omitempty" maxLength:"64" doc:"Of a second factor, where auth.second asks for it."`
	}
}

type letterInput struct {
	Caller
	Body struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"1024"`
	}
}

type newEmailInput struct {
	Caller
	Body struct {
		Email string `json:"email"`
	}
}

type tokenInput struct {
	Caller
	Body struct {
		Token string `json:"token" maxLength:"500"`
	}
}

type refreshInput struct {
	Caller
	Body struct {
		RefreshToken string `json:"refresh_token" maxLength:"500"`
	}
}

type emailInput struct {
	Caller
	Body struct {
		Email string `json:"email" maxLength:"254"`
	}
}

type resetInput struct {
	Caller
	Body struct {
		Token    string `json:"token" maxLength:"500"`
		Password string `json:"password" maxLength:"1024"`
	}
}

type proveInput struct {
	Caller
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1024"`
		Code     string `json:"code,omitempty" maxLength:"64" doc:"Of an authenticator, or a recovery code."`
	}
}

// Proven says how long a proof counts.
type Proven struct {
	FreshUntil clock.Instant `json:"fresh_until"`
}

type anyInput struct{ Caller }

// cleared has a browser forget what it kept.
type cleared struct {
	What string `header:"Clear-Site-Data"`
}

type allInput struct {
	Caller
	Part
}

type idInput struct {
	Caller
	ID id.ID `path:"id"`
}

// authentication has the addresses by which one gets in and out, and what makes that safe.
func (a *API) authentication() {
	a.factors()
	a.programs()
	register(a, "auth.public", http.MethodPost, "/auth/sign-up", "Sign up; a letter proves the address", http.StatusAccepted,
		func(ctx context.Context, in *signUpInput) (*body[Accepted], error) {
			locale := in.Body.Locale
			if locale == "" {
				locale = in.who.locale
			}
			err := a.Auth.SignUp(ctx, in.who.from, auth.SignUp{
				Newcomer: auth.Newcomer{Email: in.Body.Email, Name: in.Body.Name, Locale: locale}, Password: in.Body.Password,
			})
			return said(Accepted{"accepted"}), err
		})
	register(a, "auth.public", http.MethodPost, "/auth/confirm", "Confirm the address with the letter's token", http.StatusNoContent,
		func(ctx context.Context, in *tokenInput) (*nothing, error) {
			return nil, a.Auth.Confirm(ctx, in.Body.Token)
		})
	register(a, "auth.public", http.MethodPost, "/auth/confirm/letter", "Have the letter that confirms the address sent again, for who signs in with the right password before that", http.StatusAccepted,
		func(ctx context.Context, in *letterInput) (*body[Accepted], error) {
			return said(Accepted{"accepted"}), a.Auth.LetterAgain(ctx, in.who.from, auth.Credentials{Email: in.Body.Email, Password: in.Body.Password})
		})
	register(a, "account.email", http.MethodPost, "/me/email", "Ask for another address; it has to be confirmed by a letter", http.StatusAccepted,
		func(ctx context.Context, in *newEmailInput) (*body[Accepted], error) {
			return said(Accepted{"accepted"}), a.Auth.ChangeEmail(ctx, in.who.by, in.who.from, in.Body.Email)
		})
	register(a, "auth.public", http.MethodPost, "/auth/email/confirm", "Confirm a new address with the letter's token", http.StatusNoContent,
		func(ctx context.Context, in *tokenInput) (*nothing, error) {
			return nil, a.Auth.ConfirmEmail(ctx, in.who.by, in.Body.Token)
		})
	register(a, "auth.public", http.MethodPost, "/auth/email/object", "Object to a new address with the letter's token", http.StatusNoContent,
		func(ctx context.Context, in *tokenInput) (*nothing, error) {
			return nil, a.Auth.ObjectToEmail(ctx, in.Body.Token)
		})
	register(a, "auth.public", http.MethodPost, "/auth/sign-in", "Sign in", http.StatusOK,
		func(ctx context.Context, in *signInInput) (*body[Tokens], error) {
			t, err := a.Auth.SignIn(ctx, in.who.from, auth.Credentials{Email: in.Body.Email, Password: in.Body.Password, Code: in.Body.Code})
			return tokens(t), err
		})
	register(a, "auth.public", http.MethodPost, "/auth/refresh", "Buy the next pair of tokens", http.StatusOK,
		func(ctx context.Context, in *refreshInput) (*body[Tokens], error) {
			t, err := a.Auth.Refresh(ctx, in.who.from, in.Body.RefreshToken)
			return tokens(t), err
		})
	register(a, "auth.public", http.MethodPost, "/auth/password-reset", "Ask for a letter that sets a new password", http.StatusAccepted,
		func(ctx context.Context, in *emailInput) (*body[Accepted], error) {
			return said(Accepted{"accepted"}), a.Auth.RequestReset(ctx, in.who.from, in.Body.Email)
		})
	register(a, "auth.public", http.MethodPost, "/auth/password-reset/confirm", "Set a new password with the letter's token", http.StatusNoContent,
		func(ctx context.Context, in *resetInput) (*nothing, error) {
			return nil, a.Auth.Reset(ctx, in.Body.Token, in.Body.Password)
		})
	register(a, "account.prove", http.MethodPost, "/auth/prove", "Prove once more who you are, by password or code, for what needs it fresh", http.StatusOK,
		func(ctx context.Context, in *proveInput) (*body[Proven], error) {
			until, err := a.Auth.Prove(ctx, in.who.by, auth.Proof{Password: in.Body.Password, Code: in.Body.Code})
			return said(Proven{until}), err
		})
	register(a, "account.prove", http.MethodPost, "/auth/sign-out", "End this session", http.StatusNoContent,
		func(ctx context.Context, in *anyInput) (*cleared, error) {
			return &cleared{`"cache", "cookies", "storage"`}, a.Auth.SignOut(ctx, in.who.by)
		})
	register(a, "account.own", http.MethodGet, "/auth/sessions", "One's sessions", http.StatusOK,
		func(ctx context.Context, in *allInput) (*body[List[Session]], error) {
			live, err := a.Auth.Sessions(ctx, in.who.by)
			if err != nil {
				return nil, err
			}
			all := each(live, func(s auth.Session) Session {
				return Session{ID: s.ID, Agent: s.Agent, Address: s.Address, CreatedAt: s.CreatedAt, SeenAt: s.SeenAt, ExpiresAt: s.ExpiresAt, Current: s.ID == in.who.by.Session}
			})
			return part(all, in.Part, func(s Session) string { return s.ID.String() })
		})
	register(a, "account.own", http.MethodDelete, "/auth/sessions/{id}", "End one of one's sessions", http.StatusNoContent,
		func(ctx context.Context, in *idInput) (*nothing, error) {
			return nil, a.Auth.End(ctx, in.who.by, in.ID)
		})
}
