package plans

import (
	"context"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Brought is a run of a plan that comes from another program.
type Brought struct {
	Space  id.ID
	Member id.ID
	Plan   id.ID
	From   clock.Instant
	Until  clock.Instant // zero: until it is ended
	Renews clock.Instant // when the period that was paid for is over; zero: counted from From
}

// Bring writes down a run of a plan that somebody has already, as an import says. It
// is agreed at what the plan costs everyone; the period that it is in was paid where it
// comes from, so nothing is charged before the next, nobody is written to, and how many
// there may be is not asked. A run that is on stands in its way (ErrRunLater).
func (s *Service) Bring(ctx context.Context, by actor.Actor, b Brought) (Membership, error) {
	if err := by.May("member.import", b.Space, "", nil); err != nil {
		return Membership{}, err
	}
	if !b.Until.IsZero() && !b.Until.After(b.From) {
		return Membership{}, ErrRunEnds
	}
	var m Membership
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		p, err := s.store.plan(ctx, b.Space, b.Plan)
		if err != nil {
			return err
		}
		at, err := s.Spaces.Space(ctx, b.Space)
		if err != nil {
			return err
		}
		if err := s.DB.Lock(ctx, "members", b.Member); err != nil {
			return err
		}
		runs, err := s.store.runs(ctx, b.Space, b.Member)
		if err != nil {
			return err
		}
		for _, r := range runs {
			if !r.Over(b.From) && (b.Until.IsZero() || r.StartsAt.Before(b.Until)) {
				return ErrRunLater
			}
		}
		price, _ := p.PriceFor("")
		m = Membership{
			ID: id.New(), MemberID: b.Member, SpaceID: b.Space, PlanID: b.Plan, StartsAt: b.From, EndsAt: b.Until, CreatedAt: s.Clock.Now(),
			PriceMinor: price.Minor, Currency: price.Currency, Period: p.Period, PeriodCount: p.PeriodCount, Renews: p.Renews, NoticeDays: p.NoticeDays,
		}
		if once := !p.Renews && b.Renews.IsZero(); once { // it was bought for the one period, which may be over
			m = m.counted(b.From, at.Zone)
		} else {
			m = m.paidTo(b.Renews, s.Clock.Now(), at.Zone)
		}
		if !p.Renews && m.EndsAt.IsZero() {
			m.EndsAt = m.PeriodTo
		}
		if err := s.store.insertMembership(ctx, m); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, m.SpaceID, "membership.edit", m.MemberID, map[string]any{"plan": m.PlanID, "starts": m.StartsAt, "ends": m.EndsAt, "imported": true})
	})
	return m, fault.Wrap(err, "bring a membership of %s", b.Member)
}

// paidTo is a membership whose period ends at this moment, or at a later turn of it
// where that is past; without one, at the turn that is counted from its start.
func (m Membership) paidTo(renews, now clock.Instant, zone *time.Location) Membership {
	if renews.IsZero() {
		return m.counted(now, zone)
	}
	m.Anchor, m.Turn = clock.DayOf(renews, zone), -1
	m.PeriodTo = m.Period.After(m.Anchor, -m.PeriodCount).Start(zone)
	for m = m.next(zone); !m.PeriodTo.After(now); {
		m = m.next(zone)
	}
	return m
}

// Unbring takes away a run that Bring made, as if it had never been. Whoever asks has
// seen to it that nothing was charged for it and nobody has changed it.
func (s *Service) Unbring(ctx context.Context, by actor.Actor, space, membership id.ID) error {
	if err := by.May("member.import_undo", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		m, err := s.store.membership(ctx, space, membership)
		if err != nil {
			return err
		}
		if err := s.store.deleteMembership(ctx, m.ID); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.edit", m.MemberID, map[string]any{"plan": m.PlanID, "taken_back": true})
	}), "take back membership %s", membership)
}
