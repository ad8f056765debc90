package reports

import (
	"context"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Arrival is somebody who is to come, is here, or was: with a booking, to an event, or
// through the door without either.
type Arrival struct {
	Kind      ArrivalKind
	Subject   id.ID // the booking, the session of the event, or the visit
	Version   int64 // of the booking
	Member    id.ID
	Name      string
	What      i18n.Text // the name of the resource or the event; empty for a visit
	Wristband string
	State     ArrivalState
	StartsAt  clock.Instant
	EndsAt    clock.Instant // zero: nobody knows
	Visit     id.ID         // that they are in the midst of; empty: they are not here by the desk's book
	Suspended bool
	InUse     bool // the booking was begun
	Pinned    bool // a note about them is pinned
	NoPlan    bool // they have no plan now
}

// Long reports whether they come when it suits them: for a day, or nearly.
func (a Arrival) Long() bool {
	return !a.EndsAt.IsZero() && a.EndsAt.Sub(a.StartsAt) >= dayLong*time.Second
}

// dayLong is how many seconds a booking has, at the least, that is for the whole day:
// nobody is late for it.
const dayLong = 12 * 60 * 60

// ArrivalKind is what somebody comes for.
type ArrivalKind string

// The kinds.
const (
	ForBooking ArrivalKind = "booking"
	ForEvent   ArrivalKind = "event"
	ForVisit   ArrivalKind = "visit"
)

// ArrivalState is whether somebody has come.
type ArrivalState string

// The states. Late is whoever has not come LateAfter the beginning, missed who did not come at all.
const (
	Expected ArrivalState = "expected"
	Late     ArrivalState = "late"
	Present  ArrivalState = "here"
	Gone     ArrivalState = "done"
	Missed   ArrivalState = "missed"
)

// ArrivalStates are all of them, in the order in which the desk looks at them.
var ArrivalStates = []ArrivalState{Late, Expected, Present, Gone, Missed}

// Arrivals are who comes on a day: a page of them, and how many are in each state.
type Arrivals struct {
	Rows   []Arrival
	Counts map[ArrivalState]int
}

// Total is how many rows there are in a state, on all pages; in all where it is empty.
func (a Arrivals) Total(state ArrivalState) int {
	if state != "" {
		return a.Counts[state]
	}
	n := 0
	for _, in := range a.Counts {
		n += in
	}
	return n
}

// Arrivals lists who comes between two instants, the ends of a day, the first first; in
// one state where state is set. The page is counted from 1.
func (s *Service) Arrivals(ctx context.Context, by actor.Actor, space id.ID, from, to clock.Instant, state ArrivalState, page, limit int) (Arrivals, error) {
	if err := by.May("desk.read", space, "", ErrNoSuchSpace); err != nil {
		return Arrivals{}, err
	}
	day := arriving{space: space, from: from, to: to, now: s.clock.Now()}
	counts, err := s.store.arrivalCounts(ctx, day)
	if err != nil {
		return Arrivals{}, fault.Wrap(err, "arrivals of %s", space)
	}
	page = min(max(page, 1), 1_000_000)
	rows, err := s.store.arrivals(ctx, day, state, limit, (page-1)*limit)
	return Arrivals{Rows: rows, Counts: counts}, fault.Wrap(err, "arrivals of %s", space)
}
