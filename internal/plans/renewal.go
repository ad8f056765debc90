package plans

import (
	"context"
	"errors"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// batch is how many memberships the jobs see to in one go.
const batch = 200

// fresh is how old news may be and still be told: what a server that was switched
// off for long has missed is set right and not written about.
const fresh = 7 * 24 * time.Hour

// RenewDue begins the next period of every membership whose period is over, charges
// for it, sees to those that have ended, and reminds those whose period ends soon. What
// goes wrong with one keeps none of the others waiting. A periodic job.
func (s *Service) RenewDue(ctx context.Context) (wrong error) {
	for _, step := range []struct {
		due func(context.Context, clock.Instant, int) ([]Membership, error)
		do  func(context.Context, Membership) error
	}{{s.store.due, s.renewDue}, {s.store.lapsing, s.lapse}, {s.store.ending, s.remind}} {
		for failed := 0; ; { // those are still due, before all that come after them
			list, err := step.due(ctx, s.Clock.Now(), failed)
			if err != nil {
				return errors.Join(wrong, fault.Wrap(err, "memberships that are due"))
			}
			for _, m := range list {
				if err := s.DB.Tx(ctx, func(ctx context.Context) error { return step.do(ctx, m) }); err != nil {
					wrong = errors.Join(wrong, fault.Wrap(err, "see to membership %s", m.ID))
					failed++
				}
			}
			if len(list) < batch {
				break
			}
		}
	}
	return wrong
}

// renewDue moves a membership into the period of now.
func (s *Service) renewDue(ctx context.Context, m Membership) error {
	r, at, err := s.hold(ctx, actor.House, m.SpaceID, m.ID)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	for r.GoesOn() && !r.PeriodTo.After(now) {
		if goesOn, err := s.stillConceded(ctx, &r, at); err != nil || !goesOn {
			if err == nil {
				err = s.store.updateMembership(ctx, r.Membership)
			}
			return err
		}
		if err := s.renew(ctx, &r, at); err != nil {
			return err
		}
		if now.Sub(r.PeriodFrom) < fresh && r.PriceMinor > 0 {
			if err := s.Jobs.Add(ctx, news{What: renewed, Space: r.SpaceID, Membership: r.ID, At: r.PeriodFrom}); err != nil {
				return err
			}
		}
	}
	return s.store.updateMembership(ctx, r.Membership)
}

// renew begins the period after the one that a run is in, and charges for it.
func (s *Service) renew(ctx context.Context, r *Run, at Space) error {
	next, bill, err := r.following(at)
	if err != nil {
		return err
	}
	*r = next
	if err := s.payers(ctx, &bill, nil, Start{Space: r.SpaceID, Member: r.MemberID}); err != nil {
		return err
	}
	return s.charge(ctx, r.Membership, bill, "membership")
}

// following is a run in the period after the one that it is in, with what that costs.
func (r Run) following(at Space) (Run, Bill, error) {
	r.Membership = r.next(at.Zone)
	from, to := clock.DayOf(r.PeriodFrom, at.Zone), clock.DayOf(r.PeriodTo, at.Zone)
	bill := Bill{
		Lines: []Line{{Code: LinePeriod, Name: r.Plan.Name, From: from, To: to, Amount: r.Price()}},
		Price: r.Price(), Period: r.Period, Count: r.PeriodCount, Deposit: money.Of(0, r.Currency), Starts: from, From: from, To: to,
	}
	if r.SetupDue > 0 || r.DepositDue > 0 { // the trial is over
		bill.once(r.Plan.Name, r.SetupDue, r.DepositDue)
		r.DepositMinor += r.DepositDue
		r.SetupDue, r.DepositDue = 0, 0
	}
	var err error
	bill.Total, err = sum(bill.Lines, money.Of(0, r.Currency))
	return r, bill, err
}

// lapse sees to a membership that has ended: where no other runs, its member is told,
// and what they have booked is cancelled or marked, as the space has chosen.
func (s *Service) lapse(ctx context.Context, m Membership) error {
	r, at, err := s.hold(ctx, actor.House, m.SpaceID, m.ID)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	if !r.Over(now) { // renewed meanwhile
		return nil
	}
	r.LapsedAt = now
	if err := s.store.updateMembership(ctx, r.Membership); err != nil {
		return err
	}
	runs, err := s.store.runs(ctx, r.SpaceID, r.MemberID)
	if err != nil {
		return err
	}
	for _, other := range runs {
		if other.ID != r.ID && (other.EndsAt.IsZero() || other.EndsAt.After(now)) { // it goes on with another
			return nil
		}
	}
	for _, over := range runs {
		if err := s.giveDepositBack(ctx, over.Membership, at); err != nil {
			return err
		}
	}
	if now.Sub(r.EndsAt) >= fresh {
		return nil
	}
	set, err := s.store.settings(ctx, r.SpaceID)
	if err != nil {
		return err
	}
	if err := s.Bookings.Lapse(ctx, r.SpaceID, r.MemberID, r.EndsAt, set.OnLapse == Cancel); err != nil {
		return err
	}
	return s.Jobs.Add(ctx, news{What: lapsed, Space: r.SpaceID, Membership: r.ID, At: r.EndsAt})
}

// remind writes before a period ends, once for each.
func (s *Service) remind(ctx context.Context, m Membership) error {
	r, at, err := s.hold(ctx, actor.House, m.SpaceID, m.ID)
	if err != nil {
		return err
	}
	r.RemindedAt = r.PeriodTo
	lost, err := s.loses(ctx, &r, clock.DayOf(r.PeriodTo, at.Zone))
	if err != nil {
		return err
	}
	if err := s.store.updateMembership(ctx, r.Membership); err != nil {
		return err
	}
	set, err := s.store.settings(ctx, r.SpaceID)
	if err != nil {
		return err
	}
	if lost && r.GoesOn() && r.Runs(s.Clock.Now()) {
		return s.Jobs.Add(ctx, news{What: unproved, Space: r.SpaceID, Membership: r.ID, At: r.PeriodTo})
	}
	days := int64(clock.DayOf(r.PeriodFrom, at.Zone).DaysUntil(clock.DayOf(r.PeriodTo, at.Zone)))
	short := r.whole() <= 2*set.ReminderDays || days <= set.ReminderDays
	if set.ReminderDays == 0 || short || r.GoesOn() && r.PriceMinor == 0 || !r.Runs(s.Clock.Now()) {
		return nil // a day pass needs no reminder, nor what has just begun, nor what costs nothing
	}
	return s.Jobs.Add(ctx, news{What: renewing, Space: r.SpaceID, Membership: r.ID, At: r.PeriodTo})
}

// Renew buys another period of a membership that ends by itself, and lets one that has
// ended begin anew, today and at the price of today.
func (s *Service) Renew(ctx context.Context, by actor.Actor, space, membership id.ID) (Run, error) {
	var r Run
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var at Space
		var err error
		if r, at, err = s.holdToExtend(ctx, by, space, membership); err != nil {
			return err
		}
		if r.Over(s.Clock.Now()) {
			r, err = s.comeBack(ctx, by, r, at)
			return err
		}
		from := r.PeriodTo // of what is bought
		if r.PriceMinor > 0 {
			if err := s.mayHavePaid(ctx, by, space, r.MemberID); err != nil {
				return err
			}
		}
		if err := s.buy(ctx, &r, at); err != nil {
			return err
		}
		if err := s.longer(ctx, by, r, "renewed"); err != nil {
			return err
		}
		return s.Jobs.Add(ctx, news{What: renewed, Space: space, Membership: r.ID, At: from})
	})
	return r, fault.Wrap(err, "renew %s", membership)
}

