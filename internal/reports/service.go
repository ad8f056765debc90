package reports

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// ErrNoSuchSpace is the answer where the space is unknown or not the asker's.
var ErrNoSuchSpace = fault.NotFound("reports.no_such_space", "There is no such space here.")

// Service answers questions.
type Service struct {
	store store
	clock clock.Clock
}

// New makes the Service.
func New(d *db.DB, c clock.Clock) *Service { return &Service{store: store{d}, clock: c} }

// Board is everything held in the space between two instants: for a day, its
// first and its last moment in the space's zone.
func (s *Service) Board(ctx context.Context, by actor.Actor, space id.ID, from, to clock.Instant) (Board, error) {
	if err := by.May("board.read", space, "", ErrNoSuchSpace); err != nil {
		return Board{}, err
	}
	rows, err := s.store.resources(ctx, space)
	if err != nil {
		return Board{}, fault.Wrap(err, "board of %s: resources", space)
	}
	tickets, err := s.store.tickets(ctx, space, from, to)
	if err != nil {
		return Board{}, fault.Wrap(err, "board of %s: tickets", space)
	}
	now := s.clock.Now()
	of := map[id.ID][]Ticket{}
	for _, t := range tickets {
		t.Late = !t.Closure && t.Status == "confirmed" && now.Sub(t.StartsAt).Seconds() > LateAfter && t.EndsAt.After(now)
		of[t.Resource] = append(of[t.Resource], t.Ticket)
	}
	for i := range rows {
		rows[i].Tickets = of[rows[i].Resource]
		rows[i].Lanes = lay(rows[i].Tickets)
	}
	return Board{From: from, To: to, Rows: rows}, nil
}

// Counts are the numbers of a day: from and to are its ends, evening is the
// instant of 18:00 on its wall.
func (s *Service) Counts(ctx context.Context, by actor.Actor, space id.ID, from, evening, to clock.Instant) (Counts, error) {
	if err := by.May("board.read", space, "", ErrNoSuchSpace); err != nil {
		return Counts{}, err
	}
	c, err := s.store.counts(ctx, space, from, evening, to)
	return c, fault.Wrap(err, "counts of %s", space)
}

// Needs lists what waits for a manager in the space now, at most limit of it.
func (s *Service) Needs(ctx context.Context, by actor.Actor, space id.ID, limit int) ([]Need, error) {
	if err := by.May("board.read", space, "", ErrNoSuchSpace); err != nil {
		return nil, err
	}
	needs, err := s.store.needs(ctx, space, s.clock.Now(), limit)
	return needs, fault.Wrap(err, "needs of %s", space)
}

// Standing lists the bookings of a resource that are still to be from an instant
// until another, or without end where that is zero: whom an outage would turn away.
func (s *Service) Standing(ctx context.Context, by actor.Actor, space, resource id.ID, from, to clock.Instant, limit int) ([]Ticket, error) {
	if err := by.May("board.read", space, "", ErrNoSuchSpace); err != nil {
		return nil, err
	}
	standing, err := s.store.standing(ctx, space, resource, from, to, limit)
	return standing, fault.Wrap(err, "what stands on %s", resource)
}
