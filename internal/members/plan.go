package members

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

var (
	// ErrNoSuchPlan is the answer where a space has no such plan.
	ErrNoSuchPlan = fault.NotFound("members.no_such_plan", "There is no such plan here.").On("plan")
	// ErrPlanCodeTaken refuses a second plan of the same code.
	ErrPlanCodeTaken = fault.Conflict("members.plan_code_taken", "There is a plan with this code already.").On("code")
	// ErrPlanPrice refuses a price that can't be.
	ErrPlanPrice = fault.Invalid("price", "members.plan_price", "Give a price for the month, 0 or more.")
	// ErrPlanBad refuses a plan without a code or a name.
	ErrPlanBad = fault.Invalid("name", "members.plan_bad", "A plan has a code and a name.")
	// ErrRunEnds refuses a run of a plan that ends before it starts.
	ErrRunEnds = fault.Invalid("ends", "members.run_ends", "A membership ends after it starts.")
	// ErrRunLater refuses a run that would run into one that starts later.
	ErrRunLater = fault.Conflict("members.run_later", "Another plan starts while this one would run. End this one before, or end that one.").On("plan")
	// ErrNoSuchMembership is the answer where there is no such run of a plan.
	ErrNoSuchMembership = fault.NotFound("members.no_such_membership", "There is no such membership here.")
	// ErrRunEnded refuses to end what has ended.
	ErrRunEnded = fault.Conflict("members.run_ended", "This membership has ended already.")
)

// Guest is the price group of everyone without a plan.
const Guest = "guest"

// Plan is what can be subscribed in a space.
type Plan struct {
	ID         id.ID
	SpaceID    id.ID
	Code       string // "maker", unique in the space
	Name       i18n.Text
	PriceGroup string // which prices its holders pay: guest | member | …
	KeyHolder  bool   // has the longer hours
	PriceMinor int64  // a month
	Currency   string
	Position   int64 // the order in which a space shows its plans
	Version    int64
}

// check says what can't be of a plan.
func (p Plan) check() error {
	var wrong fault.Many
	if p.Code == "" || p.Name.Empty() || p.PriceGroup == "" {
		wrong.Add(ErrPlanBad)
	}
	if p.PriceMinor < 0 {
		wrong.Add(ErrPlanPrice)
	}
	return wrong.Err()
}

// Price is what the plan costs a month.
func (p Plan) Price() money.Amount { return money.Of(p.PriceMinor, p.Currency) }

// Membership is one member's run of a plan, [StartsAt, EndsAt).
type Membership struct {
	ID        id.ID
	MemberID  id.ID
	SpaceID   id.ID
	PlanID    id.ID
	StartsAt  clock.Instant
	EndsAt    clock.Instant // zero: until it is ended
	CreatedAt clock.Instant
}

// Runs reports whether the membership runs at this moment.
func (m Membership) Runs(at clock.Instant) bool {
	return !at.Before(m.StartsAt) && (m.EndsAt.IsZero() || at.Before(m.EndsAt))
}

// Run is a membership with the plan it is a run of.
type Run struct {
	Membership
	Plan Plan
}

// Terms are what a person has of their plan at a moment. Someone without a plan
// is a Guest and no key holder.
type Terms struct {
	PlanID     id.ID // empty: no plan
	PlanCode   string
	PlanName   i18n.Text
	PriceGroup string
	KeyHolder  bool
	Until      clock.Instant // when these terms end at the latest; zero: not known to end
}

// Active reports whether a membership runs.
func (t Terms) Active() bool { return t.PlanID != "" }

// terms is what these runs give at a moment.
func terms(runs []Run, at clock.Instant) Terms {
	t := Terms{PriceGroup: Guest}
	for _, r := range runs {
		if r.Runs(at) {
			return Terms{
				PlanID: r.PlanID, PlanCode: r.Plan.Code, PlanName: r.Plan.Name,
				PriceGroup: r.Plan.PriceGroup, KeyHolder: r.Plan.KeyHolder, Until: r.EndsAt,
			}
		}
		if r.StartsAt.After(at) && (t.Until.IsZero() || r.StartsAt.Before(t.Until)) {
			t.Until = r.StartsAt
		}
	}
	return t
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
		if _, err := s.store.standing(ctx, space, member); err != nil {
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
	return terms(runs, at), fault.Wrap(err, "terms of %s", member)
}