// Keep takes the cancellation of a membership back that still runs: it goes on as if
// nothing had been said, and nothing is charged for that.
func (s *Service) Keep(ctx context.Context, by actor.Actor, space, membership id.ID) (Run, error) {
	var r Run
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var at Space
		var err error
		if r, at, err = s.holdToExtend(ctx, by, space, membership); err != nil {
			return err
		}
		switch {
		case r.Over(s.Clock.Now()):
			return ErrRunEnded
		case r.EndsAt.IsZero():
			return ErrRenewed.With("Day", clock.DayOf(r.PeriodTo, at.Zone))
		case !r.Renews:
			return ErrEndsItself.With("Day", clock.DayOf(r.EndsAt, at.Zone))
		}
		if err := s.mayRunLonger(ctx, r, at); err != nil {
			return err
		}
		r.EndsAt, r.CancelledAt, r.CancelReason = clock.Instant{}, clock.Instant{}, ""
		if err := s.longer(ctx, by, r, "kept"); err != nil {
			return err
		}
		return s.Jobs.Add(ctx, news{What: kept, Space: space, Membership: r.ID})
	})
	return r, fault.Wrap(err, "keep %s", membership)
}

// longer writes down that a membership runs longer than it did.
func (s *Service) longer(ctx context.Context, by actor.Actor, r Run, how string) error {
	if err := s.store.updateMembership(ctx, r.Membership); err != nil {
		return err
	}
	if err := s.Bookings.Unmark(ctx, r.SpaceID, r.MemberID); err != nil {
		return err
	}
	return s.Audit.Record(ctx, by, r.SpaceID, "membership.own", r.MemberID, map[string]any{"membership": r.ID, how: true, "ends": r.EndsAt})
}

