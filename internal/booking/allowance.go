package booking

import (
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Allowance is the machine time that a plan includes: so many minutes in each of its
// periods, for everybody to whom the plan gives something together. A booking counts
// in the period in which it starts, from when it is held until it is given back.
type Allowance struct {
	Of      id.ID // the member whose membership it comes with
	Minutes int   // 0: none
	// Period is the period of the plan that a moment lies in.
	Period func(at clock.Instant) Span
}

// spending is machine time of a plan that a booking uses.
type spending struct {
	booking  id.ID
	of       id.ID
	startsAt clock.Instant
	minutes  int
}

// Balance is what is left of the machine time that a plan includes, in the period of now.
type Balance struct {
	Plan    i18n.Text
	Minutes int
	Used    int
	Period  Span
	Shared  string // the name of the team that shares it; empty: nobody else does
}

// Left are the minutes that can still be booked.
func (b Balance) Left() int { return max(0, b.Minutes-b.Used) }

// Balances are what a member has left of the machine time that their plans include.
func (s *Service) Balances(ctx context.Context, by actor.Actor, space, member id.ID) ([]Balance, error) {
	if err := by.May("booking.read", space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	f := &facts{now: s.Clock.Now()}
	var err error
	if f.holder, err = s.Members.Holder(ctx, space, member); err != nil {
		return nil, fault.Wrap(err, "holder %s", member)
	}
	f.space.ID = space
	if err := s.lookAtMinutes(ctx, f, Span{f.now, f.now}); err != nil {
		return nil, err
	}
	var list []Balance
	for _, p := range f.holder.plansAt(f.now) {
		if p.Allowance.Minutes > 0 {
			period := p.Allowance.Period(f.now)
			list = append(list, Balance{p.Name, p.Allowance.Minutes, f.used(p.Allowance, period, ""), period, p.Team})
		}
	}
	return list, nil
}

// lookAtMinutes adds what is used of the holder's machine time to the facts, in the
// periods that a span touches.
func (s *Service) lookAtMinutes(ctx context.Context, f *facts, span Span) error {
	of := f.holder.sharers()
	if len(of) == 0 {
		return nil
	}
	within := span
	for _, p := range f.holder.Plans {
		if p.Allowance.Minutes > 0 {
			within.StartsAt = earlier(within.StartsAt, p.Allowance.Period(span.StartsAt).StartsAt)
			within.EndsAt = later(within.EndsAt, p.Allowance.Period(span.EndsAt).EndsAt)
		}
	}
	var err error
	f.spent, err = s.store.spendings(ctx, f.space.ID, of, within, f.now)
	return fault.Wrap(err, "machine time of %s", f.holder.ID)
}

// sharers are the members whose plans give the holder machine time.
func (h Holder) sharers() []id.ID {
	var of []id.ID
	for _, p := range h.Plans {
		if p.Allowance.Minutes > 0 && !slices.Contains(of, p.Allowance.Of) {
			of = append(of, p.Allowance.Of)
		}
	}
	return of
}

// used are the minutes of an allowance that bookings of a period use, but for one.
func (f *facts) used(a Allowance, period Span, but id.ID) int {
	n := 0
	for _, s := range f.spent {
		if s.of == a.Of && s.booking != but && !s.startsAt.Before(period.StartsAt) && s.startsAt.Before(period.EndsAt) {
			n += s.minutes
		}
	}
	return n
}

// allowance is the machine time that the wish may draw on and what is left of it: of
// the first plan that includes any and allows the machine, or whose limits the staff
// has set aside for it. An extension draws on what its booking has drawn on.
func (w *wish) allowance() (Allowance, int) {
	if !w.resource.Machine || w.stranger() {
		return Allowance{}, 0
	}
	draws := func(allowed func(Violation) bool) (Allowance, int, bool) {
		for _, p := range w.holder.plansAt(w.StartsAt) {
			a := p.Allowance
			refused := slices.ContainsFunc(w.outside(p), func(v Violation) bool { return !allowed(v) })
			if a.Minutes == 0 || refused || w.verb == extend && w.booking.IncludedMin > 0 && w.booking.IncludedOf != a.Of {
				continue
			}
			used := w.used(a, a.Period(w.StartsAt), w.booking.ID)
			if w.verb == extend {
				used += w.booking.IncludedMin
			}
			return a, max(0, a.Minutes-used), true
		}
		return Allowance{}, 0, false
	}
	if a, left, ok := draws(func(Violation) bool { return false }); ok {
		return a, left
	}
	a, left, _ := draws(func(v Violation) bool { return slices.Contains(w.override, v.Code) })
	return a, left
}

// include takes what it can of a line's time from the plan, and leaves the rest of the
// price. rest prices the time after so many minutes. A price for each use is taken
// whole or not at all; what costs nothing uses nothing up.
func (w *wish) include(line PriceLine, rest func(taken int) (PriceLine, error)) ([]PriceLine, error) {
	a, left := w.allowance()
	if a.Minutes == 0 || line.Amount.Minor == 0 {
		return []PriceLine{line}, nil
	}
	w.included, w.left = true, left
	taken := min(left/line.Places, line.Minutes)
	if taken == 0 || line.Form == Flat && taken < line.Minutes {
		return []PriceLine{line}, nil
	}
	w.drawn, w.drawnOf, w.left = w.drawn+taken*line.Places, a.Of, left-taken*line.Places
	zero := money.Of(0, line.Amount.Currency)
	lines := []PriceLine{{
		Form: Included, Minutes: taken, Count: 1, Places: line.Places, Each: zero, Amount: zero, Extension: line.Extension,
	}}
	if taken == line.Minutes {
		return lines, nil
	}
	after, err := rest(taken)
	return append(lines, after), err
}
