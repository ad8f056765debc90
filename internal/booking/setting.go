package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Mark is the state in which somebody saw a list of rules or prices. It is
// another whenever the list is set anew; the empty Mark is any state.
type Mark string

// MarkOfRules is the state of the rules of one scope, as Rules gives them.
func MarkOfRules(rules []Rule) Mark {
	return markOf(rules, func(r Rule) id.ID { return r.ID })
}

// MarkOfPrices is the state of a resource's list, as Prices gives it.
func MarkOfPrices(prices []Price) Mark {
	return markOf(prices, func(p Price) id.ID { return p.ID })
}

// markOf goes by the ids alone: whoever sets a list gives each row a new one.
func markOf[T any](list []T, key func(T) id.ID) Mark {
	h := sha256.New()
	for _, row := range list {
		h.Write([]byte(key(row) + "\n"))
	}
	return Mark(hex.EncodeToString(h.Sum(nil)[:12]))
}

// ErrListStale refuses to set a list that has changed since it was read.
var ErrListStale = fault.Conflict("booking.list_stale", "This list has changed since you opened it. Here is how it is now; make your change again.")

// since refuses what was decided on another state of a list than this.
func (m Mark) since(now Mark) error {
	if m != "" && m != now {
		return ErrListStale
	}
	return nil
}

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

// SetRules is ReviseRules of whatever rules there are.
func (s *Service) SetRules(ctx context.Context, by actor.Actor, scope Scope, rules []Rule) error {
	return s.ReviseRules(ctx, by, scope, "", rules)
}

// ReviseRules replaces the rules of exactly this scope, or says what is wrong with
// them; ErrListStale if they are no longer as they were seen. Their ids and scopes
// need not be given; no hours at all are the whole day.
func (s *Service) ReviseRules(ctx context.Context, by actor.Actor, scope Scope, seen Mark, rules []Rule) error {
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
		if err := s.lockScope(ctx, scope); err != nil {
			return err
		}
		now, err := s.Rules(ctx, by, scope)
		if err != nil {
			return err
		}
		if err := seen.since(MarkOfRules(now)); err != nil {
			return err
		}
		if err := s.store.replaceRules(ctx, scope, rules); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, scope.Space, "rules.edit", scope.subject(), rules)
	}), "set rules of %s", scope.subject())
}

// lockScope keeps others from setting what this scope has until the transaction ends.
func (s *Service) lockScope(ctx context.Context, scope Scope) error {
	if scope.Resource != "" {
		return s.DB.Lock(ctx, "resources", scope.Resource)
	}
	return s.DB.Lock(ctx, "spaces", scope.Space)
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

// SetPrices is RevisePrices of whatever prices there are.
func (s *Service) SetPrices(ctx context.Context, by actor.Actor, resource id.ID, prices []Price) error {
	return s.RevisePrices(ctx, by, resource, "", prices)
}

// RevisePrices replaces a resource's list; ErrListStale if it is no longer as it
// was seen. Bookings that exist keep their price. Ids need not be given; no hours
// at all are the whole day.
func (s *Service) RevisePrices(ctx context.Context, by actor.Actor, resource id.ID, seen Mark, prices []Price) error {
	r, err := s.Equipment.Resource(ctx, resource)
	if err != nil {
		return fault.Wrap(err, "resource %s", resource)
	}
	if err := by.May("rules.edit", r.SpaceID, "", nil); err != nil {
		return err
	}
	prices = slices.Clone(prices)
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		// The space too: its currency must not change meanwhile.
		if err := s.DB.Lock(ctx, "spaces", r.SpaceID); err != nil {
			return err
		}
		space, err := s.Spaces.Space(ctx, r.SpaceID)
		if err != nil {
			return err
		}
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
		if err := s.DB.Lock(ctx, "resources", resource); err != nil {
			return err
		}
		now, err := s.store.prices(ctx, resource)
		if err != nil {
			return err
		}
		if err := seen.since(MarkOfPrices(now[resource])); err != nil {
			return err
		}
		if err := s.store.replacePrices(ctx, r.SpaceID, resource, prices); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, r.SpaceID, "rules.edit", resource, prices)
	}), "set prices of %s", resource)
}