// buy moves what ends by itself a period further, and charges for that.
func (s *Service) buy(ctx context.Context, r *Run, at Space) error {
	if _, coming := r.Coming(s.Clock.Now()); coming { // what it moves is settled first
		return ErrPaused
	}
	if err := s.mayRunLonger(ctx, *r, at); err != nil {
		return err
	}
	switch {
	case r.EndsAt.IsZero():
		return ErrRenewed.With("Day", clock.DayOf(r.PeriodTo, at.Zone))
	case r.Renews:
		return ErrKeep.With("Day", clock.DayOf(r.EndsAt, at.Zone))
	case r.Plan.Archived():
		return ErrArchived
	case r.PeriodTo.After(s.Clock.Now().Add(maxAhead * 24 * time.Hour)):
		return ErrRenewed.With("Day", clock.DayOf(r.PeriodTo, at.Zone))
	}
	// The period that was bought comes after the one that is on: this one's counters
	// move there at once, and what is left of it stays.
	if goesOn, err := s.stillConceded(ctx, r, at); err != nil || !goesOn {
		if err == nil {
			err = ErrNoProof
		}
		return err
	}
	from, days, minor := r.PeriodFrom, r.PeriodDays, r.PeriodMinor
	if err := s.renew(ctx, r, at); err != nil {
		return err
	}
	r.EndsAt, r.RemindedAt, r.PeriodFrom = r.PeriodTo, clock.Instant{}, from
	r.PeriodDays, r.PeriodMinor = r.PeriodDays+days, r.PeriodMinor+minor
	return nil
}

// comeBack begins anew what has ended.
func (s *Service) comeBack(ctx context.Context, by actor.Actor, was Run, at Space) (Run, error) {
	p := was.Plan
	if !staff(by, was.SpaceID) {
		if err := p.Open(clock.DayOf(s.Clock.Now(), at.Zone), p.Invite); err != nil {
			return was, err
		}
	}
	runs, err := s.store.runs(ctx, was.SpaceID, was.MemberID)
	if err != nil {
		return was, err
	}
	if _, on := Current(runs, s.Clock.Now()); on {
		return was, ErrRuns
	}
	group := was.BuyerGroup
	if _, known := p.PriceFor(group); !known {
		group = ""
	}
	st := Start{Space: was.SpaceID, Member: was.MemberID, Plan: p.ID, Group: group}
	lost, err := s.loses(ctx, &was, clock.DayOf(s.Clock.Now(), at.Zone))
	switch {
	case err != nil:
		return was, err
	case lost && p.Audience == Concession && staff(by, was.SpaceID):
		return was, ErrProof
	case lost && p.Audience == Concession:
		return was, ErrNoProof
	case lost:
		st.Group = ""
	default:
		st.provedBy, st.provedUntil = was.ProvedBy, was.ProvedUntil
	}
	if p.FreePrice {
		amount := max(was.PriceMinor, p.FloorMinor)
		st.Amount = &amount
	}
	if err := s.mayOwe(ctx, by, p, st); err != nil {
		return was, err
	}
	m, _, err := s.begin(ctx, by, p, st)
	if err != nil {
		return was, err
	}
	return s.run(ctx, m)
}
