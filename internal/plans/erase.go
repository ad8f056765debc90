package plans

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase ends what a person subscribed, without a letter and without a charge, and
// takes away what they and staff wrote about it. What was charged stays, of somebody
// without a name. It is asked in the transaction that erases them.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.endAll(ctx, member, s.Clock.Now()); err != nil {
			return err
		}
		return s.store.unsay(ctx, member)
	}), "erase the memberships of %s", member)
}
