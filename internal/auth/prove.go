package auth

import (
	"context"
	"errors"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// ErrProof is the answer to a password or a code that is not right, from someone who is signed in.
var ErrProof = fault.Invalid("password", "auth.proof", "This is not right. Try again.")

// Proof is what someone who is signed in shows to prove that it is still they. One of
// the two is enough.
type Proof struct {
	Password string
	Code     string // of an authenticator, or a recovery code
}

// Prove takes a proof of who by is and says until when it counts. One that is wrong is
// ErrProof or ErrCode, too many of them ErrTooMany.
func (s *Service) Prove(ctx context.Context, by actor.Actor, p Proof) (clock.Instant, error) {
	if err := own(by); err != nil {
		return clock.Instant{}, err
	}
	limits := passwordLimits(by.Member)
	if p.Code != "" {
		limits = codeLimits(by.Member)
	}
	if err := s.try(ctx, limits); err != nil {
		return clock.Instant{}, err
	}
	var spend func(ctx context.Context) error
	var err error
	if p.Code != "" {
		spend, err = s.second(ctx, by.Member, p.Code)
	} else {
		err = s.knows(ctx, by.Member, p.Password)
	}
	if err != nil {
		return clock.Instant{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.forgive(ctx, limits); err != nil {
			return err
		}
		if spend != nil {
			if err := spend(ctx); err != nil {
				return err
			}
		}
		return s.proven(ctx, by.Session, spend != nil)
	})
	return s.clock.Now().Add(actor.FreshFor), fault.Wrap(err, "prove who someone is")
}

// knows refuses who does not know a member's password.
func (s *Service) knows(ctx context.Context, member id.ID, password string) error {
	stored, err := s.store.password(ctx, member)
	if err != nil {
		return fault.Wrap(err, "look a password up")
	}
	right, _, err := s.hasher.verify(ctx, password, stored)
	if err != nil {
		return fault.Wrap(err, "verify a password")
	}
	if !right {
		return ErrProof.On("password")
	}
	return nil
}

// proven notes that the person of a session has proved who they are, with a second factor or without.
func (s *Service) proven(ctx context.Context, session id.ID, strong bool) error {
	now := s.clock.Now()
	known, err := s.store.session(ctx, session)
	if errors.Is(err, db.ErrNone) {
		return ErrSession
	}
	if err != nil {
		return err
	}
	known.ProvedAt, known.SeenAt, known.LockedAt = now, now, clock.Instant{}
	if strong {
		known.StrongAt = now
	}
	err = s.store.prove(ctx, known)
	return instead(err, db.ErrNone, ErrSession)
}

// fresh refuses who has not proved lately who they are.
func (s *Service) fresh(by actor.Actor) error {
	if err := own(by); err != nil {
		return err
	}
	if !by.Fresh(s.clock.Now()) {
		return actor.ErrFresh
	}
	return nil
}
