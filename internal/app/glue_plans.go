package app

import (
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/plans"
	"guildhall/internal/proofs"
)

// Here memberships meet what is booked with them; glue.go says how.

// plans are the plans that somebody books with: their own, what the plan of the one
// who pays for their team gives them, and those that are good here though they were
// bought in another space of the house.
func (b bookingMembers) plans(ctx context.Context, space, member id.ID) ([]booking.PlanRun, error) {
	at, err := b.a.Spaces.Space(ctx, actor.House, space)
	if err != nil {
		return nil, err
	}
	runs, err := b.a.Plans.Held(ctx, space, member)
	if err != nil {
		return nil, err
	}
	var list []booking.PlanRun
	for _, r := range runs {
		list = append(list, runOf(r, plans.Space{Zone: at.Location()}))
	}
	seat, err := b.a.Teams.Seat(ctx, space, member)
	if err != nil {
		return nil, err
	}
	if seat.Payer != "" {
		held, err := b.a.Plans.Held(ctx, space, seat.Payer)
		if err != nil {
			return nil, err
		}
		for _, r := range held {
			if seat.Number > r.Plan.Includes.Seats {
				continue
			}
			run := runOf(r, plans.Space{Zone: at.Location()})
			run.Team, run.Payer = seat.Name, seat.PayerName
			run.StartsAt = latest(run.StartsAt, seat.JoinedAt)
			list = append(list, run)
		}
	}
	abroad, err := b.a.Plans.Abroad(ctx, space, member)
	for _, r := range abroad {
		run := runOf(r, plans.Space{Zone: at.Location()})
		run.KeyHolder, run.Allowance = false, booking.Allowance{} // those are of the space that sold it
		list = append(list, run)
	}
	return list, err
}

// runOf is a run of a plan as booking sees it.
func runOf(r plans.Run, at plans.Space) booking.PlanRun {
	i := r.Plan.Includes
	run := booking.PlanRun{
		Plan: r.Plan.Code, Group: r.Plan.PriceGroup, KeyHolder: r.Plan.KeyHolder, StartsAt: r.StartsAt, EndsAt: r.EndsAt, Name: r.Plan.Name,
		Limits: booking.PlanLimits{
			Kinds: i.Kinds, Weekdays: i.Weekdays, FromMin: i.FromMin, ToMin: i.ToMin, AheadDays: i.AheadDays, Guests: i.Guests,
		},
	}
	for _, p := range r.Pauses {
		run.Pauses = append(run.Pauses, booking.Span{StartsAt: p.StartsAt, EndsAt: p.EndsAt})
	}
	if i.Minutes > 0 {
		run.Allowance = booking.Allowance{Of: r.MemberID, Minutes: i.Minutes, Period: func(moment clock.Instant) booking.Span {
			from, to := r.PeriodAt(moment, at)
			return booking.Span{StartsAt: from, EndsAt: to}
		}}
	}
	return run
}

func latest(a, b clock.Instant) clock.Instant {
	if b.After(a) {
		return b
	}
	return a
}

// planProofs tells plans what people have handed in that lets them have a concession:
// for students a proof that they study, for the plan that is one, or the group of that
// name, something else too. Of other groups nothing is handed in.
type planProofs struct{ a *App }

func (p planProofs) Shown(ctx context.Context, space, member id.ID, group string, on clock.Day) (plans.Shown, error) {
	kinds := map[string][]proofs.Kind{"": {"student", "other"}, "concession": {"student", "other"}, "student": {"student"}}[group]
	seen := plans.Shown{Handed: len(kinds) > 0}
	if !seen.Handed {
		return seen, nil
	}
	all, err := p.a.Proofs.Proofs(ctx, actor.House, space, member)
	for _, proof := range all {
		if !slices.Contains(kinds, proof.Kind) || !proof.Counts(on) {
			continue
		}
		if later := seen.Until != "" && (proof.ExpiresOn == "" || proof.ExpiresOn > seen.Until); !seen.Counts || later {
			seen.Counts, seen.By, seen.Until = true, proof.ReviewedBy, proof.ExpiresOn
		}
	}
	return seen, err
}

// planPayers tells plans who pays for somebody: the one who pays for their team, or they
// themselves.
type planPayers struct{ a *App }

func (p planPayers) Payer(ctx context.Context, space, member id.ID) (plans.Payer, error) {
	sh, err := p.a.Teams.Share(ctx, space, member)
	if err != nil || sh.Payer == "" || sh.Payer == member {
		return plans.Payer{Member: member}, err
	}
	return plans.Payer{Member: sh.Payer, Name: sh.PaidBy, Team: sh.Name, Limited: sh.Together.SpendMinor+sh.Alone.SpendMinor > 0}, nil
}

func (p planPayers) Paid(ctx context.Context, r plans.Run) (plans.Payer, error) {
	who, err := p.a.Billing.Charged(ctx, "membership", r.ID)
	if err != nil || who == "" || who == r.MemberID {
		return plans.Payer{Member: r.MemberID}, err
	}
	m, err := p.a.Members.Member(ctx, who)
	return plans.Payer{Member: who, Name: m.Name}, err
}
