// Package plans is what can be subscribed in a space and who has subscribed it:
// plans with their prices and what they include, and memberships, which are a
// member's runs of a plan. It owns the plans and the memberships. Who a person is
// belongs to members, what they may book to booking, and what becomes of an
// amount that is due to billing.
package plans

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// What plans needs of others, in its own words.
type (
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// People knows who is who in a space.
	People interface {
		// Person is somebody as this space knows them, or a NotFound.
		Person(ctx context.Context, space, member id.ID) (Person, error)
	}
)

// Person is the one a membership is for.
type Person struct {
	ID     id.ID
	Name   string
	Email  string
	Locale string
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB     *db.DB
	Clock  clock.Clock
	Audit  Audit
	People People
}

// Service is what one can do with plans and memberships. Make it with New.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	audit  Audit
	people People
	store  store
}

// New makes the service on a migrated database.
func New(n Needs) *Service {
	return &Service{db: n.DB, clock: n.Clock, audit: n.Audit, people: n.People, store: newStore(n.DB)}
}

// Plans lists what can be subscribed in a space, in its order.
func (s *Service) Plans(ctx context.Context, space id.ID) ([]Plan, error) {
	plans, err := s.store.plans(ctx, space)
	return plans, fault.Wrap(err, "plans of %s", space)
}

// AddPlan adds a plan to what a space offers. The ID is made here if there is none.
func (s *Service) AddPlan(ctx context.Context, by actor.Actor, p Plan) (Plan, error) {
	if err := by.May("plan.edit", p.SpaceID, "", nil); err != nil {
		return Plan{}, err
	}
	if err := p.check(); err != nil {
		return Plan{}, err
	}
	if p.ID == "" {
		p.ID = id.New()
	}
	p.Version = 1
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertPlan(ctx, p); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, p.SpaceID, "plan.edit", p.ID, map[string]any{"code": p.Code})
	})
	return p, fault.Wrap(err, "add a plan")
}

// EditPlan changes what a plan is called, costs and gives, for those who have it
// too; its code stays. ErrStale if it changed since p.Version was looked at.
func (s *Service) EditPlan(ctx context.Context, by actor.Actor, p Plan) (Plan, error) {
	if err := by.May("plan.edit", p.SpaceID, "", nil); err != nil {
		return Plan{}, err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		was, err := s.store.plan(ctx, p.SpaceID, p.ID)
		if err != nil {
			return err
		}
		p.Code = was.Code
		if err := p.check(); err != nil {
			return err
		}
		if err := s.store.updatePlan(ctx, p); err != nil {
			return err
		}
		p.Version++
		return s.audit.Record(ctx, by, p.SpaceID, "plan.edit", p.ID, map[string]any{"before": was, "after": p})
	})
	return p, fault.Wrap(err, "edit plan %s", p.ID)
}

// Subscribe starts a run of a plan at from, until a moment or, where that is
// zero, until it is ended. A person has one plan at a time in a space: the run
// that is on at from ends there. A run that begins later stands in the way of
// one that would reach it (ErrRunLater).
func (s *Service) Subscribe(ctx context.Context, by actor.Actor, space, member, plan id.ID, from, until clock.Instant) (Membership, error) {
	if err := by.May("membership.edit", space, "", nil); err != nil {
		return Membership{}, err
	}
	var m Membership
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.people.Person(ctx, space, member); err != nil {
			return err
		}
		var err error
		m, err = s.subscribe(ctx, by, Membership{MemberID: member, SpaceID: space, PlanID: plan, StartsAt: from, EndsAt: until})
		return err
	})
	return m, fault.Wrap(err, "subscribe %s", member)
}

func (s *Service) subscribe(ctx context.Context, by actor.Actor, m Membership) (Membership, error) {
	m.ID, m.CreatedAt = id.New(), s.clock.Now()
	if !m.EndsAt.IsZero() && !m.EndsAt.After(m.StartsAt) {
		return m, ErrRunEnds
	}
	if _, err := s.store.plan(ctx, m.SpaceID, m.PlanID); err != nil {
		return m, err
	}
	if err := s.db.Lock(ctx, "members", m.MemberID); err != nil {
		return m, err
	}
	runs, err := s.store.runs(ctx, m.SpaceID, m.MemberID)
	if err != nil {
		return m, err
	}
	for _, r := range runs {
		switch {
		case r.StartsAt.Equal(m.StartsAt) && r.Runs(m.StartsAt): // it would be left without a second
			err = s.store.deleteMembership(ctx, r.ID)
		case r.Runs(m.StartsAt):
			err = s.store.endMembership(ctx, r.ID, m.StartsAt)
		case r.StartsAt.After(m.StartsAt) && (m.EndsAt.IsZero() || m.EndsAt.After(r.StartsAt)):
			err = ErrRunLater
		}
		if err != nil {
			return m, err
		}
	}
	if err := s.store.insertMembership(ctx, m); err != nil {
		return m, err
	}
	return m, s.audit.Record(ctx, by, m.SpaceID, "membership.edit", m.MemberID, map[string]any{"plan": m.PlanID, "starts": m.StartsAt, "ends": m.EndsAt})
}

// Unsubscribe ends a run of a plan at a moment; one that would only start then
// or later is taken away altogether.
func (s *Service) Unsubscribe(ctx context.Context, by actor.Actor, space, membership id.ID, at clock.Instant) error {
	if err := by.May("membership.edit", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.store.membership(ctx, space, membership)
		if err != nil {
			return err
		}
		if err := s.db.Lock(ctx, "members", m.MemberID); err != nil {
			return err
		}
		// Read again: it may have been ended while we waited for the lock.
		if m, err = s.store.membership(ctx, space, membership); err != nil {
			return err
		}
		switch {
		case !m.EndsAt.IsZero() && !m.EndsAt.After(at):
			return ErrRunEnded
		case !m.StartsAt.Before(at):
			err = s.store.deleteMembership(ctx, m.ID)
		default:
			err = s.store.endMembership(ctx, m.ID, at)
		}
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "membership.edit", m.MemberID, map[string]any{"plan": m.PlanID, "ended": at})
	}), "end membership %s", membership)
}

// Terms are what a member has of their plan in a space at a moment.
func (s *Service) Terms(ctx context.Context, member, space id.ID, at clock.Instant) (Terms, error) {
	runs, err := s.store.runs(ctx, space, member)
	return TermsOf(runs, at), fault.Wrap(err, "terms of %s", member)
}

// Held are a person's runs of plans, the latest first, for the parts of the house
// that have asked already who may see them. The list is shared by all who ask.
func (s *Service) Held(ctx context.Context, space, member id.ID) ([]Run, error) {
	runs, err := s.store.runs(ctx, space, member)
	return runs, fault.Wrap(err, "memberships of %s", member)
}

// Runs are all runs of plans that a member has in a space, the latest first. The
// list is shared by all who ask.
func (s *Service) Runs(ctx context.Context, by actor.Actor, space, member id.ID) ([]Run, error) {
	if err := by.May("member.read", space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	if _, err := s.people.Person(ctx, space, member); err != nil {
		return nil, err
	}
	runs, err := s.store.runs(ctx, space, member)
	return runs, fault.Wrap(err, "memberships of %s", member)
}
