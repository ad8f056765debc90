package booking

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// forgetFor is how long after its end a booking that nobody checked out of is left running.
const forgetFor = time.Hour

// ReleaseHolds lets every hold expire whose time is up. A periodic job.
func (s *Service) ReleaseHolds(ctx context.Context) error {
	now := s.Clock.Now()
	stale := func(ctx context.Context) ([]Booking, error) { return s.store.staleHolds(ctx, now) }
	expire := func(ctx context.Context, ids []id.ID) error { return s.store.expire(ctx, ids, now) }
	return fault.Wrap(s.inBatches(ctx, stale, expire), "release holds")
}

// inBatches does something with bookings until there are none left to do it with,
// each batch in a transaction of its own, so that a backlog keeps nobody waiting.
func (s *Service) inBatches(ctx context.Context, next func(context.Context) ([]Booking, error), do func(context.Context, []id.ID) error) error {
	for {
		bookings, err := next(ctx)
		if err != nil || len(bookings) == 0 {
			return err
		}
		ids := make([]id.ID, len(bookings))
		for i, b := range bookings {
			ids[i] = b.ID
		}
		if err := s.DB.Tx(ctx, func(ctx context.Context) error { return do(ctx, ids) }); err != nil {
			return err
		}
	}
}

// Settle ends what is over: where a check-in rule says so, bookings that nobody
// came to are no-shows, and an hour after their end bookings are done. A periodic job.
func (s *Service) Settle(ctx context.Context) error {
	now := s.Clock.Now()
	rules := map[id.ID][]Rule{}
	var failed []error // one that fails holds up no other
	var last Booking
	for {
		late, err := s.store.unbegun(ctx, now, last)
		if err != nil {
			return fault.Wrap(err, "bookings nobody came to")
		}
		for _, b := range late {
			if err := s.releaseLate(ctx, b, rules, now); err != nil && !errors.Is(err, ErrStale) {
				failed = append(failed, fault.Wrap(err, "release %s", b.ID))
			}
		}
		if len(late) < batch {
			break
		}
		last = late[len(late)-1]
	}
	over := func(ctx context.Context) ([]Booking, error) { return s.store.over(ctx, now.Add(-forgetFor)) }
	err := s.inBatches(ctx, over, func(ctx context.Context, ids []id.ID) error { return s.store.finish(ctx, ids, now) })
	return errors.Join(append(failed, fault.Wrap(err, "settle"))...)
}

// releaseLate makes a no-show of a booking whose check-in time is over by the
// rules of its space, which it reads once for each space.
func (s *Service) releaseLate(ctx context.Context, b Booking, rules map[id.ID][]Rule, now clock.Instant) error {
	if _, ok := rules[b.SpaceID]; !ok {
		all, err := s.store.rules(ctx, b.SpaceID)
		if err != nil {
			return err
		}
		rules[b.SpaceID] = slices.DeleteFunc(all, func(r Rule) bool { return r.Kind != CheckInRule })
	}
	if len(rules[b.SpaceID]) == 0 {
		return nil
	}
	in := &intent{asks: []ask{{places: b.Places, Span: Span{b.StartsAt, b.EndsAt}, booking: b}}}
	var err error
	if in.asks[0].resource, err = s.Equipment.Resource(ctx, b.ResourceID); err != nil {
		return err
	}
	if err := s.inform(ctx, actor.House, in, b.MemberID); err != nil {
		return err
	}
	if at, ok := in.facts.releasedAt(in.asks[0]); !ok || now.Before(at) {
		return nil
	}
	_, err = s.release(ctx, b, now, func(context.Context) error { return nil })
	return err
}

// releasedAt is until when a booking waits for whoever booked it: for as long after
// they could first come as the rules say, after it was made where that was later, and
// not beyond its end.
func (f *facts) releasedAt(a ask) (at clock.Instant, ok bool) {
	w := newWish(f, a)
	w.starting(CheckInRule, func(p Params) {
		until := earlier(later(w.comes(), w.booking.ChangedAt).Add(minutes(p.ReleaseMin)), w.EndsAt)
		if !ok || until.Before(at) {
			at, ok = until, true
		}
	})
	return at, ok
}

// comes is when the holder can first come: at the start, or when the doors open
// after it, as for a desk that is booked from midnight on.
func (w *wish) comes() clock.Instant {
	for _, o := range w.open() {
		if o.overlaps(w.Span) {
			return later(w.StartsAt, o.StartsAt)
		}
	}
	return w.StartsAt
}

// UnitsAhead is the highest unit of a resource that is held now or later, 0 if none.
func (s *Service) UnitsAhead(ctx context.Context, resource id.ID) (int, error) {
	unit, err := s.store.highestUnit(ctx, resource, s.Clock.Now())
	return unit, fault.Wrap(err, "units of %s", resource)
}

