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

// Calendar says since when by has a calendar address; zero if they have none. The
// address itself was shown once, when it was made.
func (s *Service) Calendar(ctx context.Context, by actor.Actor) (clock.Instant, error) {
	if err := own(by); err != nil {
		return clock.Instant{}, err
	}
	t, err := s.store.calendar(ctx, "member_id", by.Member)
	if errors.Is(err, db.ErrNone) {
		return clock.Instant{}, nil
	}
	return t.CreatedAt, fault.Wrap(err, "look a calendar address up")
}

// NewCalendar makes by's calendar token, in the place of the one before. It is part of
// an address that calendar programs fetch, reads bookings and nothing else, and can't
// be had a second time.
func (s *Service) NewCalendar(ctx context.Context, by actor.Actor) (string, error) {
	if err := own(by); err != nil {
		return "", err
	}
	token := newToken()
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.setCalendar(ctx, calendarToken{Hash: digest(token), MemberID: by.Member, CreatedAt: s.clock.Now()}); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, "", "auth.new_calendar", by.Member, nil)
	})
	return token, fault.Wrap(err, "make a calendar address")
}

// RevokeCalendar makes by's calendar address useless. Having none is fine.
func (s *Service) RevokeCalendar(ctx context.Context, by actor.Actor) error {
	if err := own(by); err != nil {
		return err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.dropCalendar(ctx, by.Member); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, "", "auth.revoke_calendar", by.Member, nil)
	})
	return fault.Wrap(err, "revoke a calendar address")
}

// CalendarOwner is the member whose calendar this token reads, or ErrNoCalendar.
func (s *Service) CalendarOwner(ctx context.Context, token string) (id.ID, error) {
	t, err := s.store.calendar(ctx, "hash", digest(token))
	return t.MemberID, fault.Wrap(instead(err, db.ErrNone, ErrNoCalendar), "look a calendar address up")
}
