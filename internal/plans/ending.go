package plans

import (
	"context"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrCancelled refuses to cancel what was cancelled.
	ErrCancelled = fault.Conflict("plans.cancelled", "This membership is cancelled already. It ends on {{.Day}}.")
	// ErrTerm refuses to end a membership sooner than was agreed.
	ErrTerm = fault.Conflict("plans.term", "It can end on {{.Day}} at the soonest, by its minimum term and notice. Cancel it for then, or talk to the front desk.").On("when")
	// ErrEndsItself refuses to cancel what ends by itself.
	ErrEndsItself = fault.Conflict("plans.ends_itself", "This membership ends by itself on {{.Day}}.")
	// ErrChangeDay refuses a change in the past or too far ahead.
	ErrChangeDay = fault.Invalid("on", "plans.change_day", "Choose a day from today on, within a year.")
	// ErrRenewed refuses to renew by hand what goes on by itself.
	ErrRenewed = fault.Conflict("plans.renewed", "This membership goes on by itself on {{.Day}}.")
	// ErrKeep refuses to buy a period of what was cancelled and still runs.
	ErrKeep = fault.Conflict("plans.keep", "This membership is cancelled and ends on {{.Day}}. Keep it, and it goes on.")
	// ErrPromised refuses to let a membership go on past its end, where others have its places then.
	ErrPromised = fault.Conflict("plans.promised", "All places of {{.Plan}} are taken from {{.Day}} on, so it can't go on then. Choose another plan from that day on, or talk to the front desk.")
	// ErrDaysBad refuses a number of complimentary days that can't be.
	ErrDaysBad = fault.Invalid("days", "plans.days_bad", "Give 1 to 366 days.")
)

// Cancellation is how a membership is to end.
type Cancellation struct {
	Now    bool // at once; else when the period ends in which notice is kept
	Aside  bool // the staff sets the minimum term and the notice aside, with a reason
	Credit bool // the staff gives back what was paid for the days that are left, where it ends at once
	Reason string
}

// Soonest is the first day on which a membership can have ended by its minimum term
// and its notice, counted from today, and the end of a period on which it ends when
// it is cancelled now. Who tries it out owes nothing: that ends with the trial.
func Soonest(m Membership, at Space, now clock.Instant) (soonest, end clock.Day) {
	if m.Trial(now) {
		return clock.DayOf(now, at.Zone), clock.DayOf(m.TrialEndsAt, at.Zone)
	}
	soonest = clock.DayOf(now, at.Zone).Add(int(m.NoticeDays))
	if !m.TermEndsAt.IsZero() {
		soonest = max(soonest, clock.DayOf(m.TermEndsAt, at.Zone))
	}
	for m.PeriodTo.Before(soonest.Start(at.Zone)) {
		m = m.next(at.Zone)
	}
	return soonest, clock.DayOf(m.PeriodTo, at.Zone)
}

// CancelMembership ends a membership: when the period ends in which notice is kept, or
// at once where neither a minimum term nor notice stands against it.
func (s *Service) CancelMembership(ctx context.Context, by actor.Actor, space, membership id.ID, c Cancellation) (Run, error) {
	var r Run
	c.Reason = strings.TrimSpace(c.Reason)
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var at Space
		var err error
		if r, at, err = s.holdToExtend(ctx, by, space, membership); err != nil {
			return err
		}
		now := s.Clock.Now()
		if r.StartsAt.After(now) {
			return s.callOff(ctx, by, r, at)
		}
		ends, err := s.endsAt(by, r.Membership, at, c)
		if err != nil {
			return err
		}
		if c.Now {
			if err := s.endNow(ctx, &r, at, c.Credit && staff(by, space)); err != nil {
				return err
			}
		}
		r.EndsAt, r.CancelledAt, r.CancelReason = ends, now, c.Reason
		if !r.EndsAt.After(r.StartsAt) {
			r.EndsAt = r.StartsAt.Add(time.Second)
		}
		if err := s.store.updateMembership(ctx, r.Membership); err != nil {
			return err
		}
		if err := s.Jobs.Add(ctx, news{What: cancelled, Space: space, Membership: r.ID, At: now}); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.own", r.MemberID,
			map[string]any{"membership": r.ID, "cancelled": true, "ends": r.EndsAt, "aside": c.Aside, "reason": c.Reason})
	})
	return r, fault.Wrap(err, "cancel %s", membership)
}

// endNow takes what is still to come of a pause off a run that ends at once, and gives
// back what was paid for the days that are left then, where that is asked for.
func (s *Service) endNow(ctx context.Context, r *Run, at Space, credit bool) error {
	now := s.Clock.Now()
	if pause, coming := r.Coming(now); coming {
		r.Membership, pause = r.resumed(pause, now, at.Zone)
		if err := s.store.endPause(ctx, pause); err != nil {
			return err
		}
	}
	if !credit {
		return nil
	}
	return s.giveBack(ctx, *r, r.EndsAt, at)
}

