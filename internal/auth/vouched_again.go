package auth

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"golang.org/x/oauth2"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
)

// vouchSkew is how far the clock of the other service may be from ours.
const vouchSkew = time.Minute

// Ways are what somebody can prove themselves by.
type Ways struct {
	Password bool
	Code     bool // of a second factor
	Passkey  bool
	Vouched  bool // the other service can be asked once more
}

// Ways says by what by can prove that it is still they.
func (s *Service) Ways(ctx context.Context, by actor.Actor) (w Ways, err error) {
	if err := own(by); err != nil {
		return w, err
	}
	factors, err := s.factors(ctx, by.Member)
	if err != nil {
		return w, fault.Wrap(err, "ways to prove oneself")
	}
	stored, err := s.store.password(ctx, by.Member)
	if err != nil {
		return w, fault.Wrap(err, "ways to prove oneself")
	}
	w = Ways{Password: stored != "", Code: factors.Any(), Passkey: len(factors.Passkeys) > 0}
	w.Vouched, err = s.vouchedFor(ctx, by)
	return w, fault.Wrap(err, "ways to prove oneself")
}

// vouchedFor reports whether the other service signs by in here.
func (s *Service) vouchedFor(ctx context.Context, by actor.Actor) (bool, error) {
	if s.vouching == nil {
		return false, nil
	}
	all, err := s.store.identities(ctx, by.Member)
	for _, i := range all {
		if i.Issuer == s.vouching.Issuer {
			return true, err
		}
	}
	return false, err
}

// GoConfirm is where to send by, who signs in by the other service, so that they sign in
// there anew and thereby prove that it is still they; and what their browser keeps
// meanwhile. ErrNoIdentity where that service does not sign them in.
func (s *Service) GoConfirm(ctx context.Context, by actor.Actor, from From, next string) (to, keep string, err error) {
	if err := own(by); err != nil {
		return "", "", err
	}
	switch linked, err := s.vouchedFor(ctx, by); {
	case err != nil:
		return "", "", fault.Wrap(err, "ask another service again")
	case !linked:
		return "", "", ErrNoIdentity
	}
	return s.send(ctx, toVouchAgain, by, from, next, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
}

// confirmed takes what the other service says as proof that by is still they: of the same
// account there, to which they have signed in since they were sent. A service may leave
// out what it was asked for, so only its own word on the time counts.
func (s *Service) confirmed(ctx context.Context, by actor.Actor, a asked, who told) error {
	known, err := s.store.identity(ctx, s.vouching.Issuer, who.Subject)
	switch {
	case errors.Is(err, db.ErrNone), err == nil && known.MemberID != by.Member:
		return ErrOtherVouched.With("Name", s.vouching.Name)
	case err != nil:
		return fault.Wrap(err, "look an identity up")
	}
	at, said := who.signedIn()
	if !said || at.Before(clock.Unix(a.At).Add(-vouchSkew)) || at.After(s.clock.Now().Add(vouchSkew)) {
		return ErrStaleVouch.With("Name", s.vouching.Name)
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.useIdentity(ctx, known.ID, s.clock.Now()); err != nil {
			return err
		}
		return s.proven(ctx, by.Session, false)
	}), "prove by another service")
}

// signedIn is when they signed in at the other service, if it says so.
func (t told) signedIn() (clock.Instant, bool) {
	var seconds float64
	if len(t.SignedInAt) == 0 || json.Unmarshal(t.SignedInAt, &seconds) != nil || seconds <= 0 {
		return clock.Instant{}, false
	}
	return clock.Unix(int64(seconds)), true
}
