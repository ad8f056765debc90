package booking

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Closure is a time in which a resource, and whatever stands in it, is not to be
// had: maintenance, a repair, a visit of the fire brigade.
type Closure struct {
	ID         id.ID
	SpaceID    id.ID
	ResourceID id.ID
	StartsAt   clock.Instant
	EndsAt     clock.Instant
	Reason     i18n.Text
	CreatedBy  id.ID
	CreatedAt  clock.Instant
	LiftedAt   clock.Instant // zero while it stands
}

// InTheWay refuses a closure and says which bookings it would hit. To fault.As it
// is the conflict "booking.in_the_way".
type InTheWay struct {
	Bookings []Booking
}

// Error says how many.
func (e InTheWay) Error() string { return fmt.Sprintf("%d bookings in the way", len(e.Bookings)) }

// As gives it as a *fault.Error.
func (e InTheWay) As(target any) bool {
	f, ok := target.(**fault.Error)
	if ok {
		*f = ErrInTheWay.With("Count", len(e.Bookings))
	}
	return ok
}

// ErrInTheWay is what InTheWay is to fault.As.
var ErrInTheWay = fault.Conflict("booking.in_the_way", "{{.Count}} bookings are in this time. Move or cancel them first.")

// ErrReason refuses a closure without a reason.
var ErrReason = fault.Invalid("reason", "booking.closure_reason", "Say why it is closed, in at most 200 characters.")

// ErrClosureOver refuses a closure that is over before it begins to count.
var ErrClosureOver = fault.Invalid("ends_at", "booking.closure_over", "A closure ends in the future.")

// Close takes a resource and what stands in it out of the calendar for a time,
// from now on where that has begun. It is refused with InTheWay where bookings
// stand in it, and with ErrAlreadyClosed where all of it is closed then; what is
// closed in part stays so, and the closure fills the gaps.
func (s *Service) Close(ctx context.Context, by actor.Actor, resource id.ID, span Span, reason i18n.Text) (Closure, error) {
	return s.close(ctx, by, resource, span, reason, false)
}

// Clear is Close that cancels the bookings in its way, whose members are told. One
// that is in use stays, and refuses it with InTheWay.
func (s *Service) Clear(ctx context.Context, by actor.Actor, resource id.ID, span Span, reason i18n.Text) (Closure, error) {
	return s.close(ctx, by, resource, span, reason, true)
}

func (s *Service) close(ctx context.Context, by actor.Actor, resource id.ID, span Span, reason i18n.Text, clear bool) (Closure, error) {
	r, span, err := s.closable(ctx, by, resource, span)
	if err != nil {
		return Closure{}, err
	}
	reason = i18n.Text{EN: strings.TrimSpace(reason.EN), ZH: strings.TrimSpace(reason.ZH)}
	if reason.Empty() || len([]rune(reason.EN)) > 200 || len([]rune(reason.ZH)) > 200 {
		return Closure{}, ErrReason
	}
	c := Closure{
		ID: id.New(), SpaceID: r.SpaceID, ResourceID: r.ID, StartsAt: span.StartsAt, EndsAt: span.EndsAt,
		Reason: reason, CreatedBy: by.Member, CreatedAt: s.Clock.Now(),
	}
	err = s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.lock(ctx, []Resource{r}); err != nil {
			return err
		}
		w, err := s.wayOf(ctx, r, span)
		if err == nil && clear {
			w, err = s.clear(ctx, by, w, r, span, reason)
		}
		if err != nil {
			return err
		}
		if len(w.hit) > 0 {
			return InTheWay{w.hit}
		}
		if err := s.store.expire(ctx, w.stale, c.CreatedAt); err != nil {
			return err
		}
		if err := s.store.insertClosure(ctx, c); err != nil {
			return err
		}
		if err := s.store.occupy(ctx, c.ID, w.gaps); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, r.SpaceID, "closure.edit", r.ID, c)
	})
	return c, fault.Wrap(err, "close %s", resource)
}

// clear cancels what is in the way and not in use, however late it is for that,
// and looks again.
func (s *Service) clear(ctx context.Context, by actor.Actor, w way, r Resource, span Span, reason i18n.Text) (way, error) {
	aside := &Override{Rules: []string{CancelTooLate}, Reason: reason.In(by.Locale)}
	for _, b := range w.hit {
		if b.Status == InUse {
			continue
		}
		if _, err := s.Cancel(ctx, by, Cancellation{Booking: b.ID, Version: b.Version, Override: aside}); err != nil {
			return w, err
		}
	}
	return s.wayOf(ctx, r, span)
}

// InTheWay lists the bookings that a closure would hit: what Close refuses with.
func (s *Service) InTheWay(ctx context.Context, by actor.Actor, resource id.ID, span Span) ([]Booking, error) {
	r, span, err := s.closable(ctx, by, resource, span)
	if err != nil {
		return nil, err
	}
	w, err := s.wayOf(ctx, r, span)
	return w.hit, err
}

