package booking

import (
	"cmp"
	"context"
	"slices"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// MembershipEnded marks a booking that was made with a membership that has ended since.
const MembershipEnded = "membership_ended"

// Lapse does with what a member has booked from a moment on as their space has
// chosen for a membership that has ended: cancels it, however late it is for that, or marks it.
// What is in use goes on.
func (s *Service) Lapse(ctx context.Context, space, member id.ID, from clock.Instant, cancel bool) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if !cancel {
			return s.store.flag(ctx, space, member, from, MembershipEnded)
		}
		ahead, err := s.store.ahead(ctx, space, member, from)
		if err != nil {
			return err
		}
		aside := &Override{Rules: []string{CancelTooLate}, Reason: "The membership has ended."}
		for _, b := range ahead {
			if _, err := s.Cancel(ctx, actor.House, Cancellation{Booking: b.ID, Version: b.Version, Override: aside}); err != nil {
				return err
			}
		}
		return nil
	}), "bookings of %s after their membership", member)
}

// Unmark takes the marks of Lapse off again: their membership goes on.
func (s *Service) Unmark(ctx context.Context, space, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		return s.store.unflag(ctx, space, member, MembershipEnded)
	}), "bookings of %s", member)
}

// PlanLimits is what a plan allows of booking. Its zero value limits nothing.
type PlanLimits struct {
	Kinds     []string // of resources; none: all
	Weekdays  uint8    // bit 0 is Monday; 0: all
	FromMin   int      // hours of the day, in minutes after midnight
	ToMin     int      // 0: to the end of the day
	AheadDays int      // 0: as the space's rules have it
}

// membership asks whether the plan that the holder has now still runs then, and
// allows it. Someone who pays guest prices anyhow loses nothing when it has ended.
func (w *wish) membership() {
	if w.stranger() {
		return
	}
	for _, p := range w.holder.Pauses {
		if p.overlaps(w.Span) {
			w.breaks(MembershipPaused, &Remedy{Code: ResumePlan}, "Until", p.EndsAt)
			return
		}
	}
	now, last := w.holder.plansAt(w.now), w.holder.plansAt(w.EndsAt.Add(-time.Second))
	if len(now) > 0 && now[0].Group != Guest && len(last) == 0 {
		w.breaks(MembershipEnds, &Remedy{RenewPlan, args("Name", now[0].Name)}, "Name", now[0].Name, "At", now[0].EndsAt)
		return
	}
	for _, p := range w.holder.plansAt(w.StartsAt) {
		w.within(p)
	}
}

// within asks for the limits of one plan.
func (w *wish) within(p PlanRun) {
	l := p.Limits
	if len(l.Kinds) > 0 && !slices.Contains(l.Kinds, w.resource.Kind) {
		w.breaks(PlanKind, &Remedy{Code: ChangePlan}, "Plan", p.Name, "Name", w.resource.Name)
	}
	to := cmp.Or(l.ToMin, 24*60)
	ends := w.start.minute + int(onTheClock(w.Span, w.zone)/time.Minute)
	if !inWeek(l.Weekdays, l.FromMin, to, w.start) || (l.FromMin > 0 || l.ToMin > 0) && ends > to {
		w.breaks(PlanHours, &Remedy{Code: ChangePlan}, "Plan", p.Name)
	}
	start := clock.DayOf(w.StartsAt, w.zone)
	if w.verb&(create|change) != 0 && l.AheadDays > 0 && start > clock.DayOf(w.now, w.zone).Add(l.AheadDays) {
		w.breaks(PlanAhead, &Remedy{WaitUntil, args("At", start.Add(-l.AheadDays).Start(w.zone))}, "Plan", p.Name, "Count", l.AheadDays)
	}
}
