package plans

import (
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

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

// TermsOf is what these runs, the latest first, give at a moment.
func TermsOf(runs []Run, at clock.Instant) Terms {
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
