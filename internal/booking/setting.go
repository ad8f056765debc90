package booking

import (
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Rules lists the rules of exactly this scope.
func (s *Service) Rules(ctx context.Context, by actor.Actor, scope Scope) ([]Rule, error) {
	if err := by.May("availability.read", scope.Space, "", nil); err != nil {
		return nil, err
	}
	rules, err := s.store.rules(ctx, scope.Space)
	return slices.DeleteFunc(rules, func(r Rule) bool { return r.Scope != scope }), fault.Wrap(err, "rules of %s", scope.Space)
}

// RulesFor lists every rule that speaks of a resource, its own and those of its
// kind, area and space.
func (s *Service) RulesFor(ctx context.Context, by actor.Actor, resource id.ID) ([]Rule, error) {
	r, err := s.Equipment.Resource(ctx, resource)
	if err != nil {
		return nil, fault.Wrap(err, "resource %s", resource)
	}
	if err := by.May("availability.read", r.SpaceID, "", nil); err != nil {
		return nil, err
	}
	rules, err := s.store.rulesAbout(ctx, r.SpaceID, []Resource{r})
	return slices.Clone(rules), fault.Wrap(err, "rules for %s", resource)
}

// SetRules replaces the rules of exactly this scope, or says what is wrong with
// them. Their ids and scopes need not be given; no hours at all are the whole day.
func (s *Service) SetRules(ctx context.Context, by actor.Actor, scope Scope, rules []Rule) error {
	if err := by.May("rules.edit", scope.Space, "", nil); err != nil {
		return err
	}
	if (scope.Area != "" && scope.Kind != "") || (scope.Resource != "" && (scope.Area != "" || scope.Kind != "")) {
		return ErrRuleScope
	}
	if scope.Resource != "" {
		if err := s.stands(ctx, scope.Space, scope.Resource); err != nil {
			return err
		}
	}
	rules = slices.Clone(rules)
	for i := range rules {
		r := &rules[i]
		r.ID, r.Scope = id.New(), scope
		if r.FromMin == 0 && r.ToMin == 0 {
			r.ToMin = dayMin
		}
		if err := r.check(); err != nil {
			return err
		}
		if r.Kind == FirstRule {
			if err := s.stands(ctx, scope.Space, r.Params.Resource); err != nil {
				return err
			}
		}
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.replaceRules(ctx, scope, rules); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, scope.Space, "rules.edit", scope.subject(), rules)
	}), "set rules of %s", scope.subject())
}

// subject is the id that the scope is about.
func (s Scope) subject() id.ID {
	switch {
	case s.Resource != "":
		return s.Resource
	case s.Area != "":
		return s.Area
	default:
		return s.Space
	}
}

// stands reports whether a resource stands in the space.
func (s *Service) stands(ctx context.Context, space, resource id.ID) error {
	r, err := s.Equipment.Resource(ctx, resource)
	if err == nil && r.SpaceID != space {
		err = ErrNoSuchResource
	}
	return fault.Wrap(err, "resource %s", resource)
}

// Prices is a resource's list, in the order it is read.
func (s *Service) Prices(ctx context.Context, by actor.Actor, resource id.ID) ([]Price, error) {
	r, err := s.Equipment.Resource(ctx, resource)
	if err != nil {
		return nil, fault.Wrap(err, "resource %s", resource)
	}
	if err := by.May("availability.read", r.SpaceID, "", nil); err != nil {
		return nil, err
	}
	lists, err := s.store.prices(ctx, resource)
	return slices.Clone(lists[resource]), fault.Wrap(err, "prices of %s", resource)
}

// Priced reports whether a space has prices or bookings in a currency.
func (s *Service) Priced(ctx context.Context, space id.ID, currency string) (bool, error) {
	priced, err := s.store.priced(ctx, space, currency)
	return priced, fault.Wrap(err, "prices of %s", space)
}

// SetPrices replaces a resource's list. Bookings that exist keep their price. Ids
// need not be given; no hours at all are the whole day.
func (s *Service) SetPrices(ctx context.Context, by actor.Actor, resource id.ID, prices []Price) error {
	r, err := s.Equipment.Resource(ctx, resource)
	if err != nil {
		return fault.Wrap(err, "resource %s", resource)
	}
	if err := by.May("rules.edit", r.SpaceID, "", nil); err != nil {
		return err
	}
	space, err := s.Spaces.Space(ctx, r.SpaceID)
	if err != nil {
		return fault.Wrap(err, "space %s", r.SpaceID)
	}
	prices = slices.Clone(prices)
	for i := range prices {
		p := &prices[i]
		p.ID = id.New()
		if p.FromMin == 0 && p.ToMin == 0 {
			p.ToMin = dayMin
		}
		if err := p.check(space.Currency); err != nil {
			return err
		}
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.replacePrices(ctx, r.SpaceID, resource, prices); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, r.SpaceID, "rules.edit", resource, prices)
	}), "set prices of %s", resource)
}
