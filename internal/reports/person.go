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

// Ahead is a booking that a person has before them, or is in the middle of.
type Ahead struct {
	ID       id.ID
	Name     i18n.Text // of the resource
	Family   string
	Status   string
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
