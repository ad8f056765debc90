package spaces

import (
	"context"
	"errors"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// What spaces needs of others, in its own words.
type (
	// Founder makes what a blueprint describes: plans, areas, certifications,
	// resources with their rules and prices, each by the domain that owns it.
	Founder interface {
		Furnish(ctx context.Context, by actor.Actor, space Space, b Blueprint) error
	}
	// Accounts makes people who can sign in.
	Accounts interface {
		// CheckOwner says everything that can't be so about an account that is to be
		// made, on the fields owner_name, owner_email and owner_password.
		CheckOwner(o OwnerAccount) error
		// MakeOwner makes the account, confirmed, and gives it the owner's standing in the space.
		MakeOwner(ctx context.Context, space id.ID, o OwnerAccount) (member id.ID, err error)
		// Appoint gives a known person the owner's standing in the space.
		Appoint(ctx context.Context, space, member id.ID) error
	}
	// Prices knows what is counted in money.
	Prices interface {
		// Priced reports whether anything of a space is in this currency: a plan that
		// costs something, a price of a resource, a booking.
		Priced(ctx context.Context, space id.ID, currency string) (bool, error)
	}
	// Audit writes down who did what.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, op actor.Operation, subject id.ID, detail any) error
	}
)

// Operations of the authorisation table that this package asks for.
const (
	opRead   actor.Operation = "public.read"
	opEdit   actor.Operation = "space.edit"
	opFront  actor.Operation = "front.edit"
	opCreate actor.Operation = "space.create"
)

// Service is what one can do with spaces.
type Service struct {
	db       *db.DB
	clock    clock.Clock
	store    store
	founder  Founder
	accounts Accounts
	prices   Prices
	audit    Audit
}

// New makes the service. founder and accounts are asked only when a space is set up.
func New(d *db.DB, c clock.Clock, founder Founder, accounts Accounts, prices Prices, audit Audit) *Service {
	return &Service{db: d, clock: c, store: newStore(d), founder: founder, accounts: accounts, prices: prices, audit: audit}
}

// Spaces lists every space of the installation in the order it was given.
func (s *Service) Spaces(ctx context.Context, by actor.Actor) ([]Space, error) {
	all, err := s.store.spaces(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "list spaces")
	}
	return slices.DeleteFunc(all, func(sp Space) bool { return by.May(opRead, sp.ID, "", ErrNoSuchSpace) != nil }), nil
}

// Space finds one by its id.
func (s *Service) Space(ctx context.Context, by actor.Actor, space id.ID) (Space, error) {
	if err := by.May(opRead, space, "", ErrNoSuchSpace); err != nil {
		return Space{}, err
	}
	sp, err := s.store.space(ctx, space)
	return sp, fault.Wrap(err, "space %s", space)
}

// SpaceAt finds one by the slug in its address.
func (s *Service) SpaceAt(ctx context.Context, by actor.Actor, slug string) (Space, error) {
	sp, err := s.store.spaceAt(ctx, slug)
	if err != nil {
		return Space{}, fault.Wrap(err, "space at %q", slug)
	}
	return sp, by.May(opRead, sp.ID, "", ErrNoSuchSpace)
}

// Edit changes what a space says about itself. It refuses a copy that has grown
// old with ErrStale, and another currency than things have their price in with
// ErrPriced.
func (s *Service) Edit(ctx context.Context, by actor.Actor, space id.ID, d Details) (Space, error) {
	if err := by.May(opEdit, space, "", ErrNoSuchSpace); err != nil {
		return Space{}, err
	}
	d = d.tidy()
	if err := d.check(); err != nil {
		return Space{}, err
	}
	var now Space
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		before, err := s.store.space(ctx, space)
		if err != nil {
			return err
		}
		if before.Version != d.Version {
			return ErrStale
		}
		if d.Currency != before.Currency {
			priced, err := s.prices.Priced(ctx, space, before.Currency)
			if err != nil {
				return err
			}
			if priced {
				return ErrPriced.With("Currency", before.Currency)
			}
		}
		if err := s.slugFree(ctx, d.Slug, space); err != nil {
			return err
		}
		now = before
		now.Name, now.About, now.Slug, now.Country, now.Address = d.Name, d.About, d.Slug, d.Country, d.Address
		now.Email, now.Phone, now.Zone, now.Currency = d.Email, d.Phone, d.Zone, d.Currency
		if err := s.store.update(ctx, now); err != nil {
			return err
		}
		now.Version++
		return s.audit.Record(ctx, by, space, opEdit, space, map[string]any{"before": before, "after": now})
	})
	return now, fault.Wrap(mapped(err), "edit space %s", space)
}

