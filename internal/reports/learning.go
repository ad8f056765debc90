package reports

import (
	"context"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Seat is a seat in a session to come that leads to a certification.
type Seat struct {
	Session         id.ID
	CertificationID id.ID
	Title           i18n.Text
	StartsAt        clock.Instant
}

// Logged is for how long somebody used machines of a kind, by bookings that are done.
type Logged struct {
	Kind      string // of resource
	Certified bool   // of those that ask for a certification
	Minutes   int64
}

// LastUse is when somebody last checked in at a machine that asks for each
// certification, of those that they ever did for. Its answers are for the house:
// who asks has asked who may see them.
func (s *Service) LastUse(ctx context.Context, space, member id.ID) (map[id.ID]clock.Instant, error) {
	used, err := s.store.lastUse(ctx, space, member)
	return used, fault.Wrap(err, "use by %s", member)
}

// Logged is how long somebody used the machines of a space, by their kind. For the
// house, as LastUse.
func (s *Service) Logged(ctx context.Context, space, member id.ID) ([]Logged, error) {
	logged, err := s.store.logged(ctx, space, member)
	return logged, fault.Wrap(err, "hours of %s", member)
}

// Seats are the sessions that have not begun, take place and lead to a
// certification, in which somebody has a seat, the next first. For the house, as LastUse.
func (s *Service) Seats(ctx context.Context, space, member id.ID) ([]Seat, error) {
	seats, err := s.store.seats(ctx, space, member, s.clock.Now())
	return seats, fault.Wrap(err, "seats of %s", member)
}