// Enter writes bookings as they are, with their ids, statuses and prices, and
// the time they hold: the demo's, or a list kept elsewhere. Rules are not asked,
// but nothing is held twice: one overlap refuses them all. Those without a moment
// at which they were made were made now. For the house alone.
func (s *Service) Enter(ctx context.Context, by actor.Actor, bookings []Booking) error {
	if !by.IsHouse() {
		return actor.ErrForbidden
	}
	bookings = slices.Clone(bookings)
	for i := range bookings {
		b := &bookings[i]
		if b.CreatedAt.IsZero() {
			b.CreatedAt = s.Clock.Now()
		}
		b.ChangedAt = later(b.ChangedAt, b.CreatedAt)
		b.Places, b.Version = max(b.Places, 1), max(b.Version, 1)
	}
	known := map[id.ID]*facts{}
	resources := map[id.ID]Resource{}
	var takes []stretch
	for _, b := range bookings {
		if !b.Status.Live() && b.Status != Done {
			continue
		}
		r, ok := resources[b.ResourceID]
		if !ok {
			var err error
			if r, err = s.Equipment.Resource(ctx, b.ResourceID); err != nil {
				return fault.Wrap(err, "enter %s", b.ID)
			}
			resources[r.ID] = r
			if known[r.ID], err = s.gather(ctx, r.SpaceID, "", []Resource{r}, Span{b.StartsAt, b.EndsAt}); err != nil {
				return err
			}
		}
		w := newWish(known[r.ID], ask{resource: r, Span: Span{b.StartsAt, b.EndsAt}})
		numbers := []int{b.Unit}
		for n := 1; r.Places && n < b.Places; n++ {
			numbers = append(numbers, b.Unit+n)
		}
		for _, t := range w.stretches(numbers) {
			t.cause = b.ID
			takes = append(takes, t)
		}
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insert(ctx, bookings...); err != nil {
			return err
		}
		return s.store.occupy(ctx, "", takes)
	}), "enter bookings")
}

// Finding is something Verify found wrong.
type Finding struct {
	What    string // "overlap", "held apart from its room", "nothing held", "held for nothing"
	Subject id.ID  // the occupancy, booking or closure
	Other   id.ID  // what it overlaps
}

// Verify holds the bookings against the time they hold, and says what does not fit.
func (s *Service) Verify(ctx context.Context) ([]Finding, error) {
	var found []Finding
	pairs, err := s.store.overlaps(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "verify overlaps")
	}
	for _, p := range pairs {
		found = append(found, Finding{"overlap", p.B, p.A})
	}
	if pairs, err = s.store.apart(ctx, s.Clock.Now()); err != nil {
		return nil, fault.Wrap(err, "verify rooms")
	}
	for _, p := range pairs {
		found = append(found, Finding{"held apart from its room", p.B, p.A})
	}
	homeless, err := s.store.homeless(ctx, s.Clock.Now())
	if err != nil {
		return nil, fault.Wrap(err, "verify bookings")
	}
	for _, subject := range homeless {
		found = append(found, Finding{What: "nothing held", Subject: subject})
	}
	orphans, err := s.store.orphans(ctx)
	for _, subject := range orphans {
		found = append(found, Finding{What: "held for nothing", Subject: subject})
	}
	return found, fault.Wrap(err, "verify occupancies")
}

// Withdraw cancels a booking whose holder may not have it any more, in the
// transaction that took the reason for it away: no notice is asked, and it is free.
// One that has begun, or is over, is left as it is.
func (s *Service) Withdraw(ctx context.Context, booking id.ID, reason string) error {
	b, err := s.store.booking(ctx, booking)
	if err != nil {
		return fault.Wrap(err, "booking %s", booking)
	}
	now := s.Clock.Now()
	switch b.Status {
	case Held:
		b.Status, b.ChangedAt = Expired, now
	case Pending, Confirmed:
		b.Status, b.CancelledAt, b.ChangedAt = Cancelled, now, now
		b.Sequence++
	default:
		return nil
	}
	b, err = s.change(ctx, b, func(ctx context.Context) error {
		if err := s.store.vacate(ctx, b.ID); err != nil || b.Status == Expired {
			return err
		}
		detail := map[string]any{"member": b.MemberID, "resource": b.ResourceID, "starts_at": b.StartsAt, "reason": reason}
		if err := s.Audit.Record(ctx, actor.House, b.SpaceID, "booking.cancel", b.ID, detail); err != nil {
			return err
		}
		return s.Jobs.AddAt(ctx, cancelled{b.ID, b.Sequence}, b.UndoUntil())
	})
	return fault.Wrap(err, "withdraw %s", booking)
}
