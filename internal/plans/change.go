package plans

import (
	"context"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Changing is a wish for another plan.
type Changing struct {
	Plan   id.ID
	On     clock.Day // empty: now
	Group  string
	Amount *int64
	Code   string    // of an invitation
	Proof  bool      // the staff has seen the proof of a concession
	Until  clock.Day // and it counts to the end of this day; empty: always
	Note   string    // to whoever says yes or no
}

// Change changes a membership to another plan, now or on a day, or asks the staff for
// it. What was paid for the rest of the period is given back, and the rest of it asked
// for at the price of the other plan; PreviewChange says so before. What the staff has
// to say yes to is reckoned when they do.
func (s *Service) Change(ctx context.Context, by actor.Actor, space, membership id.ID, c Changing) (Joined, Bill, error) {
	var done Joined
	var bill Bill
	if err := note(c.Note); err != nil {
		return done, bill, err
	}
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		p, _, _, err := s.changing(ctx, by, space, membership, c)
		if err != nil {
			return err
		}
		if p.Most > 0 { // in the order in which everybody locks
			if err := s.DB.Lock(ctx, "plans", p.ID); err != nil {
				return err
			}
		}
		if _, _, err := s.hold(ctx, by, space, membership); err != nil {
			return err
		}
		p, st, asks, err := s.changing(ctx, by, space, membership, c) // as it is once others are done
		if err != nil {
			return err
		}
		if !asks {
			done.Membership, bill, err = s.begin(ctx, by, p, st)
			return err
		}
		done.Application, bill, err = s.apply(ctx, by, p, st, Application{MembershipID: membership, StartsOn: c.On, Note: strings.TrimSpace(c.Note)})
		return err
	})
	return done, bill, fault.Wrap(err, "change %s", membership)
}

// PreviewChange is what Change would charge now, or what stands against it.
func (s *Service) PreviewChange(ctx context.Context, by actor.Actor, space, membership id.ID, c Changing) (Bill, error) {
	p, st, asks, err := s.changing(ctx, by, space, membership, c)
	if err != nil {
		return Bill{}, fault.Wrap(err, "preview a change of %s", membership)
	}
	bill, err := s.foresee(ctx, p, st, asks)
	return bill, fault.Wrap(err, "preview a change of %s", membership)
}

// changing is a start in the place of a membership, and whether the staff has to say
// yes first, or what stands against it.
func (s *Service) changing(ctx context.Context, by actor.Actor, space, membership id.ID, c Changing) (p Plan, st Start, asks bool, err error) {
	r, err := s.Run(ctx, by, space, membership)
	if err != nil {
		return p, st, false, err
	}
	st = Start{Space: space, Member: r.MemberID, Plan: c.Plan, Group: c.Group, Amount: c.Amount, Proof: c.Proof, ProofUntil: c.Until}
	at, err := s.Spaces.Space(ctx, space)
	if err != nil {
		return p, st, false, err
	}
	if p, err = s.store.plan(ctx, space, c.Plan); err != nil {
		return p, st, false, err
	}
	now := s.Clock.Now()
	if st.From, err = s.startsOn(c.On, at); err != nil {
		return p, st, false, ErrChangeDay
	}
	if _, coming := r.Coming(now); coming {
		return p, st, false, ErrPaused
	}
	switch {
	case r.Over(st.From) || st.From.Before(r.StartsAt):
		return p, st, false, ErrRunEnded
	case r.PlanID == p.ID:
		return p, st, false, ErrSamePlan
	}
	if staff(by, space) {
		st, err = s.attest(ctx, by, p, st)
		return p, st, false, err
	}
	if err := p.Open(clock.DayOf(now, at.Zone), c.Code); err != nil {
		return p, st, false, err
	}
	if err := s.mayOwe(ctx, by, p, st); err != nil {
		return p, st, false, err
	}
	st, asks, err = s.ask(ctx, by, p, st)
	return p, st, asks, err
}
