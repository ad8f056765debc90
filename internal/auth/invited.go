package auth

import (
	"context"

	"guildhall/internal/fault"
)

// ErrKnown is the answer to whoever holds an invitation to an address that has an
// account: the letter's reader is told no more than a reset of the password tells.
var ErrKnown = fault.Conflict("auth.known", "There is an account with this address already. Sign in, then accept.")

// Welcome is SignUp for whoever holds the link of a letter to this very address: that
// it is theirs is proven, so the password is in force at once, and whatever somebody
// else began with the address is void. An address whose account was proven before is ErrKnown.
func (s *Service) Welcome(ctx context.Context, from From, n SignUp) error {
	var wrong fault.Many
	for _, err := range append(fault.All(s.door.Check(n.Newcomer)), fault.All(Check(n.Password, n.Email, n.Name))...) {
		wrong.Add(err)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if err := s.try(ctx, letterLimits("sign_up", from, n.Email)); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, n.Password)
	if err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		person, known, err := s.people.ByEmail(ctx, n.Email)
		switch {
		case err != nil:
			return err
		case known && person.Confirmed:
			return ErrKnown
		case !known:
			if person, err = s.door.Enrol(ctx, n.Newcomer); err != nil {
				return err
			}
		}
		now := s.clock.Now()
		if err := s.store.setPassword(ctx, person.ID, hash, now); err != nil {
			return err
		}
		if _, err := s.store.endAll(ctx, person.ID, "", now); err != nil {
			return err
		}
		if err := s.store.voidTokens(ctx, toConfirm, person.ID, now); err != nil {
			return err
		}
		if err := s.door.Confirm(ctx, person.ID); err != nil {
			return err
		}
		return s.record(ctx, person.ID, "auth.sign_up")
	}), "welcome an invited person")
}
