package plans

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase ends what a person subscribed, without a letter and without a charge but for
// the deposits that they get back, and takes away what they and staff wrote about it.
// What was charged stays, of somebody without a name. It is asked in the transaction
// that erases them.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		held, err := s.store.deposits(ctx, member)
		if err != nil {
			return err
		}
		for _, m := range held {
			at, err := s.Spaces.Space(ctx, m.SpaceID)
			if err != nil {
				return err
			}
			if err := s.giveDepositBack(ctx, m, at); err != nil {
				return err
			}
		}
		if err := s.store.endAll(ctx, member, s.Clock.Now()); err != nil {
			return err
		}
		return s.store.unsay(ctx, member)
	}), "erase the memberships of %s", member)
}
