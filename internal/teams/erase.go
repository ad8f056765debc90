package teams

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase takes a person out of every team, and their address out of what they were
// invited by. It is asked in the transaction that erases them. A team that loses its
// last administrator so is for staff to give another.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.leaveAll(ctx, member, s.Clock.Now()); err != nil {
			return err
		}
		return s.store.unaddress(ctx, member)
	}), "erase the places of %s", member)
}
