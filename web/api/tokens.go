package api

import (
	"context"
	"net/http"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/clock"
	"guildhall/internal/id"
)

// ProgramToken is what a program acts with in one's name.
type ProgramToken struct {
	ID        id.ID          `json:"id"`
	Name      string         `json:"name"`
	Scopes    []actor.Reach  `json:"scopes"`
	CreatedAt clock.Instant  `json:"created_at"`
	ExpiresAt clock.Instant  `json:"expires_at"`
	UsedAt    *clock.Instant `json:"used_at,omitempty" doc:"To about a minute."`
	Token     string         `json:"token,omitempty" doc:"The token itself, in the answer that makes it and never again."`
}

func programToken(t auth.ProgramToken) ProgramToken {
	return ProgramToken{ID: t.ID, Name: t.Name, Scopes: t.Given(), CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, UsedAt: ifAny(t.UsedAt)}
}

type newTokenInput struct {
	Caller
	Body struct {
		Name   string        `json:"name" maxLength:"500"`
		Scopes []actor.Reach `json:"scopes" doc:"What it may do: read, book, people, house. It never may more than its person."`
		Days   int           `json:"days,omitempty" doc:"That it is good for, 1 to 365; without it 90."`
	}
}

// Identity is one's account at another service that signs one in here.
type Identity struct {
	ID        id.ID         `json:"id"`
	Issuer    string        `json:"issuer"`
	Email     string        `json:"email"`
	CreatedAt clock.Instant `json:"created_at"`
	UsedAt    clock.Instant `json:"used_at"`
}

// programs has the addresses of personal tokens and of other services that sign one in.
func (a *API) programs() {
	register(a, "account.security", http.MethodGet, "/auth/tokens", "One's personal tokens", http.StatusOK,
		func(ctx context.Context, in *allInput) (*body[List[ProgramToken]], error) {
			all, err := a.Auth.Tokens(ctx, in.who.by)
			if err != nil {
				return nil, err
			}
			return part(each(all, programToken), in.Part, func(t ProgramToken) string { return t.ID.String() })
		})
	register(a, "account.token", http.MethodPost, "/auth/tokens", "Make a personal token", http.StatusCreated,
		func(ctx context.Context, in *newTokenInput) (*body[ProgramToken], error) {
			n := auth.NewToken{Name: in.Body.Name, Scopes: in.Body.Scopes, Days: in.Body.Days}
			if n.Days == 0 {
				n.Days = 90
			}
			text, t, err := a.Auth.MakeToken(ctx, in.who.by, n)
			made := programToken(t)
			made.Token = text
			return said(made), err
		})
	register(a, "account.security", http.MethodDelete, "/auth/tokens/{id}", "Revoke a personal token", http.StatusNoContent,
		func(ctx context.Context, in *idInput) (*nothing, error) {
			return nil, a.Auth.RevokeToken(ctx, in.who.by, in.ID)
		})
	register(a, "account.security", http.MethodGet, "/auth/identities", "One's accounts at other services that sign one in", http.StatusOK,
		func(ctx context.Context, in *allInput) (*body[List[Identity]], error) {
			all, err := a.Auth.Identities(ctx, in.who.by)
			if err != nil {
				return nil, err
			}
			list := each(all, func(i auth.Identity) Identity {
				return Identity{ID: i.ID, Issuer: i.Issuer, Email: i.Email, CreatedAt: i.CreatedAt, UsedAt: i.UsedAt}
			})
			return part(list, in.Part, func(i Identity) string { return i.ID.String() })
		})
	register(a, "account.identity", http.MethodDelete, "/auth/identities/{id}", "Unlink one of them; never the last way in", http.StatusNoContent,
		func(ctx context.Context, in *idInput) (*nothing, error) {
			return nil, a.Auth.Unlink(ctx, in.who.by, in.ID)
		})
}
