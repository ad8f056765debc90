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

// Close takes a resource and what stands in it out of the calendar for a time.
// It is refused with InTheWay where bookings stand in it.
func (s *Service) Close(ctx context.Context, by actor.Actor, resource id.ID, span Span, reason i18n.Text) (Closure, error) {
	r, err := s.closable(ctx, by, resource, span)
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
		hit, stale, err := s.inTheWay(ctx, r, span)
		if err != nil {
			return err
		}
		if len(hit) > 0 {
			return InTheWay{hit}
		}
		if err := s.store.expire(ctx, stale, c.CreatedAt); err != nil {
			return err
		}
		if err := s.store.insertClosure(ctx, c); err != nil {
			return err
		}
		var takes []stretch
		for _, u := range units([]Resource{r}) {
			takes = append(takes, stretch{resource: u.resource, unit: u.number, Span: span, closure: true})
		}
		if err := s.store.occupy(ctx, c.ID, takes); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, r.SpaceID, "closure.edit", r.ID, c)
	})
	return c, fault.Wrap(err, "close %s", resource)
}

// InTheWay lists the bookings that a closure would hit: what Close refuses with.
func (s *Service) InTheWay(ctx context.Context, by actor.Actor, resource id.ID, span Span) ([]Booking, error) {
	r, err := s.closable(ctx, by, resource, span)
	if err != nil {
		return nil, err
	}
	hit, _, err := s.inTheWay(ctx, r, span)
	return hit, err
}

func (s *Service) closable(ctx context.Context, by actor.Actor, resource id.ID, span Span) (Resource, error) {
	r, err := s.Equipment.Resource(ctx, resource)
	if err != nil {
		return r, fault.Wrap(err, "resource %s", resource)
	}
	if err := by.May("closure.edit", r.SpaceID, "", nil); err != nil {
		return r, err
	}
	switch {
	case !span.EndsAt.After(span.StartsAt):
		return r, ErrSpan
	case span.EndsAt.Sub(span.StartsAt) > yearMin*time.Minute:
		return r, ErrTooWide
	case !span.EndsAt.After(s.Clock.Now()):
		return r, ErrClosureOver
	}
	return r, nil
}

// inTheWay finds the bookings that hold time of a resource, or of what is within
// it, in a span, and the holds whose time is up. A closure there is ErrAlreadyClosed.
func (s *Service) inTheWay(ctx context.Context, r Resource, span Span) (hit []Booking, stale []id.ID, err error) {
	held, stale, err := s.store.held(ctx, units([]Resource{r}), span, s.Clock.Now())
	if err != nil {
		return nil, nil, fault.Wrap(err, "what is held of %s", r.ID)
	}
	var causes []id.ID
	for _, h := range held {
		switch {
		case h.closure:
			return nil, nil, ErrAlreadyClosed
		case !slices.Contains(causes, h.cause):
			causes = append(causes, h.cause)
		}
	}
	if len(causes) == 0 {
		return nil, stale, nil
	}
	hit, err = s.store.bookings(ctx, causes)
	return hit, stale, fault.Wrap(err, "bookings in the way")
}

// Lift ends a closure now.
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
	c.LiftedAt = s.Clock.Now()
	return c, fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lift(ctx, c); err != nil {
			return err
		}
		if err := s.store.vacate(ctx, c.ID); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, c.SpaceID, "closure.edit", c.ResourceID, map[string]any{"lifted": c.ID})
	}), "lift %s", closure)
}

// Closures lists those of a space that stand and end after from, by their start.
func (s *Service) Closures(ctx context.Context, by actor.Actor, space id.ID, from clock.Instant) ([]Closure, error) {
	if err := by.May("availability.read", space, "", nil); err != nil {
		return nil, err
	}
	list, err := s.store.closures(ctx, space, from)
	return list, fault.Wrap(err, "closures of %s", space)
}