// Hours are the openings of every week, Monday first.
func (s *Service) Hours(ctx context.Context, by actor.Actor, space id.ID) ([]Hours, error) {
	if err := by.May(opRead, space, "", ErrNoSuchSpace); err != nil {
		return nil, err
	}
	hours, err := s.store.hours(ctx, space)
	return hours, fault.Wrap(err, "hours of %s", space)
}

// SetHours replaces the openings of every week. version is that of the space
// whose hours were shown; it grows, as the hours are part of what was seen.
func (s *Service) SetHours(ctx context.Context, by actor.Actor, space id.ID, version int, week []Hours) error {
	if err := by.May(opEdit, space, "", ErrNoSuchSpace); err != nil {
		return err
	}
	if err := CheckHours(week); err != nil {
		return err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		sp, err := s.store.space(ctx, space)
		if err != nil {
			return err
		}
		if sp.Version != version {
			return ErrStale
		}
		if err := s.store.update(ctx, sp); err != nil {
			return err
		}
		if err := s.store.replaceHours(ctx, space, week); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, opEdit, space, map[string]any{"hours": week})
	})
	return fault.Wrap(err, "set hours of %s", space)
}

// Holidays are the special days from this day on, in order.
func (s *Service) Holidays(ctx context.Context, by actor.Actor, space id.ID, from clock.Day) ([]Holiday, error) {
	if err := by.May(opRead, space, "", ErrNoSuchSpace); err != nil {
		return nil, err
	}
	days, err := s.store.holidays(ctx, space, from)
	return days, fault.Wrap(err, "special days of %s", space)
}

// AddHoliday closes the space on a day, or gives that day its own hours. A day
// can be special only once, and only before it is over; the house alone brings
// a past along.
func (s *Service) AddHoliday(ctx context.Context, by actor.Actor, space id.ID, h Holiday) (Holiday, error) {
	if err := by.May(opEdit, space, "", ErrNoSuchSpace); err != nil {
		return Holiday{}, err
	}
	if err := h.check(); err != nil {
		return Holiday{}, err
	}
	h.ID, h.SpaceID = id.New(), space
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		sp, err := s.store.space(ctx, space)
		if err != nil {
			return err
		}
		if h.Day < clock.DayOf(s.clock.Now(), sp.Location()) && !by.IsHouse() {
			return errDayOver
		}
		if err := s.store.addHoliday(ctx, h); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, opEdit, h.ID, map[string]any{"special_day": h})
	})
	return h, fault.Wrap(mapped(err), "add special day %s to %s", h.Day, space)
}

// RemoveHoliday makes a day like the others of its week again, and says what it was.
func (s *Service) RemoveHoliday(ctx context.Context, by actor.Actor, space, holiday id.ID) (Holiday, error) {
	if err := by.May(opEdit, space, "", ErrNoSuchSpace); err != nil {
		return Holiday{}, err
	}
	var was Holiday
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if was, err = s.store.holiday(ctx, space, holiday); err != nil {
			return err
		}
		if err := s.store.removeHoliday(ctx, space, holiday); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, opEdit, holiday, map[string]any{"special_day": "removed"})
	})
	return was, fault.Wrap(err, "remove special day %s of %s", holiday, space)
}

// Calendar is when the space is open. Anyone may know, so it asks for no actor. It
// is shared: look at it, don't change it.
func (s *Service) Calendar(ctx context.Context, space id.ID) (Calendar, error) {
	c, err := s.store.calendar(ctx, space)
	return c, fault.Wrap(err, "calendar of %s", space)
}

// slugFree refuses the address of another space.
func (s *Service) slugFree(ctx context.Context, slug string, own id.ID) error {
	other, err := s.store.spaceAt(ctx, slug)
	switch {
	case errors.Is(err, ErrNoSuchSpace):
		return nil
	case err != nil:
		return err
	case other.ID != own:
		return ErrSlugTaken
	}
	return nil
}

// mapped turns the database's second wall into the refusal of the first.
func mapped(err error) error {
	var dup *db.Duplicate
	if !errors.As(err, &dup) {
		return err
	}
	switch dup.Constraint {
	case "holidays_day_key":
		return ErrDayTaken
	case "spaces_slug_key":
		return ErrSlugTaken
	}
	return err
}