// closable finds what is to be closed, and what of the span is still to come.
func (s *Service) closable(ctx context.Context, by actor.Actor, resource id.ID, span Span) (Resource, Span, error) {
	r, err := s.Equipment.Resource(ctx, resource)
	if err != nil {
		return r, span, fault.Wrap(err, "resource %s", resource)
	}
	if err := by.May("closure.edit", r.SpaceID, "", nil); err != nil {
		return r, span, err
	}
	now := s.Clock.Now()
	switch {
	case !span.EndsAt.After(span.StartsAt):
		return r, span, ErrSpan
	case span.EndsAt.Sub(span.StartsAt) > yearMin*time.Minute:
		return r, span, ErrTooWide
	case !span.EndsAt.After(now):
		return r, span, ErrClosureOver
	}
	return r, Span{later(span.StartsAt, now), span.EndsAt}, nil
}

// way is what a closure finds: the bookings in it, the holds whose time is up,
// and the time that is left for it to take.
type way struct {
	hit   []Booking
	stale []id.ID
	gaps  []stretch
}

// wayOf looks at a resource, and what is within it, in a span. Bookings that are
// over are in nobody's way, though their buffers stay.
func (s *Service) wayOf(ctx context.Context, r Resource, span Span) (way, error) {
	now := s.Clock.Now()
	held, stale, err := s.store.held(ctx, units([]Resource{r}), span, now)
	w := way{stale: stale, gaps: gaps(units([]Resource{r}), span, held)}
	if err != nil {
		return w, fault.Wrap(err, "what is held of %s", r.ID)
	}
	var causes []id.ID
	for _, h := range held {
		if !h.closure && !slices.Contains(causes, h.cause) {
			causes = append(causes, h.cause)
		}
	}
	if len(causes) > 0 {
		if w.hit, err = s.store.bookings(ctx, causes); err != nil {
			return w, fault.Wrap(err, "bookings in the way")
		}
	}
	w.hit = slices.DeleteFunc(w.hit, func(b Booking) bool { return !b.Status.Live() || !b.EndsAt.After(now) })
	if len(w.hit) == 0 && len(w.gaps) == 0 {
		return w, ErrAlreadyClosed
	}
	return w, nil
}

// gaps are the times of a span that nothing holds, unit by unit, for a closure to
// take. held is in the order of its starts.
func gaps(units []unit, span Span, held []stretch) []stretch {
	var list []stretch
	for _, u := range units {
		gap := stretch{resource: u.resource, unit: u.number, closure: true}
		gap.StartsAt = span.StartsAt
		for _, h := range held {
			if h.resource != u.resource || h.unit != u.number {
				continue
			}
			if gap.EndsAt = h.StartsAt; gap.EndsAt.After(gap.StartsAt) {
				list = append(list, gap)
			}
			gap.StartsAt = later(gap.StartsAt, h.EndsAt)
		}
		if gap.EndsAt = span.EndsAt; gap.EndsAt.After(gap.StartsAt) {
			list = append(list, gap)
		}
	}
	return list
}

// Lift ends a closure now. What else closes this time holds it from then on.
func (s *Service) Lift(ctx context.Context, by actor.Actor, closure id.ID) (Closure, error) {
	c, err := s.store.closure(ctx, closure)
	if err != nil {
		return Closure{}, fault.Wrap(err, "closure %s", closure)
	}
	if err := by.May("closure.edit", c.SpaceID, "", nil); err != nil {
		return Closure{}, err
	}
	if !c.LiftedAt.IsZero() {
		return c, nil
	}
	r, err := s.Equipment.Resource(ctx, c.ResourceID)
	if err != nil {
		return Closure{}, fault.Wrap(err, "resource %s", c.ResourceID)
	}
	c.LiftedAt = s.Clock.Now()
	return c, fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.lock(ctx, append([]Resource{r}, r.Around...)); err != nil {
			return err
		}
		if err := s.store.lift(ctx, c); err != nil {
			return err
		}
		if err := s.store.vacate(ctx, c.ID); err != nil {
			return err
		}
		if err := s.fill(ctx, c, r); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, c.SpaceID, "closure.edit", c.ResourceID, map[string]any{"lifted": c.ID})
	}), "lift %s", closure)
}

// fill lets the other closures that stand take what one that was lifted held of
// their time.
func (s *Service) fill(ctx context.Context, lifted Closure, r Resource) error {
	others, err := s.store.closures(ctx, lifted.SpaceID, lifted.LiftedAt)
	if err != nil {
		return err
	}
	family := withParts(append([]Resource{r}, r.Around...))
	for _, c := range others {
		span := Span{later(c.StartsAt, lifted.LiftedAt), c.EndsAt}
		if !span.overlaps(Span{lifted.StartsAt, lifted.EndsAt}) || !slices.ContainsFunc(family, func(r Resource) bool { return r.ID == c.ResourceID }) {
			continue
		}
		closed, err := s.Equipment.Resource(ctx, c.ResourceID)
		if err != nil {
			return err
		}
		all := units([]Resource{closed})
		held, stale, err := s.store.held(ctx, all, span, lifted.LiftedAt)
		if err != nil {
			return err
		}
		if err := s.store.expire(ctx, stale, lifted.LiftedAt); err != nil {
			return err
		}
		if err := s.store.occupy(ctx, c.ID, gaps(all, span, held)); err != nil {
			return err
		}
	}
	return nil
}

// Closures lists those of a space that stand and end after from, by their start.
func (s *Service) Closures(ctx context.Context, by actor.Actor, space id.ID, from clock.Instant) ([]Closure, error) {
	if err := by.May("availability.read", space, "", nil); err != nil {
		return nil, err
	}
	list, err := s.store.closures(ctx, space, from)
	return list, fault.Wrap(err, "closures of %s", space)
}
