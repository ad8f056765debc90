package plans

import (
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

var (
	// ErrNoSuchPlan is the answer where a space has no such plan.
	ErrNoSuchPlan = fault.NotFound("plans.no_such_plan", "There is no such plan here.").On("plan")
	// ErrPlanCodeTaken refuses a second plan of the same code.
	ErrPlanCodeTaken = fault.Conflict("plans.plan_code_taken", "There is a plan with this code already.").On("code")
	// ErrPlanPrice refuses a price that can't be.
	ErrPlanPrice = fault.Invalid("price", "plans.plan_price", "Give a price for the month, 0 or more.")
	// ErrPlanBad refuses a plan without a code or a name.
	ErrPlanBad = fault.Invalid("name", "plans.plan_bad", "A plan has a code and a name.")
	// ErrStale refuses a change to what somebody else changed meanwhile.
	ErrStale = fault.Conflict("plans.stale", "Someone else changed this while you were at it. Look at it again, then change it.")
	// ErrNoSuchMember is the answer where a person is not known in the space.
	ErrNoSuchMember = fault.NotFound("plans.no_such_member", "There is no such person here.")
	// ErrRunEnds refuses a run of a plan that ends before it starts.
	ErrRunEnds = fault.Invalid("ends", "plans.run_ends", "A membership ends after it starts.")
	// ErrRunLater refuses a run that would run into one that starts later.
	ErrRunLater = fault.Conflict("plans.run_later", "Another plan starts while this one would run. End this one before, or end that one.").On("plan")
	// ErrNoSuchMembership is the answer where there is no such run of a plan.
	ErrNoSuchMembership = fault.NotFound("plans.no_such_membership", "There is no such membership here.")
	// ErrRunEnded refuses to end what has ended.
	ErrRunEnded = fault.Conflict("plans.run_ended", "This membership has ended already.")
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
