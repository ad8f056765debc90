package api

import (
	"context"
	"net/http"

	"guildhall/internal/booking"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Rule is one booking rule of a resource.
type Rule struct {
	Kind     string         `json:"kind"`
	Audience string         `json:"audience,omitempty" doc:"Whom it binds: empty everyone, role:member, group:guest, plan:pro."`
	Weekdays int            `json:"weekdays,omitempty" minimum:"0" maximum:"127" doc:"Bit 0 Monday to bit 6 Sunday; 0 every day."`
	FromMin  int            `json:"from_min" minimum:"0" maximum:"1440" doc:"The hours of the wall it speaks of."`
	ToMin    int            `json:"to_min" minimum:"0" maximum:"1440"`
	Params   booking.Params `json:"params"`
	Sentence string         `json:"sentence,omitempty" readOnly:"true" doc:"As a member reads it."`
}

// Price is a row of a resource's list; the first that fits is taken.
type Price struct {
	Group    string `json:"group,omitempty" doc:"Price group; empty everyone."`
	Weekdays int    `json:"weekdays,omitempty" minimum:"0" maximum:"127"`
	FromMin  int    `json:"from_min" minimum:"0" maximum:"1440"`
	ToMin    int    `json:"to_min" minimum:"0" maximum:"1440"`
	Form     string `json:"form" enum:"per_hour,per_step,flat"`
	StepMin  int    `json:"step_min,omitempty"`
	Price    Money  `json:"price"`
}

type rulesInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		Rules []Rule `json:"rules"`
	}
}

type pricesInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		Prices []Price `json:"prices"`
	}
}

// settings has what managers set: a resource's own rules, and its prices.
func (a *API) settings() {
	register(a, "availability.read", http.MethodGet, "/resources/{id}/rules", "Every rule that speaks of a resource", http.StatusOK,
		func(ctx context.Context, in *idInput) (*body[List[Rule]], error) {
			rules, err := a.Booking.RulesFor(ctx, in.who.by, in.ID)
			return list(each(rules, ruleOut(in.Caller)), ""), err
		})
	register(a, "rules.edit", http.MethodPut, "/resources/{id}/rules", "Replace a resource's own rules", http.StatusOK,
		func(ctx context.Context, in *rulesInput) (*body[List[Rule]], error) {
			r, err := a.Equipment.Resource(ctx, in.who.by, in.ID)
			if err != nil {
				return nil, err
			}
			scope := booking.Scope{Space: r.SpaceID, Resource: r.ID}
			if err := a.Booking.SetRules(ctx, in.who.by, scope, each(in.Body.Rules, ruleIn)); err != nil {
				return nil, err
			}
			rules, err := a.Booking.Rules(ctx, in.who.by, scope)
			return list(each(rules, ruleOut(in.Caller)), ""), err
		})
	register(a, "availability.read", http.MethodGet, "/resources/{id}/prices", "A resource's prices, in the order they are read", http.StatusOK,
		func(ctx context.Context, in *idInput) (*body[List[Price]], error) {
			prices, err := a.Booking.Prices(ctx, in.who.by, in.ID)
			return list(each(prices, priceOut), ""), err
		})
	register(a, "rules.edit", http.MethodPut, "/resources/{id}/prices", "Replace a resource's prices", http.StatusOK,
		func(ctx context.Context, in *pricesInput) (*body[List[Price]], error) {
			if err := a.Booking.SetPrices(ctx, in.who.by, in.ID, each(in.Body.Prices, priceIn)); err != nil {
				return nil, err
			}
			prices, err := a.Booking.Prices(ctx, in.who.by, in.ID)
			return list(each(prices, priceOut), ""), err
		})
}

func ruleIn(r Rule) booking.Rule {
	return booking.Rule{Kind: booking.Kind(r.Kind), Audience: r.Audience, Weekdays: uint8(r.Weekdays), FromMin: r.FromMin, ToMin: r.ToMin, Params: r.Params}
}

func ruleOut(c Caller) func(booking.Rule) Rule {
	printer := c.printer()
	return func(r booking.Rule) Rule {
		return Rule{string(r.Kind), r.Audience, int(r.Weekdays), r.FromMin, r.ToMin, r.Params, r.Sentence(printer)}
	}
}

func priceIn(p Price) booking.Price {
	return booking.Price{
		Group: p.Group, Weekdays: uint8(p.Weekdays), FromMin: p.FromMin, ToMin: p.ToMin, Form: booking.Form(p.Form), StepMin: p.StepMin,
		Amount: money.Of(p.Price.Amount, p.Price.Currency),
	}
}

func priceOut(p booking.Price) Price {
	return Price{p.Group, int(p.Weekdays), p.FromMin, p.ToMin, string(p.Form), p.StepMin, moneyOf(p.Amount)}
}
