package booking

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// MembershipEnded marks a booking that was made with a membership that has ended since.
const MembershipEnded = "membership_ended"

// Lapse does with what a member has booked from a moment on as their space has
// chosen for a membership that has ended: cancels it, however late it is for that, or marks it.
// What is in use goes on.
func (s *Service) Lapse(ctx context.Context, space, member id.ID, from clock.Instant, cancel bool) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if !cancel {
			return s.store.flag(ctx, space, member, from, MembershipEnded)
		}
		ahead, err := s.store.ahead(ctx, space, member, from)
		if err != nil {
			return err
		}
		aside := &Override{Rules: []string{CancelTooLate}, Reason: "The membership has ended."}
		for _, b := range ahead {
			if _, err := s.Cancel(ctx, actor.House, Cancellation{Booking: b.ID, Version: b.Version, Override: aside}); err != nil {
				return err
			}
		}
		return nil
	}), "bookings of %s after their membership", member)
}

// Unmark takes the marks of Lapse off again: their membership goes on.
func (s *Service) Unmark(ctx context.Context, space, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		return s.store.unflag(ctx, space, member, MembershipEnded)
	}), "bookings of %s", member)
}
