package auth

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
)

// leftAlone reports whether nobody used the screen of this session for LockAfter.
func (s Session) leftAlone(now clock.Instant) bool { return now.Sub(s.SeenAt) > LockAfter }

// Watch notes that a session of the front desk is in use, to about a minute, and
// reports whether its screen is locked: by hand, or because it was left alone. It opens
// when its person proves that it is they.
func (s *Service) Watch(ctx context.Context, session Session) (locked bool, err error) {
	now := s.clock.Now()
	switch {
	case !session.LockedAt.IsZero() || session.leftAlone(now):
		return true, nil
	case now.Sub(session.SeenAt) < seenEvery:
		return false, nil
	}
	session.SeenAt = now
	err = s.db.Tx(ctx, func(ctx context.Context) error { return s.store.watch(ctx, session) })
	return false, fault.Wrap(instead(err, db.ErrNone, ErrSession), "watch a session")
}

// Lock locks the screen that by acts at. A second time changes nothing.
func (s *Service) Lock(ctx context.Context, by actor.Actor) error {
	if err := own(by); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		session, err := s.store.session(ctx, by.Session)
		if err != nil {
			return instead(err, db.ErrNone, ErrSession)
		}
		session.LockedAt = s.clock.Now()
		return instead(s.store.watch(ctx, session), db.ErrNone, ErrSession)
	}), "lock a screen")
}
