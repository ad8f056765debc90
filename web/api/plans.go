package api

import (
	"context"
	"net/http"
	"slices"

	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/plans"
	"guildhall/internal/spaces"
)

// Plan is what can be subscribed in a space.
type Plan struct {
	ID         id.ID     `json:"id"`
	SpaceID    id.ID     `json:"space_id"`
	Code       string    `json:"code"`
	Name       i18n.Text `json:"name"`
	PriceGroup string    `json:"price_group"`
	KeyHolder  bool      `json:"key_holder"`
	Price      Money     `json:"price" doc:"A month."`
	Position   int       `json:"position"`
	Version    int       `json:"version"`
}

// Membership is a run of a plan.
type Membership struct {
	ID       id.ID         `json:"id"`
	MemberID id.ID         `json:"member_id"`
	PlanID   id.ID         `json:"plan_id"`
	StartsAt clock.Instant `json:"starts_at"`
	EndsAt   clock.Instant `json:"ends_at" nullable:"true"`
}

type newPlanInput struct {
	Caller
	Body struct {
		SpaceID    id.ID     `json:"space_id,omitempty"`
		Code       string    `json:"code" minLength:"1" maxLength:"40"`
		Name       i18n.Text `json:"name"`
		PriceGroup string    `json:"price_group" minLength:"1" maxLength:"40"`
		KeyHolder  bool      `json:"key_holder,omitempty"`
		Price      Money     `json:"price" doc:"A month, in the currency of the space."`
		Position   int       `json:"position,omitempty"`
	}
}

type editPlanInput struct {
	Caller
	Of
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		Name       *i18n.Text `json:"name,omitempty"`
		PriceGroup *string    `json:"price_group,omitempty" minLength:"1" maxLength:"40"`
		KeyHolder  *bool      `json:"key_holder,omitempty"`
		Price      *Money     `json:"price,omitempty"`
		Position   *int       `json:"position,omitempty"`
		Version    int        `json:"version,omitempty"`
	}
}

type membershipsInput struct {
	Caller
	Of
	MemberID id.ID `query:"member_id" required:"true"`
}

type subscribeInput struct {
	Caller
	Body struct {
		SpaceID  id.ID  `json:"space_id,omitempty"`
		MemberID id.ID  `json:"member_id"`
		PlanID   id.ID  `json:"plan_id"`
		StartsOn string `json:"starts_on,omitempty" format:"date" doc:"A day of the space; without it, now."`
	}
}

// plans has what can be subscribed, and who has.
func (a *API) plans() {
	register(a, "public.read", http.MethodGet, "/plans", "The plans of a space", http.StatusOK,
		func(ctx context.Context, in *listInput) (*body[List[Plan]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Plans.Plans(ctx, s.ID)
			if err != nil {
				return nil, err
			}
			return part(each(all, plan), in.Part, func(p Plan) string { return p.ID.String() })
		})
	register(a, "plan.edit", http.MethodPost, "/plans", "Add a plan", http.StatusCreated,
		func(ctx context.Context, in *newPlanInput) (*body[Plan], error) {
			b := in.Body
			s, err := a.space(ctx, in.who.by, b.SpaceID)
			if err != nil {
				return nil, err
			}
			price, err := inCurrency(s, b.Price)
			if err != nil {
				return nil, err
			}
			p, err := a.Plans.AddPlan(ctx, in.who.by, plans.Plan{
				SpaceID: s.ID, Code: b.Code, Name: b.Name, PriceGroup: b.PriceGroup, KeyHolder: b.KeyHolder,
				PriceMinor: price.Minor, Currency: price.Currency, Position: int64(b.Position),
			})
			return said(plan(p)), err
		})
	register(a, "plan.edit", http.MethodPatch, "/plans/{id}", "Change a plan", http.StatusOK, a.editPlan)
	register(a, "member.read", http.MethodGet, "/memberships", "The runs of plans that a person has here, the latest first", http.StatusOK,
		func(ctx context.Context, in *membershipsInput) (*body[List[Membership]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			runs, err := a.Plans.Runs(ctx, in.who.by, s.ID, in.MemberID)
			return list(each(runs, func(r plans.Run) Membership { return membership(r.Membership) }), ""), err
		})
	register(a, "membership.edit", http.MethodPost, "/memberships", "Start a run of a plan", http.StatusCreated, a.subscribe)
}

func (a *API) editPlan(ctx context.Context, in *editPlanInput) (*body[Plan], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	all, err := a.Plans.Plans(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(p plans.Plan) bool { return p.ID == in.ID })
	if i < 0 {
		return nil, plans.ErrNoSuchPlan
	}
	p, b := all[i], in.Body
	seen, err := in.version(b.Version)
	if err != nil {
		return nil, err
	}
	if seen != 0 {
		p.Version = int64(seen)
	}
	price, err := inCurrency(s, deref(b.Price, moneyOf(money.Of(p.PriceMinor, s.Currency))))
	if err != nil {
		return nil, err
	}
	p.Name, p.PriceGroup, p.KeyHolder = deref(b.Name, p.Name), deref(b.PriceGroup, p.PriceGroup), deref(b.KeyHolder, p.KeyHolder)
	p.PriceMinor, p.Currency, p.Position = price.Minor, price.Currency, int64(deref(b.Position, int(p.Position)))
	p, err = a.Plans.EditPlan(ctx, in.who.by, p)
	return said(plan(p)), err
}

// inCurrency is a price, which is in the currency of its space.
func inCurrency(s spaces.Space, m Money) (money.Amount, error) {
	if m.Currency != s.Currency {
		return money.Amount{}, booking.ErrPriceCurrency.On("price.currency")
	}
	return money.Of(m.Amount, m.Currency), nil
}

func (a *API) subscribe(ctx context.Context, in *subscribeInput) (*body[Membership], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	from := a.Clock.Now()
	if in.Body.StartsOn != "" {
		day, err := dayOf("starts_on", in.Body.StartsOn)
		if err != nil {
			return nil, err
		}
		from = day.Start(s.Location())
	}
	m, err := a.Plans.Subscribe(ctx, in.who.by, s.ID, in.Body.MemberID, in.Body.PlanID, from, clock.Instant{})
	return said(membership(m)), err
}

func plan(p plans.Plan) Plan {
	return Plan{p.ID, p.SpaceID, p.Code, p.Name, p.PriceGroup, p.KeyHolder, moneyOf(p.Price()), int(p.Position), int(p.Version)}
}

func membership(m plans.Membership) Membership {
	return Membership{m.ID, m.MemberID, m.PlanID, m.StartsAt, m.EndsAt}
}
