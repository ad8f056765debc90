package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Rule is one booking rule.
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
	ID      id.ID  `path:"id"`
	IfMatch string `header:"If-Match"`
	Body    struct {
		Rules []Rule `json:"rules"`
	}
}

// Scoped says whose rules are meant: an area's, a kind's, or, with neither, the space's.
type Scoped struct {
	ID     id.ID  `path:"id"`
	AreaID id.ID  `query:"area_id" doc:"The rules of this work area."`
	Kind   string `query:"kind" doc:"The rules of this kind of resource."`
}

type scopeInput struct {
	Caller
	Scoped
}

type scopeRulesInput struct {
	Caller
	Scoped
	IfMatch string `header:"If-Match"`
	Body    struct {
		Rules []Rule `json:"rules"`
	}
}

type pricesInput struct {
	Caller
	ID      id.ID  `path:"id"`
	IfMatch string `header:"If-Match"`
	Body    struct {
		Prices []Price `json:"prices"`
	}
}

// marked is a list that is set as a whole, with its state.
type marked[T any] struct {
	ETag string `header:"ETag" doc:"Send it as If-Match when you set the list: if it has changed meanwhile, it is 409."`
	Body List[T]
}

func markedList[T any](items []T, state booking.Mark) *marked[T] {
	return &marked[T]{`"` + string(state) + `"`, list(items, "").Body}
}

// seen is the state of a list that a client says it has seen; none is any.
func seen(ifMatch string) booking.Mark {
	if ifMatch == "*" {
		return ""
	}
	return booking.Mark(strings.Trim(strings.TrimPrefix(ifMatch, "W/"), `" `))
}

// settings has what managers set: the rules of a space, its areas, kinds and
// resources, and a resource's prices.
func (a *API) settings() {
	register(a, "availability.read", http.MethodGet, "/resources/{id}/rules", "Every rule that speaks of a resource; the state is that of its own", http.StatusOK,
		func(ctx context.Context, in *idInput) (*marked[Rule], error) {
			rules, err := a.Booking.RulesFor(ctx, in.who.by, in.ID)
			own := slices.DeleteFunc(slices.Clone(rules), func(r booking.Rule) bool { return r.Scope.Resource != in.ID })
			return markedList(each(rules, ruleOut(in.Caller)), booking.MarkOfRules(own)), err
		})
	register(a, "rules.edit", http.MethodPut, "/resources/{id}/rules", "Replace a resource's own rules", http.StatusOK,
		func(ctx context.Context, in *rulesInput) (*marked[Rule], error) {
			r, err := a.Equipment.Resource(ctx, in.who.by, in.ID)
			if err != nil {
				return nil, err
			}
			scope := booking.Scope{Space: r.SpaceID, Resource: r.ID}
			if err := a.Booking.ReviseRules(ctx, in.who.by, scope, seen(in.IfMatch), each(in.Body.Rules, ruleIn)); err != nil {
				return nil, err
			}
			rules, err := a.Booking.Rules(ctx, in.who.by, scope)
			return markedList(each(rules, ruleOut(in.Caller)), booking.MarkOfRules(rules)), err
		})
	register(a, "availability.read", http.MethodGet, "/spaces/{id}/rules", "The rules of a space, or of one of its areas or kinds", http.StatusOK,
		func(ctx context.Context, in *scopeInput) (*marked[Rule], error) {
			scope, err := a.scope(ctx, in.who.by, in.Scoped)
			if err != nil {
				return nil, err
			}
			rules, err := a.Booking.Rules(ctx, in.who.by, scope)
			return markedList(each(rules, ruleOut(in.Caller)), booking.MarkOfRules(rules)), err
		})
	register(a, "rules.edit", http.MethodPut, "/spaces/{id}/rules", "Replace the rules of a space, or of one of its areas or kinds", http.StatusOK,
		func(ctx context.Context, in *scopeRulesInput) (*marked[Rule], error) {
			scope, err := a.scope(ctx, in.who.by, in.Scoped)
			if err != nil {
				return nil, err
			}
			if err := a.Booking.ReviseRules(ctx, in.who.by, scope, seen(in.IfMatch), each(in.Body.Rules, ruleIn)); err != nil {
				return nil, err
			}
			rules, err := a.Booking.Rules(ctx, in.who.by, scope)
			return markedList(each(rules, ruleOut(in.Caller)), booking.MarkOfRules(rules)), err
		})
	register(a, "availability.read", http.MethodGet, "/resources/{id}/prices", "A resource's prices, in the order they are read", http.StatusOK,
		func(ctx context.Context, in *idInput) (*marked[Price], error) {
			prices, err := a.Booking.Prices(ctx, in.who.by, in.ID)
			return markedList(each(prices, priceOut), booking.MarkOfPrices(prices)), err
		})
	register(a, "rules.edit", http.MethodPut, "/resources/{id}/prices", "Replace a resource's prices", http.StatusOK,
		func(ctx context.Context, in *pricesInput) (*marked[Price], error) {
			if err := a.Booking.RevisePrices(ctx, in.who.by, in.ID, seen(in.IfMatch), each(in.Body.Prices, priceIn)); err != nil {
				return nil, err
			}
			prices, err := a.Booking.Prices(ctx, in.who.by, in.ID)
			return markedList(each(prices, priceOut), booking.MarkOfPrices(prices)), err
		})
}

// scope is what is meant, where there is such a space and area.
func (a *API) scope(ctx context.Context, by actor.Actor, of Scoped) (booking.Scope, error) {
	s, err := a.Spaces.Space(ctx, by, of.ID)
	if err == nil && of.AreaID != "" {
		_, err = a.Equipment.Area(ctx, by, s.ID, of.AreaID)
	}
	return booking.Scope{Space: s.ID, Area: of.AreaID, Kind: of.Kind}, err
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
