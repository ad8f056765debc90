package booking

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase lets go of what a person still holds, and takes away what was written about
// their bookings. The bookings stay: whose they were is nobody's name any more. It
// is asked in the transaction that erases the person.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		held, err := s.store.stillHeld(ctx, member)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			if err := s.store.vacate(ctx, held...); err != nil {
				return err
			}
			if err := s.store.giveUp(ctx, held, s.Clock.Now()); err != nil {
				return err
			}
		}
		return s.store.unsay(ctx, member)
	}), "erase the bookings of %s", member)
}

// Using reports whether a person uses something at this moment.
func (s *Service) Using(ctx context.Context, member id.ID) (bool, error) {
	using, err := s.store.using(ctx, member)
	return using, fault.Wrap(err, "what %s uses", member)
}

// Diary is all of a member's bookings as an iCalendar, the cancelled ones too.
func (s *Service) Diary(ctx context.Context, locale string, member id.ID) (string, error) {
	bookings, err := s.store.ofMember(ctx, member)
	if err != nil {
		return "", fault.Wrap(err, "diary of %s", member)
	}
	text, err := s.calendar(ctx, locale, bookings)
	return text, fault.Wrap(err, "diary of %s", member)
}
