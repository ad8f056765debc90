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
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		seen, err := s.store.seen(ctx, session.ID, now)
		if err != nil || seen {
			return err
		}
		// It was locked or ended since this request began.
		present, err := s.store.session(ctx, session.ID)
		if err == nil && !present.Live(now) {
			err = db.ErrNone
		}
		locked = true
		return err
	})
	return locked, fault.Wrap(instead(err, db.ErrNone, ErrSession), "watch a session")
}

// Lock locks the screen that by acts at. A second time changes nothing.
func (s *Service) Lock(ctx context.Context, by actor.Actor) error {
	if err := own(by); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		return instead(s.store.lockScreen(ctx, by.Session, s.clock.Now()), db.ErrNone, ErrSession)
	}), "lock a screen")
}
