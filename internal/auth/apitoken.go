package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrNoToken is the answer where there is no such token, or it is another's.
	ErrNoToken = fault.NotFound("auth.no_such_token", "There is no such token among yours. It may have been revoked already.")
	// ErrTokenName refuses a name that is no name.
	ErrTokenName = fault.Invalid("name", "auth.token_name", "Give the token a name of 1 to 100 characters that says what it is for.")
	// ErrTokenScopes refuses a token that may do nothing, or what nobody knows.
	ErrTokenScopes = fault.Invalid("scopes", "auth.token_scopes", "Say what the token may do: read, book, people or house, at least one.")
	// ErrTokenDays refuses a token that never was good, or is so for too long.
	ErrTokenDays = fault.Invalid("days", "auth.token_days", "A token is good for 1 to 365 days.")
	// ErrManyTokens refuses one more than anybody needs.
	ErrManyTokens = fault.Conflict("auth.many_tokens", "You have {{.Most}} tokens. Revoke one you no longer use first.").With("Most", maxTokens)
)

const (
	maxTokens    = 50
	maxTokenDays = 365
	// tokenPrefix tells a person's token from a session's, and a leaked one from other text.
	tokenPrefix = "guildhall_"
	// noteUse is how exactly it is known when a token was last used.
	noteUse = time.Minute
)

// ProgramToken is what a program acts with in somebody's name.
type ProgramToken struct {
	ID        id.ID
	MemberID  id.ID
	Name      string
	Hash      string
	Scopes    string // a space between them
	CreatedAt clock.Instant
	ExpiresAt clock.Instant
	UsedAt    clock.Instant // to about a minute; zero: never
	RevokedAt clock.Instant // zero: not
}

// TableName is where GORM finds it.
func (ProgramToken) TableName() string { return "api_tokens" }

// Given is what the token may do.
func (t ProgramToken) Given() []actor.Reach {
	var given []actor.Reach
	for _, s := range strings.Fields(t.Scopes) {
		given = append(given, actor.Reach(s))
	}
	return given
}

// NewToken is a token as its person asks for it.
type NewToken struct {
	Name   string
	Scopes []actor.Reach
	Days   int // that it is good for
}

// MakeToken makes a token by which a program acts in by's name. The token itself is
// given this once; what is kept is its hash.
func (s *Service) MakeToken(ctx context.Context, by actor.Actor, n NewToken) (string, ProgramToken, error) {
	if err := s.fresh(by); err != nil {
		return "", ProgramToken{}, err
	}
	var wrong fault.Many
	name, unnamed := named(n.Name, ErrTokenName)
	wrong.Add(unnamed)
	var scopes []string
	for _, r := range actor.Reaches {
		if slices.Contains(n.Scopes, r) {
			scopes = append(scopes, string(r))
		}
	}
	if len(scopes) == 0 || slices.ContainsFunc(n.Scopes, func(r actor.Reach) bool { return !slices.Contains(actor.Reaches, r) }) {
		wrong.Add(ErrTokenScopes)
	}
	if n.Days < 1 || n.Days > maxTokenDays {
		wrong.Add(ErrTokenDays)
	}
	if err := wrong.Err(); err != nil {
		return "", ProgramToken{}, err
	}
	text, now := tokenPrefix+newToken(), s.clock.Now()
	t := ProgramToken{
		ID: id.New(), MemberID: by.Member, Name: name, Hash: digest(text), Scopes: strings.Join(scopes, " "),
		CreatedAt: now, ExpiresAt: now.Add(time.Duration(n.Days) * 24 * time.Hour),
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "tokens|"+by.Member.String()); err != nil {
			return err
		}
		have, err := s.store.programTokens(ctx, by.Member, now)
		if err != nil {
			return err
		}
		if len(have) >= maxTokens {
			return ErrManyTokens
		}
		if err := s.store.addProgramToken(ctx, t); err != nil {
			return err
		}
		return s.tell(ctx, by, aboutTokenMade, name)
	})
	return text, t, fault.Wrap(err, "make a token")
}

// Tokens lists by's tokens that count, the newest first.
func (s *Service) Tokens(ctx context.Context, by actor.Actor) ([]ProgramToken, error) {
	if err := own(by); err != nil {
		return nil, err
	}
	all, err := s.store.programTokens(ctx, by.Member, s.clock.Now())
	return all, fault.Wrap(err, "list tokens")
}

// RevokeToken makes one of by's tokens useless, at once.
func (s *Service) RevokeToken(ctx context.Context, by actor.Actor, token id.ID) error {
	if err := own(by); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		err := s.store.revokeProgramToken(ctx, by.Member, token, s.clock.Now())
		if err != nil {
			return instead(err, db.ErrNone, ErrNoToken)
		}
		return s.audit.Record(ctx, by, "", "auth.token_revoked", by.Member, nil)
	}), "revoke a token")
}

// IsProgramToken reports whether this is a person's token and not a session's.
func IsProgramToken(text string) bool { return strings.HasPrefix(text, tokenPrefix) }

// Program says whose token this is and what it may do. One that is unknown, over or
// revoked is ErrSession.
func (s *Service) Program(ctx context.Context, text string) (ProgramToken, error) {
	now := s.clock.Now()
	t, err := s.store.programToken(ctx, digest(text), now)
	if errors.Is(err, db.ErrNone) {
		return t, ErrSession
	}
	if err != nil {
		return t, fault.Wrap(err, "look a token up")
	}
	if now.Sub(t.UsedAt) >= noteUse || t.UsedAt.IsZero() {
		err = s.db.Tx(ctx, func(ctx context.Context) error { return s.store.useProgramToken(ctx, t.ID, now) })
	}
	return t, fault.Wrap(err, "note the use of a token")
}

// OwesFactor reports whether a person whose role asks for a second factor has none.
func (s *Service) OwesFactor(ctx context.Context, member id.ID) (bool, error) {
	required, err := s.store.factorRequired(ctx)
	if err != nil || !required {
		return false, fault.Wrap(err, "look up whether a second factor is owed")
	}
	f, err := s.factors(ctx, member)
	return !f.Any(), fault.Wrap(err, "look up whether a second factor is owed")
}
