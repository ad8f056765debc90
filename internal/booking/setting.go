package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Mark is the state in which somebody saw a list of rules or prices. It is
// another when anything in it has changed; the empty Mark is any state.
type Mark string

// MarkOfRules is the state of the rules of one scope, as Rules gives them.
func MarkOfRules(rules []Rule) Mark { return markOf(rules) }

// MarkOfPrices is the state of a resource's list, as Prices gives it.
func MarkOfPrices(prices []Price) Mark { return markOf(prices) }

func markOf[T any](list []T) Mark {
	h := sha256.New()
	for _, row := range list {
		fmt.Fprintf(h, "%+v\n", row)
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
	rules, err := s.AllRules(ctx, by, scope.Space)
	return slices.DeleteFunc(rules, func(r Rule) bool { return r.Scope != scope }), err
}

// AllRules lists every rule of a space, whatever it speaks of.
func (s *Service) AllRules(ctx context.Context, by actor.Actor, space id.ID) ([]Rule, error) {
	if err := by.May("availability.read", space, "", nil); err != nil {
		return nil, err
	}
	rules, err := s.named(ctx)(s.store.rules(ctx, space))
	return rules, fault.Wrap(err, "rules of %s", space)
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
	rules, err := s.named(ctx)(s.store.rulesAbout(ctx, r.SpaceID, []Resource{r}))
	return rules, fault.Wrap(err, "rules for %s", resource)
}

// named gives rules the names of what must be booked first.
func (s *Service) named(ctx context.Context) func([]Rule, error) ([]Rule, error) {
	return func(rules []Rule, err error) ([]Rule, error) {
		rules = slices.Clone(rules) // the list may be shared
		for i, r := range rules {
			if r.Kind != FirstRule {
				continue
			}
			first, err := s.Equipment.Resource(ctx, r.Params.Resource)
			if err != nil {
				return nil, fault.Wrap(err, "resource %s", r.Params.Resource)
			}
			rules[i].First = first.Name
		}
		return rules, err
	}
}

// SetRules is ReviseRules of whatever rules there are.
func (s *Service) SetRules(ctx context.Context, by actor.Actor, scope Scope, rules []Rule) error {
	return s.ReviseRules(ctx, by, scope, "", rules)
}

// ReviseRules replaces the rules of exactly this scope, or says what is wrong with
// them; ErrListStale if they are no longer as they were seen. Their ids and scopes
// need not be given, but a rule that stays keeps its id; no hours at all are the
// whole day.
func (s *Service) ReviseRules(ctx context.Context, by actor.Actor, scope Scope, seen Mark, rules []Rule) error {
	if err := by.May("rules.edit", scope.Space, "", nil); err != nil {
		return err
	}
	if (scope.Area != "" && scope.Kind != "") || (scope.Resource != "" && (scope.Area != "" || scope.Kind != "")) {
		return ErrRuleScope
	}
	if scope.Resource != "" {
		if _, err := s.standing(ctx, scope.Space, scope.Resource); err != nil {
			return err
		}
	}
	rules = slices.Clone(rules)
	for i := range rules {
		r := &rules[i]
		r.Scope = scope
		if r.ID == "" {
			r.ID = id.New()
		}
		if r.FromMin == 0 && r.ToMin == 0 {
			r.ToMin = dayMin
		}
		if err := r.check(); err != nil {
			return err
		}
		if r.Kind == FirstRule {
			first, err := s.standing(ctx, scope.Space, r.Params.Resource)
			if err != nil {
				return err
			}
			if r.speaksOf(first) {
				return ErrRuleItself
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

// standing is a resource that stands in the space.
func (s *Service) standing(ctx context.Context, space, resource id.ID) (Resource, error) {
	r, err := s.Equipment.Resource(ctx, resource)
	if err == nil && r.SpaceID != space {
		err = ErrNoSuchResource
	}
	return r, fault.Wrap(err, "resource %s", resource)
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
