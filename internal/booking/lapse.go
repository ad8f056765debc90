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
	Guests    int      // whom one may bring; 0: the plan says nothing of them
}

// membership asks whether a plan that the holder has now still runs then, and whether
// one of those that run then allows it.
func (w *wish) membership() {
	if w.stranger() {
		return
	}
	for _, p := range w.holder.Plans {
		for _, pause := range p.Pauses {
			if pause.overlaps(w.Span) && len(w.holder.plansAt(later(pause.StartsAt, w.StartsAt))) == 0 {
				w.breaks(MembershipPaused, p.remedy(&Remedy{Code: ResumePlan}), "Until", pause.EndsAt)
				return
			}
		}
	}
	now, last := w.holder.plansAt(w.now), w.holder.plansAt(w.EndsAt.Add(-time.Second))
	if len(now) > 0 && len(last) == 0 {
		w.breaks(MembershipEnds, now[0].remedy(&Remedy{RenewPlan, args("Name", now[0].Name)}), "Name", now[0].Name, "At", now[0].EndsAt)
		return
	}
	var against []Violation
	for i, p := range w.holder.plansAt(w.StartsAt) {
		outside := w.outside(p)
		if i == 0 || len(outside) < len(against) {
			against = outside
		}
	}
	for _, v := range against {
		w.breaksAs(v)
	}
}

// remedy is what to do about a plan: whoever has it through their team asks there.
func (p PlanRun) remedy(own *Remedy) *Remedy {
	if p.Team != "" {
		return &Remedy{AskTeam, args("Names", p.Payer, "Team", p.Team)}
	}
	return own
}

// outside are the limits of a plan that the wish goes beyond.
func (w *wish) outside(p PlanRun) []Violation {
	var list []Violation
	add := func(code string, remedy *Remedy, pairs ...any) {
		list = append(list, violation(code, args(append(pairs, "Plan", p.Name)...), p.remedy(remedy)))
	}
	l := p.Limits
	if len(l.Kinds) > 0 && !slices.Contains(l.Kinds, w.resource.Kind) {
		add(PlanKind, &Remedy{Code: ChangePlan}, "Name", w.resource.Name)
	}
	to := cmp.Or(l.ToMin, 24*60)
	ends := w.start.minute + int(onTheClock(w.Span, w.zone)/time.Minute)
	if !inWeek(l.Weekdays, l.FromMin, to, w.start) || (l.FromMin > 0 || l.ToMin > 0) && ends > to {
		add(PlanHours, &Remedy{Code: ChangePlan})
	}
	start := clock.DayOf(w.StartsAt, w.zone)
	if w.verb&(create|change) != 0 && l.AheadDays > 0 && start > clock.DayOf(w.now, w.zone).Add(l.AheadDays) {
		add(PlanAhead, &Remedy{WaitUntil, args("At", start.Add(-l.AheadDays).Start(w.zone))}, "Count", l.AheadDays)
	}
	if guests := w.places - 1; l.Guests > 0 && guests > l.Guests {
		add(PlanGuests, &Remedy{Code: TalkToDesk}, "Count", l.Guests)
	}
	return list
}