// callOff takes a run away that has not begun, with what was charged for it; one that
// would have ended for it goes on.
func (s *Service) callOff(ctx context.Context, by actor.Actor, r Run, at Space) error {
	runs, err := s.store.runs(ctx, r.SpaceID, r.MemberID)
	if err != nil {
		return err
	}
	if err := s.takeAway(ctx, r.Membership, at); err != nil {
		return err
	}
	n := news{What: calledOff, Space: r.SpaceID, Member: r.MemberID, Plan: r.PlanID, At: r.StartsAt}
	if before := goesOnWithout(runs, r); before != nil {
		n.Was = before.ID
		if err := s.roomOn(ctx, runs, before.ID, at); err != nil {
			return err
		}
		if err := s.store.updateMembership(ctx, before.Membership); err != nil {
			return err
		}
	}
	if err := s.Jobs.Add(ctx, n); err != nil {
		return err
	}
	return s.Audit.Record(ctx, by, r.SpaceID, "membership.own", r.MemberID, map[string]any{"membership": r.ID, "called_off": r.StartsAt})
}

// endsAt is when a membership ends that is cancelled, or what stands against it.
func (s *Service) endsAt(by actor.Actor, m Membership, at Space, c Cancellation) (clock.Instant, error) {
	now := s.Clock.Now()
	if m.Over(now) {
		return m.EndsAt, ErrRunEnded
	}
	if err := note(c.Reason); err != nil {
		return m.EndsAt, err
	}
	aside := c.Aside && staff(by, m.SpaceID)
	if aside && c.Reason == "" {
		return m.EndsAt, ErrReasonMissing
	}
	if !m.EndsAt.IsZero() && !c.Now {
		day := clock.DayOf(m.EndsAt, at.Zone)
		if m.CancelledAt.IsZero() {
			return m.EndsAt, ErrEndsItself.With("Day", day)
		}
		return m.EndsAt, ErrCancelled.With("Day", day)
	}
	soonest, end := Soonest(m, at, now)
	today := clock.DayOf(now, at.Zone)
	switch {
	case c.Now && soonest > today && !aside:
		return m.EndsAt, ErrTerm.With("Day", end)
	case c.Now:
		return now, nil
	case aside:
		return m.PeriodTo, nil
	}
	return end.Start(at.Zone), nil
}

// giveBack charges less than nothing for the days that were paid and are left, up to
// the end that was planned: what comes after was given back when that was. It goes to
// whoever paid, not to who pays now.
func (s *Service) giveBack(ctx context.Context, r Run, planned clock.Instant, at Space) error {
	b := beginning{from: s.Clock.Now(), old: &r, zone: at.Zone}
	if r.StartsAt.After(b.from) {
		b.from = r.StartsAt
	}
	l, err := b.credit(r.Membership)
	if err == nil && !planned.IsZero() && planned.Before(r.PeriodTo) {
		var given Line
		b.from = planned
		if given, err = b.credit(r.Membership); err == nil {
			l.To, l.Days = given.From, l.Days-given.Days
			l.Amount, err = l.Amount.Sub(given.Amount)
		}
	}
	if err != nil || l.Amount.Minor == 0 {
		return err
	}
	return s.Billing.Charge(ctx, Charge{
		Space: r.SpaceID, Member: r.MemberID, Amount: l.Amount, Lines: []Line{l},
		Cause: "membership.credit", CauseID: r.ID, From: l.From, To: l.To, DueOn: clock.DayOf(s.Clock.Now(), at.Zone),
	})
}

// Gift lets a membership run some days longer, for nothing.
func (s *Service) Gift(ctx context.Context, by actor.Actor, space, membership id.ID, days int, reason string) (Run, error) {
	var r Run
	if err := by.May("membership.edit", space, "", nil); err != nil {
		return r, err
	}
	reason = strings.TrimSpace(reason)
	switch {
	case days < 1 || days > longestPause:
		return r, ErrDaysBad
	case reason == "":
		return r, ErrReasonMissing
	}
	if err := note(reason); err != nil {
		return r, err
	}
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var at Space
		var err error
		if r, at, err = s.holdToExtend(ctx, by, space, membership); err != nil {
			return err
		}
		if r.Over(s.Clock.Now()) {
			return ErrRunEnded
		}
		if err := s.mayRunLonger(ctx, r, at); err != nil {
			return err
		}
		term := r.TermEndsAt
		r.Membership = r.shifted(days, at.Zone)
		r.TermEndsAt = term // nobody is bound for longer by a gift
		if err := s.store.updateMembership(ctx, r.Membership); err != nil {
			return err
		}
		if err := s.Jobs.Add(ctx, news{What: gifted, Space: space, Membership: r.ID, Days: days}); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.edit", r.MemberID, map[string]any{"membership": r.ID, "days": days, "reason": reason})
	})
	return r, fault.Wrap(err, "give days to %s", membership)
}
