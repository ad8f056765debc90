package reports

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// ErrNoSuchPerson is the answer about someone else's bookings.
var ErrNoSuchPerson = fault.NotFound("reports.no_such_person", "There is no such person here.")

// Ahead is a booking of a person: one they have before them or are in the middle
// of, or one that is behind them.
type Ahead struct {
	ID       id.ID
	Name     i18n.Text // of the resource
	Family   string
	Status   string
	Flag     string // membership_ended, or nothing
	StartsAt clock.Instant
	EndsAt   clock.Instant
}

// Ahead lists the bookings of a person in a space that have not ended, the next
// first, at most so many.
func (s *Service) Ahead(ctx context.Context, by actor.Actor, space, member id.ID, limit int) ([]Ahead, error) {
	if err := by.May("booking.read", space, member, ErrNoSuchPerson); err != nil {
		return nil, err
	}
	ahead, err := s.store.ahead(ctx, space, member, s.clock.Now(), limit)
	return ahead, fault.Wrap(err, "bookings of %s", member)
}

// Behind lists the bookings of a person in a space that have ended, used or not,
// the latest first: so many from the page on that is asked for, counted from 1.
// More says whether there are others before them.
func (s *Service) Behind(ctx context.Context, by actor.Actor, space, member id.ID, page, limit int) (behind []Ahead, more bool, err error) {
	if err := by.May("booking.read", space, member, ErrNoSuchPerson); err != nil {
		return nil, false, err
	}
	page = min(max(page, 1), 1_000_000)
	behind, err = s.store.behind(ctx, space, member, s.clock.Now(), limit+1, (page-1)*limit)
	if more = len(behind) > limit; more {
		behind = behind[:limit]
	}
	return behind, more, fault.Wrap(err, "past bookings of %s", member)
}
